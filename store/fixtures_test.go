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
	"correctiond/store/storetest"
	"correctiond/store/tracks"
)

const morning = storetest.Morning

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

func raised(id string, sev rules.Severity, opened roster.Instant) alerts.Alert {
	return storetest.Raised(id, sev, opened)
}

func opening(a alerts.Alert) store.AlertChange { return storetest.Opening(a) }
