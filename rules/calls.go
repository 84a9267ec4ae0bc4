package rules

import (
	"slices"

	"correctiond/roster"
)

// Calls is what a roster does not say of when a person is called to check in:
// how often a day by colour, and the challenges.
type Calls struct {
	Subject    roster.SubjectID
	Steps      []roster.PaceStep
	Challenges []Challenge
}

// Challenge is an unscheduled request to check in (抽查).
type Challenge struct {
	ID              string
	Device          roster.DeviceID
	Issued, Expires roster.Instant
}

// Called returns the calls of the subjects for whom they have changed since it
// was asked last, after a restart of all, and the spans of a district's focus.
// Directories other than the engine's own need them.
func (e *Engine) Called() ([]Calls, []roster.Interval) {
	ids := e.moved
	e.moved = nil
	slices.Sort(ids)
	var out []Calls
	for _, id := range slices.Compact(ids) {
		if s := e.subjects[id]; s != nil {
			out = append(out, Calls{Subject: id, Steps: s.Attention.Steps, Challenges: s.challenges()})
		}
	}
	return out, e.focus
}

func (s *subject) challenges() []Challenge {
	var out []Challenge
	for _, ch := range s.Duty.Challenges {
		out = append(out, Challenge{ID: ch.ID, Device: ch.Device, Issued: ch.Issued, Expires: ch.Expires})
	}
	return out
}

// coloured counts the subjects by the colour that people see.
func (e *Engine) coloured() map[Colour]int {
	out := make(map[Colour]int, len(e.colours))
	for c, n := range e.colours {
		out[Colour(c)] = n
	}
	return out
}
