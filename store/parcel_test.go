package store_test

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"correctiond/alerts"
	"correctiond/alerts/notice"
	"correctiond/roster"
	"correctiond/rules"
	"correctiond/store"
	"correctiond/store/storetest"
)

// deliveryStore is the part about sending notices.
type deliveryStore interface {
	TakeParcel(context.Context, notice.Claim) (notice.Parcel, error)
	FinishParcel(context.Context, notice.Parcel, notice.Ending) error
	ReleaseParcels(context.Context, string) error
	NoticesOf(context.Context, string) ([]notice.Sending, error)
	NoticesWaiting(context.Context, roster.Instant) (int, roster.Instant, error)
	Tell(context.Context, notice.Notice, roster.Instant) error
	PruneAttempts(context.Context, roster.Instant) (int64, error)
}

// noticeDelivered: nothing before it is due, once when it is, and the attempt is
// on record before and after.
func noticeDelivered(t *testing.T, s stateStore) {
	storetest.Tell(t, s, 1, storetest.Asked("a1", "app", morning+10))
	storetest.WantKeys(t, "not due", storetest.Take(t, s, "w1", "app", morning+9), "")
	storetest.WantKeys(t, "another channel", storetest.Take(t, s, "w1", "sms", morning+10), "")
	p := storetest.Take(t, s, "w1", "app", morning+10)
	storetest.WantKeys(t, "due", p, "a1/0")
	if l := p.Letter(); l.Key != "a1/0/app/F1" || len(l.Messages) != 1 || l.Messages[0].Name != "李*" || l.Officer != "F1" {
		t.Errorf("letter %+v", l)
	}
	begun := must[[]notice.Sending](t)(s.NoticesOf(t.Context(), "a1"))[0]
	if len(begun.Attempts) != 1 || begun.Attempts[0] != (notice.Attempt{N: 1, At: morning + 10}) || begun.State != notice.Pending {
		t.Errorf("before sending: %+v", begun)
	}
	storetest.Ends(t, s, p, storetest.Delivered(morning+12))
	got := must[[]notice.Sending](t)(s.NoticesOf(t.Context(), "a1"))[0]
	want := notice.Attempt{N: 1, At: morning + 10, Ended: morning + 12, Result: "sent", Receipt: notice.Receipt{Request: "r1", Answer: "ok"}}
	if got.State != notice.Sent || got.Tries != 1 || got.Attempts[0] != want || got.Created != morning || got.Due != morning+10 {
		t.Errorf("after sending: %+v", got)
	}
	storetest.WantKeys(t, "sent", storetest.Take(t, s, "w1", "app", morning+roster.Day), "")
}

// repeatedAsItWas: a letter that may have arrived is sent again with the same
// messages, whatever has come due since.
func repeatedAsItWas(t *testing.T, s stateStore) {
	group := func(alert string) notice.Notice {
		n := storetest.Asked(alert, "app", morning)
		n.Grouped = true
		return n
	}
	storetest.Tell(t, s, 1, group("a1"), group("a2"))
	before := storetest.Take(t, s, "w1", "app", morning)
	storetest.Tell(t, s, 2, group("a3"), storetest.Asked("a4", "app", morning))
	again := storetest.Take(t, s, "w1", "app", morning+roster.Minute)
	storetest.WantKeys(t, "again", again, "a1/0 a2/0")
	if again.Letter().Key != before.Letter().Key {
		t.Errorf("keys %q and %q", before.Letter().Key, again.Letter().Key)
	}
	storetest.Ends(t, s, again, storetest.Delivered(morning+roster.Minute+1))
	storetest.WantKeys(t, "then the others", storetest.Take(t, s, "w1", "app", morning+roster.Minute+2), "a3/0")
}

// takenOnIsNotAsked: whoever acknowledges is not asked any more, also about what
// was stored in that same moment; what only tells is still told.
func takenOnIsNotAsked(t *testing.T, s stateStore) {
	told := storetest.Asked("a1", "app", morning)
	told.Step, told.Why = 1, notice.ToEnd
	storetest.Tell(t, s, 1, storetest.Asked("a1", "app", morning), told)
	a := must[alerts.Alert](t)(s.Alert(t.Context(), "a1"))
	late := storetest.Asked("a1", "app", morning)
	late.Step, late.Why = 2, notice.ToRepeat
	commit(t, s, store.Batch{Seq: 2, Alerts: []store.AlertChange{ack(t, a, morning)}, Notices: []notice.Notice{late}})
	storetest.WantKeys(t, "taken", storetest.Take(t, s, "w1", "app", morning), "a1/1")
	var states []notice.State
	for _, n := range must[[]notice.Sending](t)(s.NoticesOf(t.Context(), "a1")) {
		states = append(states, n.State)
	}
	if want := []notice.State{"cancelled", "pending", "cancelled"}; !slices.Equal(states, want) {
		t.Errorf("got %v, want %v", states, want)
	}
}

