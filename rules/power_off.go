package rules

import (
	"correctiond/event"
	"correctiond/roster"
)

// PowerOff is a wristband that says it is being switched off and then is silent.
const PowerOff Kind = "power-off"

func powerOffInfo() kindInfo {
	return kindInfo{
		KindInfo: KindInfo{Kind: PowerOff, Label: Text{"关机", "switched off"}, Ending: ByEvent, Basis: "实践"},
		describe: plainly(Text{"腕带关机后未再通信", "the wristband was switched off and has been silent since"}),
	}
}

// powerState remembers a power_off that nothing has followed yet.
type powerState struct {
	Off *observation
	Due roster.Instant
}

// powerOff opens when the device stays silent for the confirmation time, and
// ends with the next event of the device.
func powerOff(c *Config, f *fold, d *deviceFold, o *observation) {
	key := d.From.Key
	off := wristbandStatus(o, event.PowerOff)
	if cur := f.current(PowerOff, key); cur != nil && !off && o.Status != event.Offline {
		cur.Ended = max(o.At, cur.Started)
	}
	switch {
	case off && d.Power.Off == nil:
		d.Power = powerState{Off: o, Due: o.At + length(c.PowerOff)}
	case o.Status == event.Offline: // the broker speaks, not the device
	case !off:
		d.Power = powerState{}
	}
}

func powerOffDue(_ *fold, d *deviceFold) roster.Instant { return d.Power.Due }

func powerOffExpire(c *Config, f *fold, d *deviceFold, _ roster.Instant) {
	o := d.Power.Off
	d.Power = powerState{}
	r := run{Kind: PowerOff, Key: d.From.Key, Device: d.From.Device, Steps: []Severity{P2}}
	if f.current(r.Kind, r.Key) == nil {
		f.begin(c, r, o, nil)
	}
}
