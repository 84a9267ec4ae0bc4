package main

import (
	"context"
	"testing"
	"time"
)

// A daemon with four connections settles its account as one with one, and finds its
// sessions again after a restart with fewer.
func TestLiveWithSeveralConnections(t *testing.T) {
	f := newFleet(4, 100)
	w, _ := behindBroker(t, f.people)
	one := w.flags
	w.flags = append(w.flags, "--mqtt.share_group", "jz", "--mqtt.connections", "4")
	d := w.serve()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	f.publish(ctx, t, w, time.Second)
	w.settle(f.books(), 30*time.Second)
	d.stop(15 * time.Second)
	late := person{subject: f.people[0].subject, device: f.people[0].device}
	w.mosquittoPub(late.device, "status", status("while-away", "heartbeat", at(0)))
	w.flags = append(one, "--mqtt.share_group", "jz")
	w.serve()
	want := f.books()
	want.accepted[late.subject] = append(want.accepted[late.subject], "while-away")
	w.stores(want, 30*time.Second)
	if n := w.metric("correctiond_ingest_session_lost_total"); n != 0 {
		t.Errorf("%v sessions are called lost", n)
	}
}
