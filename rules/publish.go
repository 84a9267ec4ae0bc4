package rules

import (
	"cmp"
	"fmt"
	"slices"

	"correctiond/roster"
)

// publishNew publishes the runs of an incremental step that differ from what
// was said of them.
func (e *Engine) publishNew(s *subject, runs []run) {
	for i := range runs {
		if r := &runs[i]; !e.upToDate(r) && !e.withheld(s, r) {
			e.say(s, r)
		}
	}
}

// upToDate reports whether the published episode shows the run as it is.
func (e *Engine) upToDate(r *run) bool {
	from, until := r.times()
	return r.Said != nil && r.Said.Started == from && r.Said.Ended == until &&
		r.Said.Count == r.Count && r.Said.Severity == r.severity() && len(r.Said.History) >= len(r.Steps)
}

// republish compares runs computed anew with the ones before: continued runs
// keep their id, and what turned out never to have held is retracted.
func (e *Engine) republish(s *subject, before, runs []run) {
	of, taken := pair(before, runs)
	for i := range runs {
		if of[i] >= 0 { // what a clone of the settled state remembers is older
			runs[i].Said = before[of[i]].Said
		}
	}
	e.publishNew(s, runs)
	for i := range before {
		if !taken[i] && before[i].Said != nil {
			e.retract(s, &before[i])
		}
	}
}

// say publishes a run as an episode, giving it an id if it is new.
func (e *Engine) say(s *subject, r *run) {
	var next said
	if r.Said == nil {
		next.ID, next.First, next.Opened = e.name(r), r.Started, e.clock
	} else {
		next = *r.Said
	}
	next.Started, next.Ended = r.times()
	next.Count, next.Severity = r.Count, r.severity()
	// A correction may take steps back; what was said stays in the history.
	for n := len(next.History); n < len(r.Steps); n++ {
		next.History = append(next.History[:n:n], SeverityStep{At: e.clock, Severity: r.Steps[n]})
	}
	r.Said = &next
	e.emit(s, r, false)
}

// name is the id of a new run. Another one may have it already: it was first
// told with this very start, which was corrected since. Then a number is added
// to the key.
func (e *Engine) name(r *run) string {
	id := EpisodeID(r.Kind, r.Key, r.Started)
	for n := 2; ; n++ {
		if rec := e.record(id); rec == nil || rec.Retracted || rec.Started == r.Started {
			return id
		}
		id = EpisodeID(r.Kind, fmt.Sprintf("%s/%d", r.Key, n), r.Started)
	}
}

// retract publishes that the condition of a run never held.
func (e *Engine) retract(s *subject, r *run) {
	said := *r.Said
	said.From, said.Until = 0, 0
	r.Ended, r.Said = r.Started, &said
	e.emit(s, r, true)
}

// emit appends the episode of a run to the engine's output.
func (e *Engine) emit(s *subject, r *run, retracted bool) {
	from, until := r.times()
	ep := Episode{
		ID: r.Said.ID, Kind: r.Kind, Severity: r.severity(), District: e.dir.DistrictID(), Device: r.Device, Office: r.Office,
		Started: from, Opened: r.Said.Opened, Ended: until, Late: r.Late || r.Said.Late, Count: r.Count,
		History: r.Said.History, Rules: e.version, Retracted: retracted,
	}
	if s != nil {
		ep.Subject, ep.Office, ep.Officer = s.entry.ID, s.entry.Office, s.entry.Officer
	}
	info := e.rules.info(r.Kind)
	ep.Reason, ep.Evidence = info.describe(e, s, r)
	e.archive(s, &ep, r)
	e.out = append(e.out, ep)
}

// flush returns what has been published since the last call; of several states
// of one episode only the last.
func (e *Engine) flush() []Episode {
	for done := 0; done < len(e.out); { // what closes by itself may end a backlog
		fresh := e.out[done:]
		done = len(e.out)
		e.settleAlerts(fresh)
	}
	out := e.out
	e.out = nil
	if len(out) < 2 {
		return out
	}
	last := make(map[string]int, len(out))
	for i := range out {
		last[out[i].ID] = i
	}
	if len(last) < len(out) {
		i := -1
		out = slices.DeleteFunc(out, func(ep Episode) bool { i++; return last[ep.ID] != i })
	}
	slices.SortStableFunc(out, func(a, b Episode) int { return cmp.Compare(a.Opened, b.Opened) })
	return out
}

// said is the published side of a run.
type said struct {
	ID    string
	First roster.Instant // the start that the id was made of
	// From and Until are what a backlog of another device shows of it; 0: nothing.
	From, Until            roster.Instant
	Started, Opened, Ended roster.Instant
	Late                   bool // it was told from a backlog first
	Count                  int
	Severity               Severity
	History                []SeverityStep
}
