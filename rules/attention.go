package rules

import (
	"cmp"
	"slices"

	"correctiond/roster"
)

// attention is what the engine keeps of a subject's score: its episodes and its
// colour. Its fields are exported for the snapshot only.
type attention struct {
	Records []record
	// Spoiled is when the last forgotten episode of P3 or above ended.
	Spoiled roster.Instant
	// Computed is the colour of the score with its hysteresis, in force since
	// Since (0: not known yet); Shown is what people see.
	Computed, Shown Colour
	Since           roster.Instant
	// Confirmed is when an officer last agreed that red may be lowered.
	Confirmed roster.Instant
	Override  *override
	History   []ColourChange // of Shown, the oldest first
	Steps     []roster.PaceStep

	dirty    bool // waits for appraise
	restless bool // its score may change without an event
}

// override is a colour that an officer set, and when.
type override struct {
	ColourOverride
	At roster.Instant
}

// historyKept bounds the rows of a subject's history.
const historyKept = 100

// touch marks a subject, or nobody, for a new computation of its score.
func (e *Engine) touch(s *subject) {
	if s == nil || s.Attention.dirty || s.gone {
		return
	}
	s.Attention.dirty = true
	e.touched = append(e.touched, s)
}

// lapse marks a subject whose officer's colour ends at this instant. By the clock
// nothing else moves a colour but the daily computation and changed episodes.
func (e *Engine) lapse(s *subject) {
	if o := s.Attention.Override; o != nil && o.Until == e.clock {
		e.touch(s)
	}
}

// appraise computes the scores of all subjects touched since the last time.
func (e *Engine) appraise() {
	for i := 0; i < len(e.touched); i++ {
		s := e.touched[i]
		if s.Attention.dirty = false; !s.gone {
			e.compute(s)
		}
	}
	e.touched = e.touched[:0]
}

// scored is the subject at the engine's clock.
func (e *Engine) scored(s *subject) scored {
	return scored{
		cfg: &e.config(s).Risk, cal: e.cal, entry: s.entry, records: s.Attention.Records, spoiled: s.Attention.Spoiled, now: e.clock,
	}
}

// compute brings the colour of a subject up to date: upward at once, downward
// after clean days.
func (e *Engine) compute(s *subject) {
	a, p := &s.Attention, e.scored(s)
	e.buf = p.reasons(e.buf[:0])
	score := total(p.cfg.tally(e.buf))
	target := p.colour(score)
	if a.Since == 0 || target > a.Computed || target < a.Computed && p.mayFall(a) {
		a.Computed, a.Since = target, e.clock
	}
	e.show(s, p.shown(a), score)
	e.rest(s, p.restless(a, target))
}

// colour is the one that the score and what forces red ask for.
func (p *scored) colour(score int) Colour {
	if p.forced(0) {
		return Red
	}
	return p.cfg.Colour.of(score)
}

// of is the colour of a score.
func (c *colourConfig) of(score int) Colour {
	switch {
	case score >= c.Red:
		return Red
	case score >= c.Orange:
		return Orange
	case score >= c.Yellow:
		return Yellow
	}
	return Green
}

// forced reports whether something makes the colour red whatever the score, and
// has come up after the instant.
func (p *scored) forced(after roster.Instant) bool {
	for i := range p.records {
		if at := p.forces(&p.records[i]); at != 0 && at > after {
			return true
		}
	}
	return false
}

// forces is since when an episode makes the colour red; 0: it does not.
func (p *scored) forces(r *record) roster.Instant {
	days := roster.Instant(p.cfg.Colour.ForbiddenDays) * roster.Day
	switch {
	case r.void():
	case r.Kind == ContactLost || r.Kind == "absconding-ladder":
		if r.active() {
			return r.Opened
		}
	case r.Kind == StrapTamper:
		if r.open() {
			return r.Opened
		}
	case r.Kind == ForbiddenZone && r.Outcome == confirmed && p.now <= r.Closed+days:
		return r.Closed
	}
	return 0
}

// mayFall reports whether the colour in force may be left for a calmer one.
func (p *scored) mayFall(a *attention) bool {
	days := p.cfg.Colour.CleanDays
	if a.Computed == Orange {
		days = p.cfg.Colour.OrangeCleanDays
	}
	if p.cleanDay(a, days) > p.now {
		return false
	}
	return a.Computed != Red || p.agreed(a)
}

// cleanDay is the start of the day before which so many days under this colour
// were clean, if nothing happens.
func (p *scored) cleanDay(a *attention, days int) roster.Instant {
	return p.cal.AddDays(max(p.cal.DayStart(a.Since), p.cleanSince()), days)
}

// agreed reports whether an officer agreed to lower this red, and nothing has
// happened since.
func (p *scored) agreed(a *attention) bool {
	return a.Confirmed >= a.Since && a.Confirmed >= p.lastSpoiled()
}

