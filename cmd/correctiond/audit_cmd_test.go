package main

import (
	"context"
	"database/sql"
	"encoding/json"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"correctiond/store"
	"correctiond/store/audit"
)

// tamper changes the state behind everybody's back.
func (b bench) tamper(statement string) {
	b.t.Helper()
	db, err := sql.Open("sqlite3", filepath.Join(b.dir, "data", "state.db"))
	if err != nil {
		b.t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec("DROP TRIGGER IF EXISTS audit_no_update; DROP TRIGGER IF EXISTS audit_no_delete; " + statement); err != nil {
		b.t.Fatal(err)
	}
}

func TestAuditVerifyNamesTheFirstBrokenRecord(t *testing.T) {
	b := newBench(t)
	b.must("roster", "import", b.file("roster.json", secretRoster))
	b.must("roster", "export")
	b.must("roster", "export")
	if out := b.must("audit", "verify"); !strings.HasPrefix(out, "whole: records 1 to 3, last hash ") {
		t.Error(out)
	}
	b.tamper("UPDATE audit SET actor = 'nobody' WHERE n = 2")
	if got := b.run("audit", "verify"); got.code != 1 || !strings.Contains(got.err, "broken at record 2") {
		t.Errorf("%+v", got)
	}
}

// The chain alone does not tell that its end is missing; a deposit does.
func TestAuditVerifyAgainstADeposit(t *testing.T) {
	b := newBench(t)
	b.must("roster", "import", b.file("roster.json", secretRoster))
	b.must("roster", "export")
	deposit := b.file("checkpoint.json", b.must("audit", "checkpoint"))
	b.must("roster", "export")
	b.must("audit", "verify", "--checkpoint", deposit)
	b.tamper("DELETE FROM audit WHERE n > 1")
	b.must("audit", "verify")
	if got := b.run("audit", "verify", "--checkpoint", deposit); got.code != 1 || !strings.Contains(got.err, "cut off before it") {
		t.Errorf("%+v", got)
	}
	for _, text := range []string{"{}", `{"n":1,"hash":"00"}`, "n"} {
		if got := b.run("audit", "verify", "--checkpoint", b.file("bad.json", text)); got.code != 2 || !strings.Contains(got.err, "no checkpoint") {
			t.Errorf("%s: %+v", text, got)
		}
	}
	if got := newBench(t).run("audit", "checkpoint"); got.code != 1 || !strings.Contains(got.err, "nothing to deposit") {
		t.Errorf("%+v", got)
	}
}

// Who has an export can verify it alone: each line holds what its hash is over.
func TestAuditExport(t *testing.T) {
	b := newBench(t)
	b.must("roster", "import", b.file("roster.json", secretRoster))
	out := b.must("audit", "export", "--from", "2020-01-01T00:00:00+08:00")
	lines := strings.Split(strings.TrimSpace(out), "\n")
	var first exportedRecord
	if err := json.Unmarshal([]byte(lines[0]), &first); err != nil || len(lines) < 1 {
		t.Fatalf("%s: %v", out, err)
	}
	if first.N != 1 || first.Action != "roster.import" || len(first.Hash) != 64 || first.Alg != "sha256" || first.Time == "" {
		t.Errorf("%+v", first)
	}
	if list := b.audit(); list[len(list)-1] != "audit.export" {
		t.Errorf("audit: %v", list)
	}
	for _, flags := range [][]string{nil, {"--from", "2020-01-02"}, {"--from", "2020-01-02T00:00:00Z", "--until", "2020-01-01T00:00:00Z"}} {
		if got := b.run(append([]string{"audit", "export"}, flags...)...); got.code != 2 {
			t.Errorf("%v: %+v", flags, got)
		}
	}
}

// The daemon verifies what is new, and tells Prometheus.
func TestAuditChainIsWatched(t *testing.T) {
	b := newBench(t)
	b.must("roster", "import", b.file("roster.json", secretRoster))
	st, err := store.OpenState(filepath.Join(b.dir, "data", "state.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	d := &daemon{openState: &openState{state: st}, log: slog.New(slog.DiscardHandler), prom: prometheus.NewRegistry()}
	w := d.watchAudit()
	value := func() float64 {
		all, err := d.prom.Gather()
		if err != nil || len(all) == 0 {
			return -1
		}
		return all[0].GetMetric()[0].GetGauge().GetValue()
	}
	if value() != -1 {
		t.Error("a value before anybody looked")
	}
	if err := w.look(t.Context()); err != nil || value() != 1 || w.at.N != 1 {
		t.Errorf("whole chain: %v at %d, %v", value(), w.at.N, err)
	}
	for range 2 {
		if err := st.AppendAudit(context.Background(), audit.Record{At: 1, Actor: "F1", Action: "x"}); err != nil {
			t.Fatal(err)
		}
	}
	b.tamper("UPDATE audit SET actor = 'F2' WHERE n = 2")
	w.found(w.look(t.Context()))
	if value() != 0 {
		t.Error("a broken chain is reported whole")
	}
	if chain := (ports{d}).AuditChain(t.Context()); chain.Broken != 2 || chain.Verified != 1 || chain.At == 0 {
		t.Errorf("the page says %+v", chain)
	}
	b.tamper("UPDATE audit SET actor = 'F1' WHERE n = 2")
	if err := w.look(t.Context()); err != nil || value() != 1 || w.at.N != 3 {
		t.Errorf("after repair: %v at %d, %v", value(), w.at.N, err)
	}
}
