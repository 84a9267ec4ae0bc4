package main

import (
	"strings"
	"testing"
	"time"
)

// A device whose clock is wrong is refused and does no harm: its next good fix is
// judged as if nothing had been. Clock steps of the daemon itself and the ends of
// months are matters of the engine and are tested there.
func TestFault7DeviceClockWrong(t *testing.T) {
	tool(t, "mosquitto_pub")
	p := person{subject: "S0001", device: "W1"}
	w, _ := behindBroker(t, []person{p})
	w.serve()
	const day, year = 24 * time.Hour, 365 * 24 * time.Hour
	w.mosquittoPub("W1", "location",
		fix("good1", -8*time.Minute, inTown),
		fix("hour-ahead", time.Hour, outside), fix("year-ahead", year, outside), fix("decades-ahead", 70*year, outside),
		fix("month-behind", -31*day, outside), fix("years-behind", -10*year, outside),
		fixAt("epoch", "1970-01-01T00:00:00Z", 31.5, outside), fixAt("zero", "0001-01-01T00:00:00Z", 31.5, outside),
		fix("tolerated", 4*time.Minute, inTown), // its clock is ahead, but not by more than allowed
		fix("day-behind", -day, inTown),
		fix("good2", -6*time.Minute, outside), fix("good3", -4*time.Minute, outside), fix("good4", -2*time.Minute, outside))
	w.mosquittoPub("W1", "status",
		status("s-ahead", "strap_open", at(2*time.Hour)), status("s-behind", "strap_open", at(-60*day)))
	w.api.wantAlert("area-exit", "S0001", func(a *alertDoc) bool {
		began, err := time.Parse(time.RFC3339, a.Started)
		return err == nil && time.Since(began) < 10*time.Minute
	})
	if n := w.straps(p); n != 0 {
		t.Errorf("%d straps opened in the future or the past", n)
	}
	w.settle(books{
		accepted: map[string][]string{"S0001": strings.Fields("good1 tolerated day-behind good2 good3 good4")},
		rejected: map[string]int{"future": 4, "stale": 5},
	}, 15*time.Second)
}
