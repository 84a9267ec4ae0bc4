package rules_test

import (
	"fmt"
	"strings"
	"testing"

	"correctiond/rules"
)

// A wearer is asked to go outside by the first message ten minutes after the last
// fix: once for each loss, and never about what is long past.
func TestNotices(t *testing.T) {
	for _, c := range []struct{ name, fixture, want string }{
		{"ten minutes", "08:00 W1 fix home\n08:09:59 W1 status heartbeat\n08:10 W1 status no_fix", "W1@08:10:01"},
		{"once", "08:00 W1 fix home\n08:10..08:40/5m W1 status no_fix", "W1@08:10:01"},
		{"for each loss", "08:00 W1 fix home\n08:15 W1 fix home a=300\n08:20 W1 fix home\n08:31 W1 status heartbeat", "W1@08:15:01 W1@08:31:01"},
		{"a fix is none", "08:00..09:00/30m W1 fix home", ""},
		{"a last will is no message", "08:00 W1 fix home\n08:15 W1 status offline", ""},
		{"what is past", "08:00 W1 fix home\n08:15 W1 status heartbeat recv=08:31", ""},
		{"a phone", "08:00 P1 fix home\n08:15 P1 status heartbeat", ""},
		{"in custody", "subject S1 custody=03-02..03-03\n08:00 W1 fix home\n08:15 W1 status heartbeat", ""},
		{"without authority", "08:00 W2 fix home\n08:15 W2 status heartbeat", ""},
		{"never a fix", "08:00 tick\n08:05..08:15/5m W1 status heartbeat", "W1@08:10:01"},
	} {
		for _, how := range []string{"plain", "twice", "restart"} {
			if got := noticed(t, c.fixture, how); got != c.want {
				t.Errorf("%s, %s: %q, want %q", c.name, how, got, c.want)
			}
		}
	}
}

// noticed plays a fixture and writes the notices as "W1@08:10:01".
func noticed(t *testing.T, fixture, how string) string {
	t.Helper()
	var got []string
	p := newPlayer(t)
	p.twice = how == "twice"
	p.after = func(e *rules.Engine) *rules.Engine {
		for _, n := range e.Notices() {
			got = append(got, fmt.Sprintf("%s@%s", n.Device, p.show(n.At)))
			if n.ID == "" || n.Text.ZH == "" || n.Text.EN == "" {
				t.Errorf("incomplete: %+v", n)
			}
		}
		if how == "restart" {
			return restored(t, e)
		}
		return e
	}
	p.play(fixture)
	return strings.Join(got, " ")
}

// Notices that nobody fetches do not pile up.
func TestNoticesAreDropped(t *testing.T) {
	p := newPlayer(t)
	p.play("08:00 W1 fix home\n08:10 W1 status no_fix\n08:15:01 tick")
	if got := p.engine.Notices(); len(got) != 1 || p.engine.Notices() != nil {
		t.Errorf("%+v", got)
	}
	p = newPlayer(t)
	p.play("08:00 W1 fix home\n08:10 W1 status no_fix\n08:15:02 tick")
	if got := p.engine.Notices(); len(got) > 0 {
		t.Errorf("%+v", got)
	}
}
