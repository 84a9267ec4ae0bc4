package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"correctiond/event"
	"correctiond/roster"
	"correctiond/sim"
)

// halted is a daemon with one district, whose engine takes the journal when it is told to.
type halted struct {
	*daemon
	t    testing.TB
	lane *lane
}

func newHalted(t testing.TB) *halted {
	t.Helper()
	cfg := defaultConfig()
	cfg.DataDir = filepath.Join(t.TempDir(), "data")
	cfg.HTTP.Listen, cfg.HTTP.MetricsListen, cfg.MQTT.Listen = "127.0.0.1:0", "", "127.0.0.1:0"
	dir, err := openDataDir(cfg.DataDir)
	if err != nil {
		t.Fatal(err)
	}
	st, end, err := openStores(t.Context(), cfg, dir)
	if err != nil {
		t.Fatal(err)
	}
	d, err := newDaemon(t.Context(), st, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		d.close()
		if err := errors.Join(end(), dir.close()); err != nil {
			t.Error(err)
		}
	})
	d.parts = newGroup(t.Context())
	h := &halted{daemon: d, t: t}
	if h.lane, err = d.newLane(t.Context(), "D1"); err != nil {
		t.Fatal(err)
	}
	d.districts["D1"] = h.lane
	return h
}

// judge lets the engine take what stands in the journal, and stores it.
func (h *halted) judge() {
	h.t.Helper()
	if err := h.lane.district.storeAll(h.t.Context(), h.take()); err != nil {
		h.t.Fatal(err)
	}
}

// take lets the engine take what stands in the journal.
func (h *halted) take() (taken []judged) {
	h.t.Helper()
	x := h.lane.district
	_, last, err := x.log.Bounds(h.t.Context())
	if err != nil {
		h.t.Fatal(err)
	}
	if x.judged.Load() >= last {
		return nil
	}
	done := errors.New("all is taken")
	err = x.log.Follow(h.t.Context(), x.judged.Load()+1, func(seq uint64, entries []event.Entry) error {
		j, err := x.judgeBatch(h.t.Context(), &decoded{seq, entries})
		taken = append(taken, j)
		if err != nil || seq < last {
			return err
		}
		return done
	})
	if !errors.Is(err, done) {
		h.t.Fatal(err)
	}
	return taken
}

// spent measures parts of what an act costs.
type spent map[string]time.Duration

func (s spent) on(b *testing.B, what string, do func() error) {
	b.Helper()
	began := measure(b).cpu
	if err := do(); err != nil {
		b.Fatal(err)
	}
	s[what] += measure(b).cpu - began
}

// BenchmarkActIsStored is what one act costs until ingest uses the roster that it has
// changed, and the database has it: processor time of each part, and what is written.
func BenchmarkActIsStored(b *testing.B) {
	for _, n := range []int{5_000, 50_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			h, cost, cal := newHalted(b), spent{}, roster.NewCalendar(nil)
			from := roster.InstantOf(time.Date(2026, 3, 2, 6, 0, 0, 0, cal.Location()))
			file := sim.City(1, n, from, from+roster.Day, cal)
			file.District.ID = "D1"
			if err := h.saveRoster(b.Context(), file, "admin"); err != nil {
				b.Fatal(err)
			}
			h.judge()
			size := 0
			for b.Loop() {
				var like *roster.Directory
				act := &event.Act{Type: event.ActVisit, Subject: file.Subjects[0].ID, By: "F1"}
				if err := h.Append(b.Context(), "D1", []event.Entry{{At: nowInstant(), Act: act}}); err != nil {
					b.Fatal(err)
				}
				h.judge()
				cost.on(b, "copy", func() error { like, file, _ = h.lane.district.rosterNow(); return nil })
				cost.on(b, "compile", func() error { _, err := roster.CompileLike(like, file, cal); return err })
				cost.on(b, "text", func() error { text, err := json.Marshal(file); size = len(text); return err })
				cost.on(b, "all", func() error { return h.amend(b.Context(), "D1") })
			}
			for what, took := range cost {
				b.ReportMetric(float64(took.Milliseconds())/float64(b.N), what+"-cpu-ms/op")
			}
			b.ReportMetric(float64(size)/1e6, "MB/op")
		})
	}
}

// imports makes the roster with that name of S1 the current one.
func (h *halted) imports(name string) {
	h.t.Helper()
	file := *phoneDirectory(h.t).Roster()
	file.Subjects = []roster.Subject{file.Subjects[0]}
	file.Subjects[0].Name = name
	if err := h.saveRoster(h.t.Context(), &file, "admin"); err != nil {
		h.t.Fatal(err)
	}
}

