package rules

import "correctiond/event"

// StrapTamper is an opened strap or case of a wristband (实施办法 Article 37; NIJ
// 1004.00 §5.4.1). Only a person ends it, however soon the strap is closed again.
const StrapTamper Kind = "strap-tamper"

func strapTamperInfo() kindInfo {
	return kindInfo{
		KindInfo: KindInfo{Kind: StrapTamper, Label: Text{"拆卸/断带", "strap or case opened"}, Ending: ByPerson, Basis: "办法37"},
		describe: plainly(Text{"腕带报告拆卸或断带，须现场查验", "the wristband reports an opened strap or case; inspect it"}),
	}
}

func strapTamper(c *Config, f *fold, d *deviceFold, o *observation) {
	if wristbandStatus(o, event.StrapOpen, event.CaseOpen) {
		f.countOrBegin(c, run{Kind: StrapTamper, Key: d.From.Key, Device: d.From.Device, Steps: []Severity{P1}}, o)
	}
}

// countOrBegin adds an occurrence to the open run of the kind and key, or opens it.
func (f *fold) countOrBegin(c *Config, r run, o *observation) {
	if cur := f.current(r.Kind, r.Key); cur != nil {
		cur.Count++
		return
	}
	f.begin(c, r, o, o)
}
