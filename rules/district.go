package rules

import (
	"maps"
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

// districtRuns are the open runs of the kinds about the district: one of each
// kind, and one for each office. Every event asks for some, and of alert-backlog
// there may be one for each of hundreds of offices.
type districtRuns map[Kind]map[roster.OfficeID]*run

func (d districtRuns) add(r *run) {
	if d[r.Kind] == nil {
		d[r.Kind] = make(map[roster.OfficeID]*run)
	}
	d[r.Kind][r.Office] = r
}

// list is the runs in a fixed order.
func (d districtRuns) list() []run {
	var out []run
	for _, k := range slices.Sorted(maps.Keys(d)) {
		for _, office := range slices.Sorted(maps.Keys(d[k])) {
			out = append(out, *d[k][office])
		}
	}
	return out
}

// districtRun is the open run of a kind about the district, or about one office.
func (e *Engine) districtRun(k Kind, office roster.OfficeID) *run { return e.district[k][office] }

// begin opens and publishes a run about the district, or about its office.
func (e *Engine) begin(r run) {
	r.Key, r.Count = string(e.dir.DistrictID()), 1
	if r.Office != "" {
		r.Key = string(r.Office)
	}
	e.district.add(&r)
	e.say(nil, &r)
}

// finish ends the open run of a kind, publishes and forgets it.
func (e *Engine) finish(k Kind, office roster.OfficeID) {
	r := e.districtRun(k, office)
	if r == nil {
		return
	}
	r.Ended = max(e.clock, r.Started)
	e.say(nil, r)
	delete(e.district[k], office)
}
