package web_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"correctiond/roster"
	"correctiond/web"
)

// Roster reads what the world has of the district; D1 always has something.
func (w *world) Roster(_ context.Context, d roster.DistrictID) (*roster.Roster, int, error) {
	if w.rosters == nil {
		w.rosters = map[roster.DistrictID]*roster.Roster{"D1": {Version: 1, District: roster.District{ID: "D1"}}}
		w.version = 1
	}
	have := w.rosters[d]
	if have == nil {
		return nil, 0, w.broken
	}
	file := *have
	return &file, w.version, w.broken
}

// Save checks and replaces as the daemon does.
func (w *world) Save(ctx context.Context, e web.RosterEdit) (web.RosterChange, error) {
	before, version, err := w.Roster(ctx, e.District)
	if err != nil {
		return web.RosterChange{}, err
	}
	if e.Version != 0 && e.Version != version {
		return web.RosterChange{}, web.ErrStaleRoster
	}
	if err := roster.Check(e.Roster, roster.NewCalendar(time.UTC)).Err(); err != nil {
		return web.RosterChange{}, err
	}
	done := web.RosterChange{Changes: roster.Compare(before, e.Roster), Version: version}
	if !done.Empty() && !e.DryRun {
		w.version++
		done.Version, w.rosters[e.District] = w.version, e.Roster
	}
	return done, nil
}

// Exported remembers who took the roster away.
func (w *world) Exported(_ context.Context, _ roster.DistrictID, by, format string) error {
	w.exported = append(w.exported, by+" "+format)
	return w.broken
}

// Letters lists those in the world, newest first.
func (w *world) Letters(_ context.Context, f web.LetterFilter) (out []web.Letter, err error) {
	for _, l := range w.letters {
		if (f.Before == 0 || l.ID < f.Before) && (f.Reason == "" || l.Reason == f.Reason) && (f.Device == "" || l.Device == f.Device) && (!f.Waiting || l.Replayed == 0) && len(out) < f.Limit {
			out = append(out, l)
		}
	}
	return out, w.broken
}

// LetterCounts counts those that wait.
func (w *world) LetterCounts(context.Context) (map[string]int, error) {
	counts := map[string]int{}
	for _, l := range w.letters {
		if l.Replayed == 0 {
			counts[l.Reason]++
		}
	}
	return counts, w.broken
}

// Replay answers the fate of the world; only 7 exists.
func (w *world) Replay(_ context.Context, id int64, _ string) (web.Fate, bool, error) {
	fate := w.fate
	if fate == (web.Fate{}) {
		fate = web.Fate{Done: true, Text: "accepted"}
	}
	return fate, id == 7, w.broken
}

const square = `{"type":"Polygon","coordinates":[[[121,31],[122,31],[122,32],[121,32],[121,31]]]}`

func TestListsOfTheRosterAreReadAndReplaced(t *testing.T) {
	s := newTown(t)
	by := bearer("token-district")
	first := s.do("GET /api/v1/zones", by)
	want(t, first, 200, `{"items":[],"version":1}`)
	tag := first.Header().Get("ETag")
	want(t, s.do("GET /api/v1/zones", by, header("If-None-Match", tag)), http.StatusNotModified)

	zone := body("application/json", `{"items":[{"id":"city","kind":"area","datum":"wgs84","geometry":`+square+`}]}`)
	want(t, s.do("PUT /api/v1/zones", by, zone), 428, `"field":"If-Match"`)
	done := s.do("PUT /api/v1/zones", by, zone, header("If-Match", tag))
	want(t, done, 200, `"version":2`, `{"list":"zones","added":["city"]}`, `"dry_run":false`)
	if got := done.Header().Get("ETag"); got != `"2"` {
		t.Errorf("ETag %s", got)
	}
	want(t, s.do("PUT /api/v1/zones", by, zone, header("If-Match", tag)), 412, "changed since")
	want(t, s.do("GET /api/v1/zones", bearer("token-officer")), 200, `"id":"city"`, `"Polygon"`)

	for _, c := range []struct{ path, body, answer string }{
		{"offices", `{"items":[{"id":"O1","name":"示范路司法所","place":{"lat":31.2,"lng":121.4,"datum":"wgs84","radius_m":100}}]}`, `"added":["O1"]`},
		{"rollcalls", `{"items":[{"id":"one","windows":[{"from":"07:30","until":"09:30"}],"grace":"30m","days":["mon"]}]}`, `"added":["one"]`},
		{"devices", `{"items":[{"id":"P1","kind":"app","interval":"5m"}]}`, `"added":["P1"]`},
	} {
		want(t, s.do("PUT /api/v1/"+c.path, by, body("application/json", c.body), header("If-Match", "*")), 200, c.answer)
		want(t, s.do("GET /api/v1/"+c.path, by), 200, `"version":`)
	}
	want(t, s.do("PUT /api/v1/zones", by, body("application/json", `{"items":[]}`), header("If-Match", `"5"`)), 200, `"ended":["city"]`)
}

