package store_test

import (
	"fmt"
	"path/filepath"
	"testing"

	"correctiond/alerts"
	"correctiond/event"
	"correctiond/geo"
	"correctiond/roster"
	"correctiond/rules"
	"correctiond/store"
	"correctiond/store/tracks"
)

const morning roster.Instant = 1_772_409_600_000 // 2026-03-02T08:00:00+08:00

func openState(t testing.TB) *store.State {
	t.Helper()
	s, err := store.OpenState(filepath.Join(t.TempDir(), "state.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func openHistory(t testing.TB) *tracks.History {
	t.Helper()
	h, err := tracks.OpenHistory(filepath.Join(t.TempDir(), "history.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { h.Close() })
	return h
}

// fix is a position event of device n.
func fix(n, at int) event.Event {
	return event.Event{
		Kind: event.Location, Device: roster.DeviceID(fmt.Sprintf("W%05d", n)), DeviceKind: roster.Wristband,
		Subject: roster.SubjectID(fmt.Sprintf("S%05d", n)), Office: "O1", ID: fmt.Sprintf("%012d", at), Seq: int64(at), Battery: 81.5,
		Time: morning + roster.Instant(at), Received: morning + roster.Instant(at) + 900,
		Position: &event.Position{Point: geo.Point{Lat: 31.23, Lng: 121.47}, Datum: geo.WGS84, AccuracyM: 8.5, Source: event.GNSS},
	}
}

// raised is an open alert as the rules first see it.
func raised(id string, sev rules.Severity, opened roster.Instant) alerts.Alert {
	a, _ := alerts.Observe(nil, rules.Episode{
		ID: id, Kind: "area-exit", Severity: sev, District: "D1", Subject: "S0001", Office: "O1", Officer: "F1",
		Started: opened - roster.Minute, Opened: opened, Count: 1,
		History: []rules.SeverityStep{{At: opened, Severity: sev}},
		Reason:  rules.Text{ZH: "离开市辖区", EN: "left the city"}, Rules: "v1",
		Evidence: map[string]any{"distance_m": 1200.5, "events": []any{"a1", "a2"}},
	}, rules.ByEvent, opened)
	return a
}

func opening(a alerts.Alert) store.AlertChange {
	return store.AlertChange{Alert: a, What: alerts.WasOpened, At: a.Episode.Opened}
}
