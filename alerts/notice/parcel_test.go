package notice_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"correctiond/alerts/notice"
	"correctiond/roster"
)

// waits writes down what waits for somebody: "ID ALERT WHY DUE [grouped] [begun=…]".
func waits(lines ...string) []notice.Sending {
	var list []notice.Sending
	for _, line := range lines {
		var s notice.Sending
		words := strings.Fields(line)
		fmt.Sscan(strings.Join(words[:4], " "), &s.ID, &s.Alert, &s.Why, &s.Due)
		for _, w := range words[4:] {
			s.Grouped = s.Grouped || w == "grouped"
			fmt.Sscanf(w, "begun=%d", &s.Begun)
		}
		s.Step, s.Channel, s.Message = int(s.ID), "app", notice.Message{Alert: s.Alert, Why: s.Why}
		list = append(list, s)
	}
	return list
}

func TestWhatTravelsTogether(t *testing.T) {
	for name, c := range map[string]struct {
		waiting []notice.Sending
		held    bool
		want    string
	}{
		"nothing is due":                {waits("1 a opened 11"), false, ""},
		"one by one":                    {waits("2 a opened 10", "1 b opened 5"), false, "2"},
		"grouped with grouped":          {waits("1 a opened 5 grouped", "2 b opened 5", "3 c opened 10 grouped", "4 d opened 11 grouped"), false, "1 3"},
		"in the order of writing":       {waits("3 a opened 5 grouped", "1 b opened 5 grouped"), false, "1 3"},
		"after too many, all":           {waits("1 a opened 5", "2 b ended 10", "3 c opened 11"), true, "1 2"},
		"a newer request answers both":  {waits("1 a opened 5", "2 a repeated 10", "3 a ended 10"), false, "1 2"},
		"also one that waits for later": {waits("2 a repeated 10", "1 a opened 400"), false, "1 2"},
		"an end rides with nobody":      {waits("1 a ended 5", "2 a opened 400"), false, "1"},
		"an unknown end, as it was":     {waits("1 a opened 5 begun=3", "2 b opened 9", "3 c ended 99 begun=3", "4 d opened 5 begun=4"), true, "1 3"},
		"what may have arrived stays apart": {
			waits("1 a opened 5", "2 a repeated 99 begun=3", "3 b opened 5 begun=3"), true, "1",
		},
	} {
		var got []string
		for _, s := range notice.Together(c.waiting, 10, c.held) {
			got = append(got, fmt.Sprint(s.ID))
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%s: got %v, want %s", name, got, c.want)
		}
	}
}

func TestALetterSaysEachThingOnce(t *testing.T) {
	p := notice.Parcel{Channel: "app", Officer: "F1", Notices: waits("1 a opened 1", "2 b opened 1", "3 a ended 1", "4 a repeated 1")}
	l := p.Letter()
	var got []string
	for _, m := range l.Messages {
		got = append(got, m.Alert+" "+string(m.Why))
	}
	if want := []string{"b opened", "a ended", "a repeated"}; !slices.Equal(got, want) || l.Officer != "F1" {
		t.Errorf("got %v, want %v", got, want)
	}
	if !strings.HasPrefix(l.Key, "b/2/app/+") {
		t.Errorf("key %q", l.Key)
	}
	p.Notices = p.Notices[:1]
	if key := p.Letter().Key; key != "a/1/app/" {
		t.Errorf("key of one: %q", key)
	}
}

// Two letters have the same key exactly if they say the same.
func TestKeysTellLettersApart(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		said := map[string]string{}
		for range 20 {
			var p notice.Parcel
			for id := range 6 {
				if rapid.Bool().Draw(t, "in") {
					p.Notices = append(p.Notices, waits(fmt.Sprintf("%d a%d opened 1", id, id%4))...)
				}
			}
			l := p.Letter()
			if before, ok := said[l.Key]; ok && before != fmt.Sprint(l.Messages) {
				t.Fatalf("key %q says %s and %s", l.Key, before, fmt.Sprint(l.Messages))
			}
			said[l.Key] = fmt.Sprint(l.Messages)
		}
	})
}

// Letter by letter everything that is due arrives, none larger than the bound.
func TestEverythingTravels(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var waiting []notice.Sending
		for id := range rapid.IntRange(1, 120).Draw(t, "n") {
			s := notice.Sending{ID: int64(id)}
			s.Alert, s.Why = fmt.Sprint("a", rapid.IntRange(0, 150).Draw(t, "alert")), notice.ToOpen
			s.Due, s.Grouped = roster.Instant(rapid.IntRange(0, 10).Draw(t, "due")), rapid.Bool().Draw(t, "grouped")
			waiting = append(waiting, s)
		}
		held := rapid.Bool().Draw(t, "held")
		for len(waiting) > 0 {
			p := notice.Parcel{Notices: notice.Together(waiting, 10, held)}
			if n := len(p.Letter().Messages); n == 0 || n > notice.MostMessages {
				t.Fatalf("%d messages", n)
			}
			for _, s := range p.Notices {
				waiting = slices.DeleteFunc(waiting, func(w notice.Sending) bool { return w.ID == s.ID })
			}
		}
	})
}
