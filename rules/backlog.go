package rules

import "slices"

// beyond is how many observations the tail holds above a bound.
func (t *timeline) beyond(bound int) int {
	if t == nil {
		return 0
	}
	return max(0, len(t.Tail)-bound)
}

// room is how many observations a tail may hold: a backlog's worth while all
// backlogs together are not too many.
func (e *Engine) room(beyond, bound int) int {
	if e.held-beyond > heldMax-backlogMax {
		return bound
	}
	return backlogMax
}

// holds is what the subject's backlogs count towards the common bound.
func (s *subject) holds() int {
	rare := s.rare()
	n := s.Main.beyond(tailMax) + rare.Late.beyond(lateMax)
	for i := range rare.Meetings {
		n += rare.Meetings[i].Line.beyond(tailMax)
	}
	return n
}

// revise publishes a timeline's runs computed anew. A run that was taken back
// before, and was urgent enough for its alert to wait for a person, comes back
// as the same episode.
func (e *Engine) revise(s *subject, t *timeline, before, runs []run) {
	all := append(slices.Clone(before), t.Ghosts...)
	of, taken := pair(all, runs)
	for i := range runs {
		if of[i] >= 0 { // what a clone of the settled state remembers is older
			runs[i].Said = all[of[i]].Said
		}
		if of[i] >= len(before) {
			back := *runs[i].Said
			back.Count = 0 // it was told as taken back: tell it again
			runs[i].Said = &back
		}
	}
	e.publishNew(s, runs)
	t.Ghosts = nil
	for i := range all {
		switch r := &all[i]; {
		case taken[i] || r.Said == nil:
		case i >= len(before):
			t.Ghosts = append(t.Ghosts, *r)
		default:
			ghost := *r
			if ghost.severity() <= P2 {
				t.Ghosts = append(t.Ghosts, ghost)
			}
			e.retract(s, r)
		}
	}
	t.Ghosts = t.Ghosts[max(0, len(t.Ghosts)-ghostMax):]
}
