package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const simulatedDay = "--from 2026-03-02T00:00:00+08:00 --until 2026-03-02T12:00:00+08:00"

// simulation is what one run of simulate wrote.
type simulation struct{ events, roster, truth string }

func simulated(t *testing.T, flags string) simulation {
	t.Helper()
	dir := t.TempDir()
	line := "simulate --subjects 120 " + simulatedDay + " --roster-out " + dir + "/people.yaml --truth " + dir + "/truth --out " + dir + "/events "
	if got := cli("", strings.Fields(line+flags)...); got != (outcome{}) {
		t.Fatalf("%+v", got)
	}
	return simulation{readFile(t, dir+"/events"), readFile(t, dir+"/people.yaml"), readFile(t, dir+"/truth")}
}

func TestSimulateFollowsItsSeed(t *testing.T) {
	first := simulated(t, "--seed 5")
	if simulated(t, "--seed 5") != first {
		t.Error("the same seed gave something else")
	}
	other := simulated(t, "--seed 6")
	if other.events == first.events || other.roster == first.roster {
		t.Error("another seed gave the same")
	}
}

// The files belong together: the roster passes its checks, the events replay over
// it, and the same people can be moved again.
func TestSimulateFilesFitTogether(t *testing.T) {
	b := newBench(t)
	s := simulated(t, "")
	people, events := b.file("people.yaml", s.roster), b.file("events", s.events)
	if got := cli("", "roster", "check", people); got.code != 0 {
		t.Error(got.err)
	}
	if got := cli("", "replay", "--roster", people, "--events", events); got.code != 0 || !strings.Contains(got.err, "accepted") {
		t.Errorf("%+v", got)
	}
	truth := rowsIn(t, strings.NewReader(s.truth))
	for _, x := range truth {
		_, ended := x["ended"]
		if x["kind"] == nil || x["started"] == nil || !ended || x["subject"] == nil && x["device"] == nil {
			t.Errorf("incomplete truth %s", rowText(x))
		}
	}
	if len(truth) == 0 {
		t.Error("no truth")
	}
	again := cli("", strings.Fields("simulate --roster "+people+" "+simulatedDay+" --out -")...)
	if again.code != 0 || again.out != s.events {
		t.Errorf("the written roster gives other events: %d and %d bytes, %s", len(again.out), len(s.events), again.err)
	}
}

func TestSimulateUsage(t *testing.T) {
	dir := t.TempDir()
	out := filepath.Join(dir, "events")
	for _, tc := range []struct {
		line, want string
		code       int
	}{
		{simulatedDay, "needs either --out or --broker", 2},
		{simulatedDay + " --out " + out + " --broker mqtt://127.0.0.1:1", "needs either --out or --broker", 2},
		{"--out " + out, "--from: ", 2},
		{"--from 2026-03-02T00:00:00+08:00 --out " + out, "--until: ", 2},
		{"--from 2026-03-02T00:00:00+08:00 --until 2026-03-02T00:00:00+08:00 --out " + out, "--until must be after --from", 2},
		{simulatedDay + " --zone Mars --out " + out, "--zone: ", 2},
		{simulatedDay + " --roster " + dir + "/none --out " + out, "read roster: ", 2},
		{simulatedDay + " --subjects many --out " + out, "invalid value", 2},
		{simulatedDay + " --subjects 0 --out " + out, "--subjects", 2},
		{simulatedDay + " --speed 0 --broker mqtt://127.0.0.1:1", "--speed", 2},
		{simulatedDay + " --rate -1 --broker mqtt://127.0.0.1:1", "--rate", 2},
		{simulatedDay + " --subjects 1 --out " + dir + "/no/such", "no such file", 1},
	} {
		got := cli("", append([]string{"simulate"}, strings.Fields(tc.line)...)...)
		if got.code != tc.code || !strings.Contains(got.err, tc.want) || got.out != "" {
			t.Errorf("%s\nexit %d, want %d and %q: %s", tc.line, got.code, tc.code, tc.want, got.err)
		}
	}
	if _, err := os.Stat(out); err == nil {
		t.Error("refused, yet something was written")
	}
}
