package event_test

import (
	"math"
	"reflect"
	"slices"
	"testing"

	"correctiond/event"
	"correctiond/geo"
	"correctiond/roster"

	"pgregory.net/rapid"
)

// fill sets every field that v reaches to a value that is not zero, and a
// different one each time.
func fill(t *testing.T, v reflect.Value, n *int) {
	*n++
	switch v.Kind() {
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(t, v.Elem(), n)
	case reflect.Struct:
		for _, field := range v.Fields() {
			fill(t, field, n)
		}
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 3, 3))
		for i := range v.Len() {
			fill(t, v.Index(i), n)
		}
	case reflect.String:
		v.SetString("text-" + string(rune('a'+*n%26)))
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Float32, reflect.Float64:
		v.SetFloat(float64(*n) + 0.5)
	case reflect.Uint8, reflect.Uint64:
		v.SetUint(uint64(1 + *n%100))
	case reflect.Int, reflect.Int16, reflect.Int64:
		v.SetInt(int64(*n))
	default:
		t.Fatalf("the codec knows no %s", v.Type())
	}
}

// A field added to one of the types must be added to the codec as well.
func TestEveryFieldIsWritten(t *testing.T) {
	for _, e := range []event.Entry{
		{At: 5},
		{At: 5, Event: new(event.Event)},
		{At: 5, Rejection: new(event.Rejection)},
		{At: 5, Act: new(event.Act)},
		{At: 5, Roster: new(event.RosterPart)},
	} {
		n := 0
		for _, body := range []any{e.Event, e.Rejection, e.Act, e.Roster} {
			if v := reflect.ValueOf(body); !v.IsNil() {
				fill(t, v.Elem(), &n)
			}
		}
		if e.Act != nil {
			e.Act.Type = event.ActColour // the only one with a colour
		}
		got, err := event.DecodeEntries(event.AppendEntry(nil, &e))
		if err != nil || len(got) != 1 {
			t.Fatalf("%+v: %d entries, %v", e, len(got), err)
		}
		if !reflect.DeepEqual(got[0], e) {
			t.Errorf("a field was lost:\n got %+v\nwant %+v", flat(got[0]), flat(e))
		}
	}
}

// flat follows the pointers of e, for messages.
func flat(e event.Entry) []any {
	var all []any
	for _, body := range []any{e.Event, e.Rejection, e.Act, e.Roster} {
		if v := reflect.ValueOf(body); !v.IsNil() {
			all = append(all, v.Elem().Interface())
		}
	}
	return all
}

func TestAnyBatchReadsBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := rapid.SliceOfN(rapid.Custom(drawEntry), 0, 20).Draw(t, "batch")
		var b []byte
		for i := range want {
			b = event.AppendEntry(b, &want[i])
		}
		got, err := event.DecodeEntries(b)
		if err != nil || len(got) != len(want) {
			t.Fatalf("%d of %d entries, %v", len(got), len(want), err)
		}
		for i := range want {
			if !reflect.DeepEqual(got[i], want[i]) {
				t.Fatalf("entry %d: %+v, want %+v", i, flat(got[i]), flat(want[i]))
			}
		}
	})
}

func drawEntry(t *rapid.T) event.Entry {
	e := event.Entry{At: roster.Instant(rapid.Int64().Draw(t, "at"))}
	switch rapid.IntRange(0, 2).Draw(t, "tag") {
	case 1:
		e.Event = drawEvent(t)
	case 2:
		e.Rejection = &event.Rejection{
			Seq:    rapid.Int64Min(-1).Draw(t, "seq"),
			Device: "W1", Topic: rapid.String().Draw(t, "topic"), Reason: event.Stale,
			Received: e.At, Index: rapid.Int().Draw(t, "index"),
			Payload: append([]byte(nil), rapid.SliceOf(rapid.Byte()).Draw(t, "payload")...),
		}
	}
	return e
}

func drawEvent(t *rapid.T) *event.Event {
	float := func(name string) float32 { return rapid.Float32().Draw(t, name) }
	e := &event.Event{
		Kind: event.Kind(rapid.Byte().Draw(t, "kind")), Device: roster.DeviceID(rapid.String().Draw(t, "device")),
		DeviceKind: rapid.SampledFrom([]roster.DeviceKind{"", "wristband", "app", "kiosk", "drone"}).Draw(t, "device kind"),
		Subject:    "S1", Office: "O1", ID: rapid.String().Draw(t, "id"), Seq: rapid.Int64().Draw(t, "seq"),
		Time:     roster.Instant(rapid.Int64().Draw(t, "time")),
		Received: roster.Instant(rapid.Int64().Draw(t, "received")), Battery: float("battery"),
		Status: rapid.SampledFrom([]event.StatusKind{"", event.SOS, event.Heartbeat, "other"}).Draw(t, "status"),
	}
	if rapid.Bool().Draw(t, "position") {
		e.Position = &event.Position{
			Point: geo.Point{Lat: rapid.Float64().Draw(t, "lat"), Lng: 121}, Original: geo.Point{Lat: 31, Lng: 121},
			Cell: geo.Cell(rapid.Uint64().Draw(t, "cell")), Datum: geo.GCJ02, Source: event.Net,
			SpeedMPS: float("speed"), HeadingDeg: float("heading"), AltitudeM: float("altitude"), HDOP: float("hdop"),
			Satellites: rapid.Int16().Draw(t, "satellites"), Motion: event.Motion(rapid.Byte().Draw(t, "motion")),
		}
	}
	if rapid.Bool().Draw(t, "check") {
		e.Check = &event.Check{Method: "app", Verify: rapid.SampledFrom([]string{"iris", "pin", event.VerifyDevice}).Draw(t, "verify"), Score: float("score"), Liveness: event.Yes}
	}
	return e
}

func TestAbsentFiguresStayAbsent(t *testing.T) {
	nan := float32(math.NaN())
	e := event.Entry{At: 1, Event: &event.Event{Position: &event.Position{SpeedMPS: nan, HeadingDeg: 90, AltitudeM: nan, HDOP: nan}}}
	got, err := event.DecodeEntries(event.AppendEntry(nil, &e))
	if err != nil {
		t.Fatal(err)
	}
	p := got[0].Event.Position
	for name, absent := range map[string]bool{
		"speed": p.SpeedMPS != p.SpeedMPS, "heading": p.HeadingDeg != 90,
		"altitude": p.AltitudeM != p.AltitudeM, "hdop": p.HDOP != p.HDOP,
	} {
		if want := name != "heading"; absent != want {
			t.Errorf("%s: absent %v, want %v", name, absent, want)
		}
	}
}

func TestDamageIsAnError(t *testing.T) {
	whole := event.AppendEntry(nil, location(7))
	for n := 1; n < len(whole); n++ {
		if _, err := event.DecodeEntries(whole[:n]); err == nil {
			t.Errorf("the first %d of %d bytes were taken for an entry", n, len(whole))
		}
	}
	got, err := event.DecodeEntries(append(slices.Clip(whole), 99))
	if err == nil || len(got) != 1 {
		t.Errorf("an entry of version 99: %d entries, %v", len(got), err)
	}
}
