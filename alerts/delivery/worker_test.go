package delivery_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"correctiond/alerts"
	"correctiond/alerts/delivery"
	"correctiond/alerts/notice"
	"correctiond/roster"
)

// inBubble runs a test on a clock of its own with a worker that has started.
func inBubble(t *testing.T, test func(t *testing.T, r *rig)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		r.ops = []delivery.Recipient{{Channel: "app"}, {Channel: "sms"}}
		r.start()
		test(t, r)
		r.close()
	})
}

// pass lets time go by.
func pass(d time.Duration) {
	<-time.After(d)
	synctest.Wait()
}

func TestANoticeIsSentAtOnceAndOnce(t *testing.T) {
	inBubble(t, func(t *testing.T, r *rig) {
		r.tell(asked("a1", 0, notice.ToOpen))
		synctest.Wait()
		r.app.want(t, "at once", "a1 opened")
		l := r.app.got[0]
		if l.Key != "a1/0/app/F1" || l.To != "F1@app" || l.Lang != "zh" || l.Zone != time.UTC {
			t.Errorf("letter %+v", l)
		}
		pass(time.Hour)
		r.app.want(t, "and no more", "a1 opened")
		n := r.notices("a1")[0]
		if n.State != notice.Sent || len(n.Attempts) != 1 || n.Attempts[0].Request != "1" || n.Attempts[0].Answer != "ok" {
			t.Errorf("notice %+v", n)
		}
		if got := r.metric("notify_attempts_total", "app", "sent"); got != 1 {
			t.Errorf("counted %v", got)
		}
	})
}

// A notice that nobody woke the worker for, and one for later, are found.
func TestTheQueueIsLookedAtEverySecond(t *testing.T) {
	inBubble(t, func(t *testing.T, r *rig) {
		later := asked("a2", 0, notice.ToOpen)
		later.Due += roster.Minute
		if err := r.commit(asked("a1", 0, notice.ToOpen), later); err != nil {
			t.Fatal(err)
		}
		pass(time.Second)
		r.app.want(t, "within a second", "a1 opened")
		pass(58 * time.Second)
		r.app.want(t, "not before it is due", "a1 opened")
		pass(2 * time.Second)
		r.app.want(t, "when due", "a1 opened", "a2 opened")
	})
}

// The notice of an end is tried again like every other.
func TestResolvedNoticeIsRetried(t *testing.T) {
	inBubble(t, func(t *testing.T, r *rig) {
		r.tell(asked("a1", 0, notice.ToOpen))
		synctest.Wait()
		r.app.answers(always(notice.Temporary, "HTTP 502", 0))
		end := asked("a1", 1, notice.ToEnd)
		end.Channel, end.Officer, end.Follow = "", "", true
		r.tell(end)
		pass(time.Hour)
		r.act("a1", alerts.Action{Type: alerts.Ack})
		r.app.answers(nil)
		pass(11 * time.Minute)
		r.app.want(t, "who got the opening", "a1 opened", "a1 ended")
	})
}

// Who acknowledges is not asked again: not by the letter that waits to be tried
// again, and not by the one that stands behind another.
func TestAcknowledgedIsNotSent(t *testing.T) {
	inBubble(t, func(t *testing.T, r *rig) {
		release := make(chan struct{})
		r.app.answers(func(_ context.Context, l *notice.Letter) error {
			if l.Messages[0].Alert == "a1" {
				return &notice.SendError{Code: "HTTP 500", Detail: "no"}
			}
			<-release
			return nil
		})
		r.tell(asked("a1", 0, notice.ToOpen))
		synctest.Wait()
		r.tell(asked("a2", 0, notice.ToOpen), asked("a3", 0, notice.ToOpen))
		synctest.Wait()
		r.act("a1", alerts.Action{Type: alerts.Ack})
		r.act("a3", alerts.Action{Type: alerts.Ack})
		close(release)
		pass(11 * time.Minute)
		r.app.want(t, "only", "a2 opened")
		r.wantStates("a1", notice.Cancelled)
		r.wantStates("a3", notice.Cancelled)
	})
}

// What was delivered while somebody acknowledged was delivered.
func TestAcknowledgedWhileSending(t *testing.T) {
	inBubble(t, func(_ *testing.T, r *rig) {
		release := make(chan struct{})
		r.app.answers(func(context.Context, *notice.Letter) error {
			<-release
			return nil
		})
		r.tell(asked("a1", 0, notice.ToOpen))
		synctest.Wait()
		r.act("a1", alerts.Action{Type: alerts.Ack})
		close(release)
		synctest.Wait()
		r.wantStates("a1", notice.Sent)
	})
}

