package rules

import (
	"fmt"

	"correctiond/event"
	"correctiond/geo"
	"correctiond/roster"
)

// DeviceSeparated is a wristband that its wearer seems to have left behind: it
// lies still through the day, or its wearer checks in from elsewhere (实施办法
// Article 37; the cases of 秀英 and 宝安).
const DeviceSeparated Kind = "device-separated"

// separatedConfig has the thresholds of both forms. From and Until are hours of
// the local day, as lengths since midnight.
type separatedConfig struct {
	StillM   float64         `yaml:"still_m" json:"still_m"`
	StillFor roster.Duration `yaml:"still_for" json:"still_for"`
	StillGap roster.Duration `yaml:"still_gap" json:"still_gap"`
	From     roster.Duration `yaml:"from" json:"from"`
	Until    roster.Duration `yaml:"until" json:"until"`
	// ApartM is how far a check-in must be from the wristband, MovedM how far the
	// wristband may move between its fixes before and after, each at most Within
	// away; a fix at most Near away is enough by itself.
	ApartM float64         `yaml:"apart_m" json:"apart_m"`
	MovedM float64         `yaml:"moved_m" json:"moved_m"`
	Within roster.Duration `yaml:"within" json:"within"`
	Near   roster.Duration `yaml:"near" json:"near"`
}

func defaultSeparated() separatedConfig {
	const minute = roster.Duration(60e9)
	return separatedConfig{
		StillM: 30, StillFor: 480 * minute, StillGap: 60 * minute, From: 420 * minute, Until: 1320 * minute,
		ApartM: 500, MovedM: 200, Within: 5 * minute, Near: minute,
	}
}

func (c separatedConfig) valid() bool { return c.validStill() && c.validApart() }

func (c separatedConfig) validStill() bool {
	hours := c.From < c.Until && length(c.Until) <= roster.Day && c.StillFor <= c.Until-c.From
	return hours && length(c.StillFor) > 0 && length(c.StillGap) > 0 && c.StillM >= 0 && c.StillM <= maxCoarseM
}

func (c separatedConfig) validApart() bool {
	metres := c.ApartM > 0 && c.ApartM <= maxApartM && c.MovedM > 0 && c.MovedM <= maxCoarseM
	return metres && length(c.Near) > 0 && c.Near <= c.Within
}

const maxApartM = 100_000

// The forms, as runs remember them.
const (
	layStill = "still"
	wasApart = "apart"
)

func deviceSeparatedInfo() kindInfo {
	return kindInfo{
		KindInfo: KindInfo{Kind: DeviceSeparated, Label: Text{"人机分离", "wristband left behind"}, Ending: ByEvent, Basis: "办法37"},
		describe: describeSeparated,
	}
}

func describeSeparated(e *Engine, s *subject, r *run) (Text, map[string]any) {
	c, ev := &e.config(s).Separated, r.evidence()
	ev["form"] = r.Proof.Ref
	if r.Proof.Ref == layStill {
		h := int(length(c.StillFor) / roster.Hour)
		ev["within_m"], ev["hours"] = c.StillM, h
		return Text{
			fmt.Sprintf("腕带白天连续 %d 小时未移动，可能未佩戴，请抽查核实", h),
			fmt.Sprintf("the wristband has not moved for %d h of the day and may not be worn; check", h),
		}, ev
	}
	ev["distance_m"] = round(r.Proof.Metres)
	return Text{
		fmt.Sprintf("签到位置距腕带 %s，请核实是否人机分离", kmZH(r.Proof.Metres)),
		fmt.Sprintf("checked in %s from the wristband; find out whether it is worn", kmEN(r.Proof.Metres)),
	}, ev
}

// separatedStep takes a good fix of any device of the subject.
func separatedStep(c *Config, f *fold, d *deviceFold, o *observation) {
	switch {
	case o.Mock:
	case o.Located:
		f.lieStill(c, d, o)
		f.matchAnswers(c, d, o)
	case o.Counts && o.From.Kind != roster.Wristband:
		f.answer(c, o)
	}
}

// lieStill follows a wristband that does not move. A fix away from the first, or
// one that says it moves, ends the row and what it opened.
func (f *fold) lieStill(c *Config, d *deviceFold, o *observation) {
	s := &d.band().Still
	moved := s.moved(&c.Separated, o)
	if cur := f.separated(d, layStill); cur != nil {
		if !moved { // however long the night
			return
		}
		cur.Ended = o.At
	}
	goesOn := !moved && s.Day == o.Awake && o.At-s.Last <= length(c.Separated.StillGap)
	switch {
	case o.Awake == 0 && !moved:
	case o.Awake == 0 || o.Motion == event.Moving:
		*s = stillness{}
	case s.First == 0 || !goesOn:
		*s = stillness{First: o.At, Last: o.At, Point: o.Point, Day: o.Awake}
	default:
		s.Last = o.At
		f.openStill(c, d, o)
	}
}

// moved reports whether a fix contradicts the row.
func (s *stillness) moved(c *separatedConfig, o *observation) bool {
	return o.Motion == event.Moving || s.First != 0 && geo.Beyond(s.Point, o.Point, c.StillM+o.AccuracyM)
}

// openStill opens the still form when the row is long enough.
func (f *fold) openStill(c *Config, d *deviceFold, o *observation) {
	first := d.Band.Still.First
	if o.At-first < length(c.Separated.StillFor) || f.current(DeviceSeparated, d.From.Key) != nil {
		return
	}
	f.begin(c, run{Kind: DeviceSeparated, Key: d.From.Key, Device: d.From.Device, Steps: []Severity{P2}, Proof: proof{Ref: layStill}}, o, o)
	f.Runs[len(f.Runs)-1].Started = first
}

// separated is the device's open run of a form.
func (f *fold) separated(d *deviceFold, form string) *run {
	if cur := f.current(DeviceSeparated, d.From.Key); cur != nil && cur.Proof.Ref == form {
		return cur
	}
	return nil
}
