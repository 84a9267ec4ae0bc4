package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
	"time"

	"correctiond/roster"
	"correctiond/store/tracks"
)

// With a broker of its own the daemon dies together with it: acknowledged means
// acknowledged by the embedded broker.
func TestLiveKillWithEmbeddedBroker(t *testing.T) {
	w := newWorld(t)
	faults(t, w, newWorld(t))
}

func TestLiveKillWithExternalBroker(t *testing.T) {
	tool(t, "mosquitto")
	w, calm := newWorld(t), newWorld(t)
	for _, x := range []*world{w, calm} {
		externalBroker(t, x.mqtt)
		x.flags = []string{"--mqtt.url", "mqtt://" + x.mqtt}
	}
	faults(t, w, calm)
}

// faults sends the same events to two daemons. One is left in peace; the other is
// killed and stopped at random moments under load. Both must have stored every event
// once, and both must have raised the same alerts.
func faults(t *testing.T, w, calm *world) {
	kills, stops, each := 20, 3, 1000
	if testing.Short() {
		kills, stops, each = 5, 2, 400
	}
	seed := seedOf(t)
	r := rand.New(rand.NewPCG(seed, 0))
	f := newFleet(20, each)
	for _, x := range []*world{w, calm} {
		x.importRoster(rosterOf(t, f.people...))
		x.signInBeforehand(f)
		x.serve().stop(15 * time.Second) // an external broker knows of it from now on
	}
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()

	began := time.Now()
	published := make(chan struct{})
	go func() {
		defer close(published)
		f.publish(ctx, t, w, time.Duration(kills+stops)*1800*time.Millisecond)
	}()
	w.endure(ctx, r, kills, stops)
	d := w.serve()
	<-published
	w.converge(f, 4*time.Minute) // a bound for slow machines; it takes seconds
	took := time.Since(began)
	got := w.verdict()
	w.stored(f, d)
	t.Logf("%d events of %d devices, %d kills and %d stops in %v, seed %d", f.size(), len(f.people), kills, stops, took.Round(time.Second), seed)

	d = calm.serve()
	f.publish(ctx, t, calm, 0)
	calm.converge(f, 4*time.Minute)
	want := calm.verdict()
	calm.stored(f, d)
	if len(want) < 2*len(f.people) {
		t.Errorf("only %d alerts: the script does not provoke the rules", len(want))
	}
	differ(t, got, want)
}

// seedOf gives the seed of a run; JZ_SEED repeats one.
func seedOf(t *testing.T) uint64 {
	seed := uint64(time.Now().UnixNano())
	if text := os.Getenv("JZ_SEED"); text != "" {
		var err error
		if seed, err = strconv.ParseUint(text, 10, 64); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("seed: JZ_SEED=%d", seed)
	return seed
}

// signInBeforehand gives out tokens and passwords while no daemon runs.
func (w *world) signInBeforehand(f *fleet) {
	w.t.Helper()
	w.signIn("--role", "district", "--name", "L1")
	if len(w.flags) > 0 {
		return // the external broker asks for no password
	}
	for _, p := range f.people {
		w.credential(p.device)
	}
}

// endure starts the daemon again and again and ends it at random moments: by
// kill -9, also while it is starting, and some times in good order.
func (w *world) endure(ctx context.Context, r *rand.Rand, kills, stops int) {
	w.t.Helper()
	ends := slices.Concat(slices.Repeat([]bool{true}, kills), slices.Repeat([]bool{false}, stops))
	r.Shuffle(len(ends), func(i, j int) { ends[i], ends[j] = ends[j], ends[i] })
	for _, kill := range ends {
		d := w.launch()
		lives := time.Duration(50+r.IntN(2800)) * time.Millisecond
		if !kill {
			w.ready(d)
			lives /= 2
		}
		wait(ctx, lives)
		switch {
		case !d.running():
			w.t.Fatalf("serve ended by itself:\n%s", d.log)
		case kill:
			d.kill()
		default:
			if code, took := d.stop(15 * time.Second); code != 0 {
				w.t.Errorf("SIGTERM under load: exit %d after %v\n%s", code, took, tail(d.log.String(), 2000))
			}
		}
	}
}

// converge waits until the track of everybody is complete and judged. What the
// embedded broker had handed out before a kill comes again after its patience.
func (w *world) converge(f *fleet, within time.Duration) {
	w.t.Helper()
	next := 0
	eventually(w.t, within, "all events are in the track history", func() bool {
		for next < len(f.people) && len(w.track(f.people[next].subject)) >= len(f.sends[next]) {
			next++
		}
		return next == len(f.people)
	})
	eventually(w.t, 10*time.Second, "the rules have seen all events", func() bool {
		return w.metric(`correctiond_journal_pending{consumer="rules"}`) == 0
	})
}

// stored stops the daemon and compares what its history holds with what was sent.
func (w *world) stored(f *fleet, d *process) {
	w.t.Helper()
	if code, took := d.stop(15 * time.Second); code != 0 {
		w.t.Errorf("SIGTERM: exit %d after %v", code, took)
	}
	h, err := tracks.OpenHistory(filepath.Join(w.data, "history.db"))
	if err != nil {
		w.t.Fatal(err)
	}
	defer h.Close()
	for i, p := range f.people {
		var got, want []string
		for ev, err := range h.Track(w.t.Context(), roster.SubjectID(p.subject), 0, 1<<60) {
			if err != nil {
				w.t.Fatal(err)
			}
			got = append(got, ev.ID)
		}
		for _, m := range f.sends[i] {
			want = append(want, m.id)
		}
		slices.Sort(want)
		slices.Sort(got)
		differ(w.t, got, want)
	}
	counts, err := h.Counts(w.t.Context())
	if err != nil {
		w.t.Fatal(err)
	}
	total := 0
	for _, n := range counts {
		total += int(n)
	}
	if total != f.size() {
		w.t.Errorf("the history holds %d events, %d were sent", total, f.size())
	}
}

// verdict lists what the alerts say, whatever the order they were raised in.
// Episodes that never were depend on the order of arrival and are left out.
func (w *world) verdict() []string {
	w.t.Helper()
	var all []string
	for _, a := range w.api.alerts("") {
		ended := "open"
		if a.Ended != nil {
			ended = *a.Ended
		}
		if a.Retracted {
			w.t.Logf("retracted: %s %s %s", a.Kind, a.Subject, a.Started)
			continue
		}
		all = append(all, fmt.Sprintf("%s %s %s %s %s %d", a.Kind, a.Subject, a.Severity, a.Started, ended, a.Count))
	}
	slices.Sort(all)
	return all
}

// differ reports what two sorted lists do not share, a few of each.
func differ(t *testing.T, got, want []string) {
	t.Helper()
	missing, excess := less(want, got), less(got, want)
	if len(missing)+len(excess) > 0 {
		t.Errorf("of %d, %d are missing: %q …\nand %d are too many: %q …", len(want),
			len(missing), missing[:min(5, len(missing))], len(excess), excess[:min(5, len(excess))])
	}
}

// less returns what of a is not in b, counting repetitions.
func less(a, b []string) []string {
	have := map[string]int{}
	for _, x := range b {
		have[x]++
	}
	var rest []string
	for _, x := range a {
		if have[x]--; have[x] < 0 {
			rest = append(rest, x)
		}
	}
	return rest
}
