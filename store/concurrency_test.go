package store_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	"correctiond/alerts"
	"correctiond/roster"
	"correctiond/rules"
	"correctiond/store"
	"correctiond/store/audit"
)

// Districts commit side by side while pages read: writers queue, nobody meets a
// busy database, and readers see whole batches only.
func TestDistrictsCommitSideBySide(t *testing.T) {
	const districts, batches = 4, 25
	s := openState(t)
	var writers, pages sync.WaitGroup
	done := make(chan struct{})
	for d := range districts {
		writers.Go(func() {
			id := roster.DistrictID(fmt.Sprintf("D%d", d))
			for seq := range uint64(batches) {
				if err := s.Commit(t.Context(), pairOf(id, seq+1)); err != nil {
					t.Error(err)
				}
			}
		})
		pages.Go(func() { readUntil(t, s, done) })
	}
	writers.Wait()
	close(done)
	pages.Wait()
	if last := must[int64](t)(s.LastChange(t.Context())); last != 2*districts*batches {
		t.Errorf("%d changes", last)
	}
	if end := must[audit.Checkpoint](t)(s.VerifyAudit(t.Context())); end.N != districts*batches {
		t.Errorf("%d audit records", end.N)
	}
}

// pairOf opens two alerts at once.
func pairOf(district roster.DistrictID, seq uint64) store.Batch {
	b := store.Batch{District: district, Seq: seq, Audit: []audit.Record{{At: morning, Action: "alert.open"}}}
	for _, side := range []string{"a", "b"} {
		b.Alerts = append(b.Alerts, opening(raised(fmt.Sprintf("%s%s%d", side, district, seq), rules.P2, morning)))
	}
	return b
}

func readUntil(t *testing.T, s *store.State, done chan struct{}) {
	for {
		select {
		case <-done:
			return
		default:
		}
		sum, err := s.Summary(t.Context(), "", "")
		if err != nil || sum.Total.Of(rules.P2).Open%2 != 0 {
			t.Errorf("half a batch is seen: %d open, %v", sum.Total.Of(rules.P2).Open, err)
			return
		}
	}
}

func TestCancelledCallsChangeNothing(t *testing.T) {
	s, h := openState(t), openHistory(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, listErr := s.Alerts(ctx, alerts.Filter{})
	_, sumErr := s.Summary(ctx, "", "")
	_, seenErr := h.Seen(ctx, "W1", "a")
	for name, err := range map[string]error{
		"commit": s.Commit(ctx, oneAlert(1, "a")), "write": h.Write(ctx, "D1", 1, crashEvents(1)),
		"list": listErr, "summary": sumErr, "seen": seenErr,
	} {
		if !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if seq := must[uint64](t)(s.Cursor(t.Context(), "D1")); seq != 0 {
		t.Errorf("cursor %d", seq)
	}
}
