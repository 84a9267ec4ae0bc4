package tracks_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"correctiond/event"
	"correctiond/store/tracks"
)

// fakeSetup is an InfluxDB 2 as far as buckets go; other versions only say so.
type fakeSetup struct {
	version, orgs string
	bucket        string // answer for it, "" when it is missing
	status        int    // instead of an answer, 0: none
	created       string // what was asked for
	deleted       string
}

func (f *fakeSetup) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	switch path := r.Method + " " + r.URL.Path; {
	case f.status != 0:
		w.WriteHeader(f.status)
	case path == "GET /ping" && strings.HasPrefix(f.version, "3."): // answers with a document, and only with the token
		w.Header().Set("X-Influxdb-Version", f.version)
		if r.Header.Get("Authorization") != "Token secret" {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		fmt.Fprintf(w, `{"version":%q,"revision":"r"}`, f.version)
	case path == "GET /ping":
		w.Header().Set("X-Influxdb-Version", f.version)
		w.WriteHeader(http.StatusNoContent)
	case path == "GET /api/v2/buckets" && f.bucket == "":
		w.WriteHeader(http.StatusNotFound)
		fmt.Fprint(w, `{"code":"not found","message":"bucket \"jz\" not found"}`)
	case path == "GET /api/v2/buckets":
		fmt.Fprintf(w, `{"buckets":[{"id":"1","orgID":"o1","name":"other"},%s]}`, f.bucket)
	case path == "GET /api/v2/orgs":
		fmt.Fprint(w, f.orgs)
	case path == "POST /api/v2/buckets":
		f.created = string(body)
		w.WriteHeader(http.StatusCreated)
		w.Write(body)
	case path == "POST /api/v2/delete":
		f.deleted = r.URL.RawQuery + " " + string(body)
		w.WriteHeader(http.StatusNoContent)
	case path == "POST /api/v2/query" && strings.HasPrefix(f.version, "3."):
		w.WriteHeader(http.StatusNotFound) // 3 Core has no Flux
	case path == "POST /api/v2/query":
		fmt.Fprint(w, "#datatype,string,long,long\n#group,false,false,false\n#default,_result,,\n,result,table,_value\n,,0,7\n")
	default:
		w.WriteHeader(http.StatusNoContent)
	}
}

func TestInfluxSetup(t *testing.T) {
	const halfYear = `{"id":"2","orgID":"o1","name":"jz","retentionRules":[{"type":"expire","everySeconds":15768000}]}`
	const jz = `{"orgs":[{"id":"o1","name":"jz"}]}`
	for name, c := range map[string]struct {
		server    fakeSetup
		retention time.Duration
		create    bool
		want      string // in the error
		created   string
	}{
		"there":                 {server: fakeSetup{bucket: halfYear}, retention: 4380 * time.Hour},
		"keeps too briefly":     {server: fakeSetup{bucket: halfYear}, retention: 9000 * time.Hour, create: true, want: "deletes data after 4380h0m0s"},
		"missing":               {server: fakeSetup{}, want: `bucket "jz" does not exist: create it, or set create_bucket`},
		"no such org":           {server: fakeSetup{orgs: `{"orgs":[]}`}, create: true, want: `organization "jz" does not exist`},
		"not allowed":           {server: fakeSetup{status: http.StatusUnauthorized}, want: "answered 401"},
		"3 makes its own":       {server: fakeSetup{version: "3.4.0"}},
		"the cloud counts as 2": {server: fakeSetup{version: "Cloud", bucket: halfYear}, retention: time.Hour},
		"created": {
			server: fakeSetup{orgs: jz}, create: true, retention: 4380 * time.Hour,
			created: `{"orgID":"o1","name":"jz","retentionRules":[{"type":"expire","everySeconds":15768000}]}`,
		},
		"created for ever": {server: fakeSetup{orgs: jz}, create: true, created: `{"orgID":"o1","name":"jz","retentionRules":[]}`},
	} {
		t.Run(name, func(t *testing.T) {
			s := openSink(t, nil, setupOn(&c.server), func(cfg *tracks.InfluxConfig) {
				cfg.CreateBucket, cfg.Retention = c.create, c.retention
			})
			if got := s.Status().Error; (got == "") != (c.want == "") || !strings.Contains(got, c.want) {
				t.Errorf("error %q, want %q", got, c.want)
			}
			if c.server.created != c.created {
				t.Errorf("asked for %s", c.server.created)
			}
		})
	}
}

func setupOn(f *fakeSetup) func(*tracks.InfluxConfig) {
	return func(cfg *tracks.InfluxConfig) { cfg.URL, cfg.Transport = "http://influx/", direct{f} }
}

// What can never work is an error at once; a server that is not there is none.
func TestInfluxOpen(t *testing.T) {
	s := openSink(t, nil, func(c *tracks.InfluxConfig) { c.URL = "http://127.0.0.1:1" })
	if st := s.Status(); st.Class != "network" || st.Person {
		t.Errorf("status %+v", st)
	}
	for name, cfg := range map[string]tracks.InfluxConfig{
		"no URL":         {URL: "127.0.0.1:8086", Bucket: "b", Cursors: s, Refused: s.keep},
		"no bucket":      {URL: "http://h", Cursors: s, Refused: s.keep},
		"no cursors":     {URL: "http://h", Bucket: "b", Refused: s.keep},
		"no dead letter": {URL: "http://h", Bucket: "b", Cursors: s},
	} {
		if _, err := tracks.OpenInflux(t.Context(), cfg); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// InfluxDB 3 Core is written to and not read; 2 deletes by its own interface.
func TestInfluxVersions(t *testing.T) {
	three := openSink(t, nil, setupOn(&fakeSetup{version: "3.4.0"}))
	write(t, three, 1, fix(1, 1))
	if _, err := three.Seen(t.Context(), "W1", "x"); err == nil || !strings.Contains(err.Error(), tracks.ErrNoFlux.Error()) {
		t.Errorf("seen: %v", err)
	}
	for _, err := range three.Track(t.Context(), "S1", 0, morning) {
		if err == nil {
			t.Error("a track of InfluxDB 3")
		}
	}
	f := &fakeSetup{bucket: `{"name":"jz"}`}
	two := openSink(t, nil, setupOn(f))
	if n := must[int64](t)(two.Prune(t.Context(), event.Status, morning)); n != 7 {
		t.Errorf("deleted %d", n)
	}
	query, body, _ := strings.Cut(f.deleted, " ")
	var asked map[string]string
	if err := json.Unmarshal([]byte(body), &asked); err != nil || query != "bucket=jz&org=jz" || asked["predicate"] != `_measurement="status"` ||
		asked["stop"] != "2026-03-01T23:59:59.999999999Z" {
		t.Errorf("asked for %s: %v", f.deleted, err)
	}
}
