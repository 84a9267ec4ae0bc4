package alerts_test

import (
	"strings"
	"testing"

	"correctiond/alerts"
	"correctiond/roster"
	"correctiond/rules"
)

const morning roster.Instant = 1_772_409_600_000 // 2026-03-02T08:00:00+08:00

func episode(kind rules.Kind, sev rules.Severity) rules.Episode {
	return rules.Episode{
		ID: "9f2c000000000001", Kind: kind, Severity: sev, District: "D1",
		Subject: "S0001", Device: "W1", Office: "O1", Officer: "F1",
		Started: morning - 10*roster.Minute, Opened: morning, Count: 1,
		History:  []rules.SeverityStep{{At: morning, Severity: sev}},
		Reason:   rules.Text{ZH: "离开市辖区 1.2 公里", EN: "left the city by 1.2 km"},
		Rules:    "v1",
		Evidence: map[string]any{"distance_m": 1200, "events": []any{"a1"}},
	}
}

// photo is a file as the store describes it.
func photo() *alerts.File {
	return &alerts.File{Name: "现场.jpg", Type: "image/jpeg", Size: 1234, SHA256: strings.Repeat("0a", 32)}
}

func ended(ep rules.Episode, at roster.Instant) rules.Episode {
	ep.Ended = at
	return ep
}

func opened(ep rules.Episode, ending rules.Ending) alerts.Alert {
	a, _ := alerts.Observe(nil, ep, ending, ep.Opened)
	return a
}

// acted applies an action that must be admissible.
func acted(t *testing.T, a alerts.Alert, ending rules.Ending, act alerts.Action) alerts.Alert {
	t.Helper()
	if act.At == 0 {
		act.At = morning + roster.Hour
	}
	next, err := alerts.Act(a, ending, act)
	if err != nil {
		t.Fatalf("%s: %v", act.Type, err)
	}
	return next
}
