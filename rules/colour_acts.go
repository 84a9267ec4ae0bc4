package rules

import (
	"errors"
	"fmt"
	"slices"

	"correctiond/event"
	"correctiond/roster"
)

// setColour applies a colour that an officer chose, with a reason and an end.
func (e *Engine) setColour(s *subject, a *event.Act) error {
	var colour Colour
	if err := colour.UnmarshalText([]byte(a.Colour)); err != nil {
		return fmt.Errorf("act colour: %w", err)
	}
	until, days := e.cal.End(*a.Until), e.config(s).Risk.Colour.OverrideDays
	if until <= e.clock {
		return errors.New("act colour: until lies in the past")
	}
	if e.longerThan(*a.Until, e.clock, days) {
		return fmt.Errorf("act colour: lasts longer than %d days", days)
	}
	s.Attention.Override = &override{ColourOverride{Colour: colour, Until: until, By: a.By, Reason: a.Reason}, e.clock}
	return nil
}

// longerThan reports whether the end lies more than so many days after the
// start; the day that a bare date names is included.
func (e *Engine) longerThan(end roster.Date, start roster.Instant, days int) bool {
	day := e.cal.DayStart(start)
	if end.Day != "" {
		return e.cal.Start(end) > e.cal.AddDays(day, days)
	}
	return end.At > e.cal.AddDays(day, days)+start-day
}

// confirmColour records that an officer agrees to lower red.
func (e *Engine) confirmColour(s *subject) error {
	if s.Attention.Computed != Red {
		return fmt.Errorf("act colour_confirmed: the colour of %q is %s, not red", s.entry.ID, s.Attention.Computed)
	}
	s.Attention.Confirmed = e.clock
	return nil
}

// setFocus raises everyone to three windows a day for some days (重点时段), from
// the next local midnight at the earliest.
func (e *Engine) setFocus(a *event.Act) error {
	from, until := e.cal.DayStart(e.cal.Start(*a.From)), e.cal.End(*a.Until)
	from = max(from, e.cal.AddDays(e.cal.DayStart(e.clock), 1))
	days := e.cfg.Risk.Colour.FocusDays
	switch {
	case until <= from:
		return errors.New("act focus: ends before it can begin")
	case until > e.cal.AddDays(from, days):
		return fmt.Errorf("act focus: lasts longer than %d days", days)
	}
	e.focus = slices.DeleteFunc(slices.Clone(e.focus), func(iv roster.Interval) bool { return iv.End < e.clock-paceKept })
	e.focus = append(e.focus, roster.Interval{From: from, End: until})
	e.dir.SetFocus(e.focus)
	for _, id := range e.subjectIDs() {
		s := e.subjects[id]
		if w, ok := s.entry.Duty.Next(from); ok {
			e.wake(s, w.Deadline)
		}
	}
	return nil
}

// reviveFocus takes over what a snapshot holds of no subject.
func (e *Engine) reviveFocus(s *snapshot) {
	e.focus = s.Focus
	if e.dir != nil {
		e.dir.SetFocus(e.focus)
	}
	for id, rec := range s.Loose {
		e.loose[id], e.owners[id] = rec, nil
	}
}

// reviveAttention counts a subject of a snapshot and finds its episodes.
func (e *Engine) reviveAttention(s *subject) {
	a := &s.Attention
	for i := range a.Records {
		e.owners[a.Records[i].ID] = s
	}
	if len(a.History) > 0 {
		e.colours[a.Shown]++
	}
	if p := e.scored(s); p.restless(a, p.colour(p.score())) {
		a.restless = true
		e.restless++
	}
	if len(a.Steps) > 0 || len(s.Duty.Challenges) > 0 {
		e.moved = append(e.moved, s.entry.ID)
	}
}

// leave forgets the score of a subject who left the roster.
func (e *Engine) leave(s *subject) {
	e.restless -= btoi(s.Attention.restless)
	if len(s.Attention.History) > 0 {
		e.colours[s.Attention.Shown]--
	}
}

// reweigh computes every score anew: the weights have changed.
func (e *Engine) reweigh() {
	e.dawn = e.nextDawn()
	for _, id := range e.subjectIDs() {
		e.touch(e.subjects[id])
	}
}
