package rules_test

import (
	"testing"

	"correctiond/roster"
)

// Windows are counted once, when their deadline has passed; those that are no
// duty are not. Silence counts beyond the interval and the tolerance, 20 minutes
// here, when it has ended.
func TestCounts(t *testing.T) {
	for name, tt := range map[string]struct {
		play             string
		answered, missed int64
		unmonitored      roster.Instant
	}{
		"before the deadline": {play: "subject S1 rollcall=three\n07:00 P1 status heartbeat\n09:59 tick"},
		"missed":              {play: "subject S1 rollcall=three\n07:00 P1 status heartbeat\n10:01 tick\n12:00 tick", missed: 1},
		"answered and missed": {
			play:     "subject S1 rollcall=three\n07:00 P1 status heartbeat\n08:00 P1 checkin ok home\n14:31 tick",
			answered: 1, missed: 1,
		},
		"in custody": {play: "subject S1 rollcall=three custody=03-02T06:00..\n07:00 P1 status heartbeat\n14:31 tick"},
		"silence": {
			play:        "subject S1 rollcall=none\n09:00 W1 status heartbeat\n09:20 W1 status heartbeat\n10:10 W1 status heartbeat",
			unmonitored: 30 * roster.Minute,
		},
		"silence goes on": {play: "subject S1 rollcall=none\n09:00 W1 status heartbeat\n11:00 tick"},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPlayer(t)
			p.play(tt.play)
			got := p.engine.Counts()
			if tt.unmonitored != 0 {
				day := p.engine.Silences(p.instant("10:11"))["O1"]
				if day.Devices != 0 || day.Today != tt.unmonitored {
					t.Errorf("today %+v", day)
				}
				day = p.engine.Silences(p.instant("10:31"))["O1"]
				if day.Devices != 1 || day.Today != tt.unmonitored+roster.Minute-roster.Second {
					t.Errorf("while it is silent again: %+v", day)
				}
				if day = p.engine.Silences(p.instant("03-03T00:10"))["O1"]; day.Devices != 1 || day.Today != 10*roster.Minute {
					t.Errorf("on the next day: %+v", day)
				}
			}
			if got.Answered != tt.answered || got.Missed != tt.missed || got.Unmonitored != tt.unmonitored {
				t.Errorf("got %+v", got)
			}
		})
	}
}
