package tracks_test

import (
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"correctiond/event"
	"correctiond/roster"
	"correctiond/store/tracks"
)

// fakeInflux keeps the points of writes that it confirms, by series and time:
// what InfluxDB takes for one point. Its reply decides over a write.
type fakeInflux struct {
	reply func(w http.ResponseWriter, r *http.Request, n int, lines []string) verdict

	mu     sync.Mutex
	points map[string]string // series and time → id
	writes int
}

// verdict of a reply: whether the lines are stored, and whether it has answered.
type verdict struct{ store, answered bool }

func confirm(http.ResponseWriter, *http.Request, int, []string) verdict { return verdict{store: true} }

// refuse answers without storing.
func refuse(w http.ResponseWriter, status int, message string) verdict {
	w.WriteHeader(status)
	fmt.Fprintf(w, `{"code":"some","message":%q}`, message)
	return verdict{answered: true}
}

func (f *fakeInflux) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path != "/ping" && r.Header.Get("Authorization") != "Token secret" {
		refuse(w, http.StatusUnauthorized, "unauthorized access")
		return
	}
	switch r.URL.Path {
	case "/ping":
		w.Header().Set("X-Influxdb-Version", "v2.7.12")
		w.WriteHeader(http.StatusNoContent)
	case "/api/v2/buckets":
		fmt.Fprint(w, `{"buckets":[{"id":"b","orgID":"o","name":"jz","retentionRules":[]}]}`)
	case "/api/v2/write":
		f.write(w, r)
	default:
		http.NotFound(w, r)
	}
}

func (f *fakeInflux) write(w http.ResponseWriter, r *http.Request) {
	if q := r.URL.Query(); r.Method != http.MethodPost || q.Get("org") != "jz" || q.Get("bucket") != "jz" || q.Get("precision") != "ns" {
		refuse(w, http.StatusNotFound, "bucket not found")
		return
	}
	body := io.Reader(r.Body)
	if r.Header.Get("Content-Encoding") == "gzip" {
		unpacked, err := gzip.NewReader(body)
		if err != nil {
			panic(err)
		}
		body = unpacked
	}
	text, err := io.ReadAll(body)
	if err != nil {
		panic(err)
	}
	lines := strings.SplitAfter(strings.TrimSuffix(string(text), "\n"), "\n")
	f.mu.Lock()
	f.writes++
	n := f.writes
	f.mu.Unlock()
	v := f.reply(w, r, n, lines)
	if v.store {
		f.keep(lines)
	}
	if !v.answered {
		w.WriteHeader(http.StatusNoContent)
	}
}

func (f *fakeInflux) keep(lines []string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, line := range lines {
		series, fields, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
		fields, at, _ := strings.Cut(fields, " ") // no text of the fixtures holds a space
		if _, id, ok := strings.Cut(fields, `,id="`); ok {
			id, _, _ = strings.Cut(id, `"`)
			f.points[series+" "+at] = id
		}
	}
}

// ids are those stored, each with how many points have it.
func (f *fakeInflux) ids() map[string]int {
	f.mu.Lock()
	defer f.mu.Unlock()
	out := map[string]int{}
	for _, id := range f.points {
		out[id]++
	}
	return out
}

// direct hands requests to a handler without a network, so that time in a
// synctest bubble passes.
type direct struct{ handler http.Handler }

func (d direct) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body == nil {
		r = r.Clone(r.Context())
		r.Body = http.NoBody
	}
	rec := httptest.NewRecorder()
	d.handler.ServeHTTP(rec, r)
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	return rec.Result(), nil
}

// sink is an Influx under test with all that it reports.
type sink struct {
	*tracks.Influx
	fake    *fakeInflux
	mu      sync.Mutex
	cursors map[roster.DistrictID]uint64
	refused []tracks.Refused
	stored  int
	dead    int
	retries map[string]int
	keepErr error // of keeping a dead letter
	saveErr error // of saving the cursor
}

var (
	_ tracks.Cursors      = (*sink)(nil)
	_ tracks.SinkObserver = (*sink)(nil)
)

func (s *sink) SinkCursor(_ context.Context, _ string, d roster.DistrictID) (uint64, error) {
	return s.cursors[d], nil
}

func (s *sink) SaveSinkCursor(_ context.Context, _ string, d roster.DistrictID, seq uint64) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.saveErr == nil {
		s.cursors[d] = seq
	}
	return s.saveErr
}

func (s *sink) keep(_ context.Context, r tracks.Refused) error {
	if s.keepErr != nil {
		err := s.keepErr
		s.keepErr = nil
		return err
	}
	s.refused = append(s.refused, r)
	return nil
}

func (s *sink) Stored(n int)         { s.stored += n }
func (s *sink) DeadLettered(n int)   { s.dead += n }
func (s *sink) Retried(class string) { s.retries[class]++ }

// newSink opens an Influx on a fake that is reached directly.
func newSink(t *testing.T, reply func(http.ResponseWriter, *http.Request, int, []string) verdict, change ...func(*tracks.InfluxConfig)) *sink {
	t.Helper()
	fake := &fakeInflux{reply: reply, points: map[string]string{}}
	return openSink(t, fake, append([]func(*tracks.InfluxConfig){func(c *tracks.InfluxConfig) {
		c.URL, c.Transport = "http://influx", direct{fake}
	}}, change...)...)
}

func openSink(t *testing.T, fake *fakeInflux, change ...func(*tracks.InfluxConfig)) *sink {
	t.Helper()
	s := &sink{fake: fake, cursors: map[roster.DistrictID]uint64{}, retries: map[string]int{}}
	cfg := tracks.InfluxConfig{
		Org: "jz", Bucket: "jz", Token: "secret", Gzip: true, Cursors: s, Refused: s.keep, Observer: s, BatchLines: 1000,
	}
	for _, f := range change {
		f(&cfg)
	}
	var err error
	if s.Influx, err = tracks.OpenInflux(t.Context(), cfg); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// fixes are n position events of a hundred devices.
func fixes(n int) []event.Event {
	events := make([]event.Event, n)
	for i := range events {
		events[i] = fix(i%100, i)
	}
	return events
}

// wantStored proves by ids that everything but the refused is there, once, and
// that the cursor says so.
func (s *sink) wantStored(t *testing.T, events []event.Event) {
	t.Helper()
	ids := s.fake.ids()
	for _, r := range s.refused {
		if ids[r.Event.ID] != 0 {
			t.Errorf("event %s is stored and a dead letter", r.Event.ID)
		}
		ids[r.Event.ID]++
	}
	missing, twice := 0, 0
	for i := range events {
		switch n := ids[events[i].ID]; {
		case n == 0:
			missing++
		case n > 1:
			twice++
		}
	}
	if missing+twice > 0 || len(ids) != len(events) {
		t.Errorf("of %d events %d are missing, %d there twice; %d ids", len(events), missing, twice, len(ids))
	}
	if s.cursors["D1"] != 1 {
		t.Errorf("cursor %d", s.cursors["D1"])
	}
	if s.stored+s.dead != len(events) || s.dead != len(s.refused) {
		t.Errorf("counted %d stored and %d dead of %d", s.stored, s.dead, len(events))
	}
}

// downFor answers nothing of a write until a while after the first try.
func downFor(d time.Duration, down func(http.ResponseWriter) verdict) func(http.ResponseWriter, *http.Request, int, []string) verdict {
	var first time.Time
	return func(w http.ResponseWriter, _ *http.Request, _ int, _ []string) verdict {
		if first.IsZero() {
			first = time.Now()
		}
		if time.Since(first) < d {
			return down(w)
		}
		return verdict{store: true}
	}
}
