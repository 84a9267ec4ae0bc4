package ingest_test

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"correctiond/event"
	"correctiond/ingest"
	"correctiond/roster"
)

// seed adds the payloads of an adapter's fixtures.
func seed(f *testing.F, folder string) {
	names, err := filepath.Glob("testdata/" + folder + "/*.json")
	if err != nil || len(names) == 0 {
		f.Fatalf("no fixtures of %s: %v", folder, err)
	}
	for _, name := range names {
		var fixture struct {
			Payload json.RawMessage `json:"payload"`
		}
		data, err := os.ReadFile(name)
		if err == nil {
			err = json.Unmarshal(data, &fixture)
		}
		if err != nil {
			f.Fatal(err)
		}
		f.Add([]byte(fixture.Payload))
	}
}

func FuzzOwnTracks(f *testing.F) {
	seed(f, "owntracks")
	fuzzForeign(f, phoneTopic)
}

func FuzzTraccar(f *testing.F) {
	seed(f, "traccar")
	fuzzForeign(f, traccarTopic)
}

// fuzzForeign checks that whatever arrives either gives an event that the rules
// can rely on and the journal can hold, or a rejection.
func fuzzForeign(f *testing.F, topic string) {
	dir, all := foreigners(f), adapters(f, "owntracks", "traccar")
	d := ingest.NewDecoder("jz", nil, all...)
	f.Fuzz(func(t *testing.T, payload []byte) {
		for _, policy := range []func(roster.DistrictID) roster.Policy{nil, buttonCounts} {
			a := &ingest.Acceptor{Find: find(dir), IDs: ingest.NewExactIDs(), Policy: policy}
			wellTaken(t, a, d.Decode(ingest.Message{Topic: topic, Payload: payload, Received: now()}, nil))
		}
	})
}

// wellTaken fails for drafts that are not accepted or rejected as they should be.
func wellTaken(t *testing.T, a *ingest.Acceptor, drafts []ingest.Draft) {
	t.Helper()
	var journal []byte
	for i := range drafts {
		entry, result := a.Accept(&drafts[i])
		switch {
		case result == ingest.Duplicate:
			continue
		case result == ingest.Accepted:
			sound(t, entry.Event, a.Policy != nil)
		case entry.Rejection == nil:
			t.Fatalf("result %d with %+v", result, entry)
		}
		journal = event.AppendEntry(journal, &entry)
	}
	if _, err := event.DecodeEntries(journal); err != nil {
		t.Fatal(err)
	}
}

// sound fails for an event that a native message could not have given, but for the
// check-in by hand of a phone where the policy has those.
func sound(t *testing.T, e *event.Event, byHand bool) {
	t.Helper()
	if e.Check != nil {
		if !byHand || e.Kind != event.Checkin || e.DeviceKind != roster.App || !e.Counting() || !e.Check.DeviceOnly() || !strings.HasSuffix(e.ID, "-u") {
			t.Fatalf("event %+v with %+v", e, e.Check)
		}
		plain := *e
		plain.Kind, plain.Check = event.Location, nil
		if plain.Position == nil { // too old to say where
			plain.Kind, plain.Status = event.Status, event.Heartbeat
		}
		e = &plain
	}
	if len(e.ID) > 64 || e.ID == "" && e.Status != event.Offline || e.Battery < -1 || e.Battery > 100 {
		t.Fatalf("event %+v", e)
	}
	if (e.Kind == event.Location) != (e.Position != nil) || (e.Kind == event.Status) != (e.Status != "") {
		t.Fatalf("event %+v", e)
	}
	p := e.Position
	if p == nil {
		return
	}
	inRange := math.Abs(p.Lat) <= 90 && math.Abs(p.Lng) <= 180 && p.AccuracyM > 0 && !math.IsInf(p.AccuracyM, 0)
	if !inRange || p.Cell == 0 || math.IsInf(float64(p.SpeedMPS), 0) || math.IsInf(float64(p.AltitudeM), 0) {
		t.Fatalf("position %+v", p)
	}
}
