package main

import (
	"context"
	"log/slog"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"correctiond/alerts"
	"correctiond/plans"
	"correctiond/roster"
	"correctiond/rules"
	"correctiond/store"
	"correctiond/store/tracks"
)

// keeper is a daemon with nothing but what its upkeep works on.
func keeper(t *testing.T, st *store.State) *daemon {
	t.Helper()
	dir := &dataDir{path: t.TempDir()}
	history, err := tracks.OpenHistory(dir.file("history.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { history.Close() })
	return &daemon{
		openState: &openState{cfg: defaultConfig(), dir: dir, state: st, history: history},
		uploads:   newUploads(files{dir.file("files"), testVault(t)}), registry: newRegistry(), log: slog.New(slog.DiscardHandler),
	}
}

// attached keeps a content on a daemon as the file of an alert, from before year 2000.
func attached(t *testing.T, d *daemon, content string) alerts.File {
	t.Helper()
	f, err := d.uploads.files.Keep(t.Context(), strings.NewReader(content))
	if err != nil {
		t.Fatal(err)
	}
	f.Name = content
	old := time.Date(1999, 1, 1, 0, 0, 0, 0, time.UTC)
	if err := os.Chtimes(d.uploads.path(f.SHA256), old, old); err != nil {
		t.Fatal(err)
	}
	return f
}

// closesOneOfTwo puts two alerts into the state of two daemons, each with its file on
// both, and closes the first. It returns the files.
func closesOneOfTwo(t *testing.T, here, there *daemon, now roster.Instant) (kept []alerts.File) {
	t.Helper()
	for i, id := range []string{"pruned", "open"} {
		attached(t, here, id)
		file := attached(t, there, id)
		kept = append(kept, file)
		a, _ := alerts.Observe(nil, rules.Episode{ID: id, Kind: "area-exit", Severity: rules.P3, Started: now, Opened: now, Ended: now + 1}, rules.ByEvent, now)
		acts := []alerts.Action{{Type: alerts.Attach, File: &file, By: "H1", At: now + 1}, {Type: alerts.Close, Outcome: alerts.Excused, By: "H1", At: now + 1}}
		for _, act := range acts[:2-i] {
			var err error
			if a, err = alerts.Act(a, rules.ByEvent, act); err != nil {
				t.Fatal(err)
			}
		}
		change := store.AlertChange{Alert: a, What: alerts.WasClosed, At: now}
		if err := here.state.Commit(t.Context(), store.Batch{District: "D1", Seq: uint64(i + 1), Alerts: []store.AlertChange{change}}); err != nil {
			t.Fatal(err)
		}
	}
	return kept
}

// The same with what has several daemons: a PostgreSQL, and connections of their own.
func TestFilesOfAnAlertThatAnotherDaemonPrunedOnPostgreSQL(t *testing.T) {
	server, path := postgresServer(t), t.TempDir()
	if err := server.Create(t.Context(), "jz", ""); err != nil {
		t.Fatal(err)
	}
	daemonOn := func() *daemon {
		st, err := store.OpenPostgres(t.Context(), server.URL("jz"), "")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { st.Close() })
		if err := vaultOf(t, path, securityConfig{Cipher: "aes-gcm"}).unlock(t.Context(), st); err != nil {
			t.Fatal(err)
		}
		return keeper(t, st)
	}
	here, there := daemonOn(), daemonOn()
	now := nowInstant()
	kept := closesOneOfTwo(t, here, there, now)
	if !there.sweepFiles(t.Context()) || len(namesIn(t, there.uploads.dir)) != 2 {
		t.Fatalf("swept too early, left %v", namesIn(t, there.uploads.dir))
	}
	here.prune(t.Context(), now+roster.Length(here.cfg.Store.Retention.Alerts)+roster.Day)
	if !there.sweepFiles(t.Context()) {
		t.Error("the sweep is not done")
	}
	for name, d := range map[string]*daemon{"the daemon that prunes": here, "the other": there} {
		if got := namesIn(t, d.uploads.dir); !slices.Equal(got, []string{kept[1].SHA256}) {
			t.Errorf("%s has %v, want %s", name, got, kept[1].SHA256)
		}
	}
}

// Two daemons have one database and a file each of the same alert. Where the alert is
// pruned its file goes at once; the other daemon removes its own within a day, and
// keeps the file of an alert that stays.
func TestFilesOfAnAlertThatAnotherDaemonPruned(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := unlocked(t, t.TempDir())
		here, there := keeper(t, st), keeper(t, st)
		defer st.Close()
		defer here.history.Close()
		defer there.history.Close()
		now := nowInstant()
		kept := closesOneOfTwo(t, here, there, now)
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- there.upkeep(ctx) }()
		wait(ctx, time.Hour)
		if got := namesIn(t, there.uploads.dir); len(got) != 2 {
			t.Fatalf("swept too early, left %v", got)
		}
		here.prune(ctx, now+roster.Length(here.cfg.Store.Retention.Alerts)+roster.Day)
		for name, d := range map[string]*daemon{"the daemon that prunes": here, "the other": there} {
			if d == there {
				wait(ctx, 24*time.Hour)
			}
			if got := namesIn(t, d.uploads.dir); !slices.Equal(got, []string{kept[1].SHA256}) {
				t.Errorf("%s has %v, want %s", name, got, kept[1].SHA256)
			}
		}
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}

