package delivery_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"correctiond/alerts/notice"
	"correctiond/roster"
)

// Fault 9: the receiver is away for six hours, the chain goes on, and then
// everybody hears of each alert once.
func TestReceiverDownForSixHours(t *testing.T) {
	inBubble(t, func(t *testing.T, r *rig) {
		r.app.answers(always(notice.Temporary, "HTTP 503", 0))
		r.tell(asked("a1", 0, notice.ToOpen), asked("a2", 0, notice.ToOpen))
		for step := range 12 {
			pass(30 * time.Minute)
			r.tell(asked("a1", step+1, notice.ToRepeat))
		}
		r.app.answers(nil)
		pass(11 * time.Minute)
		got := r.app.messages()
		slices.Sort(got)
		if want := []string{"a1 repeated", "a2 opened"}; !slices.Equal(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
		r.wantStates("a1", slices.Repeat([]notice.State{notice.Sent}, 13)...)
		if n := len(r.notices("a2")[0].Attempts); n < 36+5 || n > 72+10 {
			t.Errorf("%d attempts: not every ten minutes", n)
		}
		r.wantSteps()
		pass(time.Hour)
		if n := len(r.app.messages()); n != 2 {
			t.Errorf("%d letters", n)
		}
		if n := len(r.sms.messages()); n != 1 {
			t.Errorf("operations heard %d times: %q", n, r.sms.messages())
		}
	})
}

// Fault 9: HTTP 200 with an error code is a failure, and is on record as such.
func TestReceiverAnswersWithAnErrorCode(t *testing.T) {
	inBubble(t, func(t *testing.T, r *rig) {
		r.app.answers(always(notice.Temporary, "errcode -1", 0))
		r.tell(asked("a1", 0, notice.ToOpen))
		pass(time.Second)
		r.wantStates("a1", notice.Pending)
		if at := r.notices("a1")[0].Attempts[0]; at.Result != "temporary" || at.Answer != "errcode -1: no" || at.Ended == 0 {
			t.Errorf("attempt %+v", at)
		}
		r.app.answers(nil)
		pass(5 * time.Second)
		r.app.want(t, "then", "a1 opened")
		r.wantStates("a1", notice.Sent)
	})
}

// Fault 9: a receiver that does not answer is given up after 15 s, and nobody
// waits for it: not the other channels, and not the next in line.
func TestReceiverAnswersSlowly(t *testing.T) {
	inBubble(t, func(t *testing.T, r *rig) {
		r.app.answers(func(ctx context.Context, _ *notice.Letter) error {
			<-ctx.Done()
			return &notice.SendError{Code: "timeout", Detail: "no answer"}
		})
		for i := range 20 {
			n := asked(fmt.Sprintf("a%d", i), 0, notice.ToOpen)
			n.Officer = roster.OfficerID(fmt.Sprintf("F%d", i))
			r.tell(n)
		}
		urgent := asked("b1", 0, notice.ToOpen)
		urgent.Channel, urgent.Message.Severity = "sms", "P1"
		r.tell(urgent)
		synctest.Wait()
		r.sms.want(t, "the other channel", "b1 opened")
		first := asked("b2", 0, notice.ToOpen)
		first.Officer, first.Message.Severity = "F99", "P1"
		r.tell(first)
		pass(16 * time.Second)
		if at := r.notices("b2")[0].Attempts; len(at) != 1 {
			t.Errorf("the P1 waits behind twenty others: %+v", at)
		}
		if at := r.notices("a0")[0].Attempts[0]; at.Result != "temporary" || at.Ended-at.At != 15*roster.Second {
			t.Errorf("attempt %+v", at)
		}
		if n := len(r.app.tries()); n != 8 {
			t.Errorf("%d at a time, want 4", n/2)
		}
		r.app.answers(nil)
		pass(30 * time.Minute)
		if n := len(r.app.messages()); n != 21 {
			t.Errorf("%d letters in the end", n)
		}
	})
}

// What will never be taken fails at once, and the next step is run.
func TestRefusedRunsTheNextStep(t *testing.T) {
	inBubble(t, func(t *testing.T, r *rig) {
		r.nowhere = "F9"
		pigeon, lost, end := asked("a1", 0, notice.ToOpen), asked("a2", 3, notice.ToEscalate), asked("a3", 1, notice.ToEnd)
		pigeon.Channel, lost.Officer, end.Officer = "pigeon", "F9", "F9"
		r.tell(pigeon, lost, end)
		synctest.Wait()
		r.wantSteps("a1/0", "a2/3")
		for id, answer := range map[string]string{
			"a1": `no such channel: channel "pigeon" is not configured`, "a2": `no address: F9 has no address in channel "app"`, "a3": `no address: F9 has no address in channel "app"`,
		} {
			n := r.notices(id)[0]
			if n.State != notice.Failed || n.Attempts[0].Result != "refused" || n.Attempts[0].Answer != answer {
				t.Errorf("%s: %+v", id, n)
			}
		}
		if r.metric("notify_failed_total", "unknown") != 1 || r.metric("notify_failed_total", "app") != 2 {
			t.Error("not counted")
		}
	})
}

// A day without success is a failure; if the next step cannot be journaled, it is
// asked for again.
func TestAfterADayTheNextStepRuns(t *testing.T) {
	inBubble(t, func(_ *testing.T, r *rig) {
		r.app.answers(always(notice.Temporary, "HTTP 503", 0))
		r.tell(asked("a1", 0, notice.ToOpen))
		synctest.Wait()
		r.stop()
		pass(24*time.Hour - time.Minute)
		r.start()
		pass(time.Second)
		r.wantStates("a1", notice.Pending)
		r.refuses(errors.New("the journal is full"))
		pass(time.Minute)
		r.wantStates("a1", notice.Pending)
		pass(6 * time.Minute)
		r.wantStates("a1", notice.Failed)
		r.wantSteps("a1/0")
	})
}

// Five failures in a row: operations hear of it through another channel, once,
// until the channel has delivered again.
func TestOperationsHearOfABrokenChannel(t *testing.T) {
	inBubble(t, func(t *testing.T, r *rig) {
		for outage := range 2 {
			r.app.answers(always(notice.Temporary, "HTTP 500", 0))
			r.tell(asked(fmt.Sprintf("a%d", outage), 0, notice.ToOpen))
			pass(10 * time.Minute)
			if down := r.metric("notify_channel_down", "app"); down != 1 {
				t.Errorf("down: %v", down)
			}
			r.app.answers(nil)
			pass(11 * time.Minute)
		}
		r.sms.want(t, "operations", "a0 operate", "a1 operate")
		m := r.sms.got[0].Messages[0]
		if m.Name != "" || m.Kind != "通知渠道 app 无法送达" || r.sms.got[0].Officer != "" {
			t.Errorf("message %+v", m)
		}
		if r.metric("notify_channel_down", "app") != 0 || r.metric("notify_channel_alarms_total", "app") != 2 {
			t.Error("not counted")
		}
	})
}
