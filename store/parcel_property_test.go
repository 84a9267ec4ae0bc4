package store_test

import (
	"fmt"
	"path/filepath"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"correctiond/alerts"
	"correctiond/alerts/notice"
	"correctiond/roster"
	"correctiond/rules"
	"correctiond/store"
	"correctiond/store/storetest"
)

// senders plays two processes on one database, whose steps come in any order.
type senders struct {
	states [2]*store.State
	name   string // of the channel, and of the alerts
	at     roster.Instant
	seq    *uint64
	asked  map[string]bool // alerts with a notice
	acked  map[string]bool
	open   [2][]taken
	came   map[string]int    // how often a message arrived, by alert
	lost   map[string]int    // attempts whose end nobody wrote down, by alert
	says   map[string]string // by key
	again  map[string]string // key that an alert must come again under, after a crash
}

// taken is a claimed parcel, and until when.
type taken struct {
	notice.Parcel
	until roster.Instant
}

func (w *senders) id(n int) string { return fmt.Sprintf("%s-%d", w.name, n) }

func (w *senders) claim(who int) notice.Claim {
	return notice.Claim{Worker: fmt.Sprint("w", who), Channel: w.name, At: w.at, Until: w.at + roster.Minute}
}

func (w *senders) commit(t *rapid.T, who int, b store.Batch) {
	*w.seq++
	b.District, b.Seq, b.At = "D1", *w.seq, w.at
	if err := w.states[who].Commit(t.Context(), b); err != nil {
		t.Fatal(err)
	}
}

func (w *senders) tell(t *rapid.T) {
	id := w.id(len(w.asked))
	n := storetest.Asked(id, w.name, w.at+roster.Instant(rapid.IntRange(0, 5000).Draw(t, "due")))
	n.Officer = roster.OfficerID(rapid.SampledFrom([]string{"F1", "F2", ""}).Draw(t, "officer"))
	n.Grouped = rapid.Bool().Draw(t, "grouped")
	severity := rules.Severity(rapid.IntRange(1, 4).Draw(t, "severity"))
	n.Message.Severity = severity.String()
	a := raised(id, severity, w.at)
	w.commit(t, 0, store.Batch{Alerts: []store.AlertChange{opening(a)}, Notices: []notice.Notice{n}})
	w.asked[id] = true
}

