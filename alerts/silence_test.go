package alerts_test

import (
	"errors"
	"strings"
	"testing"

	"correctiond/alerts"
	"correctiond/alerts/duty"
	"correctiond/roster"
	"correctiond/rules"
)

// A silence says what, why and until when, at most for a week.
func TestSilencesThatAreRefused(t *testing.T) {
	good := alerts.Silence{District: "D1", Kind: "area-exit", Reason: "drill", Made: duty.Stamp{By: "H1", At: morning}, Until: morning + 7*roster.Day}
	if err := good.Check(); err != nil {
		t.Fatal(err)
	}
	for field, spoil := range map[string]func(*alerts.Silence){
		"district":     func(s *alerts.Silence) { s.District = "" },
		"kind":         func(s *alerts.Silence) { s.Kind = "" },
		"kind is one":  func(s *alerts.Silence) { s.Kind = rules.StrapTamper },
		"kind is":      func(s *alerts.Silence) { s.Kind = rules.ContactLost },
		"reason":       func(s *alerts.Silence) { s.Reason = "  " },
		"reason is":    func(s *alerts.Silence) { s.Reason = strings.Repeat("长", 4001) },
		"made":         func(s *alerts.Silence) { s.Made.By = "" },
		"until is not": func(s *alerts.Silence) { s.Until = morning },
		"until is mor": func(s *alerts.Silence) { s.Until++ },
	} {
		bad := good
		spoil(&bad)
		var wrong *duty.FieldError
		if err := bad.Check(); !errors.As(err, &wrong) || !errors.Is(err, duty.ErrInvalid) || !strings.HasPrefix(err.Error(), field) {
			t.Errorf("%s: got %v", field, err)
		}
	}
}

// Case 33: whatever a silence names, it cannot mute a P1, a cut strap or a person
// out of contact, nor what it does not name.
func TestCase33SilencesCannotMuteWhatIsGrave(t *testing.T) {
	all := alerts.Silence{District: "D1", Office: "O1", Reason: "drill", Made: duty.Stamp{By: "H1", At: morning}, Until: morning + roster.Hour}
	other := all
	other.Subject = "S0002"
	for _, kind := range rules.Catalogue() {
		for sev := rules.P1; sev <= rules.P4; sev++ {
			a := episode(kind.Kind, sev)
			ep := &a
			grave := sev == rules.P1 || kind.Kind == rules.StrapTamper || kind.Kind == rules.ContactLost
			if got := alerts.SilencedUntil([]alerts.Silence{all}, ep, morning) != 0; got == grave {
				t.Errorf("%s %s: silenced %v", sev, kind.Kind, got)
			}
			if alerts.SilencedUntil([]alerts.Silence{other}, ep, morning) != 0 {
				t.Errorf("%s %s is silenced for somebody else", sev, kind.Kind)
			}
		}
	}
	a := episode("area-exit", rules.P2)
	ep := &a
	ended := all
	ended.Ended = &duty.Stamp{By: "H1", At: morning + roster.Minute}
	for _, c := range []struct {
		s    alerts.Silence
		at   roster.Instant
		want roster.Instant
	}{
		{all, morning - 1, 0},
		{all, morning + roster.Hour - 1, morning + roster.Hour},
		{all, morning + roster.Hour, 0},
		{ended, morning, morning + roster.Minute},
		{ended, morning + roster.Minute, 0},
	} {
		if got := alerts.SilencedUntil([]alerts.Silence{c.s}, ep, c.at); got != c.want {
			t.Errorf("at %d: until %d, want %d", c.at-morning, got-morning, c.want-morning)
		}
	}
}
