package tracks_test

import (
	"fmt"
	"math"
	"path/filepath"
	"testing"

	"correctiond/event"
	"correctiond/geo"
	"correctiond/roster"
	"correctiond/store/tracks"
)

const morning roster.Instant = 1_772_409_600_000 // 2026-03-02T08:00:00+08:00

// must returns v of a call that has to succeed.
func must[T any](t *testing.T) func(v T, err error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
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

// fix is a position event of device n with every optional field present.
func fix(n, at int) event.Event {
	return event.Event{
		Kind: event.Location, Device: roster.DeviceID(fmt.Sprintf("W%05d", n)), DeviceKind: roster.Wristband,
		Subject: roster.SubjectID(fmt.Sprintf("S%05d", n)), Office: "O1", ID: fmt.Sprintf("%012d", at), Seq: int64(at),
		Time: morning + roster.Instant(at), Received: morning + roster.Instant(at) + 900, Battery: 81.5,
		Position: &event.Position{
			Point: geo.Point{Lat: 31.2304161, Lng: 121.4737012}, Cell: 0x8a309a5a4d37fff,
			Datum: geo.GCJ02, Original: geo.Point{Lat: 31.2284839, Lng: 121.4782356},
			AccuracyM: 8.5, Source: event.GNSS, Motion: event.Moving,
			SpeedMPS: 1.25, HeadingDeg: 270, AltitudeM: 12.5, HDOP: 0.75, Satellites: 11,
		},
	}
}

// lastWill is what the broker sends for a device that vanished: it has no id.
func lastWill(n, at int) event.Event {
	e := fix(n, at)
	e.Kind, e.ID, e.Seq, e.Battery, e.Position, e.Status = event.Status, "", -1, -1, nil, event.Offline
	return e
}

// checkin is one without a position and without the optional fields.
func checkin(n, at int) event.Event {
	e := fix(n, at)
	e.Kind, e.DeviceKind, e.Position = event.Checkin, roster.App, nil
	e.Check = &event.Check{
		Method: "app", Verify: "face", Passed: true, Score: 0.5, Liveness: event.Yes,
		Challenge: "C1", Rooted: true, DeviceFP: "f1",
	}
	return e
}

// press is a check-in by the button of OwnTracks: with a position, and with nothing
// verified but the phone's password.
func press(n, at int) event.Event {
	e := fix(n, at)
	e.Kind, e.DeviceKind = event.Checkin, roster.App
	e.Check = &event.Check{Method: "app", Verify: event.VerifyDevice, Passed: true, Score: float32(math.NaN())}
	return e
}

// bare is a position with nothing that may be absent.
func bare(n, at int) event.Event {
	e := fix(n, at)
	nan := float32(math.NaN())
	p := *e.Position
	p.SpeedMPS, p.HeadingDeg, p.AltitudeM, p.HDOP, p.Satellites = nan, nan, nan, nan, -1
	p.Motion, p.Mock = event.MotionUnknown, true
	e.Seq, e.Battery, e.Position = -1, -1, &p
	return e
}
