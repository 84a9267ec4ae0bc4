package tracks_test

import (
	"maps"
	"testing"

	"correctiond/event"
	"correctiond/geo"
	"correctiond/roster"
)

// The newest event of each device counts, of whatever kind, office or source.
func TestInfluxNewest(t *testing.T) {
	d := startInfluxd(t)
	h := d.on(t, database(t))
	if got, err := h.Newest(t.Context()); err != nil || len(got) != 0 {
		t.Errorf("an empty history: %v, %v", got, err)
	}
	events := fixes(300)
	want := map[roster.DeviceID]roster.Instant{}
	for i := range events {
		e := &events[i]
		if i%3 == 0 {
			e.Kind, e.Position, e.Status = event.Status, nil, event.Heartbeat
		}
		if e.Position != nil && i%2 == 0 {
			p := *e.Position
			p.Source, p.Original = "wifi", geo.Point{Lat: 1, Lng: 2}
			e.Position = &p
		}
		want[e.Device] = max(want[e.Device], e.Time)
	}
	strange := fix(1, 1000)
	strange.Device = `W \1,=%"`
	events = append(events, strange)
	want[strange.Device] = strange.Time
	if err := h.Write(t.Context(), "D1", 1, events); err != nil {
		t.Fatal(err)
	}
	if got, err := h.Newest(t.Context()); err != nil || !maps.Equal(got, want) {
		t.Errorf("%d devices, %v; want %d", len(got), err, len(want))
	}
}
