package rules

import (
	"fmt"

	"correctiond/roster"
)

// AbscondingLadder is the clock of a supervision that was lost, which only a
// person declares (实施办法 Articles 34, 35, 46): admonition up to ten days, warning
// beyond, revocation beyond one month. The day from which it counts is not counted.
const AbscondingLadder Kind = "absconding-ladder"

func abscondingLadderInfo() kindInfo {
	return kindInfo{
		KindInfo: KindInfo{Kind: AbscondingLadder, Label: Text{"脱管计时", "absconding"}, Ending: ByPerson, Basis: "办法34 35 46"},
		describe: func(_ *Engine, _ *subject, r *run) (Text, map[string]any) {
			ev := r.evidence()
			ev["from"] = r.Proof.Ref
			return Text{
				fmt.Sprintf("自 %s 起脱管，已到第 %d 个时限", r.Proof.Ref, r.Count),
				fmt.Sprintf("absconding since %s; step %d of the ladder is reached", r.Proof.Ref, r.Count),
			}, ev
		},
	}
}

// abscondingConfig holds the steps of the ladder after its first day: at 00:00 of
// these days after it, and when so many months are exceeded.
type abscondingConfig struct {
	Days   []int `yaml:"days" json:"days"` // ascending
	Months int   `yaml:"months" json:"months"`
}

func defaultAbsconding() abscondingConfig {
	return abscondingConfig{Days: []int{8, 11, 25}, Months: 1}
}

func (l abscondingConfig) requirement() requirement {
	ok, last := l.Months > 0, 0
	for _, n := range l.Days {
		ok = ok && n > last
		last = n
	}
	return requirement{ok && last <= 28*l.Months, "absconding_ladder: days ascending from 1 to 28 * months, months at least 1"}
}

// ladder is one declared absconding.
type ladder struct {
	// Day is 00:00 of the day from which it was declared; Started is the same,
	// but later if an earlier ladder began on that day.
	Day, Started, Ended roster.Instant
	// Reached is up to when steps were taken.
	Reached roster.Instant
	// Void: a person closed its alert as unfounded or technical.
	Void bool
}

// climb is the open ladder of a subject; nil: none.
func (s *subject) climb() *ladder {
	all := s.rare().Ladders
	if n := len(all); n > 0 && all[n-1].Ended == 0 {
		return &all[n-1]
	}
	return nil
}

// declareAbsconding begins a ladder unless one is open.
func (e *Engine) declareAbsconding(s *subject, from roster.Instant) {
	if s.climb() != nil {
		return
	}
	l := ladder{Day: e.cal.DayStart(from), Reached: e.clock}
	l.Started = l.Day
	for _, o := range s.rare().Ladders {
		if o.Day == l.Day {
			l.Started = o.Ended
		}
	}
	own := s.ownRare()
	own.Ladders = append(own.Ladders, l)
}

// voidLadder takes back a ladder whose alert was a false one.
func (s *subject) voidLadder(r *record) {
	all := s.rare().Ladders
	for i := range all {
		if l := &all[i]; l.Started == r.Started {
			l.Void = r.void()
		}
	}
}

// stopLadder ends the open ladder; one that has not begun was never any.
func (e *Engine) stopLadder(s *subject) {
	l := s.climb()
	if l == nil {
		return
	}
	if l.Ended = e.clock; l.Started >= e.clock {
		own := s.ownRare()
		own.Ladders = own.Ladders[:len(own.Ladders)-1]
	}
}

func abscondingLadder(c *moment) []run {
	var runs []run
	all := c.s.rare().Ladders
	for i := range all {
		l := &all[i]
		// In custody and after the term no further step is taken.
		if c.inTerm() && !c.paused() {
			l.Reached = max(l.Reached, c.due)
		}
		at := c.rungs(l)
		until := &moment{e: c.e, s: c.s, due: l.Reached}
		r := run{Kind: AbscondingLadder, Key: string(c.s.entry.ID), Ended: l.Ended, Proof: proof{Ref: c.e.cal.Day(l.Day)}}
		if r, ok := until.stepped(r, at, repeated(P1, len(at))); ok {
			runs = append(runs, r)
		}
	}
	return runs
}

func (c *moment) rungs(l *ladder) []roster.Instant {
	cfg, cal := c.cfg().Absconding, c.e.cal
	at := []roster.Instant{l.Started}
	for _, n := range cfg.Days {
		at = append(at, cal.AddDays(l.Day, n))
	}
	return append(at, cal.AddDays(cal.AddMonths(l.Day, cfg.Months), 1))
}

func abscondingLadderNext(c *moment) roster.Instant {
	if l := c.s.climb(); l != nil {
		return c.after(c.rungs(l)...)
	}
	return 0
}
