package main

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"correctiond/ingest"
	"correctiond/store"
)

// behindBroker is a world whose devices speak to a Mosquitto of its own.
func behindBroker(t *testing.T, people []person, settings ...string) (*world, *process) {
	t.Helper()
	w := newWorld(t)
	return w, w.joins(people, settings...)
}

// joins gives the world its Mosquitto, its roster and a token to read alerts.
func (w *world) joins(people []person, settings ...string) *process {
	w.t.Helper()
	broker := externalBroker(w.t, w.mqtt, append(settings, "set_tcp_nodelay true")...)
	w.flags = []string{"--mqtt.url", "mqtt://" + w.mqtt}
	w.importRoster(rosterOf(w.t, people...))
	w.signIn("--role", "district", "--name", "L1")
	return broker
}

// A broker that is stopped, stays away and comes back with its sessions costs
// nothing but time.
func TestFault2BrokerAwayAndRestarted(t *testing.T) {
	away := lasts(time.Second, 10*time.Minute)
	f := newFleet(5, 200)
	kept := []string{"persistence true", "persistence_location " + shortDir(t) + "/", "user root"}
	w, broker := behindBroker(t, f.people, kept...)
	d := w.serve()
	ctx, cancel := context.WithTimeout(t.Context(), away+2*time.Minute)
	defer cancel()
	published := make(chan struct{})
	go func() {
		defer close(published)
		f.publish(ctx, t, w, 2*time.Second+away)
	}()
	wait(ctx, time.Second)
	broker.stop(10 * time.Second)
	eventually(t, 10*time.Second, "/readyz answers 503 without a broker", func() bool { return w.api.status("/readyz") == 503 })
	d.wantLog(time.Second, "broker is not reachable")
	wait(ctx, away)
	externalBroker(t, w.mqtt, kept...)
	began := time.Now()
	// The daemon looks for it every half minute, in the end.
	eventually(t, time.Minute, "the broker is found again", func() bool { return w.api.status("/readyz") == 200 })
	t.Logf("broker away %v, found again after %v", away, time.Since(began).Round(100*time.Millisecond))
	<-published
	w.settle(f.books(), 60*time.Second)
	if n := w.metric("correctiond_ingest_session_lost_total"); n != 0 {
		t.Errorf("%v sessions are called lost; the broker has kept it", n)
	}
}

// What a broker acknowledged and then lost with its sessions is gone. The daemon says
// that the session is, the counters of the devices show exactly what is missing, and
// what comes afterwards is taken.
func TestFault2SessionLost(t *testing.T) {
	tool(t, "mosquitto_pub")
	p := person{subject: "S0001", device: "W1"}
	w, broker := behindBroker(t, []person{p})
	d := w.serve()
	var want books
	send := func(from, to int) {
		var texts []string
		for i := from; i < to; i++ {
			id := fmt.Sprintf("n%03d", i)
			text := fix(id, time.Duration(i-100)*time.Second, inTown)
			texts = append(texts, strings.Replace(text, "{", fmt.Sprintf(`{"seq":%d,`, i), 1))
			want.accepted[p.subject] = append(want.accepted[p.subject], id)
		}
		w.mosquittoPub("W1", "location", texts...)
	}
	want.accepted = map[string][]string{}
	send(0, 10)
	w.settle(want, 15*time.Second)
	d.stop(15 * time.Second)
	before := maps.Clone(want.accepted)
	send(10, 30) // the broker has them, the daemon does not
	want.accepted = before
	broker.kill()
	broker = externalBroker(t, w.mqtt)
	d = w.serve()
	if n := w.metric("correctiond_ingest_session_lost_total"); n != 1 {
		t.Errorf("%v sessions are called lost, want 1", n)
	}
	d.wantLog(time.Second, "the broker has lost our session")
	send(30, 40)
	w.stores(want, 15*time.Second)
	if lost := gaps(w.command("track", p.subject, "--from", at(-time.Hour), "--until", at(time.Hour), "--reason", "test")); lost != "10-29" {
		t.Errorf("the counters show %q missing, want 10-29", lost)
	}
	// Once more, while the daemon runs.
	broker.kill()
	externalBroker(t, w.mqtt)
	eventually(t, 30*time.Second, "the second loss is noticed", func() bool {
		return w.metric("correctiond_ingest_session_lost_total") == 2
	})
	eventually(t, 10*time.Second, "/readyz answers 200", func() bool { return w.api.status("/readyz") == 200 })
	d.stop(15 * time.Second)
	if n := w.audited("broker.session_lost"); n != 2 {
		t.Errorf("%d losses in the audit, want 2", n)
	}
}

