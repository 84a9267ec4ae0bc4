package web_test

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"testing"

	"correctiond/roster"
	"correctiond/web"
)

// Silences lists those of the world.
func (w *world) Silences(_ context.Context, d roster.DistrictID) (out []web.Silence, err error) {
	for _, s := range w.silences {
		if s.District == d {
			out = append(out, s)
		}
	}
	return out, w.broken
}

// BeginSilence refuses what names nothing, as the daemon does.
func (w *world) BeginSilence(_ context.Context, s web.Silence) error {
	if s.Kind == "" && s.Subject == "" && s.Office == "" && s.Device == "" {
		return &web.DutyError{Field: "kind", Detail: "is missing"}
	}
	w.entered++
	s.ID = w.entered
	w.silences = append(w.silences, s)
	return nil
}

// EndSilence takes one off the list.
func (w *world) EndSilence(_ context.Context, d roster.DistrictID, id int64, by string) error {
	w.exported = append(w.exported, by)
	w.silences = slices.DeleteFunc(w.silences, func(s web.Silence) bool { return s.ID == id && s.District == d })
	return nil
}

// Rota reads that of the world.
func (w *world) Rota(_ context.Context, d roster.DistrictID) (web.Rota, error) {
	r := w.rota
	r.District = d
	return r, w.broken
}

// SaveRota replaces it.
func (w *world) SaveRota(_ context.Context, r web.Rota) (web.Rota, error) {
	if len(r.Shifts) > 1 {
		return r, &web.DutyError{Field: "shifts[1].post", Detail: "is unknown"}
	}
	if w.entry != nil {
		return r, w.entry
	}
	r.Version++
	w.rota = r
	return r, nil
}

func TestSilencesAreAListThatIsReplaced(t *testing.T) {
	s := newTown(t)
	by := bearer("token-district")
	first := s.do("GET /api/v1/silences", by)
	want(t, first, 200, `{"items":[]}`)
	put := func(tag, text string) func(...string) {
		rec := s.do("PUT /api/v1/silences", by, header("If-Match", tag), body("application/json", text))
		return func(parts ...string) { t.Helper(); want(t, rec, 200, parts...) }
	}
	put(first.Header().Get("ETag"), `{"items":[{"kind":"battery-low","office":"O1","reason":"换电池","until":"2026-03-05T00:00:00Z"}]}`)(
		`"id":1,"kind":"battery-low","office":"O1","reason":"换电池","by":"district-1"`, `"until":"2026-03-05T00:00:00Z"`)
	want(t, s.do("PUT /api/v1/silences", by, header("If-Match", first.Header().Get("ETag")), body("application/json", `{"items":[]}`)), 412)
	now := s.do("GET /api/v1/silences", by)
	want(t, s.do("GET /api/v1/silences", by, header("If-None-Match", now.Header().Get("ETag"))), http.StatusNotModified)
	put("*", `{"items":[{"id":1,"reason":"换电池","until":"2026-03-05T00:00:00Z"},{"device":"W1","reason":"返修","until":"2026-03-05T00:00:00Z"}]}`)(`"id":1`, `"id":2`)
	put("*", `{"items":[{"id":2,"reason":"返修","until":"2026-03-05T00:00:00Z"}]}`)(`{"items":[{"id":2,`)
	for text, status := range map[string]int{
		`{"items":[{"reason":"x","until":"2026-03-05T00:00:00Z"}]}`: 422, `{"items":[{"kind":"x","reason":"x","until":"soon"}]}`: 422,
		`{"items":[{"id":9,"reason":"x","until":"2026-03-05T00:00:00Z"}]}`: 422, `{"items":[{"kid":"x"}]}`: 400,
	} {
		want(t, s.do("PUT /api/v1/silences", by, header("If-Match", "*"), body("application/json", text)), status)
	}
	want(t, s.do("PUT /api/v1/silences", by, body("application/json", `{"items":[]}`)), 428)
	want(t, s.do("PUT /api/v1/silences", bearer("token-officer"), header("If-Match", "*")), 403)
	s.breakDown(errors.New("broken"))
	want(t, s.do("GET /api/v1/silences", by), 500)
}

func TestTheRotaIsReplacedWhole(t *testing.T) {
	s := newTown(t)
	by, any := bearer("token-district"), header("If-Match", "*")
	want(t, s.do("GET /api/v1/rota", bearer("token-officer")), 200, `{"version":0,"by":"","at":null,"shifts":[]}`)
	shift := `{"post":"duty","office":"O1","from":"2026-03-02","until":"2026-03-03T08:00:00+08:00","officers":["F1"]}`
	rota := body("application/json", `{"shifts":[`+shift+`]}`)
	done := s.do("PUT /api/v1/rota", by, rota, header("If-Match", `"0"`))
	want(t, done, 200, `"version":1,"by":"district-1"`, `"post":"duty"`, `"officers":["F1"]`)
	if done.Header().Get("ETag") != `"1"` {
		t.Errorf("ETag %s", done.Header().Get("ETag"))
	}
	want(t, s.do("PUT /api/v1/rota", by, rota, header("If-Match", `"0"`)), 412)
	want(t, s.do("PUT /api/v1/rota", by, rota), 428)
	want(t, s.do("GET /api/v1/rota", by, header("If-None-Match", `"1"`)), http.StatusNotModified)
	want(t, s.do("PUT /api/v1/rota", by, any, body("application/json", `{"shifts":[`+shift+`,`+shift+`]}`)), 422, `"field":"shifts[1].post"`)
	want(t, s.do("PUT /api/v1/rota", by, any, body("application/json", `{}`)), 422, `"field":"shifts"`)
	want(t, s.do("PUT /api/v1/rota", by, any, body("application/json", `{"shifts":[{"from":"x"}]}`)), 400)
	s.entry = web.ErrStaleRota
	want(t, s.do("PUT /api/v1/rota", by, rota, any), 412, "changed since")
	s.breakDown(errors.New("broken"))
	want(t, s.do("GET /api/v1/rota", by), 500)
	want(t, s.do("PUT /api/v1/rota", by, rota, any), 500)
}

func TestServiceWithoutDuties(t *testing.T) {
	w := newWorld()
	deps := w.deps()
	deps.Silences, deps.Rotas = nil, nil
	srv, err := web.New(web.Config{}, deps)
	if err != nil {
		t.Fatal(err)
	}
	s := &site{t: t, world: w, srv: srv}
	for _, line := range []string{"GET /api/v1/silences", "PUT /api/v1/silences", "GET /api/v1/rota", "PUT /api/v1/rota"} {
		want(t, s.do(line, bearer("token-district")), 404, "this service keeps no")
	}
}
