package web_test

import (
	"context"
	"errors"
	"net/http"
	"testing"

	"correctiond/alerts/notice"
	"correctiond/rules"
	"correctiond/web"
)

// teller knows one notice, or fails.
type teller struct{ err error }

func (t teller) NoticesOf(_ context.Context, alert string) ([]notice.Sending, error) {
	n := notice.Notice{Alert: alert, Why: notice.ToOpen, Channel: "app", Officer: "F1", Due: 1}
	return []notice.Sending{{Notice: n, State: notice.Sent, Attempts: []notice.Attempt{{N: 1, At: 1, Ended: 2, Result: "sent"}}}}, t.err
}

// A single alert tells who was told of it; lists, and alerts of other offices, do
// not.
func TestASingleAlertTellsWhoWasTold(t *testing.T) {
	w := newWorld()
	for _, c := range []struct {
		err    error
		path   string
		token  string
		status int
		says   string
	}{
		{nil, "/api/v1/alerts/a1", "token-officer", http.StatusOK, `"channel":"app","state":"sent"`},
		{nil, "/api/v1/alerts/a1", "token-officer", http.StatusOK, `"what":"notified"`},
		{nil, "/api/v1/alerts/a1", "token-elsewhere", http.StatusNotFound, ""},
		{errors.New("disk"), "/api/v1/alerts/a1", "token-officer", http.StatusInternalServerError, ""},
	} {
		deps := w.deps()
		deps.Notified = teller{c.err}
		srv, err := web.New(web.Config{PublicURL: "http://monitor.test", SessionKey: make([]byte, 32)}, deps)
		if err != nil {
			t.Fatal(err)
		}
		s := &site{t: t, world: w, srv: srv}
		if len(w.alerts) == 0 {
			s.raise(episode("a1", rules.P3, "O1"))
		}
		want(t, s.do("GET "+c.path, bearer(c.token)), c.status, c.says)
		lacks(t, s.do("GET /api/v1/alerts", bearer("token-officer")), "notif")
	}
}
