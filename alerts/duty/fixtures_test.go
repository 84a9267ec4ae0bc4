package duty_test

import (
	"time"

	"correctiond/roster"
	"correctiond/rules"
)

const morning roster.Instant = 1_772_409_600_000 // 2026-03-02T08:00:00+08:00

var shanghai = time.FixedZone("CST", 8*3600)

func episode(kind rules.Kind, sev rules.Severity) *rules.Episode {
	return &rules.Episode{
		Kind: kind, Severity: sev, District: "D1", Subject: "S0001", Device: "W1", Office: "O1",
		Started: morning - 10*roster.Minute, Opened: morning,
	}
}
