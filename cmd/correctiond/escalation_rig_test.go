package main

import (
	"context"
	"database/sql"
	"log/slog"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"correctiond/alerts"
	"correctiond/event"
	"correctiond/roster"
	"correctiond/rules"
	"correctiond/store"
)

// observed lets the rules see a P2 about S1 now, and gives the alert's id.
func (w *ward) observed(kind rules.Kind) string {
	w.t.Helper()
	at := w.desk.engine.Clock()
	ep := rules.Episode{
		ID: "e1", Kind: kind, Severity: rules.P2, District: "D1", Subject: "S1", Office: "O1", Officer: "F1",
		Started: at, Opened: at, Count: 1, History: []rules.SeverityStep{{At: at, Severity: rules.P2}},
	}
	w.journal = append(w.journal, event.Entry{At: at})
	batch := store.Batch{District: "D1", Seq: uint64(len(w.journal))}
	if err := w.desk.observe([]rules.Episode{ep}); err != nil {
		w.t.Fatal(err)
	}
	w.district.take(batch.Seq, w.journal[batch.Seq-1:], &batch)
	if err := w.commit(w.t.Context(), &batch); err != nil {
		w.t.Fatal(err)
	}
	return ep.ID
}

// sent marks the notices of a step as the sender does.
func (w *ward) sent(id string, step int) {
	w.t.Helper()
	conn, err := sql.Open("sqlite3", w.path)
	if err != nil {
		w.t.Fatal(err)
	}
	defer conn.Close()
	if _, err := conn.Exec("UPDATE notices SET state = 'sent' WHERE alert = ? AND step = ?", id, step); err != nil {
		w.t.Fatal(err)
	}
}

// looksOnTime lets a stepper run on a clock of its own until a step is due.
func looksOnTime(t *testing.T, step store.DueStep) {
	t.Helper()
	step.At = nowInstant() + 15*roster.Minute
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var journaled []roster.Instant
	s := &stepper{
		metrics: newPipelineMetrics(prometheus.NewRegistry()), logger: slog.New(slog.DiscardHandler),
		due: func(_ context.Context, at roster.Instant, _ int, _ ...roster.DistrictID) ([]store.DueStep, error) {
			if at < step.At || len(journaled) > 0 {
				return nil, nil
			}
			return []store.DueStep{step}, nil
		},
		ready: func(context.Context, roster.DistrictID) (roster.Instant, bool) { return 0, true },
		append: func(_ context.Context, _ roster.DistrictID, entries []event.Entry) error {
			journaled = append(journaled, entries[0].At)
			cancel()
			return nil
		},
	}
	done := make(chan error)
	go func() { done <- s.run(ctx) }()
	select {
	case err := <-done:
		if err != nil {
			t.Fatal(err)
		}
	case <-time.After(time.Hour):
		t.Fatal("nothing is journaled")
	}
	if len(journaled) != 1 || journaled[0] < step.At || journaled[0] > step.At+roster.Second {
		t.Errorf("due at %d, journaled at %v", step.At, journaled)
	}
	if step.Do != alerts.NextRung {
		t.Errorf("the step is %s", step.Do)
	}
}
