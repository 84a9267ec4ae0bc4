package sim

import (
	"iter"

	"correctiond/roster"
)

// Feed is a position in the stream of lines. It is not safe for concurrent use.
type Feed struct {
	heap []*pass // by the receive time of the next line, then by person
}

// Feed starts a new stream at the beginning of the period.
func (s *Sim) Feed() *Feed {
	f := &Feed{}
	for _, p := range s.people {
		if r := s.begin(p); r.fill() {
			f.heap = append(f.heap, r)
		}
	}
	for i := len(f.heap)/2 - 1; i >= 0; i-- {
		f.sink(i)
	}
	return f
}

// Until yields the lines received up to now, from where the feed stands. A
// caller that stops early continues with the next line; a live caller asks
// again as its clock advances.
func (f *Feed) Until(now roster.Instant) iter.Seq[Line] {
	return func(yield func(Line) bool) {
		for len(f.heap) > 0 {
			if f.heap[0].next() > now || !yield(f.pop()) {
				return
			}
		}
	}
}

// Next returns when the next line is received; false at the end.
func (f *Feed) Next() (roster.Instant, bool) {
	if len(f.heap) == 0 {
		return 0, false
	}
	return f.heap[0].next(), true
}

func (f *Feed) pop() Line {
	first := f.heap[0]
	l := first.take()
	if !first.fill() || first.next() > first.s.cfg.Until {
		last := len(f.heap) - 1
		f.heap[0] = f.heap[last]
		f.heap = f.heap[:last]
	}
	f.sink(0)
	return l
}

// sink restores the order of the heap below i.
func (f *Feed) sink(i int) {
	for {
		least := i
		for c := 2*i + 1; c <= 2*i+2 && c < len(f.heap); c++ {
			if f.heap[c].before(f.heap[least]) {
				least = c
			}
		}
		if least == i {
			return
		}
		f.heap[i], f.heap[least] = f.heap[least], f.heap[i]
		i = least
	}
}

func (r *pass) next() roster.Instant { return r.pending[r.head].Received }

func (r *pass) before(o *pass) bool {
	if r.next() != o.next() {
		return r.next() < o.next()
	}
	return r.p.index < o.p.index
}
