package rules

import (
	"slices"

	"correctiond/roster"
)

// timer wakes one subject. A subject's later timers are set when it is judged,
// so the heap holds few stale ones.
type timer struct {
	at   roster.Instant
	rank int32 // the subject's when it was set
	s    *subject
}

// timerHeap orders timers by instant, then by the subjects' ids, so that equal
// instants fire in the same order on every run. It compares ranks, not ids: when
// 100 000 deadlines fall together, that is most of the work.
type timerHeap []timer

func (h timerHeap) less(i, j int) bool {
	return h[i].at < h[j].at || h[i].at == h[j].at && h[i].rank < h[j].rank
}

func (h *timerHeap) push(t timer) {
	*h = append(*h, t)
	q := *h
	for i := len(q) - 1; i > 0; {
		up := (i - 1) / 2
		if !q.less(i, up) {
			return
		}
		q[up], q[i] = q[i], q[up]
		i = up
	}
}

func (h *timerHeap) pop() timer {
	q := *h
	first, last := q[0], len(q)-1
	q[0], q[last] = q[last], timer{}
	*h = q[:last]
	h.sink(0)
	return first
}

// sink moves a timer down to its place.
func (h timerHeap) sink(i int) {
	for {
		least := 2*i + 1
		if least >= len(h) {
			return
		}
		if least+1 < len(h) && h.less(least+1, least) {
			least++
		}
		if !h.less(least, i) {
			return
		}
		h[i], h[least] = h[least], h[i]
		i = least
	}
}

// rank numbers the subjects in the order of their ids, which others join when a
// roster is taken over, and puts the timers in that order.
func (e *Engine) rank() {
	for i, id := range e.subjectIDs() {
		e.subjects[id].rank = int32(i)
	}
	for i := range e.timers {
		e.timers[i].rank = e.timers[i].s.rank
	}
	for i := len(e.timers)/2 - 1; i >= 0; i-- {
		e.timers.sink(i)
	}
}

// schedule sets the subject's timer to the next instant at which anything of it
// changes by itself.
func (e *Engine) schedule(c *moment) {
	c.s.wake = 0
	e.wake(c.s, e.nextOf(c))
}

// nextOf is that instant; 0: none.
func (e *Engine) nextOf(c *moment) roster.Instant {
	next := c.s.Main.Head.Next
	for i := range e.rules.derived {
		if rule := &e.rules.derived[i]; rule.next != nil && !rule.steady() {
			next = earlier(next, rule.next(c))
		}
	}
	edge := c.edge()
	e.calm(c, edge)
	next = earlier(next, c.s.calm)
	for _, m := range c.s.rare().Meetings {
		next = earlier(next, m.Line.Head.Next)
	}
	next = earlier(next, c.attentionNext())
	return earlier(earlier(next, edge), c.spared())
}

// idle reports whether what a subject was to be woken for has moved on since: a
// message came meanwhile, and silence and loss of position count from it. Then only
// the timer is set anew. A backlog is looked after with every judgment, and the
// steady kinds whenever one of them is due.
func (e *Engine) idle(s *subject, at roster.Instant) bool {
	if s.Seldom != nil && s.Seldom.Late != nil || at < e.clock || s.calm <= at {
		return false
	}
	c := e.moment(s, at-1)
	next := e.nextOf(c)
	e.spare = c
	if next != 0 && next <= at {
		return false
	}
	s.wake = 0
	e.wake(s, next)
	return true
}

// wake sets an earlier timer for a subject; 0 sets none.
func (e *Engine) wake(s *subject, at roster.Instant) {
	if at == 0 || s.wake != 0 && s.wake <= at {
		return
	}
	s.wake = at
	e.timers.push(timer{at, s.rank, s})
}

// fire judges the district and the subjects whose timers are due, up to and
// including limit, each at its own instant; at equal ones the district first,
// since an outage speaks for its devices.
func (e *Engine) fire(limit roster.Instant) {
	for next := e.Next(); next != 0 && next <= limit; next = e.Next() {
		if e.districtDue() == next {
			e.expireDistrict(next)
			e.appraise()
			continue
		}
		t := e.timers.pop()
		if t.s.wake != t.at || t.s.gone || e.idle(t.s, t.at) {
			continue
		}
		e.clock = max(e.clock, t.at)
		e.judge(t.s, max(t.at, e.clock-1))
		e.lapse(t.s)
		e.appraise()
	}
}

// edge is the next instant at which a term, a custody, a binding or an authority
// begins or ends: what runs then is another set of kinds.
func (c *moment) edge() roster.Instant {
	next := c.bounds(c.s.entry.Term)
	for _, iv := range c.s.entry.Custody {
		next = earlier(next, c.bounds(iv))
	}
	for _, dev := range c.s.entry.Devices {
		for i := range dev.Bindings {
			next = earlier(next, c.bounds(dev.Bindings[i].Interval))
		}
		for i := range dev.Authorities {
			next = earlier(next, c.bounds(dev.Authorities[i].Interval))
		}
	}
	return next
}

func (c *moment) bounds(iv roster.Interval) roster.Instant { return c.after(iv.From, iv.End) }

// Next returns the instant of the next timer, 0 when there is none. The caller
// sees to it that an entry later than it follows, a tick if nothing else.
func (e *Engine) Next() roster.Instant {
	next := e.districtDue()
	if len(e.timers) > 0 {
		next = earlier(next, e.timers[0].at)
	}
	return next
}

// subjectIDs lists the subjects in a fixed order.
func (e *Engine) subjectIDs() []roster.SubjectID {
	ids := make([]roster.SubjectID, 0, len(e.subjects))
	for id := range e.subjects {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return ids
}
