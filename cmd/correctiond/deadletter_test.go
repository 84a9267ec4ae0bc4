package main

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"correctiond/event"
	"correctiond/roster"
	"correctiond/store"
)

// keepLetters puts dead letters into the state of a daemon that does not run,
// as an earlier version would have left them. Their numbers begin at 1.
func (w *world) keepLetters(letters ...event.Rejection) {
	w.t.Helper()
	if got := w.run("deadletter", "list"); got.code != 0 { // makes the directory
		w.t.Fatal(got.err)
	}
	w.withState(func(st *store.State) {
		batch := store.Batch{District: "earlier", Seq: 1}
		for i, l := range letters {
			batch.DeadLetters = append(batch.DeadLetters, store.DeadLetter{Nth: i, Rejection: l})
		}
		if err := st.Commit(w.t.Context(), batch); err != nil {
			w.t.Fatal(err)
		}
	})
}

func (w *world) withState(fn func(*store.State)) {
	w.t.Helper()
	st := unlocked(w.t, w.data)
	defer st.Close()
	fn(st)
}

// rejected is a dead letter of a wristband's location, received some time ago.
func rejected(device string, reason event.Reason, ago time.Duration, payload string) event.Rejection {
	return event.Rejection{
		Device: roster.DeviceID(device), Topic: "jz/v1/" + device + "/location", Reason: reason, Detail: "as it was",
		Received: roster.InstantOf(time.Now().Add(-ago)), Payload: []byte(payload),
	}
}

// letters reads the list that programs get.
func (w *world) letters(flags ...string) (list []letterJSON) {
	w.t.Helper()
	out := w.command(append([]string{"deadletter", "list", "--format", "ndjson"}, flags...)...)
	for line := range strings.Lines(out) {
		var l letterJSON
		if err := json.Unmarshal([]byte(line), &l); err != nil {
			w.t.Fatalf("%v in %s", err, line)
		}
		list = append(list, l)
	}
	return list
}

func TestDeadLettersWithoutDaemon(t *testing.T) {
	w := newWorld(t)
	w.keepLetters(
		rejected("W1", event.DatumReason, time.Hour, `{"id":"a"}`),
		rejected("W2", event.BadJSON, time.Minute, "{\x1b"),
	)
	if got := w.letters(); len(got) != 2 || got[0].ID != 2 || got[1].Reason != event.DatumReason || got[1].Payload != nil {
		t.Errorf("list: %+v", got)
	}
	if got := w.letters("--reason", "datum", "--device", "W1", "--district", "earlier"); len(got) != 1 || got[0].ID != 1 {
		t.Errorf("filtered: %+v", got)
	}
	if got := w.letters("--limit", "1"); len(got) != 1 || got[0].ID != 2 {
		t.Errorf("limited: %+v", got)
	}
	if got := w.command("deadletter", "list"); strings.Count(got, "\n") != 1 || !strings.Contains(got, `"jz/v1/W1/location"`) {
		t.Errorf("text: %s", got)
	}
	if got := w.command("deadletter", "show", "1"); !strings.Contains(got, `"payload": "{\"id\":\"a\"}"`) {
		t.Errorf("show: %s", got)
	}
	w.withState(func(st *store.State) {
		if last, err := st.VerifyAudit(t.Context()); err != nil || last.N != 1 {
			t.Errorf("showing one is audited: %+v %v", last, err)
		}
	})
	for _, argv := range [][]string{{"1"}, {"--reason", "datum"}, {"1", "--dry-run"}} {
		got := w.run(append([]string{"deadletter", "replay"}, argv...)...)
		if got.code != 1 || !strings.Contains(got.err, "needs the running daemon") {
			t.Errorf("replay %v without a daemon: exit %d, %s", argv, got.code, got.err)
		}
	}
}

func TestDeadLetterUsage(t *testing.T) {
	w := newWorld(t)
	for name, argv := range map[string][]string{
		"neither numbers nor reason": {"replay"},
		"numbers and reason":         {"replay", "1", "--reason", "datum"},
		"not a number":               {"replay", "x1"},
		"no such reason":             {"list", "--reason", "dattum"},
		"a class without positions":  {"replay", "--reason", "no_basis"},
		"no such datum":              {"replay", "1", "--datum", "mars"},
		"a datum for another class":  {"replay", "--reason", "bad_field", "--datum", "gcj02"},
		"unknown letter":             {"show", "7"},
		"limit":                      {"list", "--limit", "0"},
		"format":                     {"list", "--format", "xml"},
	} {
		if got := w.run(append([]string{"deadletter"}, argv...)...); got.code != 2 || got.out != "" {
			t.Errorf("%s: exit %d, %s", name, got.code, got.out+got.err)
		}
	}
	if got := w.run("deadletter", "list", "--reason", "dattum"); !strings.Contains(got.err, "did you mean datum") {
		t.Error(got.err)
	}
}

