package event_test

import (
	"fmt"
	"reflect"
	"testing"

	"correctiond/event"
	"correctiond/geo"
	"correctiond/roster"
)

// full is an event with a position and a check and no word in it.
func full() *event.Event {
	return &event.Event{Device: "W1", Seq: -1, Position: &event.Position{Satellites: -1}, Check: &event.Check{}}
}

// number returns the byte that stands for a word: the only one that differs from
// an event without it.
func number(t *testing.T, set func(*event.Event)) int {
	t.Helper()
	with := full()
	set(with)
	empty := event.AppendEntry(nil, &event.Entry{Event: full()})
	got := event.AppendEntry(nil, &event.Entry{Event: with})
	if len(got) != len(empty) {
		t.Fatalf("the word takes %d bytes more", len(got)-len(empty))
	}
	found := 0
	for i := range got {
		if got[i] == empty[i] {
			continue
		}
		if found != 0 {
			t.Fatal("more than the word has changed")
		}
		found = int(got[i])
	}
	return found
}

// The journal holds words as their places in these lists, so a word keeps its
// number for ever: lists only grow at their ends. 1 is the empty word, 0 says
// that an unknown one follows.
func TestWordsKeepTheirNumbers(t *testing.T) {
	for _, list := range []struct {
		name  string
		words []string
		set   func(e *event.Event, word string)
	}{
		{"device", []string{"wristband", "app", "kiosk"}, func(e *event.Event, w string) { e.DeviceKind = roster.DeviceKind(w) }},
		{"status", []string{
			"heartbeat", "online", "offline", "power_on", "power_off", "battery_low", "battery_critical",
			"charging", "strap_open", "strap_closed", "case_open", "jamming", "no_fix", "sos",
		}, func(e *event.Event, w string) { e.Status = event.StatusKind(w) }},
		{"datum", []string{"wgs84", "cgcs2000", "gcj02", "bd09"}, func(e *event.Event, w string) { e.Position.Datum = geo.Datum(w) }},
		{"source", []string{"gnss", "ble", "wifi", "cell"}, func(e *event.Event, w string) { e.Position.Source = event.Source(w) }},
		{"method", []string{"app", "kiosk"}, func(e *event.Event, w string) { e.Check.Method = w }},
		{"verify", []string{"face", "voice", "fingerprint", "pin", "device"}, func(e *event.Event, w string) { e.Check.Verify = w }},
	} {
		for i, word := range list.words {
			if n := number(t, func(e *event.Event) { list.set(e, word) }); n != i+2 {
				t.Errorf("%s %q is number %d, journals say %d", list.name, word, n, i+2)
			}
		}
	}
}

// The numbers of kinds are in journals as well.
func TestKindsKeepTheirNumbers(t *testing.T) {
	for kind, want := range map[event.Kind]int{event.Location: 1, event.Checkin: 2, event.Status: 3} {
		if n := number(t, func(e *event.Event) { e.Kind = kind }); n != want {
			t.Errorf("kind %d is written as %d", want, n)
		}
	}
	for verdict, want := range map[event.Tri]int{event.No: 1, event.Yes: 2} {
		if n := number(t, func(e *event.Event) { e.Check.Liveness = verdict }); n != want {
			t.Errorf("liveness %d is written as %d", want, n)
		}
	}
	for motion, want := range map[event.Motion]int{event.Moving: 1, event.Still: 2} {
		if n := number(t, func(e *event.Event) { e.Position.Motion = motion }); n != want {
			t.Errorf("motion %d is written as %d", want, n)
		}
	}
}

// A fix of a wristband, by far the most frequent entry, stays small.
func TestAFixTakesLittleRoom(t *testing.T) {
	b := event.AppendEntry(nil, location(1))
	if len(b) > 110 {
		t.Errorf("a fix takes %d bytes", len(b))
	}
}

// What is whole before the damage is kept, and the error names the entry.
func TestDamageInTheMiddleOfABatch(t *testing.T) {
	whole := batch(5)
	one := len(batch(1))
	for broken := range 4 {
		b := append([]byte(nil), whole...)
		b[broken*one] = 77 // its version
		got, err := event.DecodeEntries(b)
		if err == nil || err.Error() != fmt.Sprintf("entry %d: unknown version 77", broken) {
			t.Errorf("damage in entry %d: %v", broken, err)
		}
		if len(got) != broken {
			t.Errorf("damage in entry %d: %d entries before it", broken, len(got))
		}
	}
}

// Entries decoded one after another share nothing with the bytes or each other.
func TestDecodedEntriesStandAlone(t *testing.T) {
	var d event.Decoder
	first := event.AppendEntry(nil, &event.Entry{At: 1, Rejection: &event.Rejection{Device: "W1", Payload: []byte("abc")}})
	got, err := d.Decode(first, nil)
	if err != nil {
		t.Fatal(err)
	}
	clear(first)
	if _, err := d.Decode(event.AppendEntry(nil, &event.Entry{At: 2, Rejection: &event.Rejection{Device: "W2", Payload: []byte("xyz")}}), nil); err != nil {
		t.Fatal(err)
	}
	want := &event.Rejection{Device: "W1", Payload: []byte("abc")}
	if !reflect.DeepEqual(got[0].Rejection, want) || got[0].At != 1 {
		t.Errorf("%+v changed with its bytes", got[0].Rejection)
	}
}
