package outbox

import (
	"context"
	"encoding/json"

	"correctiond/roster"
)

// Told lists what was sent about an alert, with every attempt, a JSON object each.
func (b *Box) Told(ctx context.Context, alert string) (list []json.RawMessage, err error) {
	const query = `SELECT n.id, n.why, n.channel, n.officer, n.created, n.state, n.body, coalesce(a.n, 0), coalesce(a.at, 0),
		coalesce(a.ended, 0), coalesce(a.result, ''), coalesce(a.request, ''), coalesce(a.answer, '')
		FROM notices n LEFT JOIN attempts a ON a.notice = n.id WHERE n.alert = ? ORDER BY n.id, a.n`
	err = b.db.Each(ctx, query, []any{alert}, func(scan func(...any) error) error {
		var t struct {
			Notice  int64           `json:"notice"`
			Why     string          `json:"why"`
			Channel string          `json:"channel"`
			Officer string          `json:"officer"`
			Created roster.Instant  `json:"created"`
			State   string          `json:"state"`
			Message json.RawMessage `json:"message"`
			Attempt int             `json:"attempt"`
			At      roster.Instant  `json:"at"`
			Ended   roster.Instant  `json:"ended"`
			Result  string          `json:"result"`
			Request string          `json:"request"`
			Answer  string          `json:"answer"`
		}
		if err := scan(&t.Notice, &t.Why, &t.Channel, &t.Officer, &t.Created, &t.State, (*[]byte)(&t.Message), &t.Attempt, &t.At,
			&t.Ended, &t.Result, &t.Request, &t.Answer); err != nil {
			return err
		}
		text, err := json.Marshal(t)
		list = append(list, text)
		return err
	})
	return list, err
}
