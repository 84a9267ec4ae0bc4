package store

import (
	"database/sql"
	"fmt"
	"strings"

	"correctiond/alerts"
	"correctiond/alerts/notice"
)

// stopNotices takes back what asks people to act on an alert that somebody has
// taken on, put off or closed.
func stopNotices(tx *sql.Tx, c *AlertChange) error {
	args := []any{c.Alert.Episode.ID}
	for _, why := range asking() {
		if c.Alert.Stops(why) {
			args = append(args, why)
		}
	}
	if len(args) == 1 {
		return nil
	}
	query := "UPDATE notices SET state = 'cancelled' WHERE alert = ? AND state = 'pending' AND why IN (?" +
		strings.Repeat(", ?", len(args)-2) + ")"
	if _, err := tx.Exec(query, args...); err != nil {
		return fmt.Errorf("stop notices of %s: %w", c.Alert.Episode.ID, err)
	}
	return nil
}

// pointless tells whether a notice that was stored after somebody had taken the
// alert on asks for nothing. What the system closed by itself is still reported;
// where a person closed it the closing has cancelled that.
func pointless(state string, why notice.Why) bool {
	reports := why == notice.ToOpen || why == notice.ToDigest
	return why.Stops() && alerts.State(state) != alerts.Open && !(alerts.State(state) == alerts.Closed && reports)
}
