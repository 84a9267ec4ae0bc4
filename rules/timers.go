package rules

import (
	"container/heap"
	"slices"

	"correctiond/roster"
)

// timer wakes one subject. A subject's later timers are set when it is judged,
// so the heap holds few stale ones.
type timer struct {
	at roster.Instant
	s  *subject
}

// timerHeap orders timers by instant, then by subject, so that equal instants
// fire in the same order on every run.
type timerHeap []timer

func (h timerHeap) Len() int { return len(h) }

func (h timerHeap) Less(i, j int) bool {
	if h[i].at != h[j].at {
		return h[i].at < h[j].at
	}
	return h[i].s.entry.ID < h[j].s.entry.ID
}

func (h timerHeap) Swap(i, j int) { h[i], h[j] = h[j], h[i] }

func (h *timerHeap) Push(x any) {
	if t, ok := x.(timer); ok {
		*h = append(*h, t)
	}
}

func (h *timerHeap) Pop() any {
	old := *h
	t := old[len(old)-1]
	old[len(old)-1] = timer{}
	*h = old[:len(old)-1]
	return t
}

// schedule sets the subject's timer to the next instant at which anything of it
// changes by itself.
func (e *Engine) schedule(c *moment) {
	next := c.s.Main.Head.due(&e.rules)
	for i := range e.rules.derived {
		if rule := &e.rules.derived[i]; rule.next != nil {
			next = earlier(next, rule.next(c))
		}
	}
	for i := range c.s.Meetings {
		next = earlier(next, c.s.Meetings[i].Line.Head.due(&e.meet))
	}
	next = earlier(next, c.attentionNext())
	c.s.wake = 0
	e.wake(c.s, earlier(earlier(next, c.edge()), c.spared()))
}

// wake sets an earlier timer for a subject; 0 sets none.
func (e *Engine) wake(s *subject, at roster.Instant) {
	if at == 0 || s.wake != 0 && s.wake <= at {
		return
	}
	s.wake = at
	heap.Push(&e.timers, timer{at, s})
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
		t, ok := heap.Pop(&e.timers).(timer)
		if !ok || t.s.wake != t.at || t.s.gone {
			continue
		}
		e.clock = max(e.clock, t.at)
		e.judge(t.s, max(t.at, e.clock-1))
		e.touch(t.s)
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
