package sim

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"correctiond/roster"
)

// Truth is one episode that the rules must raise over the lines of a run.
type Truth struct {
	Kind    string
	Subject roster.SubjectID // empty for what concerns a device only
	Device  roster.DeviceID  // set where a device is the cause
	// Subjects are who takes part in what is about several people, ascending.
	Subjects []roster.SubjectID
	// Started and Ended are what an episode's fields must say; Ended 0: it goes
	// on at the end of the period.
	Started, Ended roster.Instant
	// Tolerance of both, in milliseconds; 0: exact.
	Tolerance roster.Instant

	opened roster.Instant // when the condition was complete, if that matters
}

// AppendJSON appends the episode as one JSON object, without a line break, its
// times in loc.
func (e Truth) AppendJSON(dst []byte, loc *time.Location) []byte {
	o := object{}
	o.text("kind", e.Kind)
	if e.Subject != "" {
		o.text("subject", string(e.Subject))
	}
	if e.Device != "" {
		o.text("device", string(e.Device))
	}
	if len(e.Subjects) > 0 {
		o.texts("subjects", e.Subjects)
	}
	o.text("started", string(appendTime(nil, e.Started, loc)))
	if e.Ended != 0 {
		o.text("ended", string(appendTime(nil, e.Ended, loc)))
	} else {
		o.key("ended")
		o.buf = append(o.buf, "null"...)
	}
	if e.Tolerance != 0 {
		o.number("tolerance_s", e.Tolerance.Duration().Seconds(), 0)
	}
	dst = append(dst, o.buf...)
	return append(dst, '}')
}

// Beyond lists the kinds that Truth does not cover: they depend on the colour of
// attention or on what staff does.
func Beyond() []string { return []string{"visit-due", "leave-quota", "alert-backlog", "query-anomaly"} }

// Truth lists every episode that the lines must give rise to, sorted by start:
// those of the scripts with all that they imply, and those that the roster
// alone brings about as days pass. Any kind that is not listed must not be raised,
// but for those of Beyond.
//
// It assumes a replay until the end of the period. It runs through the period
// for the people concerned, which is a small part of a full run.
func (s *Sim) Truth() []Truth {
	var all []Truth
	for _, p := range s.people {
		all = append(all, s.calendar(p)...)
		if s.notable(p) {
			all = append(all, s.observe(p)...)
		}
	}
	slices.SortStableFunc(all, func(a, b Truth) int {
		return cmp.Or(cmp.Compare(a.Started, b.Started), strings.Compare(a.Kind, b.Kind),
			strings.Compare(string(a.Subject), string(b.Subject)), strings.Compare(string(a.Device), string(b.Device)))
	})
	return all
}

// notable tells whether a person's messages (or their absence) raise anything.
func (s *Sim) notable(p *person) bool {
	if len(p.scripts) > 0 || len(p.phones) == 0 {
		return true
	}
	for i := range p.Permits {
		if s.overdue(&p.Permits[i]) {
			return true
		}
	}
	return false
}

// overdue tells whether a leave without return comes to its end, or within a
// day of it, in the period.
func (s *Sim) overdue(l *roster.Permit) bool {
	return !l.Travel && l.Returned == 0 && l.End != 0 && l.End-roster.Day <= s.cfg.Until
}

// observe runs through the period for one person and judges what happens.
func (s *Sim) observe(p *person) []Truth {
	r := s.begin(p)
	r.watch = newOracle(s, p)
	for r.fill() {
		r.take()
	}
	found := r.watch.finish()
	for _, sc := range p.scripts {
		found = append(found, s.within(sc.truth)...)
	}
	return found
}

// within is what of a script's truth is over at the end of the period.
func (s *Sim) within(list []Truth) []Truth {
	list = slices.Clone(list)
	for i := range list {
		if list[i].Ended > s.cfg.Until {
			list[i].Ended = 0
		}
	}
	return list
}
