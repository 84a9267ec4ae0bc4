package rules

import (
	"slices"

	"correctiond/roster"
)

// toldMax bounds the ended runs that a subject remembers.
const toldMax = 64

// takeLate folds a backlog older than the reorder window by itself. What it
// finds is over by now, except what only a person ends.
func (e *Engine) takeLate(s *subject, o *observation) {
	t := s.rare().Late
	if t == nil || e.abandoned(t) || len(t.Tail) >= e.room(t.beyond(lateMax), lateMax) {
		t = e.renewLate(s)
	}
	t.Touched = e.clock
	e.held -= t.beyond(lateMax)
	t.insert(&e.rules, e.config(s), o)
	s.shareNights(t.Head.Nights)
	e.held += t.beyond(lateMax)
	e.tellLate(s)
}

// abandoned reports whether no more of a backlog is waited for: for a day, or for
// an hour when much is held of others.
func (e *Engine) abandoned(t *timeline) bool {
	silent := e.clock - t.Touched
	return silent > latePause || silent > lateKept && e.held > heldMax/2
}

// dismiss forgets a backlog that no more of is waited for.
func (e *Engine) dismiss(s *subject) {
	if t := s.rare().Late; t != nil && len(t.Tail) > 0 && e.abandoned(t) {
		e.renewLate(s)
	}
}

// renewLate begins a new backlog and returns it. What a person has yet to end goes along.
func (e *Engine) renewLate(s *subject) *timeline {
	own := s.ownRare()
	e.held -= own.Late.beyond(lateMax)
	e.remember(s, own.LateSaid)
	own.LateSaid = slices.DeleteFunc(own.LateSaid, func(r run) bool { return !e.endedByPerson(&r) })
	own.Late = &timeline{Settled: fold{Runs: slices.Clone(own.LateSaid), Nights: s.Main.Head.Nights}}
	own.Late.Head = own.Late.Settled.clone()
	return own.Late
}

// tellLate publishes what a backlog shows that is news. What it shows of a run that is
// told already, because another device has seen it, corrects that one.
func (e *Engine) tellLate(s *subject) {
	own := s.Seldom
	if own == nil || own.Late == nil || len(own.Late.Head.Runs) == 0 && len(own.LateSaid) == 0 {
		return
	}
	var runs []run
	for _, r := range own.Late.Head.Runs {
		if !e.newsworthy(r.Kind) {
			continue
		}
		r.Late = true
		if r.open() && e.rules.info(r.Kind).Ending != ByPerson {
			r.Ended, r.Cut = own.Late.cut(&r), true
		}
		runs = append(runs, r)
	}
	runs = e.correct(s, own.Told, runs)
	runs = e.correct(s, s.Main.Head.Runs, runs)
	runs = slices.DeleteFunc(runs, func(r run) bool { return s.awaits(&r) })
	e.revise(s, own.Late, own.LateSaid, runs)
	own.LateSaid = runs
}

// cut is when a run ends that goes on at the end of a backlog: with the first fix of those
// that speak for its end, or else with the last of all.
func (t *timeline) cut(r *run) roster.Instant {
	for i := range t.Head.Devices {
		for _, m := range t.Head.Devices[i].Machines {
			if t.Head.Devices[i].From.Device == r.Device && m.Kind == r.Kind && m.Key == r.Key && m.Anti.N > 0 {
				return m.Anti.First.At
			}
		}
	}
	return t.Tail[len(t.Tail)-1].At
}

// awaits reports whether a late run may yet turn out to be the beginning of one that its
// device sees now. Until then that one's alert stands for both.
func (s *subject) awaits(r *run) bool {
	same := func(o run) bool { return o.Kind == r.Kind && o.Key == r.Key }
	return r.Cut && !slices.ContainsFunc(s.rare().LateSaid, func(o run) bool { return same(o) && overlaps(&o, r) }) &&
		slices.ContainsFunc(s.Main.Head.Runs, func(o run) bool { return same(o) && o.open() && o.Device == r.Device && o.Started > r.Started })
}

// newsworthy reports whether a run is worth telling that was over when it became
// known. Most conditions that clear by themselves are not; having been at a border is.
func (e *Engine) newsworthy(k Kind) bool { return e.rules.info(k).Ending != Auto || k == WatchZone }

// remember keeps the runs that a timeline forgets, as far as a backlog may tell of
// them again. It reports whether there were any.
func (e *Engine) remember(s *subject, runs []run) bool {
	added := false
	for i := range runs {
		if r := &runs[i]; r.Said != nil && e.newsworthy(r.Kind) && e.rules.info(r.Kind).Ending != ByPerson {
			own := s.ownRare()
			own.Told = append(own.Told, *r)
			own.Told = own.Told[max(0, len(own.Told)-toldMax):]
			added = true
		}
	}
	return added
}

// correct takes out of the late runs those that are one with a run that is told
// already, and gives that one the times of both.
func (e *Engine) correct(s *subject, known, late []run) []run {
	for i := range known {
		k := &known[i]
		var from, until roster.Instant
		late = slices.DeleteFunc(late, func(r run) bool {
			if r.Kind != k.Kind || r.Key != k.Key || !r.shares(k) {
				return false
			}
			from, until = earlier(from, r.Started), max(until, r.Ended)
			return true
		})
		if k.Said != nil && (from != k.Said.From || until != k.Said.Until) {
			next := *k.Said
			next.From, next.Until = from, until
			k.Said = &next
		}
	}
	e.publishNew(s, known)
	return late
}

// shares reports whether a late run has time in common with another. One that goes
// on at the end of its backlog is the one that is seen to begin soon after.
func (r *run) shares(with *run) bool {
	wide := *r
	if r.Cut {
		wide.Ended += holeLength
	}
	return overlaps(with, &wide)
}

// resume gives runs that begin where a backlog breaks off its episodes: what was
// told of it goes on.
func (s *subject) resume(runs []run) {
	own := s.ownRare()
	for i := range runs {
		r := &runs[i]
		if r.Said != nil {
			continue
		}
		of := slices.IndexFunc(own.LateSaid, func(l run) bool { return l.Cut && l.Kind == r.Kind && l.Key == r.Key && l.shares(r) })
		if of < 0 {
			continue
		}
		said := *own.LateSaid[of].Said
		said.From, said.Until = own.LateSaid[of].Started, own.LateSaid[of].Ended
		said.Late = true
		r.Said = &said
		own.LateSaid = slices.Delete(own.LateSaid, of, of+1)
	}
}
