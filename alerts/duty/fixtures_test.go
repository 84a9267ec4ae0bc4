package duty_test

import (
	"time"

	"correctiond/roster"
)

const morning roster.Instant = 1_772_409_600_000 // 2026-03-02T08:00:00+08:00

var shanghai = time.FixedZone("CST", 8*3600)
