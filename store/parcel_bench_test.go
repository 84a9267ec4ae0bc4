package store_test

import (
	"fmt"
	"testing"

	"correctiond/alerts/notice"
	"correctiond/roster"
	"correctiond/rules"
	"correctiond/store"
	"correctiond/store/storetest"
)

// BenchmarkParcel is one letter, claimed and finished, with ten thousand others
// waiting: for one group, or for five hundred people.
func BenchmarkParcel(b *testing.B) {
	for name, people := range map[string]int{"group": 1, "people": 500} {
		b.Run(name, func(b *testing.B) {
			s := openState(b)
			backlog(b, s, people)
			at := morning + roster.Second
			for b.Loop() {
				at += 2 * roster.Minute
				p, err := s.TakeParcel(b.Context(), notice.Claim{Worker: "w1", Channel: "app", At: at, Until: at + roster.Minute})
				if err != nil || len(p.Notices) != 1 {
					b.Fatal(err, len(p.Notices))
				}
				if err := s.FinishParcel(b.Context(), p, storetest.Failing(at, "temporary", at+roster.Second)); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func backlog(b *testing.B, s *store.State, people int) {
	b.Helper()
	batch := store.Batch{District: "D1", Seq: 1, At: morning}
	for i := range 10_000 {
		n := storetest.Asked(fmt.Sprintf("a%05d", i), "app", morning)
		n.Officer = roster.OfficerID(fmt.Sprintf("F%d", i%people))
		batch.Notices = append(batch.Notices, n)
		batch.Alerts = append(batch.Alerts, opening(raised(n.Alert, rules.Severity(1+i%4), morning)))
	}
	if err := s.Commit(b.Context(), batch); err != nil {
		b.Fatal(err)
	}
}
