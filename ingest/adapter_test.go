package ingest_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"correctiond/event"
	"correctiond/ingest"
	"correctiond/roster"
)

// foreigners adds devices of the adapters to the roster of the tests: S1, S2 and
// S3 have phones with OwnTracks and nobody has free-phone, S1 wears two trackers
// behind Traccar of which only the first has an authority; band-1, which has one too,
// band-2 and kiosk-1 are no phones though they may say what the app says.
func foreigners(t testing.TB) *roster.Directory {
	t.Helper()
	const devices = `"devices": [
 {"id": "S1-phone", "kind": "app", "bindings": [{"subject": "S1", "from": "2026-01-15"}]},
 {"id": "S2-phone", "kind": "app", "bindings": [{"subject": "S2", "from": "2025-01-15"}]},
 {"id": "S3-phone", "kind": "app", "bindings": [{"subject": "S3", "from": "2025-01-15"}]},
 {"id": "868120000000017", "kind": "wristband", "interval": "5m", "bindings": [{"subject": "S1", "from": "2026-01-20"}],
  "authority": [{"id": "A7", "ground": 3, "from": "2026-01-20", "until": "2026-04-19"}]},
 {"id": "868120000000025", "kind": "wristband", "interval": "5m", "bindings": [{"subject": "S1", "from": "2026-01-20"}]},
 {"id": "free-phone", "kind": "app"}, {"id": "kiosk-1", "kind": "kiosk", "office": "O1"},
 {"id": "band-1", "kind": "wristband", "interval": "5m", "bindings": [{"subject": "S1", "from": "2026-01-20"}],
  "authority": [{"id": "A8", "ground": 3, "from": "2026-01-20", "until": "2026-04-19"}]},
 {"id": "band-2", "kind": "wristband", "interval": "5m", "bindings": [{"subject": "S1", "from": "2026-01-20"}]},`
	r, err := roster.Read(strings.NewReader(strings.Replace(people, `"devices": [`, devices, 1)), "people.json")
	if err != nil {
		t.Fatal(err)
	}
	dir, err := roster.Compile(r, roster.NewCalendar(shanghai()))
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

func adapters(t testing.TB, names ...string) []ingest.Adapter {
	t.Helper()
	all, err := ingest.Adapters(names, "")
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// gateway decodes and accepts with all adapters on.
type gateway struct {
	*ingest.Decoder
	*ingest.Acceptor
}

func newGateway(t testing.TB) gateway {
	return gateway{
		ingest.NewDecoder("jz", nil, adapters(t, "native", "owntracks", "traccar")...),
		&ingest.Acceptor{Find: find(foreigners(t)), IDs: ingest.NewExactIDs()},
	}
}

func (g gateway) take(topic, payload string) (entries []event.Entry, results []ingest.Result) {
	drafts := g.Decode(ingest.Message{Topic: topic, Payload: []byte(payload), Received: now()}, nil)
	for i := range drafts {
		entry, result := g.Accept(&drafts[i])
		entries, results = append(entries, entry), append(results, result)
	}
	return entries, results
}

// summary writes a draft in one line.
func summary(d *ingest.Draft) string {
	if r := d.Rejection; r != nil {
		return fmt.Sprintf("%s %s: %s", r.Reason, r.Device, r.Detail)
	}
	e := d.Event
	s := fmt.Sprintf("%s %s %s %s", kindName(e), e.Device, e.ID, e.Time.Time(time.UTC).Format(time.RFC3339))
	if e.Battery >= 0 {
		s += fmt.Sprintf(" %v%%", e.Battery)
	}
	if p := e.Position; p != nil {
		s += fmt.Sprintf(" %.4f,%.4f %s %s±%v %.1fm/s %v° alt %v hdop %v sat %d", p.Lat, p.Lng, p.Datum, p.Source, p.AccuracyM,
			p.SpeedMPS, p.HeadingDeg, p.AltitudeM, p.HDOP, p.Satellites)
		if p.Motion != event.MotionUnknown || p.Mock {
			s += fmt.Sprintf(" motion %d mock %v", p.Motion, p.Mock)
		}
	}
	return s
}

func kindName(e *event.Event) string {
	if e.Kind == event.Location {
		return "location"
	}
	return string(e.Status)
}

// Each file holds a message in a documented shape and the drafts it must give.
func TestForeignMessages(t *testing.T) {
	names, err := filepath.Glob("testdata/*/*.json")
	if err != nil || len(names) < 40 {
		t.Fatalf("%d fixtures, %v", len(names), err)
	}
	decoder := newGateway(t).Decoder
	for _, name := range names {
		t.Run(strings.TrimPrefix(name, "testdata/"), func(t *testing.T) {
			var f struct {
				Topic   string          `json:"topic"`
				Payload json.RawMessage `json:"payload"`
				Want    []string        `json:"want"`
			}
			data, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			if err := json.Unmarshal(data, &f); err != nil {
				t.Fatal(err)
			}
			got := []string{}
			drafts := decoder.Decode(ingest.Message{Topic: f.Topic, Payload: f.Payload, Received: now()}, nil)
			for i := range drafts {
				got = append(got, summary(&drafts[i]))
			}
			if !slices.Equal(got, f.Want) {
				t.Errorf("got\n %s\nwant\n %s", strings.Join(got, "\n "), strings.Join(f.Want, "\n "))
			}
		})
	}
}

// Whoever adds an adapter must find its name here.
func TestAdaptersByName(t *testing.T) {
	for _, tt := range []struct {
		names []string
		on    int
		fails bool
	}{
		{nil, 0, false},
		{[]string{"native"}, 0, false},
		{[]string{"native", "owntracks", "traccar"}, 2, false},
		{[]string{"owntrack"}, 0, true},
	} {
		all, err := ingest.Adapters(tt.names, "")
		if len(all) != tt.on || (err != nil) != tt.fails {
			t.Errorf("%v: %d adapters, %v", tt.names, len(all), err)
		}
	}
}

func TestTopicsOfAdapters(t *testing.T) {
	all, err := ingest.Adapters([]string{"owntracks", "traccar"}, "fleet/out")
	if err != nil {
		t.Fatal(err)
	}
	on, off := ingest.NewDecoder("jz", nil, all...), ingest.NewDecoder("jz", nil)
	const payload = `{"_type": "lwt", "tst": 1}`
	tests := []struct{ topic, want string }{
		{"owntracks/S1/phone", "offline S1-phone"},
		{"owntracks/S1/phone/event", "offline S1-phone"},
		{"owntracks/S1/phone/status", "offline S1-phone"},
		{"owntracks/S1-x/phone", "offline S1-x-phone"},
		{"owntracks/S1/phone/cmd", "bad_topic "},
		{"owntracks/S1/phone/waypoints", "bad_topic "},
		{"owntracks/S1/phone/event/x", "bad_topic "},
		{"owntracks/S1", "bad_topic "},
		{"owntracks//phone", "bad_topic "},
		{"owntracks/S1/", "bad_topic "},
		{"owntracks/张三/phone", "bad_topic "},
		{"owntracks/" + strings.Repeat("S", 60) + "/phone", "bad_topic "},
		{"fleet/out", "bad_field : device.uniqueId"},
		{"traccar/positions", "bad_topic "},
	}
	for _, tt := range tests {
		m := ingest.Message{Topic: tt.topic, Payload: []byte(payload), Received: now()}
		if got := on.Decode(m, nil); len(got) != 1 || !strings.HasPrefix(summary(&got[0]), tt.want) {
			t.Errorf("%s: %s, want %s", tt.topic, summary(&got[0]), tt.want)
		}
		if got, _ := reason(off.Decode(m, nil)); got != event.BadTopic {
			t.Errorf("%s with its adapter off: %q, want bad_topic", tt.topic, got)
		}
	}
}

// What no fixture can hold, or should.
func TestForeignShapes(t *testing.T) {
	const own, forwarded = "owntracks/S1/phone", "traccar/positions"
	deep := strings.Repeat("[", 9000) + strings.Repeat("]", 9000)
	tests := []struct{ name, topic, payload, want string }{
		{"BOM", own, "\ufeff {\"_type\":\"lwt\"}", "offline"},
		{"empty", own, "", "bad_json"},
		{"cut", own, `{"_type":"location","lat":31.2`, "bad_json"},
		{"greenwich CSV", own, "C2,561ebac3,v,50123456,65987654,0,0,11,0,5232", "bad_json"},
		{"not UTF-8", own, "{\"_type\":\"lwt\",\"desc\":\"\xd5\xc5\"}", "bad_json"},
		{"array", own, `[{"_type":"lwt"}]`, "bad_field S1-phone: payload is not an object"},
		{"large", own, `{"_type":"lwt","x":"` + strings.Repeat("y", 64<<10) + `"}`, "too_large"},
		{"deep", own, `{"_type":"lwt","x":` + deep + `}`, "offline"},
		{"too deep", own, `{"x":` + deep + deep + `}`, "bad_json"},
		{"type as object", own, `{"_type":{"location":1}}`, "bad_field S1-phone: _type is missing"},
		{"two latitudes", own, `{"_type":"location","lat":1,"lat":2,"lon":3,"tst":1772409600}`, "bad_field S1-phone: a field stands twice"},
		{"huge time", own, `{"_type":"location","lat":1,"lon":3,"tst":1e300}`, "future"},
		{"time before all calendars", own, `{"_type":"location","lat":1,"lon":3,"tst":"-1e300"}`, "stale"},
		{"more than a float", own, `{"_type":"location","lat":1,"lon":3,"tst":1e999}`, "bad_field S1-phone: tst must be a finite number"},
		{"infinite", own, `{"_type":"location","lat":"Inf","lon":3,"tst":1772409600}`, "bad_field S1-phone: lat must be a finite number"},
		{"hexadecimal", own, `{"_type":"location","lat":"0x1p4","lon":3,"tst":1772409600}`, "bad_field S1-phone: lat must be a finite number"},
		{"null is absent", own, `{"_type":"location","lat":null,"lon":3,"tst":1772409600}`, "bad_field S1-phone: lat is missing"},
		{"huge speed", own, `{"_type":"location","lat":1,"lon":3,"tst":1772409600,"vel":1e300}`, "location"},
		{"deep attributes", forwarded, `{"device":{"uniqueId":"T1"},"position":{"attributes":` + deep + `,"valid":false,"deviceTime":1772409600000}}`, "heartbeat T1"},
		{"position as text", forwarded, `{"device":{"uniqueId":"T1"},"position":"31.2,121.4"}`, "bad_field T1: position.fixTime is missing"},
		{"huge id", forwarded, `{"device":{"uniqueId":"T1"},"position":{"id":1` + strings.Repeat("0", 400) + `,"outdated":true,"deviceTime":1772409600000}}`, "heartbeat T1 trf-0"},
		{"huge time forwarded", forwarded, `{"device":{"uniqueId":"T1"},"position":{"latitude":1,"longitude":2,"fixTime":1` + strings.Repeat("0", 300) + `}}`, "future T1"},
	}
	g := newGateway(t)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := g.Decode(ingest.Message{Topic: tt.topic, Payload: []byte(tt.payload), Received: now()}, nil)
			if len(got) != 1 || !strings.HasPrefix(summary(&got[0]), tt.want) {
				t.Errorf("%d drafts, %s, want %s", len(got), summary(&got[0]), tt.want)
			}
		})
	}
}
