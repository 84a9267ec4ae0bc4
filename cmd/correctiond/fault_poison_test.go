package main

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"
)

// poisonMessages is how much garbage is sent, and peakMiB what the daemon may ever
// have used of the memory meanwhile.
const (
	poisonMessages = 10_000
	peakMiB        = 400
)

// poison is one kind of garbage and the reason it is refused for.
type poison struct {
	topic, payload, reason string
}

func poisons(i int) poison {
	const own = "jz/v1/W1/"
	big := strings.Repeat("x", 64<<10)
	n := strconv.Itoa(i)
	whole := fix("p"+n, 0, inTown)
	list := []poison{
		{own + "t" + n, whole, "bad_topic"},
		{own + "location", strings.Repeat("[", 20_000), "bad_json"},
		{own + "status", strings.Repeat(`{"a":`, 5_000) + "1" + strings.Repeat("}", 5_000), "bad_field"},
		{own + "location", "\xff\xfe" + whole, "bad_json"},
		{own + "location", strings.Replace(whole, `"lat":31.5000000`, `"lat":NaN`, 1), "bad_json"},
		{own + "location", strings.Replace(whole, `"lat":31.5000000`, `"lat":1e999`, 1), "bad_field"},
		{own + "location", strings.Replace(whole, `"lat":31.5000000`, `"lat":540`, 1), "range"},
		{own + "location", strings.Replace(whole, `"accuracy_m":8`, `"accuracy_m":-1e308`, 1), "range"},
		{own + "status", `{"id":"p` + n + `","time":1` + strings.Repeat("0", 300) + `,"event":"sos"}`, "bad_field"},
		{own + "checkin", "", "bad_json"},
		{own + "location", "null", "bad_field"},
		{own + "location", strings.Replace(whole, `"datum":"wgs84"`, `"datum":"mars"`, 1), "datum"},
		{"jz/v1/W" + n + "/location", whole, "unknown_device"},
		{own + "location", "[" + strings.Repeat("0,", 500) + "0]", "too_large"},
		{"jz/v1/中文/location", whole, "bad_topic"},
	}
	if i%50 == 0 {
		return poison{own + "location", `{"id":"` + big + `"}`, "too_large"}
	}
	return list[i%len(list)]
}

// Garbage of every kind, ten thousand messages of it, is counted with its reason,
// keeps nothing good from being taken, and does not fill the memory.
func TestFault11PoisonFlood(t *testing.T) {
	p := person{subject: "S0001", device: "W1"}
	w, _ := behindBroker(t, []person{p})
	want := books{accepted: map[string][]string{}, rejected: map[string]int{}}
	retained := w.retain(100)
	d := w.serve()
	began := time.Now()
	w.flood(func(yield func(topic, payload string) bool) {
		for i := range poisonMessages {
			g := poisons(i)
			want.rejected[g.reason]++
			ok := yield(g.topic, g.payload)
			if i%100 == 99 {
				id := fmt.Sprintf("good%d", i)
				want.accepted[p.subject] = append(want.accepted[p.subject], id)
				ok = ok && yield("jz/v1/W1/location", fix(id, 0, inTown))
			}
			if !ok {
				return
			}
		}
	})
	want.rejected["bad_json"] += retained
	w.settle(want, 60*time.Second)
	eventually(t, 15*time.Second, "every dead letter is kept", func() bool {
		return int(w.metric(`correctiond_deadletters{reason="bad_json"}`)) == want.rejected["bad_json"]
	})
	if w.api.status("/readyz") != 200 {
		t.Error("/readyz does not answer 200")
	}
	peak := d.peakMiB()
	t.Logf("%d messages in %v, peak memory %d MiB", poisonMessages, time.Since(began).Round(100*time.Millisecond), peak)
	if peak > peakMiB {
		t.Errorf("the daemon used up to %d MiB, at most %d", peak, peakMiB)
	}
}

// retain leaves garbage at the broker for every later subscriber.
func (w *world) retain(n int) int {
	w.t.Helper()
	w.publishAll(true, func(yield func(topic, payload string) bool) {
		for i := range n {
			if !yield(fmt.Sprintf("jz/v1/W1/x%d", i), "{") {
				return
			}
		}
	})
	return n
}

// peakMiB reads the most memory the process ever had.
func (p *process) peakMiB() int {
	p.t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	if err != nil {
		p.t.Fatal(err)
	}
	var kib int
	_, rest, _ := strings.Cut(string(status), "VmHWM:")
	if _, err := fmt.Sscan(rest, &kib); err != nil {
		p.t.Fatal(err)
	}
	return kib >> 10
}
