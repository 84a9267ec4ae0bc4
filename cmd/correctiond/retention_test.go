package main

import (
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"correctiond/alerts"
	"correctiond/roster"
	"correctiond/rules"
	"correctiond/store"
	"correctiond/store/tracks"
)

// Years later nothing is left but what a hold keeps; a file goes with the last
// alert that holds it.
func TestRetentionByTheClock(t *testing.T) {
	path := t.TempDir()
	dir := &dataDir{path: path}
	st := unlocked(t, path)
	defer st.Close()
	history, err := tracks.OpenHistory(dir.file("history.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer history.Close()
	v := vaultOf(t, path, securityConfig{Cipher: "aes-gcm"})
	store1 := files{dir.file("files"), v}
	now := nowInstant()
	var kept []alerts.File
	for i, id := range []string{"a1", "a2", "a3"} {
		file, err := store1.Keep(t.Context(), strings.NewReader(id))
		if err != nil {
			t.Fatal(err)
		}
		file.Name = "x"
		kept = append(kept, file)
		a, _ := alerts.Observe(nil, rules.Episode{ID: id, Kind: "area-exit", Severity: rules.P3, Subject: "S1", Started: now - 2, Opened: now - 2, Ended: now - 1}, rules.ByEvent, now)
		actions := []alerts.Action{{Type: alerts.Attach, File: &file}, {Type: alerts.Close, Outcome: alerts.Excused}}
		if id == "a2" {
			actions = append(actions, alerts.Action{Type: alerts.Hold, Reason: "行政复议"})
		}
		for _, action := range actions {
			action.By, action.At = "H1", now
			if a, err = alerts.Act(a, rules.ByEvent, action); err != nil {
				t.Fatal(err)
			}
		}
		change := store.AlertChange{Alert: a, What: alerts.WasClosed, At: now}
		if err := st.Commit(t.Context(), store.Batch{District: "D1", Seq: uint64(i + 1), Alerts: []store.AlertChange{change}}); err != nil {
			t.Fatal(err)
		}
	}
	d := &daemon{openState: &openState{cfg: defaultConfig(), dir: dir, state: st, history: history}, log: slog.New(slog.DiscardHandler)}
	there := func(i int) bool {
		_, err := os.Stat(store1.path(kept[i].SHA256))
		return err == nil
	}
	d.prune(t.Context(), now+roster.Length(d.cfg.Store.Retention.Alerts)-roster.Day)
	if !there(0) || !there(1) || !there(2) {
		t.Error("a file went too early")
	}
	d.prune(t.Context(), now+roster.Length(d.cfg.Store.Retention.Alerts)+roster.Day)
	if there(0) || !there(1) || !there(2) {
		t.Errorf("files left: %v %v %v", there(0), there(1), there(2))
	}
	if _, err := st.Alert(t.Context(), "a1"); err == nil {
		t.Error("the alert is still there")
	}
	if err := removeOld(filepath.Join(path, "none"), now); err != nil {
		t.Error(err)
	}
}

func TestAuditIsKeptForHalfAYearAtLeast(t *testing.T) {
	cfg := defaultConfig()
	if cfg.Store.Retention.Audit = 1000 * time.Hour; cfg.validate() == nil {
		t.Error("1000 hours are accepted")
	}
	if cfg.Store.Retention.Audit = leastAudit; cfg.validate() != nil {
		t.Error(cfg.validate())
	}
}
