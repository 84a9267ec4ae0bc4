package tracks_test

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"correctiond/event"
	"correctiond/geo"
	"correctiond/roster"
	"correctiond/store/tracks"
)

// on opens a sink on a real server, in a database of its own.
func (d *influxd) on(t *testing.T, bucket string, change ...func(*tracks.InfluxConfig)) *sink {
	t.Helper()
	return openSink(t, nil, append([]func(*tracks.InfluxConfig){func(c *tracks.InfluxConfig) {
		c.URL, c.Bucket, c.Token, c.Org, c.CreateBucket = d.url, bucket, "", "", true
		c.Backoff, c.MaxBackoff, c.Pause = 5*time.Millisecond, 50*time.Millisecond, 20*time.Millisecond
	}}, change...)...)
}

// database names one after the test.
func database(t *testing.T) string {
	return strings.Map(func(r rune) rune {
		if r == '/' || r == ' ' {
			return '_'
		}
		return r
	}, t.Name())
}

func TestHistoryInflux(t *testing.T) {
	d := startInfluxd(t)
	historySuite(t, func(t *testing.T) historyStore { return d.on(t, database(t)+"/history") })
}

func TestInfluxReal(t *testing.T) {
	d := startInfluxd(t)
	for name, test := range map[string]func(*testing.T, *influxd){
		"every event comes back":                   influxRoundTrip,
		"all of one millisecond are kept":          influxSameMillisecond,
		"a poison line":                            influxPoison,
		"a point that is being written":            influxHalf,
		"a limit of the server is no poison":       influxLimit,
		"the database is made and checked":         influxDatabase,
		"the server is killed and comes back":      influxOutage,
		"a deleted database is made again":         influxDeleted,
		"strange ids are found and never injected": influxStrange,
	} {
		t.Run(name, func(t *testing.T) { test(t, d) })
	}
}

// influxRoundTrip writes events of every shape and reads the same events.
func influxRoundTrip(t *testing.T, d *influxd) {
	h, seq := d.on(t, database(t)), uint64(0)
	rapid.Check(t, func(r *rapid.T) {
		seq++
		subject := roster.SubjectID(fmt.Sprintf("S%d", seq))
		want := map[string]string{}
		var events []event.Event
		for i := range rapid.IntRange(1, 40).Draw(r, "events") {
			e := anyEvent(r, i)
			e.Subject = subject
			events = append(events, e)
			want[e.ID+string(e.Status)] = plain(e)
		}
		if err := h.Write(t.Context(), "D1", seq, events); err != nil {
			r.Fatal(err)
		}
		n := 0
		for e, err := range h.Track(t.Context(), subject, morning, morning+roster.Hour) {
			if err != nil {
				r.Fatal(err)
			}
			n++
			if got := plain(e); got != want[e.ID+string(e.Status)] {
				r.Fatalf("got  %s\nwant %s", got, want[e.ID+string(e.Status)])
			}
		}
		if n != len(events) || len(h.refused) != 0 {
			r.Fatalf("%d events, want %d; %d refused", n, len(events), len(h.refused))
		}
	})
}

func anyEvent(r *rapid.T, i int) event.Event {
	text := rapid.StringN(0, 20, 64)
	float := rapid.OneOf(rapid.Just(float32(math.NaN())), rapid.Float32Range(-1e9, 1e9))
	e := event.Event{
		Kind: event.Kind(rapid.IntRange(1, 3).Draw(r, "kind")), Device: roster.DeviceID(fmt.Sprintf("W%d", i%5)),
		DeviceKind: rapid.SampledFrom([]roster.DeviceKind{roster.Wristband, roster.App, roster.Kiosk}).Draw(r, "device kind"),
		Office:     roster.OfficeID(text.Draw(r, "office")), ID: fmt.Sprintf("%d %s", i, text.Draw(r, "id")),
		Seq:  rapid.Int64Min(-1).Draw(r, "seq"),
		Time: morning + roster.Instant(rapid.IntRange(0, 3_599_999).Draw(r, "time")), Received: morning + roster.Instant(rapid.Int32().Draw(r, "received")),
		Battery: rapid.OneOf(rapid.Just(float32(-1)), rapid.Float32Range(0, 100)).Draw(r, "battery"),
	}
	if rapid.Bool().Draw(r, "position") || e.Kind == event.Location {
		e.Position = &event.Position{
			Point: geo.Point{Lat: rapid.Float64Range(-90, 90).Draw(r, "lat"), Lng: rapid.Float64Range(-180, 180).Draw(r, "lng")},
			Cell:  geo.Cell(rapid.Uint64().Draw(r, "cell")), Datum: geo.BD09,
			Original:  geo.Point{Lat: rapid.Float64Range(-90, 90).Draw(r, "sent lat"), Lng: rapid.Float64Range(-180, 180).Draw(r, "sent lng")},
			AccuracyM: rapid.Float64Range(math.SmallestNonzeroFloat64, math.MaxFloat64).Draw(r, "accuracy"),
			Source:    rapid.SampledFrom([]event.Source{event.GNSS, event.BLE, event.WiFi, event.Net}).Draw(r, "source"),
			Mock:      rapid.Bool().Draw(r, "mock"), Motion: event.Motion(rapid.IntRange(0, 2).Draw(r, "motion")),
			SpeedMPS: float.Draw(r, "speed"), HeadingDeg: float.Draw(r, "heading"), AltitudeM: float.Draw(r, "altitude"),
			HDOP: float.Draw(r, "hdop"), Satellites: int16(rapid.IntRange(-1, math.MaxInt16).Draw(r, "satellites")),
		}
	}
	if e.Kind == event.Checkin {
		e.Check = &event.Check{
			Method: text.Draw(r, "method"), Verify: text.Draw(r, "verify"), Passed: rapid.Bool().Draw(r, "passed"),
			Score: float.Draw(r, "score"), Liveness: event.Tri(rapid.IntRange(0, 2).Draw(r, "liveness")),
			Challenge: text.Draw(r, "challenge"), Rooted: rapid.Bool().Draw(r, "rooted"), DeviceFP: text.Draw(r, "fp"),
		}
	}
	if e.Kind == event.Status {
		e.Status = rapid.SampledFrom([]event.StatusKind{event.Heartbeat, event.SOS, event.Offline}).Draw(r, "status")
	}
	return e
}

func influxSameMillisecond(t *testing.T, d *influxd) {
	h := d.on(t, database(t))
	var events []event.Event
	for i := range 100 {
		e := fix(1, i)
		e.Time = morning
		events = append(events, e)
	}
	write(t, h, 1, events...)
	write(t, h, 2, events...) // again: the same points
	if got := track(t, h, morning, morning+1); len(got) != len(events) {
		t.Errorf("%d events, want %d", len(got), len(events))
	}
}

// influxStrange looks for texts that would end a string of a query.
func influxStrange(t *testing.T, d *influxd) {
	h := d.on(t, database(t))
	for i, id := range []string{`"`, `\`, `\"`, "${1}", "$", "\n", "\r\n", "%0A", `x" or true or r._value == "`, "签到", "a b,c=d", "\t"} {
		e := fix(1, i)
		e.ID = id
		if seen, err := h.Seen(t.Context(), e.Device, id); seen || err != nil {
			t.Errorf("%q before: %v, %v", id, seen, err)
		}
		write(t, h, uint64(i+1), e)
		if seen, err := h.Seen(t.Context(), e.Device, id); !seen || err != nil {
			t.Errorf("%q: %v, %v", id, seen, err)
		}
	}
}
