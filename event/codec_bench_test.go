package event_test

import (
	"fmt"
	"math"
	"testing"

	"correctiond/event"
	"correctiond/geo"
	"correctiond/roster"
)

// location is a wristband's usual message.
func location(n int) *event.Entry {
	at := roster.Instant(1772400000000 + n)
	nan := float32(math.NaN())
	return &event.Entry{At: at, Event: &event.Event{
		Kind: event.Location, Device: roster.DeviceID(fmt.Sprintf("W%05d", n%100)), DeviceKind: roster.Wristband,
		Subject: roster.SubjectID(fmt.Sprintf("S%05d", n%100)), Office: "O1", ID: fmt.Sprintf("id-%08d", n), Seq: int64(n),
		Time: at - 1500, Received: at, Battery: 81,
		Position: &event.Position{
			Point: geo.Point{Lat: 31.23, Lng: 121.47}, Original: geo.Point{Lat: 31.23, Lng: 121.47}, Datum: geo.WGS84,
			Cell: 0x8a309ca1b667fff, AccuracyM: 8, Source: event.GNSS, SpeedMPS: 1.2, HeadingDeg: 80, AltitudeM: nan, HDOP: nan,
			Satellites: -1,
		},
	}}
}

func batch(n int) []byte {
	var b []byte
	for i := range n {
		b = event.AppendEntry(b, location(i))
	}
	return b
}

func TestDecodingAllocatesTheEventAndItsIDOnly(t *testing.T) {
	b := batch(512)
	var d event.Decoder
	out := make([]event.Entry, 0, 512)
	perEvent := testing.AllocsPerRun(20, func() {
		if _, err := d.Decode(b, out[:0]); err != nil {
			t.Fatal(err)
		}
	}) / 512
	if perEvent > 2.01 {
		t.Errorf("%.2f allocations per event, want 2", perEvent)
	}
}

func BenchmarkDecode(b *testing.B) {
	data := batch(512)
	var d event.Decoder
	out := make([]event.Entry, 0, 512)
	b.ReportAllocs()
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		if _, err := d.Decode(data, out[:0]); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/512, "ns/event")
}

func BenchmarkAppendEntry(b *testing.B) {
	e := location(1)
	var buf []byte
	b.ReportAllocs()
	for b.Loop() {
		buf = event.AppendEntry(buf[:0], e)
	}
}
