package tracks_test

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"correctiond/event"
	"correctiond/roster"
	"correctiond/store/tracks"
)

// influxPoison: the real server refuses a field of another type, and nothing else.
func influxPoison(t *testing.T, d *influxd) {
	h := d.on(t, database(t))
	// Somebody else has made a field of the same name and another type.
	d.post(t, "/api/v2/write?bucket="+database(t), `location,device=W99 altitude_m="high" 1772409600000000000`)
	events := make([]event.Event, 200)
	for i := range events {
		events[i] = bare(1, i) // without an altitude
	}
	events[123] = fix(1, 123)
	write(t, h, 1, events...)
	if n := len(track(t, h, morning, morning+roster.Day)); n != 199 {
		t.Errorf("%d events are stored", n)
	}
	if len(h.refused) != 1 || h.refused[0].Nth != 123 || !strings.Contains(h.refused[0].Message, "field type conflict") {
		t.Errorf("refused %+v", h.refused)
	}
}

// influxLimit: a server that takes no more series lets the others wait.
func influxLimit(t *testing.T, d *influxd) {
	h := d.on(t, database(t))
	events := make([]event.Event, 1200) // the server's limit is 1 000 values per tag
	for i := range events {
		events[i] = fix(i, i)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	if err := h.Write(ctx, "D1", 1, events); err == nil {
		t.Error("written")
	}
	if st := h.Status(); st.Class != "refused" || len(h.refused) != 0 || h.cursors["D1"] != 0 {
		t.Errorf("status %+v, %d dead letters, cursor %d", st, len(h.refused), h.cursors["D1"])
	}
}

func influxDatabase(t *testing.T, d *influxd) {
	bucket, own := database(t)+"/half", database(t)+"/own"
	expires := func(age string) {
		d.post(t, "/query?"+url.Values{"q": {fmt.Sprintf("CREATE RETENTION POLICY own ON %q DURATION %s REPLICATION 1", database(t), age)}}.Encode(), "")
	}
	without := func(c *tracks.InfluxConfig) { c.CreateBucket = false }
	kept := func(age time.Duration) func(*tracks.InfluxConfig) {
		return func(c *tracks.InfluxConfig) { c.Retention = age }
	}
	for _, c := range []struct {
		what, bucket string
		change       []func(*tracks.InfluxConfig)
		want         string
	}{
		{"missing", bucket, []func(*tracks.InfluxConfig){without}, "does not exist"},
		{"made", bucket, []func(*tracks.InfluxConfig){kept(4380 * time.Hour)}, ""},
		{"there", bucket, []func(*tracks.InfluxConfig){kept(4380 * time.Hour), without}, ""},
		{"kept for ever", bucket, []func(*tracks.InfluxConfig){kept(9000 * time.Hour)}, ""},
		{"keeps longer", own, []func(*tracks.InfluxConfig){kept(24 * time.Hour), func(*tracks.InfluxConfig) { expires("4380h") }}, ""},
		{"too short", own, []func(*tracks.InfluxConfig){kept(9000 * time.Hour)}, "deletes data after 4380h0m0s"},
		{"not for ever", own, nil, "is to be kept for ever"},
		{"as earlier versions made it", own, []func(*tracks.InfluxConfig){kept(4380 * time.Hour)}, ""},
		{"so it expires no more", own, nil, ""},
		{"another policy", database(t) + "/whole", nil, ""},
		{"the default policy", database(t), []func(*tracks.InfluxConfig){kept(24 * time.Hour)}, ""},
	} {
		h := d.on(t, c.bucket, c.change...)
		err := h.Check(t.Context())
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: %v, want %q", c.what, err, c.want)
		}
		if st := h.Status(); (st.Class == "setup") != (c.want != "") {
			t.Errorf("%s: status %+v", c.what, st)
		}
	}
}

// influxOutage kills the server under load and starts it again.
func influxOutage(t *testing.T, _ *influxd) {
	d := startInfluxd(t)
	h := d.on(t, "jz/rp")
	done := make(chan error, 1)
	halfway := make(chan struct{})
	events := fixes(20_000)
	go func() {
		for seq := range uint64(40) {
			if seq == 20 {
				close(halfway)
			}
			if err := h.Write(t.Context(), "D1", seq+1, events[seq*500:(seq+1)*500]); err != nil {
				done <- err
				return
			}
		}
		done <- nil
	}()
	<-halfway
	d.stop()
	for h.Status().Class != "network" {
		select {
		case err := <-done:
			t.Fatalf("written without a server: %v", err)
		case <-time.After(time.Millisecond):
		}
	}
	d.start(t)
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	counts := must[map[event.Kind]int64](t)(h.Counts(t.Context()))
	if counts[event.Location] != 20_000 || h.cursors["D1"] != 40 {
		t.Errorf("counts %v, cursor %d", counts, h.cursors["D1"])
	}
}

func influxDeleted(t *testing.T, d *influxd) {
	bucket := database(t)
	h := d.on(t, bucket)
	write(t, h, 1, fix(1, 0))
	d.post(t, "/query?q=DROP+DATABASE+%22"+bucket+"%22", "")
	write(t, h, 2, fix(1, 1))
	if got := track(t, h, morning, morning+9); len(got) != 1 || h.retries["refused"] != 1 {
		t.Errorf("%d events, retries %v", len(got), h.retries)
	}
}

// influxHalf: who reads while a point is being written gets it whole, or is told
// what it lacks.
func influxHalf(t *testing.T, d *influxd) {
	h := d.on(t, database(t))
	write(t, h, 1, fix(1, 1))
	point := func(device, fields string) {
		d.post(t, "/api/v2/write?bucket="+database(t), "location,device="+device+",subject=S00001 "+fields+" 1772409600000000000")
	}
	point("W7", `received=1772409600000i,id="m7",lat=31.5`)
	read := make(chan []event.Event)
	go func() {
		var got []event.Event
		for e, err := range h.Track(t.Context(), "S00001", morning-roster.Day, morning+30*roster.Day) {
			if err != nil {
				t.Error(err)
			}
			got = append(got, e)
		}
		read <- got
	}()
	point("W7", `lng=113.4,cell="0",accuracy_m=5`)
	for _, e := range <-read {
		if e.Device == "W7" && (e.ID != "m7" || e.Position.Lng != 113.4 || e.Position.AccuracyM != 5) {
			t.Errorf("read in part: %s", plain(e))
		}
	}
	point("W8", `received=1772409600000i,id="m8",lat=31.5,lng=113.4`)
	for _, err := range h.Track(t.Context(), "S00001", morning-roster.Day, morning+30*roster.Day) {
		if err == nil {
			continue
		}
		if !strings.Contains(err.Error(), "device W8") || !strings.Contains(err.Error(), "no field cell") {
			t.Error(err)
		}
		return
	}
	t.Error("half an event was read as a whole one")
}
