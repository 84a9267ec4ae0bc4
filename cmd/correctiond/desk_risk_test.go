package main

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"correctiond/alerts"
	"correctiond/alerts/duty"
	"correctiond/event"
	"correctiond/roster"
)

// The engine remembers how alerts stand, for the score and the backlog. It must
// see what the alerts themselves say, whatever people do in between.
func TestEngineAndAlertsAgree(t *testing.T) {
	for _, dir := range examples(t) {
		t.Run(filepath.Base(dir), func(t *testing.T) {
			for variant := range 6 {
				agree(t, example{dir, t}, variant)
			}
		})
	}
}

// agree replays an example; after each line someone deals with an alert, another
// one in each variant.
func agree(t *testing.T, x example, variant int) {
	t.Helper()
	f := &replayFlags{roster: x.file("roster.*"), lenient: true}
	people, err := os.ReadFile(f.roster)
	if err != nil {
		t.Fatal(err)
	}
	cfg := defaultConfig()
	runs, err := f.prepare(&call{}, cfg, people)
	if err != nil {
		t.Fatal(err)
	}
	r := runs[0]
	file, err := os.Open(x.file("events.ndjson"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	n := variant
	err = eachLine(t.Context(), file, r.decoder, func(l *line) error {
		if err := r.line(l); err != nil {
			return err
		}
		if n++; len(r.desk.changed) > 0 {
			handle(t, r, n, l.received)
		}
		compareHandling(t, r.desk)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := r.desk.advance(r.clock + 3*roster.Day); err != nil {
		t.Fatal(err)
	}
	compareHandling(t, r.desk)
}

func handle(t *testing.T, r *replay, n int, at roster.Instant) {
	t.Helper()
	id := r.desk.changed[n%len(r.desk.changed)].next.Episode.ID
	act := &event.Act{Type: event.ActAck, Alert: id}
	if r.desk.changed[n%len(r.desk.changed)].next.State == alerts.Closed && n%2 == 0 {
		act = &event.Act{Type: event.ActReopen, Alert: id, Reason: "x"}
	} else if n%3 == 0 {
		act = &event.Act{Type: event.ActClose, Alert: id, Outcome: []string{"confirmed", "excused", "technical", "unfounded"}[n/3%4]}
	}
	if err := r.desk.take(&event.Entry{At: at, Act: act}); err != nil {
		t.Fatal(err)
	}
}

func compareHandling(t *testing.T, d *desk) {
	t.Helper()
	for i := range d.changed {
		a := &d.changed[i].next
		got, known := d.engine.Handling(a.Episode.ID)
		if !known && forgotten(a, d.engine.Clock()) {
			continue
		}
		if want := handling(a); !known || fmt.Sprint(got) != want {
			t.Fatalf("%s %s: the engine has %v (known %v), the alert %s", a.Episode.Kind, a.Episode.ID, got, known, want)
		}
	}
}

// forgotten reports whether an alert is settled for so long that the engine need
// not remember it.
func forgotten(a *alerts.Alert, now roster.Instant) bool {
	return a.Closed != nil && a.Episode.Ended != 0 && max(a.Closed.At, a.Episode.Ended) < now-14*roster.Day
}

func handling(a *alerts.Alert) string {
	acked, closed := cmp.Or(a.Acknowledged, &duty.Stamp{}), cmp.Or(a.Closed, &duty.Stamp{})
	return fmt.Sprintf("{%d %d %s}", acked.At, closed.At, a.Outcome)
}
