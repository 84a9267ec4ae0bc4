package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"correctiond/alerts"
	"correctiond/rules"
	"correctiond/store"
)

// A person asks, another approves, the first exports; nobody does both.
func TestEvidenceFlow(t *testing.T) {
	b := newBench(t)
	b.must("roster", "import", b.file("roster.json", secretRoster))
	now := nowInstant()
	st := unlocked(t, filepath.Join(b.dir, "data"))
	a, _ := alerts.Observe(nil, rules.Episode{
		ID: "a1", Kind: "area-exit", Severity: rules.P2, District: "D1", Office: "O1", Officer: "F1", Subject: "S0001", Started: now, Opened: now,
		Reason: rules.Text{ZH: "离开"}, Rules: "v1",
	}, rules.ByEvent, now)
	err := st.Commit(t.Context(), store.Batch{District: "D1", Seq: 1, Alerts: []store.AlertChange{{Alert: a, What: alerts.WasOpened, At: now}}})
	if err := st.Close(); err != nil {
		t.Fatal(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	token := func(name, role string, more ...string) string {
		return b.file(name, b.must(append([]string{"token", "create", "--role", role, "--name", name}, more...)...))
	}
	officer, head := token("F1", "officer", "--office", "O1"), token("H1", "office_head", "--office", "O1")
	worker := token("W1", "social_worker", "--office", "O1")
	id := strings.TrimSpace(b.must("evidence", "request", "a1", "--reason", "检察院调取", "--token-file", officer))
	zip := filepath.Join(b.dir, "a1.zip")
	for _, c := range []struct{ line, want string }{
		{"evidence a1 -o " + zip + " --token-file " + officer, "no approved request"},
		{"evidence a1", "-o: name the file"},
		{"evidence approve " + id, "not proof of a second person"},
		{"evidence approve " + id + " --token-file " + officer, "has to approve"},
		{"evidence approve 77 --token-file " + head, "not found"},
		{"evidence request a9 --reason x --token-file " + officer, "no alert"},
		{"evidence request a1 --reason x --token-file " + worker, "social worker"},
		{"evidence request a1", "--reason"},
		{"evidence request a1 --reason x --token-file " + b.file("bad", "nonsense"), "unknown, expired"},
	} {
		if got := b.run(strings.Fields(c.line)...); got.code == 0 || !strings.Contains(got.err, c.want) {
			t.Errorf("%s: %+v, want %q", c.line, got, c.want)
		}
	}
	if _, err := os.Stat(zip); err == nil {
		t.Error("a refused export leaves a file")
	}
	b.must("evidence", "approve", id, "--token-file", head)
	if got := b.run("evidence", "a1", "-o", zip, "--token-file", head); got.code == 0 {
		t.Error("who approved exports")
	}
	b.must("evidence", "a1", "-o", zip, "--token-file", officer)
	if out := cli("", "evidence", "verify", zip); out.code != 0 || !strings.Contains(out.out, "whole, alert a1") {
		t.Error(out)
	}
	list := strings.Join(b.audit(), "\n")
	for _, want := range []string{"evidence.request a1 检察院调取", "evidence.approve a1", "evidence.export a1 检察院调取"} {
		if !strings.Contains(list, want) {
			t.Errorf("the audit lacks %q:\n%s", want, list)
		}
	}
	// A head cannot approve a request of their own.
	own := strings.TrimSpace(b.must("evidence", "request", "a1", "--reason", "x", "--token-file", head))
	if got := b.run("evidence", "approve", own, "--token-file", head); got.code == 0 || !strings.Contains(got.err, "another person") {
		t.Errorf("%+v", got)
	}
}
