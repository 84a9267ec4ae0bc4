package sim_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"correctiond/geo"
	"correctiond/roster"
	"correctiond/sim"
)

// arrival is a line and what it holds.
type arrival struct {
	sim.Line
	device, topic string
	list          []message
}

func (r run) arrivals(t *testing.T) (all []arrival) {
	t.Helper()
	for l := range r.Lines() {
		device, topic, list := open(t, l)
		all = append(all, arrival{l, device, topic, list})
	}
	return all
}

// In a city without scripts what is odd in the lines is a device's fault.
func TestFaultsOfDevices(t *testing.T) {
	t.Parallel()
	r := city(t, 267, 4, func(c *sim.Config) { c.Violations = -1 })
	lines := r.arrivals(t)
	by := messages(t, lines)
	t.Run("redelivery", func(t *testing.T) { checkRedelivery(t, lines) })
	t.Run("late messages", func(t *testing.T) { checkLate(t, lines) })
	t.Run("backlogs", func(t *testing.T) { checkBacklogs(t, lines) })
	t.Run("numbers", func(t *testing.T) { checkNumbers(t, lines) })
	t.Run("tunnels", func(t *testing.T) { checkTunnels(t, by) })
	t.Run("accuracy", func(t *testing.T) { checkAccuracy(t, r, by) })
}

// A message may come twice (QoS 1): the same bytes on the same topic, a little
// later.
func checkRedelivery(t *testing.T, lines []arrival) {
	t.Helper()
	first := map[string]sim.Line{}
	again, all := 0, 0
	for _, l := range lines {
		if len(l.list) != 1 {
			continue
		}
		key := l.device + " " + l.list[0].ID
		was, seen := first[key]
		first[key] = l.Line
		all++
		if !seen {
			continue
		}
		again++
		if was.Topic != l.Topic || !bytes.Equal(was.Payload, l.Payload) {
			t.Fatalf("%s differs from its first delivery", key)
		}
		if gap := l.Received - was.Received; gap < roster.Second || gap > 3*roster.Minute {
			t.Errorf("%s comes again after %s", key, gap.Duration())
		}
	}
	if again*1000 < all || again*100 > all {
		t.Errorf("%d of %d messages come twice, want about one in 200", again, all)
	}
}

// One message in fifty comes up to twelve minutes late, so that the messages of a
// device overtake each other. Later than that comes only what waited in a dead
// spot.
func checkLate(t *testing.T, lines []arrival) {
	t.Helper()
	var newest roster.Instant
	live, late, overtaken := 0, 0, 0
	own, disordered := map[string]roster.Instant{}, 0 // by device
	for _, l := range lines {
		delay := l.Received - l.list[0].at(t)
		switch {
		case l.Payload[0] == '[':
			continue
		case delay > 13*roster.Minute && l.topic != "status":
			t.Errorf("%s comes %s late", l.Topic, delay.Duration())
		case delay > 10*roster.Second:
			late++
		}
		live++
		if l.list[0].at(t) < newest {
			overtaken++
		}
		newest = max(newest, l.list[0].at(t))
		if l.list[0].at(t) < own[l.device] {
			disordered++
		}
		own[l.device] = max(own[l.device], l.list[0].at(t))
	}
	if late*100 < live || late*30 > live || overtaken < late || disordered*200 < live {
		t.Errorf("of %d messages %d are late, %d overtaken, %d by others of the device", live, late, overtaken, disordered)
	}
}

// What waited in a dead spot comes as arrays, in one order or the other, after
// all of it happened; most of it is older than a live message ever is.
func checkBacklogs(t *testing.T, lines []arrival) {
	t.Helper()
	var oldestFirst, newestFirst int
	for _, l := range lines {
		if len(l.list) < 2 {
			continue
		}
		if l.topic != "location" || len(l.list) > 200 {
			t.Errorf("an array of %d on %s", len(l.list), l.topic)
		}
		up := func(a, b message) int { return int(a.at(t) - b.at(t)) }
		down := func(a, b message) int { return int(b.at(t) - a.at(t)) }
		switch {
		case slices.IsSortedFunc(l.list, up):
			oldestFirst++
		case slices.IsSortedFunc(l.list, down):
			newestFirst++
		default:
			t.Error("a backlog in no order")
		}
		if oldest := min(l.list[0].at(t), l.list[len(l.list)-1].at(t)); l.Received-oldest < 5*roster.Minute {
			t.Errorf("%d messages, the oldest %s ago", len(l.list), (l.Received - oldest).Duration())
		}
	}
	if oldestFirst <= newestFirst || newestFirst == 0 {
		t.Errorf("%d backlogs oldest first, %d newest first", oldestFirst, newestFirst)
	}
}

// Nothing is lost: but for what is still waiting at the end, a wristband's
// numbers have no gap.
func checkNumbers(t *testing.T, lines []arrival) {
	t.Helper()
	numbers := map[string][]int64{}
	for _, l := range lines {
		for _, m := range l.list {
			if m.Seq != nil && strings.HasPrefix(l.device, "W") {
				numbers[l.device] = append(numbers[l.device], *m.Seq)
			}
		}
	}
	for device, list := range numbers {
		slices.Sort(list)
		list = slices.Compact(list)
		for i, n := range list[:max(0, len(list)-20)] {
			if n != list[0]+int64(i) {
				t.Errorf("%s: number %d follows %d", device, n, list[i-1])
				break
			}
		}
	}
	if len(numbers) < 25 {
		t.Errorf("only %d wristbands send", len(numbers))
	}
}

// A tunnel is "no fix", said by the device; it is no silence and no position.
func checkTunnels(t *testing.T, by map[roster.DeviceID][]sent) {
	t.Helper()
	tunnels := 0
	for device, list := range by {
		slices.SortFunc(list, func(a, b sent) int { return int(a.t - b.t) })
		for i, m := range list {
			if m.Event != "no_fix" {
				continue
			}
			tunnels++
			if m.Lat != nil {
				t.Errorf("%s: no fix, and yet a position", device)
			}
			if i+1 < len(list) && list[i+1].t-m.t > 40*roster.Minute {
				t.Errorf("%s is silent for %s after a tunnel", device, (list[i+1].t - m.t).Duration())
			}
		}
	}
	if tunnels < 10 {
		t.Errorf("only %d times without a fix", tunnels)
	}
}

// The reported accuracy is honest: of fixes at a known place, two thirds lie
// within it. At night everybody is at home.
func checkAccuracy(t *testing.T, r run, by map[roster.DeviceID][]sent) {
	t.Helper()
	dir, err := roster.Compile(r.cfg.Roster, r.cfg.Calendar)
	if err != nil {
		t.Fatal(err)
	}
	within, all := 0, 0
	for device, list := range by {
		b := dir.Device(device).BoundTo(r.cfg.From)
		if b == nil || b.Subject == nil || b.Subject.HomeRadiusM == 0 || len(b.Subject.Permits) > 0 {
			continue
		}
		for _, m := range list {
			hour := (m.t - r.cfg.Calendar.DayStart(m.t)) / roster.Hour
			if m.Lat == nil || hour < 2 || hour > 4 {
				continue
			}
			all++
			if geo.Distance(m.point(), b.Subject.Home) <= m.Accuracy {
				within++
			}
		}
	}
	if share := float64(within) / float64(all); all < 1000 || share < 0.63 || share > 0.73 {
		t.Errorf("%d of %d fixes lie within their accuracy, want 68 %%", within, all)
	}
}
