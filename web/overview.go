package web

import (
	"context"
	"net/http"
	"sync"
	"time"

	"correctiond/roster"
	"correctiond/rules"
)

// overviewLife bounds how old counters of the same alerts may be: the number of
// subjects changes without an alert.
const overviewLife = 5 * time.Second

// overviewCache keeps the counters of each scope, so that many streams of one
// office cost one count.
type overviewCache struct {
	mu   sync.Mutex
	seen map[Scope]counted
}

type counted struct {
	Overview
	change int64
	at     time.Time
}

// overview counts within scope, as of the change of that id or later.
func (oc *overviewCache) overview(ctx context.Context, from Overviews, scope Scope, change int64) (Overview, error) {
	oc.mu.Lock()
	defer oc.mu.Unlock()
	have, ok := oc.seen[scope]
	now := time.Now()
	if ok && have.change >= change && now.Sub(have.at) < overviewLife {
		return have.Overview, nil
	}
	o, err := from.Overview(ctx, scope)
	if err != nil {
		return Overview{}, err
	}
	if oc.seen == nil {
		oc.seen = map[Scope]counted{}
	}
	oc.seen[scope] = counted{Overview: o, change: change, at: now}
	return o, nil
}

// severityLine is the row of one severity.
type severityLine struct {
	Severity     rules.Severity `json:"severity"`
	Open         int            `json:"open"`
	Acknowledged int            `json:"acknowledged"`
	Oldest       *string        `json:"oldest_opened"`
	OldestAge    *int64         `json:"oldest_age_seconds"`
}

// attendanceLine is the row of one roll-call window of today.
type attendanceLine struct {
	From     string `json:"from"`
	Until    string `json:"until"`
	Deadline string `json:"deadline"`
	Due      int    `json:"due"`
	Answered int    `json:"answered"`
	Missed   int    `json:"missed"`
}

// officeLine is the row of one office.
type officeLine struct {
	Office   roster.OfficeID `json:"office"`
	Subjects int             `json:"subjects"`
	Colours  map[string]int  `json:"colours"`
	Open     int             `json:"open"`
	Missed   int             `json:"missed"`
	Silent   int             `json:"silent_devices"`
}

// overviewDocument is the JSON form of the counters.
type overviewDocument struct {
	At          string           `json:"at"`
	Office      *string          `json:"office"`
	Subjects    int              `json:"subjects"`
	Colours     map[string]int   `json:"colours"`
	Open        int              `json:"open"`
	Acked       int              `json:"acknowledged"`
	Severities  []severityLine   `json:"severities"`
	RollCall    []attendanceLine `json:"rollcall"`
	Silent      int              `json:"silent_devices"`
	Unmonitored int64            `json:"unmonitored_seconds"`
	Sweeps      []sweepLine      `json:"sweeps,omitempty"`
	Offices     []officeLine     `json:"offices,omitempty"`
}

func colourCounts(n [4]int) map[string]int {
	out := map[string]int{}
	for c := rules.Green; c <= rules.Red; c++ {
		out[c.String()] = n[c]
	}
	return out
}

func (s *Server) overviewDocument(o Overview, scope Scope) overviewDocument {
	now := time.Now()
	d := overviewDocument{
		At: now.In(s.cfg.Zone).Format(time.RFC3339), Subjects: o.Subjects,
		Colours: colourCounts(o.Colours), Silent: o.Silent, Unmonitored: int64(o.Unmonitored / roster.Second),
		RollCall: make([]attendanceLine, 0, len(o.RollCall)),
	}
	for _, a := range o.RollCall {
		d.RollCall = append(d.RollCall, attendanceLine{s.stamp(a.From), s.stamp(a.Until), s.stamp(a.Deadline), a.Due, a.Answered, a.Missed})
	}
	for _, of := range o.Offices {
		d.Offices = append(d.Offices, officeLine{of.Office, of.Subjects, colourCounts(of.Colours), of.Open, of.Missed, of.Silent})
	}
	if scope.Office != "" {
		office := string(scope.Office)
		d.Office = &office
	}
	for sev := rules.P1; sev <= rules.P4; sev++ {
		t := o.Alerts.Of(sev)
		line := severityLine{Severity: sev, Open: t.Open, Acknowledged: t.Acknowledged}
		if t.Oldest != 0 {
			oldest := t.Oldest.Time(s.cfg.Zone).Format(time.RFC3339)
			age := int64((roster.InstantOf(now) - t.Oldest) / roster.Second)
			line.Oldest, line.OldestAge = &oldest, &age
		}
		d.Open += t.Open
		d.Acked += t.Acknowledged
		d.Severities = append(d.Severities, line)
	}
	return d
}

// stamp writes an instant for programs.
func (s *Server) stamp(t roster.Instant) string { return t.Time(s.cfg.Zone).Format(time.RFC3339) }

// getOverview answers the counters; an office outside the scope does not exist.
func (s *Server) getOverview(w http.ResponseWriter, r *http.Request, c *caller) {
	if o, scope, ok := s.situation(w, r, c); ok {
		d := s.overviewDocument(o, scope)
		d.Sweeps = s.sweeps(r, scope)
		writeJSON(w, "application/json", http.StatusOK, d)
	}
}

// situation counts within the scope, or within the one office that is asked for;
// else it answers the request itself.
func (s *Server) situation(w http.ResponseWriter, r *http.Request, c *caller) (o Overview, scope Scope, ok bool) {
	if scope, ok = c.scope.narrow(roster.OfficeID(r.URL.Query().Get("office"))); !ok {
		s.fail(w, r, c, problem{Status: http.StatusNotFound})
		return o, scope, false
	}
	o, err := s.deps.Overviews.Overview(r.Context(), scope)
	if err != nil {
		s.broken(w, r, c, err)
		return o, scope, false
	}
	return o, scope, true
}
