package rules

import (
	"slices"

	"correctiond/geo"
)

// answer compares a check-in with the wristbands' last fixes, and keeps it for
// their next ones.
func (f *fold) answer(c *Config, o *observation) {
	for i := range f.Devices {
		if d := &f.Devices[i]; d.Band != nil && d.Prev != nil && d.Prev.At <= o.At {
			f.settleAnswer(c, d, o, sighting{before: d.Prev})
		}
	}
	f.Answers = append(slices.Clip(f.recentAnswers(c, o)), o)
}

// recentAnswers are the check-ins that a fix of that time may still be close to.
func (f *fold) recentAnswers(c *Config, o *observation) []*observation {
	n := 0
	for n < len(f.Answers) && o.At-f.Answers[n].At > length(c.Separated.Within) {
		n++
	}
	return f.Answers[n:]
}

// matchAnswers compares a wristband's fix with the check-ins since the one before.
func (f *fold) matchAnswers(c *Config, d *deviceFold, o *observation) {
	if len(f.Answers) == 0 {
		return
	}
	f.Answers = f.recentAnswers(c, o)
	for _, a := range f.Answers {
		if a.At <= o.At && (d.Prev == nil || d.Prev.At <= a.At) {
			f.settleAnswer(c, d, a, sighting{before: d.Prev, after: o})
		}
	}
}

// settleAnswer opens or ends the distance form by one check-in.
func (f *fold) settleAnswer(c *Config, d *deviceFold, a *observation, s sighting) {
	metres, v := s.judge(&c.Separated, a)
	cur := f.separated(d, wasApart)
	switch {
	case v == speaksFor && f.current(DeviceSeparated, d.From.Key) == nil:
		completed := s.after
		if completed == nil {
			completed = a
		}
		r := run{Kind: DeviceSeparated, Key: d.From.Key, Device: d.From.Device, Steps: []Severity{P2}}
		r.Proof.Ref, r.Proof.Metres = wasApart, metres
		f.begin(c, r, a, completed)
	case v == speaksAgainst && cur != nil && a.At > cur.Started:
		cur.Ended = a.At
	}
}

// sighting is a wristband's good fixes next to a check-in; nil: none.
type sighting struct{ before, after *observation }

// judge says whether a check-in was far from the wristband, and how far. One fix
// that is very close in time is enough; else the wristband must have stayed put
// between its fixes before and after: who checks in from a bus is not separated.
func (s sighting) judge(c *separatedConfig, a *observation) (metres float64, v verdict) {
	for _, fix := range []*observation{s.before, s.after} {
		if fix == nil || distance(int64(a.At), int64(fix.At)) > int64(length(c.Near)) {
			continue
		}
		m, apart := fix.awayBy(c, a)
		if apart {
			return m, speaksFor
		}
		v = speaksAgainst
	}
	if v != neutral || !s.stayed(c, a) {
		return 0, v
	}
	m, apart := s.before.awayBy(c, a)
	if _, too := s.after.awayBy(c, a); apart && too {
		return m, speaksFor
	}
	return 0, speaksAgainst
}

// stayed reports whether both fixes are close enough in time, and to each other.
func (s sighting) stayed(c *separatedConfig, a *observation) bool {
	if s.before == nil || s.after == nil {
		return false
	}
	near := a.At-s.before.At <= length(c.Within) && s.after.At-a.At <= length(c.Within)
	return near && geo.Distance(s.before.Point, s.after.Point) < c.MovedM
}

// awayBy is how far two positions are apart, and whether that is certainly far.
func (o *observation) awayBy(c *separatedConfig, a *observation) (metres float64, far bool) {
	metres = geo.Distance(o.Point, a.Point)
	return metres, metres-o.AccuracyM-a.AccuracyM >= c.ApartM
}