// Plans go when the term, and their newest version, lie back as far as alerts are kept;
// not while somebody is under supervision, nor while a legal hold is about them.
func TestPlansArePruned(t *testing.T) {
	st := unlocked(t, t.TempDir())
	defer st.Close()
	d := keeper(t, st)
	now := morning + 4*365*roster.Day
	old, young := morning, now-roster.Day
	file := &roster.Roster{Version: 1, District: roster.District{ID: "D1"}, Offices: []roster.Office{{ID: "O1"}}}
	for id, until := range map[roster.SubjectID]string{"S-running": "2031-01-01", "S-over": "2026-03-05", "S-held": "2026-03-05", "S-young": "2026-03-05"} {
		file.Subjects = append(file.Subjects, roster.Subject{
			ID: id, Office: "O1", Kind: roster.Probation, Effective: &roster.Date{Day: "2026-01-10"},
			Term: roster.Span{From: roster.Date{Day: "2026-01-10"}, Until: &roster.Date{Day: until}},
		})
	}
	dir, err := roster.Compile(file, roster.NewCalendar(nil))
	if err != nil {
		t.Fatal(err)
	}
	d.registry.put(dir)
	d.districts = map[roster.DistrictID]*lane{"D1": {district: &district{id: "D1"}}}
	for id, at := range map[roster.SubjectID]roster.Instant{"S-running": old, "S-over": old, "S-held": old, "S-young": young, "S-gone": old} {
		if err := st.AddPlan(t.Context(), &plans.Plan{District: "D1", Subject: id, Version: 1, Made: plans.Stamp{At: at, By: "F1"}}); err != nil {
			t.Fatal(err)
		}
	}
	held, _ := alerts.Observe(nil, rules.Episode{ID: "a1", Kind: "area-exit", Severity: rules.P3, Subject: "S-held", Started: old, Opened: old}, rules.ByEvent, old)
	if held, err = alerts.Act(held, rules.ByEvent, alerts.Action{Type: alerts.Hold, Reason: "行政复议", By: "H1", At: old + 1}); err != nil {
		t.Fatal(err)
	}
	if err := st.Commit(t.Context(), store.Batch{District: "D1", Seq: 1, Alerts: []store.AlertChange{{Alert: held, What: alerts.WasOpened, At: old}}}); err != nil {
		t.Fatal(err)
	}
	left := func() (ids []string) {
		for _, id := range []roster.SubjectID{"S-gone", "S-held", "S-over", "S-running", "S-young"} {
			if list, err := st.Plans(t.Context(), "D1", id, 1); err != nil {
				t.Fatal(err)
			} else if len(list) > 0 {
				ids = append(ids, string(id))
			}
		}
		return ids
	}
	d.prune(t.Context(), morning+roster.Day)
	if got := left(); len(got) != 5 {
		t.Errorf("too early: %v", got)
	}
	d.prune(t.Context(), now)
	if got := strings.Join(left(), " "); got != "S-held S-running S-young" {
		t.Errorf("left %s", got)
	}
}
