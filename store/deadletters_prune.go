package store

import (
	"context"
	"fmt"

	"correctiond/event"
	"correctiond/roster"
)

// PruneDeadLetters deletes the dead letters received before an instant, replayed
// or not, and returns how many there were (个人信息保护法 Article 19: no longer than
// needed). It works in small transactions, so that alerts are still written; what
// was deleted before an error stays deleted.
func (s *State) PruneDeadLetters(ctx context.Context, before roster.Instant) (int64, error) {
	const query = `DELETE FROM dead_letters WHERE id IN
		(SELECT id FROM dead_letters WHERE received < ? LIMIT ?)`
	return s.db.Prune(ctx, "prune dead letters", query, before)
}

// DeadLetterCounts counts the dead letters that wait, those not yet replayed, by
// reason. A reason without any is absent.
func (s *State) DeadLetterCounts(ctx context.Context) (map[event.Reason]int, error) {
	counts := map[event.Reason]int{}
	query := "SELECT reason, count(*) FROM dead_letters WHERE replayed = 0 GROUP BY reason"
	err := s.db.Each(ctx, query, nil, func(scan func(...any) error) error {
		var reason event.Reason
		var n int
		err := scan(&reason, &n)
		counts[reason] = n
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("count dead letters: %w", err)
	}
	return counts, nil
}
