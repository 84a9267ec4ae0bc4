package alerts_test

import (
	"errors"
	"testing"

	"correctiond/alerts"
	"correctiond/rules"
)

func TestHoldAndRelease(t *testing.T) {
	a, _ := alerts.Observe(nil, rules.Episode{ID: "a1", Kind: "area-exit", Severity: rules.P3, Subject: "S1", Opened: 1000, Started: 900}, rules.ByEvent, 1000)
	do := func(what alerts.ActionType, reason string) error {
		next, err := alerts.Act(a, rules.ByEvent, alerts.Action{Type: what, By: "H1", At: 2000, Reason: reason})
		a = next
		return err
	}
	for _, step := range []struct {
		what   alerts.ActionType
		reason string
		want   error
		held   bool
	}{
		{alerts.Release, "诉讼结束", alerts.ErrConflict, false},
		{alerts.Hold, " ", alerts.ErrInvalid, false},
		{alerts.Hold, "行政复议", nil, true},
		{alerts.Hold, "行政复议", alerts.ErrConflict, true},
		{alerts.Release, "", alerts.ErrInvalid, true},
		{alerts.Release, "复议结束", nil, false},
	} {
		version := a.Version
		err := do(step.what, step.reason)
		if !errors.Is(err, step.want) || (a.Held != nil) != step.held {
			t.Errorf("%s %q: %v, held %v", step.what, step.reason, err, a.Held)
		}
		if moved := a.Version != version; moved != (step.want == nil) {
			t.Errorf("%s %q: version %d became %d", step.what, step.reason, version, a.Version)
		}
	}
	if _, err := alerts.Act(a, rules.ByEvent, alerts.Action{Type: alerts.Close, By: "F1", At: 3000, Outcome: alerts.Unfounded}); err != nil {
		t.Fatal(err)
	}
	if err := do(alerts.Hold, "行政复议"); err != nil {
		t.Errorf("a closed alert is not held: %v", err)
	}
}
