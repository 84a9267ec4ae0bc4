package rules_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"correctiond/roster"
	"correctiond/rules"
)

// TestRollCallBoard looks at the same day at several times. S2 is in custody
// until 15:00 and owes the evening only; S3 has no roll-call.
func TestRollCallBoard(t *testing.T) {
	const people = `
subject S1 rollcall=three
subject S2 rollcall=three custody=03-01T10:00..03-02T15:00
08:00 P1 checkin ok home
`
	cases := []struct{ at, more, want string }{
		{"07:00", "", "S1 07:30 ahead, S1 12:00 ahead, S1 19:00 ahead, S2 19:00 ahead"},
		{"07:30", "", "S1 07:30 open, S1 12:00 ahead, S1 19:00 ahead, S2 19:00 ahead"},
		{"08:30", "", "S1 07:30 answered 08:00, S1 12:00 ahead, S1 19:00 ahead, S2 19:00 ahead"},
		{"14:00", "", "S1 07:30 answered 08:00, S1 12:00 grace, S1 19:00 ahead, S2 19:00 ahead"},
		{"14:30", "", "S1 07:30 answered 08:00, S1 12:00 grace, S1 19:00 ahead, S2 19:00 ahead"},
		{"14:31", "", "S1 07:30 answered 08:00, S1 12:00 missed, S1 19:00 ahead, S2 19:00 ahead"},
		{
			"20:00", "13:00 P1 checkin ok home recv=18:00\n19:30 P2 checkin fail home\n",
			"S1 07:30 answered 08:00, S1 12:00 answered 13:00, S1 19:00 open, S2 19:00 open",
		},
	}
	for _, c := range cases {
		t.Run(c.at, func(t *testing.T) {
			p := newPlayer(t)
			lines := strings.Split(people+c.more, "\n")
			lines = slices.DeleteFunc(lines, func(l string) bool { return l != "" && l[0] < '3' && l[:5] > c.at })
			p.play("00:00 tick\n" + strings.Join(lines, "\n") + "\nuntil " + c.at)
			day, now := p.instant("00:00"), p.instant(c.at)
			if got := board(p, rollCall(p, day, day+roster.Day, now)); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
			sum := rules.Attendance{}
			for _, turn := range rollCall(p, day, day+roster.Day, now) {
				sum.Add(turn.Stands)
			}
			if want := (rules.Attendance{Due: 4, Answered: strings.Count(c.want, "answered"), Missed: strings.Count(c.want, "missed")}); sum != want {
				t.Errorf("counted %+v, want %+v", sum, want)
			}
			if got := p.engine.RollCallOf([]roster.SubjectID{"S2", "nobody"}, day, day+roster.Day, now); len(got) != 1 || got[0].Subject != "S2" {
				t.Errorf("of S2: %v", got)
			}
			if got := rollCall(p, day+roster.Day, day+2*roster.Day, now); len(got) != 6 {
				t.Errorf("tomorrow has %d duties, want 6", len(got))
			}
		})
	}
}

// TestRollCallSaysWhatAnswered: a window counts as answered by the device alone only
// while no check-in that verified somebody answered it, in whatever order they come.
func TestRollCallSaysWhatAnswered(t *testing.T) {
	for _, c := range []struct{ name, lines, want string }{
		{"the button", "08:00 P1 checkin button home", "answered 08:00 by device"},
		{"twice", "08:00 P1 checkin button home\n08:10 P1 checkin button home", "answered 08:00 by device"},
		{"a face", "08:00 P1 checkin ok home", "answered 08:00"},
		{"a face after it", "08:00 P1 checkin button home\n08:10 P1 checkin ok home", "answered 08:00"},
		{"a face before it", "08:00 P1 checkin ok home\n08:10 P1 checkin button home", "answered 08:00"},
		{"a face that comes late", "08:10 P1 checkin ok home recv=09:00\n08:20 P1 checkin button home", "answered 08:10"},
		{"a face that failed", "08:00 P1 checkin button home\n08:10 P1 checkin fail home", "answered 08:00 by device"},
		{"a face in another window", "08:00 P1 checkin button home\n10:00 P1 checkin ok home", "answered 08:00 by device"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := newPlayer(t)
			p.after = func(e *rules.Engine) *rules.Engine { return restored(t, e) }
			p.play("subject S1 rollcall=morning\n00:00 tick\n" + c.lines + "\nuntil 11:00")
			day := p.instant("00:00")
			if got := board(p, rollCall(p, day, day+roster.Day, p.instant("11:00"))); got != "S1 07:30 "+c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

// An alert that rests on such a check-in says so.
func TestEvidenceSaysThatOnlyTheDeviceCheckedIn(t *testing.T) {
	for word, want := range map[string]any{"ok": nil, "button": "device"} {
		p := newPlayer(t)
		p.play("07:00 tick\n08:00 P1 checkin " + word + " out\nuntil 09:00")
		i := slices.IndexFunc(p.seen, func(ep rules.Episode) bool { return ep.Kind == rules.CheckinOutside })
		if i < 0 || p.seen[i].Evidence["verify"] != want {
			t.Errorf("%s: %+v, want verify %v", word, p.seen, want)
		}
	}
}

// rollCall is that of everyone, in order.
func rollCall(p *player, from, until, now roster.Instant) []rules.Turn {
	turns := p.engine.RollCallOf(p.engine.Everyone(), from, until, now)
	rules.SortTurns(turns)
	return turns
}

func board(p *player, turns []rules.Turn) string {
	words := []string{"ahead", "open", "grace", "answered", "missed"}
	loc := p.cal.Location()
	var out []string
	for _, turn := range turns {
		line := fmt.Sprintf("%s %s %s", turn.Subject, turn.From.Time(loc).Format("15:04"), words[turn.Stands])
		if turn.At != 0 {
			line += " " + turn.At.Time(loc).Format("15:04")
		}
		if turn.DeviceOnly {
			line += " by device"
		}
		out = append(out, line)
	}
	slices.Sort(out)
	return strings.Join(out, ", ")
}
