package store_test

import (
	"context"
	"fmt"
	"testing"

	"correctiond/alerts"
	"correctiond/roster"
	"correctiond/rules"
	"correctiond/store"
)

// manyAlerts stores 100 000 alerts of 50 offices, nine in ten of them closed.
func manyAlerts(b *testing.B) *store.State {
	s := openState(b)
	const size = 1000
	for seq := range 100 {
		batch := store.Batch{District: "D1", Seq: uint64(seq + 1)}
		for i := range size {
			n := seq*size + i
			a := raised(fmt.Sprintf("%016x", n*7919), rules.Severity(1+n%4), morning+roster.Instant(n))
			a.Episode.Office = roster.OfficeID(fmt.Sprintf("O%d", n%50))
			if n%10 != 0 {
				a.State = alerts.Closed
			}
			batch.Alerts = append(batch.Alerts, opening(a))
		}
		if err := s.Commit(context.Background(), batch); err != nil {
			b.Fatal(err)
		}
	}
	return s
}

// BenchmarkLists reads what the pages show, at 100 000 alerts.
func BenchmarkLists(b *testing.B) {
	s := manyAlerts(b)
	for name, f := range map[string]alerts.Filter{
		"newest": {Limit: 50},
		"open":   {Limit: 50, States: []alerts.State{alerts.Open, alerts.Acknowledged}},
		"office": {Limit: 50, District: "D1", Office: "O49", States: []alerts.State{alerts.Open}}, // has none
		"urgent": {Limit: 50, District: "D1", Severities: []rules.Severity{rules.P1}, Office: "O10"},
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if _, err := s.Alerts(context.Background(), f); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	b.Run("summary", func(b *testing.B) {
		for b.Loop() {
			if _, err := s.Summary(context.Background(), "D1", ""); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// BenchmarkCommit is one alert, its outbox row and the cursor, synced.
func BenchmarkCommit(b *testing.B) {
	s := openState(b)
	for seq := uint64(1); b.Loop(); seq++ {
		if err := s.Commit(context.Background(), oneAlert(seq, fmt.Sprint(seq))); err != nil {
			b.Fatal(err)
		}
	}
}
