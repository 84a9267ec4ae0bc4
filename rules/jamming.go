package rules

import (
	"fmt"

	"correctiond/event"
	"correctiond/roster"
)

// Jamming is a wristband whose receiver is disturbed again and again (NIJ
// 1004.00 §5.7): one report alone may be a tunnel or a lift.
const Jamming Kind = "jamming"

// jammingConfig says how many reports within which time are no accident, and
// after how long without one it is over.
type jammingConfig struct {
	Reports int             `yaml:"reports" json:"reports"`
	Within  roster.Duration `yaml:"within" json:"within"`
	Quiet   roster.Duration `yaml:"quiet" json:"quiet"`
}

func defaultJamming() jammingConfig {
	return jammingConfig{Reports: 2, Within: roster.Duration(600e9), Quiet: roster.Duration(600e9)}
}

func (c jammingConfig) valid() bool {
	return c.Reports > 0 && c.Reports <= maxReports && length(c.Within) > 0 && length(c.Quiet) > 0
}

// maxReports bounds what a device is remembered for.
const maxReports = 100

func jammingInfo() kindInfo {
	return kindInfo{
		KindInfo: KindInfo{Kind: Jamming, Label: Text{"信号干扰", "signal jammed"}, Ending: ByEvent, Basis: "NIJ 5.7"},
		describe: func(_ *Engine, _ *subject, r *run) (Text, map[string]any) {
			ev := r.evidence()
			ev["reports"] = r.Count
			return Text{
				fmt.Sprintf("腕带报告定位信号受到干扰 %d 次", r.Count),
				fmt.Sprintf("the wristband reported %d times that its signal is jammed", r.Count),
			}, ev
		},
	}
}

// jammingStep opens at the report that makes them too many, and counts those
// that follow.
func jammingStep(c *Config, f *fold, d *deviceFold, o *observation) {
	if !wristbandStatus(o, event.Jamming) {
		return
	}
	b := d.band()
	if cur := f.current(Jamming, d.From.Key); cur != nil {
		cur.Count++
		b.Quiet = o.At + length(c.Jamming.Quiet)
		return
	}
	first := 0
	for first < len(b.Reports) && o.At-b.Reports[first].At > length(c.Jamming.Within) {
		first++
	}
	b.Reports = append(b.Reports[first:len(b.Reports):len(b.Reports)], o)
	if n := len(b.Reports); n >= c.Jamming.Reports {
		f.begin(c, run{Kind: Jamming, Key: d.From.Key, Device: d.From.Device, Count: n, Steps: []Severity{P2}}, b.Reports[0], o)
		b.Reports, b.Quiet = nil, o.At+length(c.Jamming.Quiet)
	}
}

func jammingDue(_ *fold, d *deviceFold) roster.Instant {
	if d.Band == nil {
		return 0
	}
	return d.Band.Quiet
}

func jammingExpire(_ *Config, f *fold, d *deviceFold, at roster.Instant) {
	d.Band.Quiet = 0
	f.endAll(Jamming, d.From.Key, at)
}
