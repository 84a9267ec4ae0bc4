package rules

import (
	"slices"

	"correctiond/roster"
)

// machine is the hysteresis of one device at one zone: how many fixes in a row
// speak for the condition, and, while an episode is open, how many against it.
type machine struct {
	Kind Kind
	Zone roster.ZoneID
	Key  string // of its episodes
	For  streak
	Anti streak
	// Due is when the clock completes or ends something; 0: not pending.
	Due roster.Instant
	// Seen is the last good fix's time, and Near whether it lay within approach.
	Seen roster.Instant
	Near bool
}

// streak is a row of fixes that say the same; doubtful ones do not break it.
type streak struct {
	N     int
	First *observation
}

// pause breaks both rows: what follows does not continue them.
func (m *machine) pause() { m.For, m.Anti = streak{}, streak{} }

func (s *streak) add(o *observation) {
	if s.N == 0 {
		s.First = o
	}
	s.N++
}

// thresholds of a machine: so many fixes in a row, or a row that lasts so long
// over at least two fixes (0: number or length does not count).
type thresholds struct {
	fixes int
	dwell roster.Instant
}

func (t thresholds) met(s *streak, o *observation) bool {
	return t.fixes > 0 && s.N >= t.fixes || t.dwell > 0 && s.N >= 2 && o.At-s.First.At >= t.dwell
}

// verdict of one fix for a machine.
type verdict uint8

const (
	neutral verdict = iota // doubt: neither counts nor resets
	speaksFor
	speaksAgainst
)

// machine returns the device's machine of a kind for a subject, or for one of its
// zones.
func (d *deviceFold) machine(k Kind, subject roster.SubjectID, zone roster.ZoneID) *machine {
	for i := range d.Machines {
		if m := &d.Machines[i]; m.Kind == k && m.Zone == zone {
			return m
		}
	}
	m := machine{Kind: k, Zone: zone, Key: string(subject)}
	if zone != "" {
		m.Key += "/" + string(zone)
	}
	d.Machines = append(d.Machines, m)
	return &d.Machines[len(d.Machines)-1]
}

// watches reports whether the device has a machine for the zone, and has whether
// it has one of the kind. Most never need one: a fix that begins nothing makes none.
func (d *deviceFold) watches(zone roster.ZoneID) bool {
	return slices.ContainsFunc(d.Machines, func(m machine) bool { return m.Zone == zone })
}

func (d *deviceFold) has(k Kind) bool {
	return slices.ContainsFunc(d.Machines, func(m machine) bool { return m.Kind == k })
}

// due is when the clock has something to do for a machine of the kind.
func (d *deviceFold) due(k Kind) roster.Instant {
	var next roster.Instant
	for i := range d.Machines {
		if d.Machines[i].Kind == k {
			next = earlier(next, d.Machines[i].Due)
		}
	}
	return next
}

// hysteresis is what a machine opens and when.
type hysteresis struct {
	run        run // without its step, which is made when it begins
	severity   Severity
	begin, end thresholds
}

// turn feeds one verdict to a machine. It opens the run when the opening
// threshold is met, and ends it when the device that opened it meets the ending
// one. It reports whether a run began.
func (f *fold) turn(c *Config, m *machine, v verdict, o *observation, h hysteresis) bool {
	switch cur := f.current(h.run.Kind, h.run.Key); {
	case v == neutral:
	case cur == nil && v == speaksAgainst:
		m.For = streak{}
	case cur == nil:
		m.For.add(o)
		if h.begin.met(&m.For, o) {
			h.run.Steps = []Severity{h.severity}
			f.begin(c, h.run, m.For.First, o)
			m.pause()
			return true
		}
	case cur.Device != o.From.Device: // one episode at a time per zone
		m.For = streak{}
	case v == speaksFor:
		m.Anti = streak{}
	default:
		m.Anti.add(o)
		if h.end.met(&m.Anti, o) {
			cur.Ended = m.Anti.First.At
			m.pause()
		}
	}
	return false
}
