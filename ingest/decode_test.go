package ingest_test

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"correctiond/event"
	"correctiond/geo"
	"correctiond/ingest"
)

func TestLocationIsReadWhole(t *testing.T) {
	got := decode("W1/location", location(`"heading_deg":90`, `"motion":"still"`, `"mock":true`, `"satellites":11`, `"\u0068dop":0.9`))
	if r, detail := reason(got); r != "" || len(got) != 1 {
		t.Fatalf("rejected: %s %s", r, detail)
	}
	e := got[0].Event
	want := event.Position{
		Point: geo.Point{Lat: 31.2304, Lng: 121.4737}, Original: geo.Point{Lat: 31.2304, Lng: 121.4737},
		Datum: geo.WGS84, AccuracyM: 8, Source: event.GNSS, Mock: true, Motion: event.Still,
		SpeedMPS: 1.25, HeadingDeg: 90, HDOP: 0.9, Satellites: 11,
	}
	want.Cell = geo.CellOf(want.Point)
	p := *e.Position
	if !math.IsNaN(float64(p.AltitudeM)) {
		t.Errorf("altitude %v, want none", p.AltitudeM)
	}
	p.AltitudeM = 0
	if p != want {
		t.Errorf("position %+v, want %+v", p, want)
	}
	if e.Kind != event.Location || e.Device != "W1" || e.ID != "a1" || e.Seq != 7 || e.Battery != 81 || now()-e.Time != 5000 {
		t.Errorf("event %+v", e)
	}
}

func TestPositionsAreConvertedOnce(t *testing.T) {
	e := decode("W1/location", location(`"datum":"gcj02"`))[0].Event
	sent := geo.Point{Lat: 31.2304, Lng: 121.4737}
	if e.Position.Original != sent || e.Position.Datum != geo.GCJ02 {
		t.Errorf("the original is %v in %s", e.Position.Original, e.Position.Datum)
	}
	if d := geo.Distance(e.Position.Point, sent); d < 100 || d > 1000 {
		t.Errorf("moved by %.0f m, want a few hundred", d)
	}
}

func TestCheckinIsRead(t *testing.T) {
	e := decode("P1/checkin", checkin(`"challenge":"x9"`, `"rooted":true`, `"device_fp":"ab"`))[0].Event
	want := event.Check{
		Method: "app", Verify: "face", Passed: true, Score: 0.93, Liveness: event.Yes,
		Challenge: "x9", Rooted: true, DeviceFP: "ab",
	}
	if e.Position != nil || *e.Check != want {
		t.Errorf("check-in %+v at %v, want %+v without position", *e.Check, e.Position, want)
	}
}

func TestLastWillNeedsNeitherIDNorTime(t *testing.T) {
	e := decode("W1/status", `{"event":"offline"}`)[0].Event
	if e == nil || e.Time != now() || e.ID != "" || e.Battery != -1 || e.Seq != -1 {
		t.Errorf("last will gave %+v", e)
	}
}

func TestUsualAccuracyBySource(t *testing.T) {
	for source, want := range map[string]float64{"gnss": 15, "ble": 10, "wifi": 60, "cell": 500} {
		e := decode("W1/location", location(`"accuracy_m"`, `"source":"`+source+`"`))[0].Event
		if e.Position.AccuracyM != want {
			t.Errorf("%s: %v m, want %v", source, e.Position.AccuracyM, want)
		}
	}
}

func TestTimes(t *testing.T) {
	at := func(ms int64) string { return fmt.Sprintf(`"time":%d`, ms) }
	n := int64(now())
	tests := []struct {
		time string
		want event.Reason
	}{
		{at(n), ""},
		{at(n + 300_000), ""},
		{at(n + 300_001), event.Future},
		{at(n - 30*86_400_000), ""},
		{at(n - 30*86_400_000 - 1), event.Stale},
		{at(-5), event.Stale},
		{`"time":"2026-03-02T00:00:00Z"`, ""},
		{`"time":"2026-03-02T00:00:00.25Z"`, ""},
		{`"time":"9999-03-02T00:00:00Z"`, event.Future},
		{`"time":"0001-01-01T00:00:00Z"`, event.Stale},
		{`"time":"2026-03-02T00:00:00"`, event.BadField},
		{`"time":"2026-02-30T00:00:00Z"`, event.BadField},
		{`"time":"2026-03-02T0:00:00Z"`, event.BadField},
		{`"time":1.772e12`, event.BadField},
		{`"time":99999999999999999999`, event.BadField},
		{`"time":true`, event.BadField},
		{`"time":null`, event.BadField},
	}
	for _, tt := range tests {
		if got, _ := reason(decode("W1/location", location(tt.time))); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.time, got, tt.want)
		}
	}
}

func TestArraysAreJudgedElementByElement(t *testing.T) {
	payload := " [" + location() + ", " + location(`"lat":"x"`) + ",7,\n" + location(`"id":"a2"`) + "] "
	got := decode("W1/location", payload)
	var reasons []string
	for i, d := range got {
		if d.Rejection == nil {
			reasons = append(reasons, "")
			continue
		}
		reasons = append(reasons, string(d.Rejection.Reason))
		if d.Rejection.Index != i {
			t.Errorf("element %d has index %d", i, d.Rejection.Index)
		}
	}
	if s := strings.Join(reasons, ","); s != ",bad_field,bad_field," {
		t.Errorf("reasons %s", s)
	}
	if n := len(decode("W1/location", "[]")); n != 0 {
		t.Errorf("an empty array gave %d drafts", n)
	}
}

func TestOwnMessagesAreSkipped(t *testing.T) {
	for _, topic := range []string{"W1/challenge", "W1/notice"} {
		if n := len(decode(topic, "{")); n != 0 {
			t.Errorf("%s gave %d drafts", topic, n)
		}
	}
}

func TestUnknownFieldsAreIgnored(t *testing.T) {
	payload := location(`"extra":{"id":"b","deep":[{"lat":"x"}]}`, `"ID":"other"`, `"event":9`)
	if r, detail := reason(decode("W1/location", payload)); r != "" {
		t.Errorf("rejected: %s %s", r, detail)
	}
}

func TestDecodeKeepsWhatItWasGiven(t *testing.T) {
	out := ingest.NewDecoder("jz", nil).Decode(message("W1/location", location()), make([]ingest.Draft, 1, 4))
	if len(out) != 2 || out[1].Event == nil {
		t.Errorf("%d drafts", len(out))
	}
}