// audited counts the records of an action, while no daemon runs.
func (w *world) audited(action string) (n int) {
	w.t.Helper()
	s, err := store.OpenState(filepath.Join(w.data, "state.db"))
	if err != nil {
		w.t.Fatal(err)
	}
	defer s.Close()
	for r, err := range s.Audit(w.t.Context(), 0) {
		if err != nil {
			w.t.Fatal(err)
		}
		if r.Action == action {
			n++
		}
	}
	return n
}

// gaps lists the ranges of seq that a track lacks.
func gaps(track string) string {
	var seqs []int
	for line := range strings.Lines(track) {
		var n int
		if _, rest, ok := strings.Cut(line, `"seq":`); ok {
			if _, err := fmt.Sscan(strings.NewReplacer(",", " ", "}", " ").Replace(rest), &n); err == nil {
				seqs = append(seqs, n)
			}
		} else {
			seqs = append(seqs, 0) // not written when it is zero
		}
	}
	slices.Sort(seqs)
	var all []string
	for i := 1; i < len(seqs); i++ {
		if seqs[i] > seqs[i-1]+1 {
			all = append(all, fmt.Sprintf("%d-%d", seqs[i-1]+1, seqs[i]-1))
		}
	}
	return strings.Join(all, " ")
}

// Two daemons under one client id evict each other again and again. What the broker
// acknowledged reaches one of them at least, and each says what happens.
func TestFault2TwoDaemonsWithOneClientID(t *testing.T) {
	f := newFleet(4, 200)
	w, broker := behindBroker(t, f.people)
	v := newWorld(t)
	v.importRoster(rosterOf(t, f.people...))
	w.flags = append(w.flags, "--mqtt.client_id", "same")
	v.flags = w.flags
	d := w.serve()
	e := v.launch()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	f.publish(ctx, t, w, lasts(2*time.Second, 30*time.Second))
	for _, one := range []struct {
		w *world
		p *process
	}{{w, d}, {v, e}} {
		one.p.wantLog(30*time.Second, "another client seems to log in to the broker with our client id")
		eventually(t, 10*time.Second, "the other client is counted", func() bool {
			return one.w.metric("correctiond_ingest_takeover_suspected_total") > 0
		})
	}
	eventually(t, 30*time.Second, "/readyz names the reason", func() bool {
		answer, text := w.api.do("GET", "/readyz", "")
		return answer.StatusCode == http.StatusServiceUnavailable && strings.Contains(text, ingest.ErrTakeover.Error())
	})
	if code, took := e.stop(15 * time.Second); code != 0 {
		t.Errorf("SIGTERM: exit %d after %v", code, took)
	}
	eventually(t, time.Minute, "the daemon left alone is ready", func() bool { return w.api.status("/readyz") == 200 })
	eventually(t, 15*time.Second, "every event is in one history at least", func() bool {
		return len(w.absent(v, f)) == 0
	})
	held, both, alone := 0, 0, 0
	for i := range f.people {
		got, other := w.ids(f.people[i].subject), v.ids(f.people[i].subject)
		held += len(got)
		alone += len(less(other, got))
		both += len(got) - len(less(got, other))
		if n := len(slices.Compact(slices.Clone(got))); n != len(got) {
			t.Errorf("an id stands twice among %d of one person", len(got))
		}
	}
	w.wantBalance()
	if n := w.account().accepted; n != held {
		t.Errorf("%d accepted, %d in the history", n, held)
	}
	t.Logf("%d events: %d in both histories, %d only in the second; %d takeovers; the first lost its connection %d times, the second %d times",
		f.size(), both, alone, strings.Count(broker.log.String(), "already connected"),
		strings.Count(d.log.String(), "broker is not reachable"), strings.Count(e.log.String(), "broker is not reachable"))
}

// absent lists what neither history holds.
func (w *world) absent(v *world, f *fleet) (ids []string) {
	w.t.Helper()
	for i, p := range f.people {
		var want []string
		for _, m := range f.sends[i] {
			want = append(want, m.id)
		}
		ids = append(ids, less(want, slices.Concat(w.ids(p.subject), v.ids(p.subject)))...)
	}
	return ids
}

// wantBalance checks the account alone, where nobody knows which events a daemon got.
func (w *world) wantBalance() {
	w.t.Helper()
	if a := w.account(); a.received != a.accepted+a.duplicate+a.rejectedAll() {
		w.t.Errorf("the account does not balance: %+v", a)
	}
}
