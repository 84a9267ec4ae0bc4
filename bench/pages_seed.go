package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"correctiond/alerts"
	"correctiond/alerts/duty"
	"correctiond/roster"
	"correctiond/rules"
	"correctiond/sim"
	"correctiond/store"

	_ "github.com/mattn/go-sqlite3" // the state database is filled directly
)

// entriesOf is how many entries the registers get.
func entriesOf(o options) int { return o.alerts }

// seedPages fills a data directory: alerts by the store's commit, register entries
// by SQL, then the roster by the command, which seals what it finds unsealed.
func seedPages(ctx context.Context, s *stage) (*town, error) {
	now := roster.InstantOf(time.Now())
	t := &town{
		people: sim.City(1, s.o.subjects, now, now+7*roster.Day, nil), tokens: map[string][]string{},
		client: http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: concurrent}},
	}
	t.daemon = &daemon{s: s}
	file := filepath.Join(t.daemon.data(), "state.db")
	if _, err := os.Stat(file); err != nil {
		if err := t.fill(ctx, file, now); err != nil {
			return nil, err
		}
	}
	return t, t.users(ctx)
}

func (t *town) fill(ctx context.Context, file string, now roster.Instant) error {
	name := filepath.Join(t.daemon.s.dir, "roster.json")
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	if err := errors.Join(roster.Write(f, t.people, "json"), f.Close(), os.MkdirAll(t.daemon.data(), 0o700)); err != nil {
		return err
	}
	if err := t.fillAlerts(ctx, file, now); err != nil {
		return fmt.Errorf("fill alerts: %w", err)
	}
	if err := t.fillRegisters(ctx, file, now); err != nil {
		return fmt.Errorf("fill registers: %w", err)
	}
	_, err = t.daemon.command(ctx, "roster", "import", name)
	return err
}

// users are two of the district, and officers of as many offices as there are users.
func (t *town) users(ctx context.Context) error {
	create := func(role string, more ...string) error {
		out, err := t.daemon.command(ctx, append([]string{"token", "create", "--role", role, "--name", "bench"}, more...)...)
		t.tokens[role] = append(t.tokens[role], strings.TrimSpace(out))
		return err
	}
	for range 2 {
		if err := create("district"); err != nil {
			return err
		}
	}
	office := t.people.Subjects[0].Office // the routes name its people
	return create("officer", "--office", string(office))
}

// fillAlerts commits alerts of the past half year: nine of ten are closed.
func (t *town) fillAlerts(ctx context.Context, file string, now roster.Instant) error {
	st, err := store.OpenState(file)
	if err != nil {
		return err
	}
	defer st.Close()
	rng := rand.New(rand.NewPCG(1, 2))
	batch := store.Batch{District: t.people.District.ID, Seq: 1, At: now}
	kinds := rules.Catalogue()
	for n := range t.daemon.s.o.alerts {
		who := &t.people.Subjects[rng.IntN(len(t.people.Subjects))]
		opened := now - roster.Instant(rng.Int64N(int64(180*roster.Day)))
		a := alertOf(rng, kinds[rng.IntN(len(kinds))].Kind, who, opened)
		a.Episode.ID = rules.EpisodeID(a.Episode.Kind, fmt.Sprint(n), opened)
		a.Episode.District = t.people.District.ID
		batch.Alerts = append(batch.Alerts, store.AlertChange{Alert: a, What: alerts.WasOpened, At: opened})
	}
	return st.Commit(ctx, batch)
}

// alertOf invents an alert about somebody.
func alertOf(rng *rand.Rand, kind rules.Kind, who *roster.Subject, opened roster.Instant) alerts.Alert {
	severity := [...]rules.Severity{rules.P1, rules.P2, rules.P2, rules.P3, rules.P3, rules.P3, rules.P4, rules.P4, rules.P4, rules.P4}[rng.IntN(10)]
	a := alerts.Alert{State: alerts.Open, Version: 1, Episode: rules.Episode{
		Kind: kind, Severity: severity, Subject: who.ID, Office: who.Office, Officer: who.Officer, Started: opened, Opened: opened, Count: 1,
		History:  []rules.SeverityStep{{At: opened, Severity: severity}},
		Reason:   rules.Text{ZH: "窗口 07:30–09:30 未签到，已过补传时限 30 分钟", EN: "no check-in in the window 07:30–09:30 and 30 minutes of grace"},
		Evidence: map[string]any{"window": "07:30", "missed": 2, "last_seen": int64(opened - roster.Hour), "events": []string{"e1", "e2", "e3"}, "cell": "8a1234567890fff"},
	}}
	stamp := duty.Stamp{By: "officer", At: opened + roster.Hour}
	k := rng.IntN(100)
	if k < 95 {
		a.State, a.Acknowledged, a.Version = alerts.Acknowledged, &stamp, 2
		a.Log = append(a.Log, alerts.Entry{Stamp: stamp, Did: alerts.Ack}, alerts.Entry{Stamp: stamp, Did: alerts.AddNote, Text: "已电话联系本人，称手机没电"})
	}
	if k < 90 {
		stamp.At += roster.Hour
		a.State, a.Closed, a.Outcome, a.CloseReason, a.Episode.Ended, a.Version = alerts.Closed, &stamp, alerts.Excused, "核实属实", stamp.At, 3
		a.Log = append(a.Log, alerts.Entry{Stamp: stamp, Did: alerts.Close, Outcome: a.Outcome, Reason: a.CloseReason})
	}
	return a
}

// fillRegisters enters contacts, visits and track reviews, as many of each.
func (t *town) fillRegisters(ctx context.Context, file string, now roster.Instant) error {
	db, err := sql.Open("sqlite3", file)
	if err != nil {
		return err
	}
	defer db.Close()
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // after the commit it does nothing
	bodies := map[string]string{
		"contacts": `{"way":"call","result":"reached","note":"本人接听"}`, "visits": `{"place":"家中","result":"在家，情绪稳定","date":"2026-03-02"}`,
		"track-reviews": `{"from":"2026-03-02","until":"2026-03-09","finding":"normal"}`,
	}
	names := []string{"contacts", "visits", "track-reviews"}
	for n := range entriesOf(t.daemon.s.o) {
		who, register := &t.people.Subjects[n*7919%len(t.people.Subjects)], names[n%len(names)]
		_, err := tx.ExecContext(ctx, `INSERT INTO registers (parent, ref, once, district, office, register, subject, at, by_whom, body)
			VALUES (0, ?, '', ?, ?, ?, ?, ?, 'bench', ?)`, fmt.Sprintf("bench%d", n), t.people.District.ID, who.Office, register, who.ID,
			int64(now)-int64(n)*1000, []byte(bodies[register]))
		if err != nil {
			return err
		}
	}
	return tx.Commit()
}

// oneAlert finds an alert that the role sees.
func (t *town) oneAlert(ctx context.Context, role string) string {
	body, err := get(t.daemon.pages+"/api/v1/alerts?limit=1&state=open", t.token(role, 0))
	if err != nil || ctx.Err() != nil {
		return "none"
	}
	_, rest, _ := strings.Cut(string(body), `"id":"`)
	id, _, _ := strings.Cut(rest, `"`)
	return id
}