// heldAndJoined: who gets too much gets nothing for a while, then everything.
func heldAndJoined(t *testing.T, s stateStore) {
	other := storetest.Asked("a9", "app", morning)
	other.Officer = "F2"
	storetest.Tell(t, s, 1, storetest.Asked("a1", "app", morning), storetest.Asked("a2", "app", morning))
	p := storetest.Take(t, s, "w1", "app", morning)
	storetest.WantKeys(t, "alone", p, "a1/0")
	storetest.Ends(t, s, p, storetest.Failing(morning+1, "limited", morning+roster.Minute))
	storetest.Tell(t, s, 2, storetest.Asked("a3", "app", morning), other)
	p = storetest.Take(t, s, "w1", "app", morning+2)
	storetest.WantKeys(t, "another person", p, "a9/0")
	storetest.Ends(t, s, p, storetest.Delivered(morning+3))
	storetest.WantKeys(t, "held", storetest.Take(t, s, "w1", "app", morning+roster.Minute-1), "")
	p = storetest.Take(t, s, "w1", "app", morning+roster.Minute)
	storetest.WantKeys(t, "joined", p, "a1/0 a2/0 a3/0")
	storetest.Ends(t, s, p, storetest.Delivered(morning+roster.Minute+1))
	storetest.Tell(t, s, 3, storetest.Asked("a4", "app", morning), storetest.Asked("a5", "app", morning))
	storetest.WantKeys(t, "the hold is over", storetest.Take(t, s, "w1", "app", morning+roster.Minute+2), "a4/0")
}

// operationsTold: a notice about a channel stands beside the chain, and who got
// it is not told of the alert's end.
func operationsTold(t *testing.T, s stateStore) {
	storetest.Tell(t, s, 1, storetest.Asked("a1", "app", morning))
	n := storetest.Asked("a1", "sms", morning)
	n.Step, n.Why, n.Officer = -1, notice.ToOperate, ""
	for range 2 {
		if err := s.Tell(t.Context(), n, morning); err != nil {
			t.Fatal(err)
		}
	}
	for _, channel := range []string{"app", "sms"} {
		storetest.Ends(t, s, storetest.Take(t, s, "w1", channel, morning), storetest.Delivered(morning+1))
	}
	end := notice.Notice{Alert: "a1", District: "D1", Step: 1, Why: notice.ToEnd, Due: morning + 2, Follow: true, Message: n.Message}
	a := must[alerts.Alert](t)(s.Alert(t.Context(), "a1"))
	commit(t, s, store.Batch{Seq: 2, Alerts: []store.AlertChange{ack(t, a, morning+2)}, Notices: []notice.Notice{end}})
	storetest.WantKeys(t, "the officer", storetest.Take(t, s, "w1", "app", morning+2), "a1/1")
	storetest.WantKeys(t, "operations", storetest.Take(t, s, "w1", "sms", morning+2), "")
}

// unreadableIsNotInTheWay: the others are sent.
func unreadableIsNotInTheWay(t *testing.T, s stateStore) {
	bad := storetest.Asked("a1", "app", morning)
	bad.Message.Severity = "P0"
	storetest.Tell(t, s, 1, storetest.Asked("a1", "sms", morning), bad, storetest.Asked("a2", "app", morning))
	storetest.WantKeys(t, "the other", storetest.Take(t, s, "w1", "app", morning), "a2/0")
	if list := must[[]notice.Sending](t)(s.NoticesOf(t.Context(), "a1")); list[1].State != notice.Failed {
		t.Errorf("got %+v", list)
	}
}

// attemptsPruned: old attempts go, but not of what still waits.
func attemptsPruned(t *testing.T, s stateStore) {
	storetest.Tell(t, s, 1, storetest.Asked("a1", "app", morning), storetest.Asked("a2", "sms", morning), storetest.Asked("a3", "web", morning))
	storetest.Ends(t, s, storetest.Take(t, s, "w1", "app", morning), storetest.Delivered(morning+1))
	storetest.Ends(t, s, storetest.Take(t, s, "w1", "sms", morning), storetest.Failing(morning+1, "temporary", morning+9))
	storetest.Ends(t, s, storetest.Take(t, s, "w1", "web", morning+5), storetest.Delivered(morning+6))
	if n := must[int64](t)(s.PruneAttempts(t.Context(), morning+5)); n != 1 {
		t.Errorf("%d deleted", n)
	}
	if got := must[[]notice.Sending](t)(s.NoticesOf(t.Context(), "a1"))[0]; got.State != notice.Sent || len(got.Attempts) != 0 {
		t.Errorf("got %+v", got)
	}
}

// longQueue: a newer request about the same alert goes along, however much is
// between them.
func longQueue(t *testing.T, s stateStore) {
	var list []notice.Notice
	for i := range 250 {
		list = append(list, storetest.Asked(fmt.Sprintf("a%03d", i), "app", morning))
	}
	again := storetest.Asked("a000", "app", morning)
	again.Step, again.Why = 1, notice.ToRepeat
	storetest.Tell(t, s, 1, append(list, again)...)
	storetest.WantKeys(t, "both", storetest.Take(t, s, "w1", "app", morning), "a000/0 a000/1")
}

// selfClosedIsReported: an alert that was over before anybody was told is told
// all the same.
func selfClosedIsReported(t *testing.T, s stateStore) {
	a := raised("a1", rules.P3, morning)
	end := a.Episode
	end.Ended = morning + 1
	closed, _ := alerts.Observe(&a, end, rules.Auto, morning+1)
	n, again := storetest.Asked("a1", "app", morning+5), storetest.Asked("a1", "sms", morning+5)
	again.Why = notice.ToRepeat
	commit(t, s, store.Batch{Seq: 1, Alerts: []store.AlertChange{opening(a), {Alert: closed, What: alerts.WasClosed, At: morning + 1}}, Notices: []notice.Notice{n, again}})
	storetest.WantKeys(t, "opened", storetest.Take(t, s, "w1", "app", morning+5), "a1/0")
	storetest.WantKeys(t, "asked again", storetest.Take(t, s, "w1", "sms", morning+5), "")
}
