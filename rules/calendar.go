package rules

import "slices"

// keepCalendar gives published calendar runs their start back, ends the ones
// whose cause went away, and drops those that are over before they were opened.
func (e *Engine) keepCalendar(before, runs []run) []run {
	of := continues(before, runs)
	var kept []run
	for i, b := range before {
		switch {
		case of[i] >= 0:
			kept = append(kept, carryOn(b, runs[of[i]]))
		case b.open():
			b.Ended = max(e.clock, b.Started)
			kept = append(kept, b)
		default:
			kept = append(kept, b)
		}
	}
	for i := range runs {
		if runs[i].open() && !slices.Contains(of, i) {
			kept = append(kept, runs[i])
		}
	}
	return kept
}

// carryOn is a published run as it ought to be now. What was said of its start
// and its steps stays.
func carryOn(b, r run) run {
	r.Started = b.Started
	if len(r.Steps) < len(b.Steps) || !r.open() {
		r.Steps, r.Count = b.Steps, b.Count
	}
	if !r.open() {
		r.Ended = max(r.Ended, b.Started)
	}
	return r
}

// continues finds for each published run the one that it is now (-1: none): of
// the same start, else, while it is open, the one of the same cause.
func continues(before, runs []run) []int {
	of := make([]int, len(before))
	for i := range before {
		b := &before[i]
		of[i] = slices.IndexFunc(runs, func(r run) bool {
			return r.Key == b.Key && (r.Started == b.Started || b.Said != nil && b.Said.First == r.Started)
		})
	}
	for i := range before {
		b := &before[i]
		if of[i] >= 0 || !b.open() {
			continue
		}
		of[i] = slices.IndexFunc(runs, func(r run) bool { return r.Key == b.Key && r.Proof.Ref == b.Proof.Ref })
		if slices.Contains(of[:i], of[i]) || slices.Contains(of[i+1:], of[i]) {
			of[i] = -1
		}
	}
	return of
}
