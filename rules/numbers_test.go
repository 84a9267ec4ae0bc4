package rules_test

import (
	"cmp"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"correctiond/event"
	"correctiond/roster"
	"correctiond/rules"

	"pgregory.net/rapid"
)

func TestGapEvidence(t *testing.T) {
	p := newPlayer(t)
	p.play("device W1 authority=none\n09:00 P1 status heartbeat seq=4\n09:05 P1 status heartbeat seq=7\n09:10 P1 status heartbeat seq=9\n10:00 tick\n15:30 tick")
	ev := p.seen[0].Evidence
	if !reflect.DeepEqual(ev["missing"], [][2]int64{{5, 6}, {8, 8}}) || ev["missing_events"] != int64(3) || ev["given_up_events"] != nil {
		t.Errorf("%v", ev)
	}
}

// The ledger counts from the skip on, not only once the episode is open.
func TestMissingEvents(t *testing.T) {
	for text, want := range map[string]int64{
		"09:00 P1 status heartbeat seq=4\n09:05 P1 status heartbeat seq=7":                                                    2,
		"09:00 P1 status heartbeat seq=4\n09:05 P1 status heartbeat seq=7\n09:06 P1 status heartbeat seq=6":                   1,
		"09:00 P1 status heartbeat seq=4\n09:05 P1 status heartbeat seq=7\n09:06 roster drop S1":                              0,
		"09:00 P1 status heartbeat seq=4\n09:05 P1 status heartbeat seq=7\n09:06 W1 status heartbeat seq=1":                   2,
		"device W1 authority=A1:02-20..03-02T10:00\n09:00 W1 fix home seq=4\n09:05 W1 fix home seq=7\n10:01 tick\n10:02 tick": 0,
	} {
		p := newPlayer(t)
		p.after = func(e *rules.Engine) *rules.Engine { return restored(t, e) }
		p.play(text)
		if got := p.engine.Counts().Missing; got != want {
			t.Errorf("%s\n%d missing, want %d", text, got, want)
		}
	}
}

// Beyond 32 ranges the oldest is given up and said so.
func TestLedgerIsBounded(t *testing.T) {
	var text strings.Builder
	text.WriteString("device W1 authority=none\n")
	for i := range 40 {
		fmt.Fprintf(&text, "09:%02d P1 status heartbeat seq=%d\n", i, 3*i)
	}
	p := newPlayer(t)
	p.play(text.String() + "until 16:00")
	ranges, _ := p.seen[0].Evidence["missing"].([][2]int64)
	if len(ranges) != 32 || p.engine.Counts().Missing != 64 || p.seen[0].Evidence["given_up_events"] != int64(14) {
		t.Errorf("%d missing, %v", p.engine.Counts().Missing, p.seen[0].Evidence)
	}
}

// someNumbers draws numbered heartbeats of a phone, some lost, of which the
// counter may begin anew once.
func someNumbers(t *rapid.T) []event.Entry {
	out := []event.Entry{{At: monday}}
	at, seq := monday, int64(1000)
	restart := rapid.IntRange(0, 40).Draw(t, "restart")
	for n := range rapid.IntRange(1, 30).Draw(t, "events") {
		at += rapid.SampledFrom([]roster.Instant{roster.Second, roster.Minute, 5 * roster.Minute}).Draw(t, "gap")
		seq++
		ev := event.Event{
			Kind: event.Status, Status: event.Heartbeat, Device: "P1", DeviceKind: roster.App, Subject: "S1", ID: fmt.Sprint(n), Time: at, Battery: -1,
		}
		if n == restart {
			ev.Status, seq = event.PowerOn, 0
		}
		if ev.Seq = seq; rapid.IntRange(0, 3).Draw(t, "lost") > 0 {
			out = append(out, event.Entry{At: at, Event: &ev})
		}
	}
	return out
}

// TestNumbersInAnyOrder: which numbers are missing does not depend on the order
// in which the others arrive.
func TestNumbersInAnyOrder(t *testing.T) {
	r := world()
	r.Devices[0].Authority = nil
	dir := compiled(t, r)
	rapid.Check(t, func(t *rapid.T) {
		day := someNumbers(t)
		other := delayed(t, day)
		slices.SortStableFunc(other, func(a, b event.Entry) int { return cmp.Compare(a.At, b.At) })
		judge := func(entries []event.Entry) string {
			e := rules.New(rules.DefaultConfig(), dir.Calendar(), dir)
			steps := append(run(t, e, entries), e.Advance(monday+12*roster.Hour))
			var out []string
			for _, ep := range latest(steps...)[rules.SequenceGap] {
				out = append(out, fmt.Sprint(ep.Started, ep.Ended))
			}
			return fmt.Sprint(e.Counts().Missing, out)
		}
		if got, want := judge(other), judge(day); got != want {
			t.Fatalf("%s, in order %s", got, want)
		}
	})
}