func TestWrongListsOfTheRosterChangeNothing(t *testing.T) {
	s := newTown(t)
	by, any := bearer("token-district"), header("If-Match", "*")
	for text, status := range map[string]int{
		`{}`: 400, `{"items":1}`: 400, `{"items":[{"idd":"x"}]}`: 400, `[]`: 400, ``: 400,
		`{"items":[{"id":"z","kind":"area","datum":"mars","geometry":` + square + `},{"id":"z","kind":"area","datum":"wgs84","geometry":{}}]}`: 422,
	} {
		rec := s.do("PUT /api/v1/zones", by, any, body("application/json", text))
		want(t, rec, status)
	}
	wrong := s.do("PUT /api/v1/zones", by, any, body("application/json", `{"items":[{"id":"z","kind":"lake","datum":"wgs84","geometry":`+square+`}]}`))
	want(t, wrong, 422, `"problems":[{"where":"zones[z].kind"`, `"field":"zones[z].kind"`, `"fix":`)
	want(t, s.do("GET /api/v1/zones", by), 200, `{"items":[],"version":1}`)
	s.rosters["D1"] = nil
	want(t, s.do("GET /api/v1/zones", by), 404, "no roster yet")
	s.breakDown(errors.New("broken"))
	want(t, s.do("GET /api/v1/zones", by), 500)
}

func TestRosterIsImportedAndExported(t *testing.T) {
	s := newTown(t)
	by := bearer("token-district")
	file := body("application/yaml", "version: 1\ndistrict: {id: D1}\noffices: [{id: O1, name: 示范路司法所}]\n")
	want(t, s.do("POST /api/v1/roster/import?dry_run=true", by, file), 200, `"dry_run":true`, `"added":["O1"]`, `"version":1`)
	want(t, s.do("GET /api/v1/offices", by), 200, `"items":[]`)
	want(t, s.do("POST /api/v1/roster/import", by, file), 200, `"dry_run":false`, `"version":2`)
	want(t, s.do("POST /api/v1/roster/import", by, file), 200, `"changes":[]`, `"version":2`)
	want(t, s.do("POST /api/v1/roster/import", by, file, header("If-Match", `"1"`)), 412)
	want(t, s.do("POST /api/v1/roster/import", by, file, header("If-Match", `"2"`)), 200)
	for _, c := range []struct {
		kind, text, says string
		status           int
	}{
		{"application/yaml", "version: 1\ndistrict: {id: D1}\nofices: []\n", "ofices", 422},
		{"application/yaml", "version: 2\ndistrict: {id: D1}\n", `"where":"version"`, 422},
		{"application/yaml", "version: 1\ndistrict: {id: D2}\n", `"field":"district.id"`, 422},
		{"application/yaml", "\t", "", 400},
		{"text/plain", "version: 1", "", 415},
	} {
		want(t, s.do("POST /api/v1/roster/import", by, body(c.kind, c.text)), c.status, c.says)
	}
	want(t, s.do("POST /api/v1/roster/import?dry_run=perhaps", by, file), 400, `"field":"dry_run"`)

	for format, part := range map[string]string{"": `"version": 1`, "json": "O1", "yaml": "version: 1", "subjects.csv": "id,", "devices.csv": "id,"} {
		want(t, s.do("GET /api/v1/roster/export?format="+format, by), 200, part)
	}
	want(t, s.do("GET /api/v1/roster/export?format=doc", by), 400, `"field":"format"`)
	if len(s.exported) != 5 || !strings.HasPrefix(s.exported[0], "district-1 ") {
		t.Errorf("recorded: %q", s.exported)
	}
	s.breakDown(errors.New("broken"))
	lacks(t, s.do("GET /api/v1/roster/export", by), "O1")
}

func TestDeadLettersAreForOperationsAndSayNothing(t *testing.T) {
	s := newTown(t)
	for id := int64(3); id > 0; id-- {
		s.letters = append(s.letters, web.Letter{ID: id, Received: morning(8), Device: "W1", Kind: "location", Reason: "datum"})
	}
	s.letters[0].District, s.letters[0].Replayed, s.letters[0].Reason = "D1", morning(9), "no_basis"
	by := bearer("token-ops")
	rec := s.do("GET /api/v1/deadletters?limit=2", by)
	want(t, rec, 200, `{"id":3,"received":"2026-03-02T08:00:00Z","district":"D1","device":"W1","kind":"location","index":0,"reason":"no_basis","replayed":"2026-03-02T09:00:00Z"}`)
	var list struct{ Next string }
	decode(t, rec, &list)
	want(t, s.do("GET /api/v1/deadletters?limit=2&cursor="+list.Next, by), 200, `{"items":[{"id":1,`, `"next":null`)
	want(t, s.do("GET /api/v1/deadletters?reason=no_basis&device=W1", by), 200, `"id":3`, `"next":null`)
	for _, bad := range []string{"cursor=!", "cursor=eA", "limit=0"} {
		want(t, s.do("GET /api/v1/deadletters?"+bad, by), 400)
	}
	want(t, s.do("POST /api/v1/deadletters/7/replay", by), 200, `{"id":7,"result":"accepted"}`)
	s.fate = web.Fate{Text: "still rejected: datum"}
	want(t, s.do("POST /api/v1/deadletters/7/replay", by), 409, "still rejected: datum")
	want(t, s.do("POST /api/v1/deadletters/8/replay", by), 404)
	want(t, s.do("POST /api/v1/deadletters/x/replay", by), 404)
	want(t, s.do("GET /api/v1/deadletters", bearer("token-district")), 403)
}
