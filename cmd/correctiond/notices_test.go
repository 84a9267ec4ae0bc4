package main

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"time"

	"correctiond/roster"
	"correctiond/rules"
)

// sentNotices is a publisher that keeps what it is given, and fails when told to.
type sentNotices struct {
	sent chan [2]string
	fail error
}

func (o *sentNotices) Publish(_ context.Context, topic string, payload []byte) error {
	o.sent <- [2]string{topic, string(payload)}
	return o.fail
}

var _ noticePublisher = (*sentNotices)(nil)

func boardAt(now time.Time) *noticeBoard {
	cfg := defaultConfig()
	b := newNoticeBoard(cfg, slog.New(slog.DiscardHandler))
	b.now = func() time.Time { return now }
	return b
}

func noticeOf(device string, at time.Time) rules.Notice {
	return rules.Notice{Device: roster.DeviceID(device), ID: "n1", At: roster.InstantOf(at), Text: rules.Text{ZH: "请到室外", EN: "go outside"}}
}

func TestNoticesReachTheirDevices(t *testing.T) {
	now := time.Date(2026, 3, 2, 1, 0, 0, 0, time.UTC)
	b, out := boardAt(now), &sentNotices{sent: make(chan [2]string, 1), fail: errors.New("no broker")}
	b.offer([]rules.Notice{noticeOf("W0", now.Add(-noticeAge-time.Second)), noticeOf("W1", now.Add(-noticeAge)), noticeOf("W2", now)})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- b.run(ctx, out) }()
	want := [][2]string{
		{"jz/v1/W1/notice", `{"id":"n1","text":"请到室外","time":"2026-03-02T08:57:00+08:00"}`},
		{"jz/v1/W2/notice", `{"id":"n1","text":"请到室外","time":"2026-03-02T09:00:00+08:00"}`},
	}
	for _, w := range want {
		if got := <-out.sent; got != w {
			t.Errorf("got %v, want %v", got, w)
		}
	}
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// Nothing waits for a board that nobody empties.
func TestNoticesNeverBlock(t *testing.T) {
	now := time.Now()
	b := boardAt(now)
	for range noticesMax + 10 {
		b.offer([]rules.Notice{noticeOf("W1", now)})
	}
	if n := len(b.queue); n != noticesMax {
		t.Errorf("%d wait", n)
	}
	var none *noticeBoard
	none.offer([]rules.Notice{noticeOf("W1", now)})
}
