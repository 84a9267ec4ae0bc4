package main

import (
	"context"
	"encoding/json"
	"iter"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	mqtt "github.com/eclipse/paho.mqtt.golang"
)

// A device without network for a week: a fix every five minutes, kept and sent in
// arrays once it is back.
const (
	weekFixes = 2016
	weekStep  = 5 * time.Minute
	arraySize = 500
	leftCity  = 900 // fixes of its outing
	backHome  = 960
)

// week writes the fixes of a device since an instant, the oldest first, and their
// ids.
func (p person) week(began time.Time) (ids, fixes []string) {
	for i := range weekFixes {
		id, lng := p.device+"-"+stamp(began.Add(time.Duration(i) * weekStep))[5:16], inTown
		if leftCity <= i && i < backHome {
			lng = outside
		}
		ids = append(ids, id)
		fixes = append(fixes, fixAt(id, stamp(began.Add(time.Duration(i)*weekStep)), 31.5, lng))
	}
	return ids, fixes
}

// arrays joins fixes to payloads as a device would.
func arrays(fixes []string) (payloads []string) {
	for part := range slices.Chunk(fixes, arraySize) {
		payloads = append(payloads, "["+strings.Join(part, ",")+"]")
	}
	return payloads
}

// interleave gives every nth fix from the first on, then from the second on, and so forth.
func interleave(fixes []string, n int) (mixed []string) {
	for first := range n {
		for i := first; i < len(fixes); i += n {
			mixed = append(mixed, fixes[i])
		}
	}
	return mixed
}

// Whatever the order in which a week comes in at once, it is stored once. The outing
// in it gives late alerts with the times at which it happened; one, if the device
// sends its week forwards or backwards.
func TestFault8WeekBacklog(t *testing.T) {
	orders := []struct {
		name      string
		arrange   func(fixes []string) []string
		duplicate int
		most      int // alerts; more than one where no array holds the outing's fixes in a row
	}{
		{"oldest first", arrays, 0, 1},
		{"newest first", func(f []string) []string { slices.Reverse(f); return arrays(f) }, 0, 1},
		{"newest array first", func(f []string) []string { a := arrays(f); slices.Reverse(a); return a }, 0, 1},
		{"interleaved", func(f []string) []string { return arrays(interleave(f, 4)) }, 0, 4},
		{"shuffled", func(f []string) []string {
			rand.New(rand.NewPCG(8, 8)).Shuffle(len(f), func(i, j int) { f[i], f[j] = f[j], f[i] })
			return arrays(f)
		}, 0, 5},
		// A repeat follows its array, as a device sends again what was not acknowledged.
		{"every array twice", func(f []string) []string {
			var twice []string
			for _, one := range arrays(f) {
				twice = append(twice, one, one)
			}
			return twice
		}, weekFixes, 1},
		// Or it knows nothing of acknowledgements and sends all its week again.
		{"all arrays, then all again", func(f []string) []string { return slices.Repeat(arrays(f), 2) }, weekFixes, 1},
	}
	var people []person
	for i := range orders {
		people = append(people, person{subject: "S000" + string(rune('1'+i)), device: "W" + string(rune('1'+i))})
	}
	w, _ := behindBroker(t, people)
	w.serve()
	monday := time.Now().Add(-weekFixes * weekStep)
	want := books{accepted: map[string][]string{}}
	for i, o := range orders {
		ids, fixes := people[i].week(monday)
		want.accepted[people[i].subject] = ids
		want.duplicate += o.duplicate
		w.floods("jz/v1/"+people[i].device+"/location", o.arrange(fixes)...)
	}
	began := time.Now()
	w.settle(want, 60*time.Second)
	t.Logf("%d fixes of %d devices settled in %v", len(people)*weekFixes, len(people), time.Since(began).Round(100*time.Millisecond))
	for i, o := range orders {
		t.Run(o.name, func(t *testing.T) { w.lateOuting(t, people[i], monday, o.most) })
	}
}

// lateOuting looks for what the alerts say about the week: the outing, as far as
// the daemon saw it, and nothing else.
func (w *world) lateOuting(t *testing.T, p person, monday time.Time, most int) {
	t.Helper()
	type outing struct {
		Started         string
		Ended           *string
		Late, Retracted bool
	}
	var page struct{ Items []outing }
	_, text := w.api.do("GET", "/api/v1/alerts?kind=area-exit&subject="+p.subject, "")
	if err := json.Unmarshal([]byte(text), &page); err != nil {
		t.Fatal(err)
	}
	found := slices.DeleteFunc(page.Items, func(o outing) bool { return o.Retracted })
	if len(found) < 1 || len(found) > most {
		t.Fatalf("%d alerts about one outing, at most %d:\n%s", len(found), most, text)
	}
	t.Logf("%d alerts about one outing", len(found))
	left, back := monday.Add(leftCity*weekStep), monday.Add(backHome*weekStep)
	for _, a := range found {
		room := time.Duration(most) * time.Duration(most) * weekStep
		if !a.Late || a.Ended == nil || !near(a.Started, left, room) || !near(*a.Ended, back, room) {
			t.Errorf("%+v; want late, from %v until %v", a, stamp(left), stamp(back))
		}
	}
}

// near tells whether an instant lies so near another.
func near(text string, want time.Time, room time.Duration) bool {
	got, err := time.Parse(time.RFC3339, text)
	return err == nil && got.Sub(want).Abs() <= room
}

// floods publishes payloads on one topic over one connection, as fast as the broker
// takes them.
func (w *world) floods(topic string, payloads ...string) {
	w.t.Helper()
	w.flood(func(yield func(topic, payload string) bool) {
		for _, p := range payloads {
			if !yield(topic, p) {
				return
			}
		}
	})
}

func (w *world) flood(messages iter.Seq2[string, string]) {
	w.t.Helper()
	w.publishAll(false, messages)
}

// publishAll waits until the broker has acknowledged everything.
func (w *world) publishAll(retained bool, messages iter.Seq2[string, string]) {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.t.Context(), time.Minute)
	defer cancel()
	c := mqtt.NewClient(mqtt.NewClientOptions().AddBroker("tcp://" + w.mqtt).SetClientID("flood").SetWriteTimeout(30 * time.Second))
	if !acknowledged(ctx, c.Connect()) {
		w.t.Fatal("the broker does not answer")
	}
	defer c.Disconnect(100)
	var waiting []mqtt.Token
	for topic, payload := range messages {
		waiting = append(waiting, c.Publish(topic, 1, retained, payload))
		if len(waiting) == 100 && !acknowledged(ctx, waiting[0]) {
			w.t.Fatal("the broker does not acknowledge")
		}
		waiting = waiting[max(0, len(waiting)-99):]
	}
	for _, token := range waiting {
		if !acknowledged(ctx, token) {
			w.t.Fatal("the broker does not acknowledge")
		}
	}
}