// shown is the colour that people see: the officer's while it lasts, unless
// something forces red that the officer did not know of.
func (p *scored) shown(a *attention) Colour {
	o := a.inForce(p.now)
	switch {
	case o == nil:
		return a.Computed
	case p.forced(o.At):
		return Red
	}
	return o.Colour
}

func (a *attention) inForce(now roster.Instant) *override {
	if a.Override == nil || a.Override.Until <= now {
		return nil
	}
	return a.Override
}

// show records the colour that people see from now on. The windows that follow
// it change at the next local midnight, which may be this very instant; those of
// the first colour hold at once.
func (e *Engine) show(s *subject, colour Colour, score int) {
	a := &s.Attention
	first := len(a.History) == 0
	if !first && colour == a.Shown {
		return
	}
	if !first {
		e.colours[a.Shown]--
	}
	e.colours[colour]++
	a.Shown = colour
	a.History = append(a.History, ColourChange{At: e.clock, Colour: colour, Score: score})
	if n := len(a.History) - historyKept; n > 0 {
		a.History = slices.Delete(a.History, 0, n)
	}
	from := roster.Instant(0)
	if !first {
		from = e.cal.AddDays(e.cal.DayStart(e.clock-1), 1)
	}
	e.pace(s, from, Cadence(colour).Pace)
	if !first || colour != Green { // who has no colour yet is judged as green
		e.rejudge(s) // visits and windows follow the colour
	}
}

// restless reports whether the score or the colour may change by itself: points
// decay, a deadline of the score lies ahead, or the colour waits to fall.
func (p *scored) restless(a *attention, target Colour) bool {
	facts := &p.entry.Facts
	_, entered := p.entered()
	return len(p.records) > 0 || len(facts.Admonitions)+len(facts.Warnings) > 0 || a.Override != nil || target != a.Computed ||
		p.fresh(entered) || entered > p.now || p.entry.Reported != 0 && !p.longClean()
}

// rest says whether the subject is one of those computed daily.
func (e *Engine) rest(s *subject, restless bool) {
	e.restless += btoi(restless) - btoi(s.Attention.restless)
	s.Attention.restless = restless
	e.arm()
}

// arm sets the daily timer, which lies in the past when nobody needed it lately.
func (e *Engine) arm() {
	if e.dawn < e.clock {
		e.dawn = e.nextDawn()
	}
}

// nextDawn is the next instant of the daily computation.
func (e *Engine) nextDawn() roster.Instant {
	day := e.cal.DayStart(e.clock)
	hour := roster.Instant(e.cfg.Risk.Colour.Hour) * roster.Hour
	if day+hour <= e.clock {
		day = e.cal.AddDays(day, 1)
	}
	return day + hour
}

func dawnDue(e *Engine) roster.Instant {
	if e.restless == 0 && len(e.loose) == 0 {
		return 0
	}
	return e.dawn
}

// dawnExpire is the daily computation of those whose score may have changed.
func dawnExpire(e *Engine, _ roster.Instant) {
	e.dawn = e.nextDawn()
	e.forgetLoose()
	e.forgetReaders()
	due := make([]*subject, 0, e.restless)
	for _, s := range e.subjects {
		if s.Attention.restless {
			due = append(due, s)
		}
	}
	slices.SortFunc(due, func(a, b *subject) int { return cmp.Compare(a.rank, b.rank) })
	for _, s := range due {
		if o := s.Attention.Override; o != nil && o.Until <= e.clock {
			s.Attention.Override = nil
		}
		e.forget(s)
		e.compute(s)
	}
}

// attentionNext is the next instant of the day at which the score changes by
// itself, beside the daily computation.
func (c *moment) attentionNext() roster.Instant {
	a, risk := &c.s.Attention, &c.cfg().Risk
	var next roster.Instant
	if a.Override != nil {
		next = c.after(a.Override.Until)
	}
	for i := range a.Records {
		if r := &a.Records[i]; r.Kind == DeviceOffline && r.Ended == 0 {
			next = earlier(next, c.after(r.Started+length(risk.Contact.OfflineAfter), r.Started+length(risk.Compliance.SilenceAfter)))
		}
	}
	return next
}

// pace sets how often the subject checks in from an instant on.
func (e *Engine) pace(s *subject, from roster.Instant, pace roster.Pace) {
	a := &s.Attention
	if n := len(a.Steps); n == 0 && pace == roster.OnceADay || n > 0 && a.Steps[n-1].Pace == pace {
		return
	}
	steps := slices.DeleteFunc(slices.Clone(a.Steps), func(p roster.PaceStep) bool { return p.From == from })
	if old := e.clock - paceKept; len(steps) > 1 && steps[1].From < old {
		steps = steps[1:]
	}
	a.Steps = append(steps, roster.PaceStep{From: from, Pace: pace})
	e.dir.SetPace(s.entry.ID, a.Steps)
	e.moved = append(e.moved, s.entry.ID)
	if w, ok := s.entry.Duty.Next(from); ok {
		e.wake(s, max(w.Deadline, e.clock+1))
	}
}

// paceKept is how long past windows matter: a message may be that late.
const paceKept = 31 * roster.Day
