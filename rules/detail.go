package rules

import (
	"math"

	"correctiond/geo"
	"correctiond/roster"
)

// detail is what few observations have. Those that only lie far from every
// forbidden zone of their subject share one.
type detail struct {
	// Zones are the subject's forbidden zones, seen from the position.
	Zones []zoneDistance
	Hug   hug // of a counting check-in
	// Watch are the watch zones that it lies in or near to.
	Watch []watched
	// Night is the curfew that someone out of the circle breaks; zero: none.
	Night night
	// CloseKind and CloseKey name the run that a person closed.
	CloseKind Kind
	CloseKey  string
}

// detail returns the observation's own, made when it is first needed.
func (o *observation) detail() *detail {
	if o.More == nil {
		o.More = new(detail)
	}
	return o.More
}

func (o *observation) zones() []zoneDistance {
	if o.More == nil {
		return nil
	}
	return o.More.Zones
}

func (o *observation) watch() []watched {
	if o.More == nil {
		return nil
	}
	return o.More.Watch
}

func (o *observation) night() night {
	if o.More == nil {
		return night{}
	}
	return o.More.Night
}

// measure enters the distances to the subject's forbidden zones. How far the far
// ones are does not matter to any kind.
func (e *Engine) measure(s *subject, o *observation, cell geo.Cell) {
	near := false
	e.metres = e.metres[:0]
	for _, ref := range s.entry.Forbidden {
		d := e.signed(ref.Zone, o, cell)
		near = near || d >= -max(ref.ApproachM, o.AccuracyM)
		e.metres = append(e.metres, d)
	}
	if !near && o.More == nil {
		o.More = e.far(s)
		return
	}
	zones := make([]zoneDistance, len(e.metres))
	for i, ref := range s.entry.Forbidden {
		zones[i] = zoneDistance{ID: e.dir.Zone(ref.Zone).ID, Metres: e.metres[i], ApproachM: ref.ApproachM}
	}
	o.detail().Zones = zones
}

// far is the detail of a position that is far from all of the subject's zones.
func (e *Engine) far(s *subject) *detail {
	if s.far == nil {
		s.far = &detail{Zones: make([]zoneDistance, len(s.entry.Forbidden))}
		for i, ref := range s.entry.Forbidden {
			s.far.Zones[i] = zoneDistance{ID: e.dir.Zone(ref.Zone).ID, Metres: math.Inf(-1), ApproachM: ref.ApproachM}
		}
	}
	return s.far
}

// ended is the observation that a person, or the end of an authority, ends a run.
func ended(at, received roster.Instant, k Kind, key string) *observation {
	return &observation{At: at, Received: received, More: &detail{CloseKind: k, CloseKey: key}}
}
