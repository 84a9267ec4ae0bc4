package main

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"encoding/xml"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"correctiond/event"
	"correctiond/geo"
	"correctiond/roster"
	"correctiond/store/tracks"
)

// tracked is a data directory whose history holds three events of S1 (a
// position, a check-in without one, a position at the edge of what a float
// prints in plain digits) and one of somebody else.
func tracked(t *testing.T) bench {
	t.Helper()
	b := newBench(t)
	b.must("roster", "import", smallRoster)
	h, err := tracks.OpenHistory(filepath.Join(b.dir, "data", "history.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer h.Close()
	at := roster.InstantOf(time.Date(2026, 3, 2, 8, 0, 0, 0, time.FixedZone("", 8*3600)))
	located := func(id string, who roster.SubjectID, after roster.Instant, p geo.Point) event.Event {
		return event.Event{
			Kind: event.Location, Device: "W1", DeviceKind: roster.Wristband, Subject: who, Office: "O1", ID: id, Seq: 7,
			Time: at + after, Received: at + after + 900, Battery: 81,
			Position: &event.Position{Point: p, Original: p, Datum: geo.WGS84, AccuracyM: 8, Source: event.GNSS},
		}
	}
	check := event.Event{
		Kind: event.Checkin, Device: "P1", DeviceKind: roster.App, Subject: "S1", Office: "O1", ID: "c1", Seq: -1,
		Time: at + roster.Minute, Received: at + roster.Minute, Battery: -1,
		Check: &event.Check{Method: "app", Verify: "face", Passed: true, Liveness: event.Yes},
	}
	events := []event.Event{
		located("w1", "S1", 0, geo.Point{Lat: 31.23, Lng: 121.47}), check,
		located("w2", "S1", 2*roster.Minute, geo.Point{Lat: 0.00001, Lng: -0.00002}),
		located("w3", "S2", 3*roster.Minute, geo.Point{Lat: 1, Lng: 1}),
		located("w4", "S1", roster.Hour, geo.Point{Lat: 2, Lng: 2}),
	}
	if err := h.Write(context.Background(), "D1", 1, events); err != nil {
		t.Fatal(err)
	}
	return b
}

func (b bench) track(format string, subject string) string {
	b.t.Helper()
	return b.must("track", subject, "--from", "2026-03-02T08:00:00+08:00", "--until", "2026-03-02T09:00:00+08:00",
		"--format", format, "--reason", "走访前核实")
}

func TestTrackNDJSON(t *testing.T) {
	got := rowsIn(t, strings.NewReader(tracked(t).track("ndjson", "S1")))
	matchRows(t, "event", got, []row{
		{"id": "w1", "device": "W1", "kind": "location", "time": "2026-03-02T08:00:00+08:00", "lat": 31.23, "lng": 121.47, "source": "gnss", "seq": 7.0},
		{"id": "c1", "device": "P1", "kind": "checkin", "time": "2026-03-02T08:01:00+08:00", "passed": true, "verify": "face"},
		{"id": "w2", "device": "W1", "kind": "location", "received": "2026-03-02T08:02:00.9+08:00", "battery_pct": 81.0},
	})
}

func TestTrackGeoJSON(t *testing.T) {
	b := tracked(t)
	for subject, want := range map[string][][2]float64{"S1": {{121.47, 31.23}, {-0.00002, 0.00001}}, "S9": {}} {
		var doc struct {
			Type     string
			Features []struct {
				Type     string
				Geometry struct {
					Type        string
					Coordinates [2]float64
				}
				Properties row
			}
		}
		if err := json.Unmarshal([]byte(b.track("geojson", subject)), &doc); err != nil {
			t.Fatal(err)
		}
		if doc.Type != "FeatureCollection" || doc.Features == nil || len(doc.Features) != len(want) {
			t.Fatalf("%s: %+v", subject, doc)
		}
		for i, f := range doc.Features {
			if f.Type != "Feature" || f.Geometry.Type != "Point" || f.Geometry.Coordinates != want[i] || f.Properties["device"] != "W1" {
				t.Errorf("%+v", f)
			}
		}
	}
}

func TestTrackGPX(t *testing.T) {
	text := tracked(t).track("gpx", "S1")
	var doc struct {
		XMLName xml.Name `xml:"http://www.topografix.com/GPX/1/1 gpx"`
		Version string   `xml:"version,attr"`
		Creator string   `xml:"creator,attr"`
		Points  []struct {
			Lat  string    `xml:"lat,attr"`
			Lon  string    `xml:"lon,attr"`
			Time time.Time `xml:"time"`
		} `xml:"trk>trkseg>trkpt"`
	}
	if err := xml.Unmarshal([]byte(text), &doc); err != nil {
		t.Fatal(err)
	}
	if doc.Version != "1.1" || doc.Creator == "" || len(doc.Points) != 2 {
		t.Fatalf("%+v", doc)
	}
	// The schema's coordinates are xsd:decimal, which knows no exponent.
	if p := doc.Points[1]; p.Lat != "0.00001" || p.Lon != "-0.00002" || !p.Time.Equal(time.Date(2026, 3, 2, 0, 2, 0, 0, time.UTC)) {
		t.Errorf("%+v", p)
	}
}

func TestTrackCSV(t *testing.T) {
	rows, err := csv.NewReader(strings.NewReader(tracked(t).track("csv", "S1"))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	want := [][]string{
		{"time", "received", "kind", "device", "id", "lat", "lng", "accuracy_m", "source", "event", "verify"},
		{"2026-03-02T08:00:00+08:00", "2026-03-02T08:00:00.9+08:00", "location", "W1", "w1", "31.23", "121.47", "8", "gnss", "", ""},
		{"2026-03-02T08:01:00+08:00", "2026-03-02T08:01:00+08:00", "checkin", "P1", "c1", "", "", "", "", "", "face"},
		{"2026-03-02T08:02:00+08:00", "2026-03-02T08:02:00.9+08:00", "location", "W1", "w2", "0.00001", "-0.00002", "8", "gnss", "", ""},
	}
	if len(rows) != len(want) {
		t.Fatalf("%q", rows)
	}
	for i := range want {
		if strings.Join(rows[i], ",") != strings.Join(want[i], ",") {
			t.Errorf("got %q\nwant %q", rows[i], want[i])
		}
	}
}

// No track without a reason, and none that is not on record.
func TestTrackIsAudited(t *testing.T) {
	b := tracked(t)
	times := "--from 2026-03-02T08:00:00+08:00 --until 2026-03-02T09:00:00+08:00"
	for line, want := range map[string]string{
		"track S1 " + times: "--reason: ",
		"track S1 " + times + " --reason x --format kml":                                         `--format: "kml" is none of`,
		"track S1 --from 2026-03-02 --until 2026-03-02T09:00:00+08:00 --reason x":                "--from: ",
		"track S1 --from 2026-03-02T09:00:00+08:00 --until 2026-03-02T09:00:00+08:00 --reason x": "--until must be after --from",
		"track " + times + " --reason x":                                                         "wants SUBJECT",
	} {
		if got := b.run(strings.Fields(line)...); got.code != 2 || got.out != "" || !strings.Contains(got.err, want) {
			t.Errorf("%s: want %q, got %+v", line, want, got)
		}
	}
	b.track("csv", "S1")
	b.wantAudit("roster.import D1", "track.read S1 走访前核实")
}
