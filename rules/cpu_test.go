package rules_test

import (
	"syscall"
	"testing"
	"time"
)

// cpuTime is the processor time that this process has used. On a machine that
// others use, too, it says more than the time of a clock; the garbage collector's
// share is in it.
func cpuTime(tb testing.TB) time.Duration {
	tb.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		tb.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// stopwatch adds up processor time while it runs.
type stopwatch struct {
	tb    testing.TB
	begun time.Duration
	total time.Duration
}

func (w *stopwatch) start() { w.begun = cpuTime(w.tb) }

func (w *stopwatch) stop() { w.total += cpuTime(w.tb) - w.begun }
