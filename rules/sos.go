package rules

import "correctiond/event"

// SOS is a call for help by the device's button.
const SOS Kind = "sos"

func sosInfo() kindInfo {
	return kindInfo{
		KindInfo: KindInfo{Kind: SOS, Label: Text{"呼救", "call for help"}, Ending: ByPerson, Basis: "实践"},
		describe: plainly(Text{"对象通过设备呼救，请立即联系", "the person calls for help through the device; call back now"}),
	}
}

func sos(c *Config, f *fold, d *deviceFold, o *observation) {
	if o.Kind == event.Status && o.Status == event.SOS {
		f.countOrBegin(c, run{Kind: SOS, Key: d.From.Key, Device: d.From.Device, Steps: []Severity{P1}}, o)
	}
}
