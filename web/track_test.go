package web_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"correctiond/roster"
	"correctiond/rules"
	"correctiond/web"
)

// Dossier answers what the test has put into it.
func (w *world) Dossier(_ context.Context, _ roster.DistrictID, id roster.SubjectID) ([]web.Moment, error) {
	return w.dossiers[id], w.broken
}

// Track records the reading, then hands out the fixes there are, or a point for
// each hour.
func (w *world) Track(_ context.Context, q web.TrackQuery, yield func(web.TrackPoint) error) error {
	w.readings = append(w.readings, q)
	for _, f := range w.fixes {
		kind := map[bool]string{true: "checkin", false: "location"}[f.Checkin]
		err := yield(web.TrackPoint{Time: f.At, Device: f.Device, Kind: kind, Lat: f.Lat, Lng: f.Lng, AccuracyM: f.AccuracyM, Source: f.Source, Mock: f.Mock, Verify: f.Verify})
		if err != nil {
			return err
		}
	}
	if w.zones != nil || w.trackStep == 0 {
		return w.broken
	}
	for t := q.From; t < q.Until; t += w.trackStep {
		if err := yield(web.TrackPoint{Time: t, Received: t + 1000, Device: "W1", Kind: "location", Lat: 31.2, Lng: 121.4, AccuracyM: 8}); err != nil {
			return err
		}
	}
	return w.broken
}

func TestTimelineJoinsWhatHappened(t *testing.T) {
	s := newTown(t)
	ep := episode("a1", rules.P2, "O1")
	ep.Subject = "S1"
	s.raise(ep)
	s.dossiers = map[roster.SubjectID][]web.Moment{"S1": {
		{At: morning(6), What: "visit"}, {At: morning(9), What: "leave", ID: "L1", Until: morning(20), Text: "就医"},
	}}
	by := bearer("token-officer")
	want(t, s.do("GET /api/v1/subjects/S1/timeline", by), 200,
		`{"items":[{"at":"2026-03-02T09:00:00Z","what":"leave","id":"L1","until":"2026-03-02T20:00:00Z","text":"就医"},`,
		`"what":"alert","id":"a1","kind":"area-exit","severity":"P2","state":"open"`, `"what":"colour","colour":"yellow"`, `"next":null`)
	var seen []string
	next := ""
	for range 4 {
		ids, after := s.whats("GET /api/v1/subjects/S1/timeline?limit=1&cursor="+next, "token-officer")
		seen, next = append(seen, ids), after
	}
	if got := strings.Join(seen, " "); got != "leave alert colour visit" || next != "" {
		t.Errorf("pages are %q, then %q", got, next)
	}
	part := s.do("GET /api/v1/subjects/S1/timeline?from=2026-03-02T08:05:00Z&until=2026-03-02T09:00:00Z", by)
	want(t, part, 200, `"what":"alert"`)
	lacks(t, part, "leave", "colour\"")
	for _, query := range []string{"cursor=eyJ9", "limit=0", "from=x", "until=x"} {
		want(t, s.do("GET /api/v1/subjects/S1/timeline?"+query, by), 400, `"field":"`+strings.Split(query, "=")[0]+`"`)
	}
	want(t, s.do("GET /api/v1/subjects/S3/timeline", by), 404)
	want(t, s.do("GET /api/v1/subjects/S3/timeline", bearer("token-ops")), 403)
	s.breakDown(fmt.Errorf("broken"))
	want(t, s.do("GET /api/v1/subjects/S1/timeline", by), 500)
}

func TestTrackIsReadWithAReasonOnly(t *testing.T) {
	s := newTown(t)
	s.trackStep = roster.Hour
	const day = "from=2026-03-02T00:00:00Z&until=2026-03-02T03:00:00Z"
	by := bearer("token-officer")
	line := "GET /api/v1/subjects/S1/track?" + day
	rec := s.do(line+"&reason=核实越界告警", by)
	want(t, rec, 200, `"type":"FeatureCollection"`, `"coordinates":[121.4,31.2]`, `"time":"2026-03-02T02:00:00Z"`)
	if rec.Header().Get("Content-Type") != "application/geo+json" || len(s.readings) != 1 {
		t.Errorf("%s after %d readings", rec.Header().Get("Content-Type"), len(s.readings))
	}
	if q := s.readings[0]; q.By != "officer-1" || q.Reason != "核实越界告警" || q.Subject != "S1" {
		t.Errorf("recorded: %+v", q)
	}
	for query, field := range map[string]string{
		day: "reason", day + "&reason=abc": "reason", day + "&reason=+++a+++": "reason", day + "&reason=" + strings.Repeat("x", 401): "reason",
		"until=2026-03-02T03:00:00Z&reason=long": "from", "from=2026-03-02T03:00:00Z&reason=long": "until",
		"from=2026-03-02T00:00:00Z&until=2026-04-02T00:00:01Z&reason=long": "until", "from=x": "from", "from=2026-03-02T00:00:00Z&until=x": "until",
	} {
		want(t, s.do("GET /api/v1/subjects/S1/track?"+query, by), 400, `"field":"`+field+`"`)
	}
	want(t, s.do("GET /api/v1/subjects/S3/track?"+day+"&reason=long", by), 404)
	for role, status := range map[string]int{"social_worker": 403, "ops": 403, "admin": 403, "procurator": 200, "district": 200, "office_head": 200} {
		want(t, s.do(line+"&reason=long", bearer("token-"+role)), status)
	}
	if !slices.ContainsFunc(s.audit, func(r web.Recorded) bool {
		return r.Action == web.TrackRefused && r.Reason == web.Unreasoned && r.Actor == "officer-1" && r.Object == "S1" && r.District == "D1"
	}) {
		t.Errorf("that a track was asked for without a reason is not recorded: %+v", s.audit)
	}
	if len(s.readings) != 4 {
		t.Errorf("%d readings, want 4", len(s.readings))
	}
	s.trackStep = 100
	want(t, s.do(line+"&reason=long", by), 422, "shorter span")
	s.breakDown(fmt.Errorf("broken"))
	s.trackStep = roster.Hour
	lacks(t, s.do(line+"&reason=long", by), "coordinates")
}

// whats are the kinds of the lines on a page of a timeline.
func (s *site) whats(line, token string) (whats, next string) {
	s.t.Helper()
	var list struct {
		Items []struct{ What string }
		Next  string
	}
	decode(s.t, s.do(line, bearer(token)), &list)
	for _, it := range list.Items {
		whats += it.What + " "
	}
	return strings.TrimSpace(whats), list.Next
}
