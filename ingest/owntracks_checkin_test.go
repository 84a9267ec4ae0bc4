package ingest_test

import (
	"bytes"
	"context"
	"math"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"correctiond/event"
	"correctiond/ingest"
	"correctiond/roster"
)

// buttonCounts is the policy of D1 that a report by hand is a check-in.
func buttonCounts(d roster.DistrictID) roster.Policy {
	return roster.Policy{OwnTracksCheckins: d == "D1"}
}

// kindOfEntry says what became of a message: its reason, or its kind with what a
// check-in rests on.
func kindOfEntry(e *event.Entry) string {
	switch {
	case e.Rejection != nil:
		return string(e.Rejection.Reason)
	case e.Event.Kind == event.Checkin:
		return "checkin by " + e.Event.Check.Verify
	}
	return kindName(e.Event)
}

// A report by hand (t: u) of a phone is a check-in in a district with the policy, and
// only that.
func TestReportsByHand(t *testing.T) {
	const evening, button = `"tst":1772366400`, `"t":"u"`
	none := `"created_at"`
	tests := []struct{ name, topic, payload, off, on string }{
		{"button", phoneTopic, report(button), "location", "checkin by device"},
		{"button outside the windows", phoneTopic, report(button, evening, none), "no_basis", "checkin by device"},
		{"ping", phoneTopic, report(`"t":"p"`), "heartbeat", "heartbeat"},
		{"region", phoneTopic, report(`"t":"c"`), "location", "location"},
		{"region outside the windows", phoneTopic, report(`"t":"c"`, evening), "no_basis", "no_basis"},
		{"timer", phoneTopic, report(`"t":"t"`), "location", "location"},
		{"move", phoneTopic, report(`"t":"v"`), "location", "location"},
		{"asked from afar", phoneTopic, report(`"t":"r"`), "location", "location"},
		{"no trigger", phoneTopic, report(), "location", "location"},
		{"no trigger outside the windows", phoneTopic, report(evening), "no_basis", "no_basis"},
		{"capital", phoneTopic, report(`"t":"U"`), "location", "location"},
		{"trigger as a number", phoneTopic, report(`"t":117`), "location", "location"},
		{"transition", phoneTopic + "/event", report(`"_type":"transition"`, button), "location", "location"},
		{"wristband", "owntracks/band/1", report(button), "location", "location"},
		{"wristband without authority", "owntracks/band/2", report(button), "no_basis", "no_basis"},
		{"kiosk", "owntracks/kiosk/1", report(button), "unbound", "unbound"},
		{"nobody holds it", "owntracks/S9/phone", report(button), "unknown_device", "unknown_device"},
		{"unbound phone", "owntracks/free/phone", report(button), "unbound", "unbound"},
		{"after the term", "owntracks/S2/phone", report(button), "out_of_term", "out_of_term"},
		{"within the term, sent later", "owntracks/S2/phone", report(button, `"tst":1771574400`, none), "no_basis", "checkin by device"},
		{"released person", "owntracks/S3/phone", report(button), "released_person", "released_person"},
		{"clock ahead", phoneTopic, report(button, `"tst":1772409906`), "future", "future"},
		{"a month old", phoneTopic, report(button, `"tst":1769817604`), "stale", "stale"},
		{"worthless fix", phoneTopic, report(button, `"acc":0`), "range", "range"},
		{"no latitude", phoneTopic, report(button, `"lat"`), "bad_field", "bad_field"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for _, policy := range []struct {
				of   func(roster.DistrictID) roster.Policy
				want string
			}{{nil, tt.off}, {func(roster.DistrictID) roster.Policy { return roster.Policy{} }, tt.off}, {buttonCounts, tt.on}} {
				g := newGateway(t)
				g.Policy = policy.of
				entries, _ := g.take(tt.topic, tt.payload)
				if len(entries) != 1 || kindOfEntry(&entries[0]) != policy.want {
					t.Errorf("%d entries, %+v, want %s", len(entries), entries[0], policy.want)
				}
			}
		})
	}
}

// The verdict says what was verified and no more; everything else is the location's.
func TestTheVerdictOnAReportByHand(t *testing.T) {
	plain, with := newGateway(t), newGateway(t)
	with.Policy = buttonCounts
	was, _ := plain.take(phoneTopic, report(`"t":"u"`, `"batt":60`, `"created_at":1772409600`))
	is, _ := with.take(phoneTopic, report(`"t":"u"`, `"batt":60`, `"created_at":1772409600`))
	e := is[0].Event
	if e.Check == nil || !math.IsNaN(float64(e.Check.Score)) || !e.Counting() || !e.Check.DeviceOnly() {
		t.Fatalf("%+v", e.Check)
	}
	verdict := *e.Check
	verdict.Score = 0
	if want := (event.Check{Method: "app", Verify: "device", Passed: true}); verdict != want {
		t.Errorf("verdict %+v, want %+v", verdict, want)
	}
	e.Kind, e.Check = event.Location, nil
	if got, want := event.AppendEntry(nil, &is[0]), event.AppendEntry(nil, &was[0]); !bytes.Equal(got, want) {
		t.Errorf("more than its kind differs from the location:\n%+v\n%+v", e, was[0].Event)
	}
}