// Too many messages: what waits for the person arrives in one letter when the
// time is up, in order, every one of it.
func TestLimitedMessagesAreCoalesced(t *testing.T) {
	inBubble(t, func(t *testing.T, r *rig) {
		r.app.answers(always(notice.Limited, "errcode 45009", 10*time.Minute))
		var want []string
		for i := range 70 {
			id := fmt.Sprintf("a%02d", i)
			want = append(want, id)
			r.tell(asked(id, 0, notice.ToOpen))
		}
		pass(9 * time.Minute)
		if n := len(r.app.tries()); n != 1 {
			t.Errorf("tried %d times within the limit", n)
		}
		r.app.answers(nil)
		pass(2 * time.Minute)
		var got []string
		for _, l := range r.app.got {
			if len(l.Messages) > notice.MostMessages {
				t.Errorf("%d messages in a letter", len(l.Messages))
			}
			for _, m := range l.Messages {
				got = append(got, m.Alert)
			}
		}
		if !slices.Equal(got, want) || len(r.app.got) != 2 {
			t.Errorf("%d letters with %v", len(r.app.got), got)
		}
	})
}

func TestGroupedNoticesTravelTogether(t *testing.T) {
	inBubble(t, func(t *testing.T, r *rig) {
		var list []notice.Notice
		for i := range 3 {
			n := asked(fmt.Sprintf("a%d", i), 0, notice.ToOpen)
			n.Grouped = true
			n.Due += 15 * roster.Minute
			list = append(list, n)
		}
		list[2].Officer = "F2"
		r.tell(list...)
		pass(16 * time.Minute)
		got := r.app.messages()
		slices.Sort(got)
		if want := []string{"a0 opened, a1 opened", "a2 opened"}; !slices.Equal(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
	})
}

// A new worker goes on where the old one was: it does not try sooner.
func TestRestartKeepsTheBackoff(t *testing.T) {
	inBubble(t, func(t *testing.T, r *rig) {
		r.app.answers(always(notice.Temporary, "HTTP 503", 0))
		r.tell(asked("a1", 0, notice.ToOpen))
		pass(time.Hour)
		due, tried := r.notices("a1")[0].Due, len(r.app.tries())
		r.stop()
		r.start()
		pass((due - now()).Duration() - time.Millisecond)
		if n := len(r.app.tries()); n != tried {
			t.Errorf("tried %d times before it was due", n-tried)
		}
		pass(time.Second)
		if n := len(r.app.tries()); n != tried+1 {
			t.Errorf("tried %d times when it was due", n-tried)
		}
	})
}

// The end of the worker lets a letter that is being sent arrive, for a while.
func TestStopLetsALetterArrive(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		r.app.answers(func(ctx context.Context, l *notice.Letter) error {
			d := 4 * time.Second
			if l.Officer == "F2" {
				d = 6 * time.Second
			}
			select {
			case <-time.After(d):
				return nil
			case <-ctx.Done():
				return &notice.SendError{Code: "timeout", Detail: "no answer"}
			}
		})
		r.start()
		slow := asked("a2", 0, notice.ToOpen)
		slow.Officer = "F2"
		r.tell(asked("a1", 0, notice.ToOpen), slow)
		synctest.Wait()
		began := time.Now()
		r.stop()
		if took := time.Since(began); took != 5*time.Second {
			t.Errorf("ended after %v", took)
		}
		r.wantStates("a1", notice.Sent)
		r.wantStates("a2", notice.Pending)
		r.start() // it takes up at once what was cut off
		pass(7 * time.Second)
		r.app.want(t, "both", "a1 opened", "a2 opened")
		r.close()
	})
}

// A receiver that answers with a book is remembered by its first words.
func TestAnswersAreShortened(t *testing.T) {
	inBubble(t, func(t *testing.T, r *rig) {
		r.app.answers(always(notice.Temporary, strings.Repeat("啊", 1000), 0))
		r.tell(asked("a1", 0, notice.ToOpen))
		synctest.Wait()
		if answer := r.notices("a1")[0].Attempts[0].Answer; answer != strings.Repeat("啊", 300)+"…" {
			t.Errorf("got %q", answer)
		}
	})
}
