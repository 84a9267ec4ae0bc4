package main

import (
	"correctiond/roster"
	"correctiond/rules"
)

// called is what acts and colours have added to a district's roster: a roster
// that is read anew does not know it.
type called struct {
	subjects map[roster.SubjectID]rules.Calls
	focus    []roster.Interval
}

// call takes over what the engine of a district has found out, for ingest:
// positions of phones are lawful in the same windows that the rules judge.
func (r *registry) call(id roster.DistrictID, list []rules.Calls, focus []roster.Interval) {
	r.mu.Lock()
	defer r.mu.Unlock()
	c := r.calls(id)
	c.focus = focus
	for _, of := range list {
		c.subjects[of.Subject] = of
	}
	if dir := r.districts[id]; dir != nil {
		(&called{subjects: byID(list), focus: focus}).tell(dir)
	}
}

func byID(list []rules.Calls) map[roster.SubjectID]rules.Calls {
	m := make(map[roster.SubjectID]rules.Calls, len(list))
	for _, of := range list {
		m[of.Subject] = of
	}
	return m
}

func (r *registry) calls(id roster.DistrictID) *called {
	if r.called[id] == nil {
		r.called[id] = &called{subjects: map[roster.SubjectID]rules.Calls{}}
	}
	return r.called[id]
}

// tell adds it to a directory, which may be in use.
func (c *called) tell(dir *roster.Directory) {
	dir.SetFocus(c.focus)
	for id, of := range c.subjects {
		dir.SetPace(id, of.Steps)
		for _, ch := range of.Challenges {
			if err := dir.AddChallenge(ch.Device, ch.ID, ch.Issued, ch.Expires); err != nil {
				continue // known already, or its device has left the roster
			}
		}
	}
}