// What was rejected by mistake is judged as if it came again, once; what the law
// kept from us is not.
func TestDeadLetterReplay(t *testing.T) {
	w := newWorld(t)
	good := fix("g1", -50*time.Minute, inTown)
	w.keepLetters(
		rejected("W1", event.DatumReason, 49*time.Minute, good),
		rejected("W1", event.DatumReason, 48*time.Minute, good),
		rejected("W1", event.BadField, 47*time.Minute, `{"id":"b1"}`),
		rejected("W1", event.NoBasis, 46*time.Minute, `{"id":"n1","time":1}`),
		rejected("W1", event.BadJSON, 45*time.Minute, `[`+strings.Repeat(" ", event.MaxKeptPayload-1)),
		rejected("W1", event.Stale, 45*time.Minute, fix("s1", -31*24*time.Hour, inTown)),
		rejected("W1", event.DatumReason, 44*time.Minute, fix("g2", -45*time.Minute, inTown)),
	)
	d := w.serve()
	w.importRoster(rosterOf(t, person{subject: "S0001", device: "W1"}))

	wantReplay(t, w.run("deadletter", "replay", "1", "3", "--dry-run"), 1, "1  would be accepted", "3  still rejected: bad_field, ")
	if got := w.letters("--reason", "datum"); got[2].Replayed != nil {
		t.Errorf("a dry run marked %+v", got[2])
	}
	wantReplay(t, w.run("deadletter", "replay", "--reason", "datum"), 0,
		"1  accepted", "2  duplicate: it was accepted before", "7  accepted")
	wantReplay(t, w.run("deadletter", "replay", "1", "3", "4", "5", "6"), 1,
		"1  refused: it was replayed at ", "3  still rejected: bad_field, ", "4  refused: no_basis: ",
		"5  refused: only its first 16 KiB", "6  still rejected: stale, ")
	wantReplay(t, w.run("deadletter", "replay", "--reason", "datum"), 0)
	if got := w.run("deadletter", "replay", "2", "99"); got.code != 2 || got.out != "" {
		t.Errorf("an unknown number changes nothing: exit %d, %s", got.code, got.out+got.err)
	}

	eventually(t, 10*time.Second, "both are in the track", func() bool { return fmt.Sprint(w.track("S0001")) == "[g1 g2]" })
	for _, l := range w.letters() {
		if replayed := l.Reason == event.DatumReason; replayed != (l.Replayed != nil) {
			t.Errorf("marked wrongly: %+v", l)
		}
	}
	d.stop(15 * time.Second)
	w.withState(func(st *store.State) {
		marks := 0
		for r, err := range st.Audit(t.Context(), 1) {
			if err != nil {
				t.Fatal(err)
			}
			if r.Action == "deadletter.replay" {
				marks++
			}
		}
		if marks != 3 {
			t.Errorf("%d audit records of replays, want 3", marks)
		}
	})
}

func wantReplay(t *testing.T, got outcome, code int, lines ...string) {
	t.Helper()
	have := strings.Split(strings.TrimSpace(got.out), "\n")
	if got.code != code || len(lines) != len(have) && got.out != "" {
		t.Fatalf("exit %d, want %d:\n%s%s", got.code, code, got.out, got.err)
	}
	for i, want := range lines {
		if !strings.HasPrefix(have[i], want) {
			t.Errorf("line %d: %q, want %q", i+1, have[i], want)
		}
	}
}

// A kiosk entered as a wristband: its check-ins are rejected, and accepted once
// the roster says what it is.
func TestDeadLetterReplayAfterRosterRepair(t *testing.T) {
	w := newWorld(t)
	w.serve()
	wrong := rosterOf(t, person{subject: "S0001", device: "W1"}, person{subject: "S0002", device: "K1"})
	w.importRoster(wrong)
	w.credential("K1")
	w.mosquittoPub("K1", "checkin", fmt.Sprintf(
		`{"id":"c1","time":%q,"method":"kiosk","subject":"S0001","verify":{"kind":"face","passed":true}}`, at(0)))
	eventually(t, 10*time.Second, "it is a dead letter", func() bool { return len(w.letters("--reason", "bad_field")) == 1 })
	wantReplay(t, w.run("deadletter", "replay", "1"), 1, "1  still rejected: bad_field, method kiosk")

	var file map[string]any
	if err := json.Unmarshal([]byte(wrong), &file); err != nil {
		t.Fatal(err)
	}
	file["devices"].([]any)[1] = doc{"id": "K1", "kind": "kiosk", "office": "O1"}
	repaired, err := json.Marshal(file)
	if err != nil {
		t.Fatal(err)
	}
	w.importRoster(string(repaired))
	wantReplay(t, w.run("deadletter", "replay", "1"), 0, "1  accepted")
	eventually(t, 10*time.Second, "the check-in is the person's", func() bool { return fmt.Sprint(w.track("S0001")) == "[c1]" })
}

// Old dead letters go, replayed or not.
func TestDeadLetterRetention(t *testing.T) {
	st, err := store.OpenState(filepath.Join(t.TempDir(), "state.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	batch := store.Batch{District: "D1", Seq: 1, DeadLetters: []store.DeadLetter{
		{Nth: 0, Rejection: rejected("W1", event.BadJSON, deadLetterAge+time.Hour, "{")},
		{Nth: 1, Rejection: rejected("W1", event.BadJSON, deadLetterAge-time.Hour, "{")},
	}}
	if err := st.Commit(t.Context(), batch); err != nil {
		t.Fatal(err)
	}
	d := &daemon{openState: &openState{state: st}, log: slog.New(slog.DiscardHandler)}
	d.pruneDeadLetters(t.Context(), nowInstant())
	left, err := st.DeadLetters(t.Context(), store.DeadLetterFilter{})
	if err != nil || len(left) != 1 || left[0].Nth != 1 {
		t.Errorf("left %+v %v", left, err)
	}
}