func (w *senders) ack(t *rapid.T) {
	id := w.id(rapid.IntRange(0, len(w.asked)).Draw(t, "alert"))
	if !w.asked[id] || w.acked[id] {
		return
	}
	a, err := w.states[1].Alert(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	next, err := alerts.Act(a, rules.ByEvent, alerts.Action{Type: alerts.Ack, By: "F1", At: w.at})
	if err != nil {
		t.Fatal(err)
	}
	w.commit(t, 1, store.Batch{Alerts: []store.AlertChange{{Alert: next, What: alerts.WasAcknowledged, At: w.at}}})
	w.acked[id] = true
	clear(w.again)
}

// take claims; what is claimed nobody else holds, and nobody acknowledged.
func (w *senders) take(t *rapid.T, who int) {
	p, err := w.states[who].TakeParcel(t.Context(), w.claim(who))
	if err != nil {
		t.Fatal(err)
	}
	if len(p.Notices) == 0 {
		return
	}
	for i := range p.Notices {
		if id := p.Notices[i].Alert; w.acked[id] {
			t.Fatalf("%s is acknowledged and taken", id)
		}
	}
	for _, other := range slices.Concat(w.open[0], w.open[1]) {
		if other.Officer == p.Officer && other.until > w.at && !w.pointless(&other.Parcel) {
			t.Fatalf("%s gets two letters at a time", p.Officer)
		}
		if other.Officer == p.Officer {
			w.count(other.Notices, w.lost)
		}
	}
	l, text := p.Letter(), ""
	for _, m := range l.Messages {
		text += m.Alert + " "
	}
	if before, again := w.says[l.Key]; again && before != text {
		t.Fatalf("key %s says %s and %s", l.Key, before, text)
	}
	w.says[l.Key] = text
	for i := range p.Notices {
		if key := w.again[p.Notices[i].Alert]; key != "" && key != l.Key {
			t.Fatalf("%s may have arrived as %s and comes as %s", p.Notices[i].Alert, key, l.Key)
		}
		delete(w.again, p.Notices[i].Alert)
	}
	w.open[who] = append(w.open[who], taken{p, w.at + roster.Minute})
}

// expect notes under which key a letter of unknown end must come again, unless
// somebody acknowledged a part of it, or another process has it.
func (w *senders) expect(p *notice.Parcel) {
	if slices.ContainsFunc(p.Notices, func(n notice.Sending) bool { return w.acked[n.Alert] }) {
		return
	}
	for i := range p.Notices {
		w.again[p.Notices[i].Alert] = p.Letter().Key
	}
}

// pointless tells whether all that is being sent was acknowledged in the meantime.
func (w *senders) pointless(p *notice.Parcel) bool {
	return !slices.ContainsFunc(p.Notices, func(n notice.Sending) bool { return !w.acked[n.Alert] })
}

// end finishes what a process sends first, one way or another.
func (w *senders) end(t *rapid.T, who int) {
	if len(w.open[who]) == 0 {
		return
	}
	p := w.open[who][0]
	w.open[who] = w.open[who][1:]
	how := rapid.SampledFrom([]string{notice.DeliveredResult, "temporary", "limited", "lost"}).Draw(t, "end")
	if how == notice.DeliveredResult || how == "lost" && rapid.Bool().Draw(t, "arrived") {
		w.arrives(&p.Parcel)
	}
	e := storetest.Failing(w.at, how, w.at+roster.Instant(rapid.IntRange(1, 9000).Draw(t, "again")))
	switch how {
	case notice.DeliveredResult:
		e = storetest.Delivered(w.at)
	case "lost": // it dies before it writes: its successor takes up
		w.crash(t, who, p)
		return
	}
	w.finish(t, who, &p.Parcel, e)
}

func (w *senders) finish(t *rapid.T, who int, p *notice.Parcel, e notice.Ending) {
	e.Fates = slices.Repeat(e.Fates, len(p.Notices))
	if err := w.states[who].FinishParcel(t.Context(), *p, e); err != nil {
		t.Fatal(err)
	}
}

// count adds one for each notice's alert.
func (w *senders) count(list []notice.Sending, in map[string]int) {
	for i := range list {
		in[list[i].Alert]++
	}
}

func (w *senders) arrives(p *notice.Parcel) {
	for _, m := range p.Letter().Messages {
		w.came[m.Alert]++
	}
}

func (w *senders) crash(t *rapid.T, who int, p taken) {
	for _, dead := range append(w.open[who], p) {
		w.count(dead.Notices, w.lost)
		if dead.until > w.at {
			w.expect(&dead.Parcel)
		}
	}
	w.open[who] = nil
	if err := w.states[who].ReleaseParcels(t.Context(), fmt.Sprint("w", who)); err != nil {
		t.Fatal(err)
	}
}

// drain lets everything arrive and checks what did.
func (w *senders) drain(t *rapid.T) {
	for who := range w.states {
		for len(w.open[who]) > 0 {
			w.end(t, who)
		}
	}
	for range 200 {
		w.at += 10 * roster.Second
		p, err := w.states[0].TakeParcel(t.Context(), w.claim(0))
		if err != nil {
			t.Fatal(err)
		}
		if len(p.Notices) == 0 {
			continue
		}
		w.arrives(&p)
		w.finish(t, 0, &p, storetest.Delivered(w.at))
	}
	for id := range w.asked {
		if n := w.came[id]; n == 0 && !w.acked[id] || n > 1+w.lost[id] {
			t.Fatalf("%s arrived %d times, acknowledged %v, %d attempts were lost", id, n, w.acked[id], w.lost[id])
		}
	}
}

// Whatever the order of two processes' steps, acknowledgements and crashes:
// nothing is lost, and nothing comes twice unless its sender died.
func TestTwoProcessesSendInAnyOrder(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.db")
	var states [2]*store.State
	for i := range states {
		states[i] = must[*store.State](t)(store.OpenState(path))
		defer states[i].Close()
	}
	sendInAnyOrder(t, states)
}

func TestPostgresTwoProcessesSendInAnyOrder(t *testing.T) {
	address := pgDatabase(t, "model")
	sendInAnyOrder(t, [2]*store.State{openPG(t, address), openPG(t, address)})
}

func sendInAnyOrder(t *testing.T, states [2]*store.State) {
	run, seq := 0, uint64(0)
	rapid.Check(t, func(t *rapid.T) {
		run++
		w := &senders{
			states: states, name: fmt.Sprintf("c%d", run), seq: &seq,
			at: morning, asked: map[string]bool{}, acked: map[string]bool{}, came: map[string]int{},
			lost: map[string]int{}, says: map[string]string{}, again: map[string]string{},
		}
		t.Repeat(map[string]func(*rapid.T){
			"tell":  w.tell,
			"ack":   w.ack,
			"take0": func(t *rapid.T) { w.take(t, 0) },
			"take1": func(t *rapid.T) { w.take(t, 1) },
			"end0":  func(t *rapid.T) { w.end(t, 0) },
			"end1":  func(t *rapid.T) { w.end(t, 1) },
			"wait":  func(t *rapid.T) { w.at += roster.Instant(rapid.IntRange(1, 3000).Draw(t, "wait")) },
		})
		w.drain(t)
	})
}