// visits journals an act that changes the roster.
func (h *halted) visits(day string) {
	h.t.Helper()
	act := &event.Act{Type: event.ActVisit, Subject: "S1", By: "F1", Date: &roster.Date{Day: day}}
	if err := h.Append(h.t.Context(), "D1", []event.Entry{{At: nowInstant(), Act: act}}); err != nil {
		h.t.Fatal(err)
	}
}

// visited journals such an act, and the engine takes it.
func (h *halted) visited(day string) {
	h.t.Helper()
	h.visits(day)
	h.judge()
}

// newRostered is one whose engine has taken the roster "first".
func newRostered(t testing.TB) *halted {
	t.Helper()
	h := newHalted(t)
	h.imports("first")
	h.judge()
	return h
}

func (h *halted) amends() {
	h.t.Helper()
	if err := h.amend(h.t.Context(), "D1"); err != nil {
		h.t.Fatal(err)
	}
}

// want compares what the engine, the database and ingest hold.
func (h *halted) want(name string, visits int) {
	h.t.Helper()
	_, file, _ := h.lane.district.rosterNow()
	text, err := json.Marshal(file)
	if err != nil {
		h.t.Fatal(err)
	}
	stored, err := h.state.CurrentRoster(h.t.Context(), "D1")
	if err != nil {
		h.t.Fatal(err)
	}
	if stored.Hash != event.RosterHash(text) {
		h.t.Errorf("stored as version %d by %s:\n%s\nthe engine has\n%s", stored.Version, stored.By, stored.JSON, text)
	}
	for who, s := range map[string]*roster.Subject{"the engine": &file.Subjects[0], "ingest": &h.registry.district("D1").Roster().Subjects[0]} {
		if s.Name != name || len(s.Reports.Visits) != visits {
			h.t.Errorf("%s knows %q with %d visits, want %q with %d", who, s.Name, len(s.Reports.Visits), name, visits)
		}
	}
}

// A roster that is imported between an act and its storing stays: what is stored late
// must not be older than what is stored already.
func TestAnActBeforeAnImportIsNotStoredAfterIt(t *testing.T) {
	h := newRostered(t)
	h.visited("2026-03-01")
	h.imports("second")
	h.amends() // of the act; the engine has not come to the import yet
	h.judge()
	h.amends()
	h.want("second", 0)
	h.visited("2026-03-02")
	h.amends()
	h.want("second", 1)
}

// What the engine holds is stored although alerts of the same moment are not: nobody
// tells of the act again.
func TestAnActAfterAnImportIsStoredBeforeItsAlerts(t *testing.T) {
	h := newRostered(t)
	h.imports("second")
	h.visits("2026-03-01")
	waiting := h.take()
	h.amends()
	h.want("second", 1)
	if err := h.lane.district.storeAll(t.Context(), waiting); err != nil {
		t.Fatal(err)
	}
	h.want("second", 1)
}

// A roster that goes back before the engine has taken the one in between is the last one
// in the journal, too.
func TestARosterThatGoesBackAtOnce(t *testing.T) {
	h := newRostered(t)
	h.imports("second")
	h.imports("first")
	h.judge()
	h.want("first", 0)
}

// The same file again does not undo acts.
func TestAnImportOfTheSameFileKeepsActs(t *testing.T) {
	h := newRostered(t)
	h.visited("2026-03-01")
	h.amends()
	h.imports("first")
	h.amends() // as it is told to
	h.want("first", 1)
}

// Whoever reads the roster asks for what acts have changed: it is compiled and written as
// text once, not for each of them.
func TestARosterThatIsStoredIsNotStoredAgain(t *testing.T) {
	h := newRostered(t)
	h.visited("2026-03-01")
	h.amends()
	once := h.registry.district("D1")
	h.amends()
	if h.registry.district("D1") != once {
		t.Error("nothing has changed, and it is compiled again")
	}
	h.visited("2026-03-02")
	h.amends()
	h.want("first", 2)
}

// Of two that store at once, the one who read first does not store last.
func TestRostersAreStoredInTheirOrder(t *testing.T) {
	h := newRostered(t)
	const acts = 28
	var storing sync.WaitGroup
	for i := range acts {
		h.visited("2026-02-" + string(rune('0'+(i+1)/10)) + string(rune('0'+(i+1)%10)))
		for range 3 {
			storing.Go(h.amends)
		}
	}
	storing.Wait()
	h.want("first", acts)
}
