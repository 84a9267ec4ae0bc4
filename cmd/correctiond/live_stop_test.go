package main

import (
	"context"
	"math/rand/v2"
	"testing"
	"time"
)

// Orderly stops in the middle of a backlog lose nothing either: what the rules had
// in hand when the signal came is judged once, by the next run.
func TestLiveStopInABacklog(t *testing.T) {
	tool(t, "mosquitto")
	w, calm := newWorld(t), newWorld(t)
	f := newFleet(40, 1000)
	stops := 30
	if testing.Short() {
		stops = 5
	}
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	for _, x := range []*world{w, calm} {
		externalBroker(t, x.mqtt)
		x.flags = []string{"--mqtt.url", "mqtt://" + x.mqtt}
		x.importRoster(rosterOf(t, f.people...))
		x.signInBeforehand(f)
		x.serve().stop(15 * time.Second) // the broker knows of it from now on
		f.publish(ctx, t, x, 0)
	}
	r := rand.New(rand.NewPCG(seedOf(t), 1))
	inTheMiddle := 0
	for range stops {
		d := w.serve()
		wait(ctx, time.Duration(r.IntN(20))*time.Millisecond)
		if w.metric("correctiond_rules_events_total") > 0 {
			inTheMiddle++
		}
		if code, took := d.stop(15 * time.Second); code != 0 {
			t.Errorf("SIGTERM: exit %d after %v\n%s", code, took, tail(d.log.String(), 2000))
		}
	}
	t.Logf("%d of %d stops came while messages were taken", inTheMiddle, stops)
	d, undisturbed := w.serve(), calm.serve()
	w.converge(f, 60*time.Second)
	calm.converge(f, 60*time.Second)
	differ(t, w.verdict(), calm.verdict())
	w.stored(f, d)
	calm.stored(f, undisturbed)
}
