package rules

import (
	"slices"

	"correctiond/roster"
)

// districtRule is a kind about the district as a whole, not about one person.
// It keeps its own state and opens and ends runs by begin and finish.
type districtRule struct {
	// due is the next instant at which expire has something to do; 0: never.
	// It is asked at every entry.
	due    func(e *Engine) roster.Instant
	expire func(e *Engine, at roster.Instant)
}

// districtDue is the next instant at which a district rule has something to do.
func (e *Engine) districtDue() roster.Instant {
	var next roster.Instant
	for i := range e.rules.district {
		next = earlier(next, e.rules.district[i].due(e))
	}
	return next
}

func (e *Engine) expireDistrict(at roster.Instant) {
	e.clock = max(e.clock, at)
	for i := range e.rules.district {
		if due := e.rules.district[i].due(e); due != 0 && due <= at {
			e.rules.district[i].expire(e, at)
		}
	}
}

// districtRun is the open run of a kind about the district, or about one office.
func (e *Engine) districtRun(k Kind, office roster.OfficeID) *run {
	i := slices.IndexFunc(e.district, func(r run) bool { return r.Kind == k && r.Office == office })
	if i < 0 {
		return nil
	}
	return &e.district[i]
}

// begin opens and publishes a run about the district, or about its office.
func (e *Engine) begin(r run) {
	r.Key, r.Count = string(e.dir.DistrictID()), 1
	if r.Office != "" {
		r.Key = string(r.Office)
	}
	e.district = append(e.district, r)
	e.say(nil, &e.district[len(e.district)-1])
}

// finish ends the open run of a kind, publishes and forgets it.
func (e *Engine) finish(k Kind, office roster.OfficeID) {
	r := e.districtRun(k, office)
	if r == nil {
		return
	}
	r.Ended = max(e.clock, r.Started)
	e.say(nil, r)
	e.district = slices.DeleteFunc(e.district, func(r run) bool { return !r.open() })
}
