package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// compared replays an example under other rules, with a report.
func compared(t *testing.T, name, thresholds string, flags ...string) (got outcome, page string) {
	t.Helper()
	x := example{"testdata/examples/" + name, t}
	other, report := filepath.Join(t.TempDir(), "other.yaml"), filepath.Join(t.TempDir(), "report.html")
	if err := os.WriteFile(other, []byte(thresholds), 0o600); err != nil {
		t.Fatal(err)
	}
	got = x.replay(append([]string{"--events", x.file("events.ndjson"), "--compare", other, "--report", report}, flags...)...)
	data, err := os.ReadFile(report)
	if err != nil && got.code == 0 {
		t.Fatal(err)
	}
	return got, string(data)
}

// Under thresholds that nothing reaches every outing vanishes.
func TestReplayCompare(t *testing.T) {
	got, page := compared(t, "02-area-exit", "area_exit: {fixes: 900, dwell: 900h}\n")
	if got.code != 0 || !strings.Contains(got.out, "消失") || !strings.Contains(got.out, "other.yaml") || !strings.Contains(page, "规则对比报告") {
		t.Errorf("exit %d %s\n%s", got.code, got.err, got.out)
	}
	got, page = compared(t, "02-area-exit", "{}\n", "--language", "en")
	if got.code != 0 || !strings.Contains(got.out, "changes: 0") || !strings.Contains(page, "Both rule sets give the same") {
		t.Errorf("exit %d %s\n%s", got.code, got.err, got.out)
	}
}

// Acts on alerts that the other rules do not raise are no error, and the episodes
// that --out gets are those of the rules as they are.
func TestReplayCompareKeepsBase(t *testing.T) {
	for _, dir := range examples(t) {
		x := example{dir, t}
		alone := x.replay("--events", x.file("events.ndjson"))
		out := filepath.Join(t.TempDir(), "out.ndjson")
		got, _ := compared(t, filepath.Base(dir), "area_exit: {fixes: 900, dwell: 900h}\nforbidden_zone: {fixes: 90, single_accuracy_m: 0}\n", "--out", out)
		data, err := os.ReadFile(out)
		if err != nil || got.code != 0 || string(data) != alone.out {
			t.Errorf("%s: exit %d, %v %s\n%s\nalone\n%s", dir, got.code, err, got.err, data, alone.out)
		}
	}
}

func TestReplayReportAlone(t *testing.T) {
	x, report := example{"testdata/examples/04-closing", t}, filepath.Join(t.TempDir(), "report.html")
	got := x.replay("--events", x.file("events.ndjson"), "--report", report)
	page, err := os.ReadFile(report)
	if got.code != 0 || err != nil || !strings.Contains(string(page), "规则回测报告") || !strings.Contains(got.out, `"kind"`) {
		t.Errorf("exit %d %s %v", got.code, got.err, err)
	}
}

func TestReplayStoreUsage(t *testing.T) {
	for line, want := range map[string]string{
		"--events x --from-store":                                               "takes either",
		"--roster r --events x --from 2026-03-02T08:00:00+08:00":                "go with --from-store",
		"--from-store --from yesterday":                                         "--from",
		"--from-store --from 2026-03-02T08:00:00Z --until 2026-03-01T08:00:00Z": "--until must not be before",
		"--from-store --until never":                                            "--until",
	} {
		got := cli("", strings.Fields("replay --data "+shortDir(t)+" "+line)...)
		if got.code != 2 || !strings.Contains(got.err, want) {
			t.Errorf("%s: exit %d %s", line, got.code, got.err)
		}
	}
	if got := cli("", "replay", "--from-store", "--data", shortDir(t)); got.code != 2 || !strings.Contains(got.err, "there is no roster yet") {
		t.Errorf("an empty directory: exit %d %s", got.code, got.err)
	}
}