// A check-in happens when the button is pressed. The app may send a position that it
// found before; one that is too old says nothing about where the person checks in.
func TestTheTimeOfAReportByHand(t *testing.T) {
	for _, tt := range []struct {
		name, fix string
		want      string
		located   bool
	}{
		{"a fresh position", `"created_at":1772409603`, "08:00:03", true},
		{"one of five minutes ago", `"tst":1772409301`, "08:00:01", true},
		{"an older one", `"tst":1772409300`, "08:00:01", false},
		{"one of hours ago", `"tst":1772366400`, "08:00:01", false},
		{"an app that does not say", `"created_at"`, "08:00:00", true},
		{"written before it was found", `"created_at":1772409000`, "08:00:00", true},
		{"written in five minutes", `"created_at":1772409905`, "08:05:05", false},
		{"written later", `"created_at":1772409906`, "08:00:00", true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			g := newGateway(t)
			g.Policy = buttonCounts
			entries, _ := g.take(phoneTopic, report(`"t":"u"`, tt.fix))
			e := entries[0].Event
			if e == nil || e.Kind != event.Checkin {
				t.Fatalf("%+v", entries[0])
			}
			if got := e.Time.Time(shanghai()).Format("15:04:05"); got != tt.want || (e.Position != nil) != tt.located {
				t.Errorf("at %s with %+v, want %s with position %v", got, e.Position, tt.want, tt.located)
			}
		})
	}
}

// What was accepted under one policy is a duplicate under the other.
func TestAReportByHandIsAcceptedOnce(t *testing.T) {
	g := newGateway(t)
	if _, got := g.take(phoneTopic, report(`"t":"u"`)); !slices.Equal(got, []ingest.Result{ingest.Accepted}) {
		t.Fatal(got)
	}
	g.Policy = buttonCounts
	if _, got := g.take(phoneTopic, report(`"t":"u"`)); !slices.Equal(got, []ingest.Result{ingest.Duplicate}) {
		t.Error(got)
	}
}

// What the law forbids to know goes, also where the button counts.
func TestReportsByHandLeaveNoCoordinates(t *testing.T) {
	for _, topic := range []string{"owntracks/S3/phone", "owntracks/S2/phone", "owntracks/S9/phone", "owntracks/free/phone"} {
		g := newGateway(t)
		g.Policy = buttonCounts
		entries, _ := g.take(topic, report(`"t":"u"`))
		if entries[0].Rejection == nil {
			t.Errorf("%s: %+v", topic, entries[0].Event)
		}
		writtenWithoutPlace(t, &entries[0])
	}
}

// Only acceptance says "device": whoever claims it says nothing.
func TestNoDeviceClaimsTheVerdictOfAReportByHand(t *testing.T) {
	a := acceptor(t)
	a.Policy = buttonCounts
	for _, kind := range []string{"device", "officer", ""} {
		entry, _ := accept(a, message("P1/checkin", checkin(`"verify":{"kind":"`+kind+`","passed":true}`)))
		if r := entry.Rejection; r == nil || r.Reason != event.BadField || !strings.Contains(r.Detail, "kind") {
			t.Errorf("%q: %+v", kind, entry)
		}
	}
}

// written keeps whole entries, as a journal does.
type written struct {
	mu    sync.Mutex
	bytes []byte
}

func (w *written) Append(_ context.Context, _ roster.DistrictID, entries []event.Entry) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	for i := range entries {
		w.bytes = event.AppendEntry(w.bytes, &entries[i])
	}
	return nil
}

func (w *written) entries(t *testing.T) []event.Entry {
	w.mu.Lock()
	defer w.mu.Unlock()
	list, err := event.DecodeEntries(w.bytes)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// From a real broker into the journal and out of it.
func TestReportsByHandArrive(t *testing.T) {
	b, sink := startBroker(t), &written{}
	d := start(t, b, sink, func(c *ingest.Config) {
		c.Find, c.Adapters, c.Policy = find(foreigners(t)), adapters(t, "owntracks"), buttonCounts
	})
	d.ready(t)
	phone := b.device(t)
	for _, payload := range []string{report(`"t":"u"`), report(`"t":"u"`), report(`"t":"t"`), report(`"t":"u"`, `"tst":1772366400`, `"created_at":1772366402`)} {
		if token := phone.Publish(phoneTopic, 1, false, payload); !token.WaitTimeout(5*time.Second) || token.Error() != nil {
			t.Fatalf("publish: %v", token.Error())
		}
	}
	want := []string{"checkin by device S1 08:00", "location S1 08:00", "checkin by device S1 20:00"}
	eventually(t, "all are stored", func() bool { return len(sink.entries(t)) >= len(want) })
	var got []string
	for _, e := range sink.entries(t) {
		got = append(got, kindOfEntry(&e)+" "+string(e.Event.Subject)+" "+e.Event.Time.Time(shanghai()).Format("15:04"))
	}
	if !slices.Equal(got, want) {
		t.Errorf("stored %v, want %v", got, want)
	}
	if err := d.stop(); err != nil {
		t.Fatal(err)
	}
	if n := d.sum(t, "correctiond_ingest_duplicate_total"); n != 1 {
		t.Errorf("%v duplicates", n)
	}
}
