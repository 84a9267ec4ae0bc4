package rules

import (
	"fmt"

	"correctiond/event"
)

// BatteryLow is a wristband about to run out of power.
const BatteryLow Kind = "battery-low"

func batteryLowInfo() kindInfo {
	return kindInfo{
		KindInfo: KindInfo{Kind: BatteryLow, Label: Text{"低电", "battery low"}, Ending: Auto, Basis: "实践"},
		describe: func(_ *Engine, _ *subject, r *run) (Text, map[string]any) {
			ev := r.evidence()
			if o := r.Proof.First; o != nil && o.From != nil && o.Battery >= 0 {
				ev["battery_pct"] = o.Battery
				return Text{
					fmt.Sprintf("腕带电量 %.0f%%，请提醒充电", o.Battery),
					fmt.Sprintf("wristband battery at %.0f%%; ask to charge it", o.Battery),
				}, ev
			}
			return Text{"腕带报告低电，请提醒充电", "the wristband reports a low battery; ask to charge it"}, ev
		},
	}
}

// batteryState remembers the last reading, and that the device is on a charger:
// then a low level is no news unless it falls.
type batteryState struct {
	Charging bool
	Last     float32
}

func batteryLow(c *Config, f *fold, d *deviceFold, o *observation) {
	if !o.Located {
		return
	}
	falls := o.Battery >= 0 && d.Battery.Last > o.Battery
	switch {
	case o.Status == event.Charging:
		d.Battery.Charging = true
	case falls, o.Status == event.BatteryLow, o.Status == event.BatteryCritical:
		d.Battery.Charging = false
	}
	if o.Battery >= 0 {
		d.Battery.Last = o.Battery
	}
	key := d.From.Key
	if d.Battery.Charging || o.Battery >= c.Battery.Recovered {
		f.endAll(BatteryLow, key, o.At)
		return
	}
	level, low := batteryLevel(c, o)
	if !low {
		return
	}
	cur := f.current(BatteryLow, key)
	switch {
	case cur == nil:
		f.begin(c, run{Kind: BatteryLow, Key: key, Device: d.From.Device, Steps: []Severity{level}}, o, o)
	case level < cur.severity():
		cur.step(level)
		cur.Count++
	}
}

// batteryLevel is the severity that a reading calls for.
func batteryLevel(c *Config, o *observation) (level Severity, low bool) {
	known := o.Battery >= 0
	switch {
	case o.Status == event.BatteryCritical, known && o.Battery <= c.Battery.Critical:
		return P3, true
	case o.Status == event.BatteryLow, known && o.Battery <= c.Battery.Low:
		return P4, true
	}
	return 0, false
}
