package store_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"correctiond/alerts"
	"correctiond/alerts/notice"
	"correctiond/roster"
	"correctiond/rules"
	"correctiond/store"
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

// asked asks officer F1 through the channel to act on an alert, as its first step.
func asked(alert, channel string, due roster.Instant) notice.Notice {
	return notice.Notice{
		Alert: alert, District: "D1", Why: notice.ToOpen, Channel: channel, Officer: "F1", Due: due,
		Message: notice.Message{Alert: alert, Why: notice.ToOpen, Kind: "越界", Severity: "P2", Name: "李*", At: due},
	}
}

// severity is what a message is about; 0 where it does not say.
func severity(text string) (s rules.Severity) {
	_ = s.UnmarshalText([]byte(text))
	return s
}

// tell opens the alerts that notices name, and stores the notices with them.
func tell(t *testing.T, s stateStore, seq uint64, notices ...notice.Notice) {
	t.Helper()
	b := store.Batch{District: "D1", Seq: seq, At: morning, Notices: notices}
	for i := range notices {
		id := notices[i].Alert
		if _, err := s.Alert(t.Context(), id); err == nil || slices.ContainsFunc(b.Alerts, func(c store.AlertChange) bool { return c.Alert.Episode.ID == id }) {
			continue
		}
		b.Alerts = append(b.Alerts, opening(raised(id, severity(notices[i].Message.Severity), morning)))
	}
	commit(t, s, b)
}

// take claims through a channel for a minute.
func take(t *testing.T, s stateStore, worker, channel string, at roster.Instant) notice.Parcel {
	t.Helper()
	return must[notice.Parcel](t)(s.TakeParcel(t.Context(), notice.Claim{Worker: worker, Channel: channel, At: at, Until: at + roster.Minute}))
}

// delivered is how a letter ends that has arrived.
func delivered(at roster.Instant) notice.Ending {
	return notice.Ending{
		At: at, Result: notice.DeliveredResult, Receipt: notice.Receipt{Request: "r1", Answer: "ok"},
		Fates: []notice.Fate{{State: notice.Sent}},
	}
}

// failing is how one ends that is tried again when due, or never.
func failing(at roster.Instant, result string, due roster.Instant) notice.Ending {
	e := notice.Ending{At: at, Result: result, Fates: []notice.Fate{{State: notice.Pending, Due: due}}}
	switch result {
	case "refused":
		e.Fates[0].State = notice.Failed
	case "limited":
		e.Hold = due
	}
	return e
}

// ends finishes an attempt with the same fate for all.
func ends(t *testing.T, s stateStore, p notice.Parcel, e notice.Ending) {
	t.Helper()
	e.Fates = slices.Repeat(e.Fates, len(p.Notices))
	if err := s.FinishParcel(t.Context(), p, e); err != nil {
		t.Fatal(err)
	}
}

// keys names what is in a parcel.
func keys(p notice.Parcel) string {
	var all []string
	for i := range p.Notices {
		all = append(all, p.Notices[i].Alert+"/"+fmt.Sprint(p.Notices[i].Step))
	}
	return strings.Join(all, " ")
}

func wantKeys(t *testing.T, what string, p notice.Parcel, want string) {
	t.Helper()
	if got := keys(p); got != want {
		t.Errorf("%s: got %q, want %q", what, got, want)
	}
}

// noticeDelivered: nothing before it is due, once when it is, and the attempt is
// on record before and after.
func noticeDelivered(t *testing.T, s stateStore) {
	tell(t, s, 1, asked("a1", "app", morning+10))
	wantKeys(t, "not due", take(t, s, "w1", "app", morning+9), "")
	wantKeys(t, "another channel", take(t, s, "w1", "sms", morning+10), "")
	p := take(t, s, "w1", "app", morning+10)
	wantKeys(t, "due", p, "a1/0")
	if l := p.Letter(); l.Key != "a1/0/app/F1" || len(l.Messages) != 1 || l.Messages[0].Name != "李*" || l.Officer != "F1" {
		t.Errorf("letter %+v", l)
	}
	begun := must[[]notice.Sending](t)(s.NoticesOf(t.Context(), "a1"))[0]
	if len(begun.Attempts) != 1 || begun.Attempts[0] != (notice.Attempt{N: 1, At: morning + 10}) || begun.State != notice.Pending {
		t.Errorf("before sending: %+v", begun)
	}
	ends(t, s, p, delivered(morning+12))
	got := must[[]notice.Sending](t)(s.NoticesOf(t.Context(), "a1"))[0]
	want := notice.Attempt{N: 1, At: morning + 10, Ended: morning + 12, Result: "sent", Receipt: notice.Receipt{Request: "r1", Answer: "ok"}}
	if got.State != notice.Sent || got.Tries != 1 || got.Attempts[0] != want || got.Created != morning || got.Due != morning+10 {
		t.Errorf("after sending: %+v", got)
	}
	wantKeys(t, "sent", take(t, s, "w1", "app", morning+roster.Day), "")
}

// claimHolds: what one worker sends nobody else does, until the claim is over;
// then it is sent again under the same key.
func claimHolds(t *testing.T, s stateStore) {
	tell(t, s, 1, asked("a1", "app", morning))
	first := take(t, s, "w1", "app", morning)
	wantKeys(t, "claimed", take(t, s, "w2", "app", morning+1), "")
	second := take(t, s, "w2", "app", morning+roster.Minute)
	if second.Letter().Key != first.Letter().Key || second.Notices[0].Tries != 2 || second.Notices[0].First != morning {
		t.Errorf("again: %+v", second)
	}
	ends(t, s, first, failing(morning+roster.Minute+1, "temporary", morning+roster.Minute+2))
	wantKeys(t, "who lost the claim decides nothing", take(t, s, "w3", "app", morning+roster.Minute+2), "")
	ends(t, s, second, failing(morning+roster.Minute+3, "refused", 0))
	if got := must[[]notice.Sending](t)(s.NoticesOf(t.Context(), "a1"))[0]; got.State != notice.Failed || len(got.Attempts) != 2 || got.Attempts[0].Result != "temporary" {
		t.Errorf("got %+v", got)
	}
	ends(t, s, first, delivered(morning+2*roster.Minute))
	if got := must[[]notice.Sending](t)(s.NoticesOf(t.Context(), "a1"))[0]; got.State != notice.Sent {
		t.Errorf("it was delivered all the same: %+v", got)
	}
}

// claimReleased: the successor of a dead worker does not wait for the claim.
func claimReleased(t *testing.T, s stateStore) {
	tell(t, s, 1, asked("a1", "app", morning), asked("a2", "sms", morning))
	take(t, s, "w1", "app", morning)
	take(t, s, "w2", "sms", morning)
	if err := s.ReleaseParcels(t.Context(), "w1"); err != nil {
		t.Fatal(err)
	}
	wantKeys(t, "its own", take(t, s, "w1", "app", morning+1), "a1/0")
	wantKeys(t, "of another", take(t, s, "w1", "sms", morning+1), "")
}

// repeatedAsItWas: a letter that may have arrived is sent again with the same
// messages, whatever has come due since.
func repeatedAsItWas(t *testing.T, s stateStore) {
	group := func(alert string) notice.Notice {
		n := asked(alert, "app", morning)
		n.Grouped = true
		return n
	}
	tell(t, s, 1, group("a1"), group("a2"))
	before := take(t, s, "w1", "app", morning)
	tell(t, s, 2, group("a3"), asked("a4", "app", morning))
	again := take(t, s, "w1", "app", morning+roster.Minute)
	wantKeys(t, "again", again, "a1/0 a2/0")
	if again.Letter().Key != before.Letter().Key {
		t.Errorf("keys %q and %q", before.Letter().Key, again.Letter().Key)
	}
	ends(t, s, again, delivered(morning+roster.Minute+1))
	wantKeys(t, "then the others", take(t, s, "w1", "app", morning+roster.Minute+2), "a3/0")
}

// takenOnIsNotAsked: whoever acknowledges is not asked any more, also about what
// was stored in that same moment; what only tells is still told.
func takenOnIsNotAsked(t *testing.T, s stateStore) {
	told := asked("a1", "app", morning)
	told.Step, told.Why = 1, notice.ToEnd
	tell(t, s, 1, asked("a1", "app", morning), told)
	a := must[alerts.Alert](t)(s.Alert(t.Context(), "a1"))
	late := asked("a1", "app", morning)
	late.Step, late.Why = 2, notice.ToRepeat
	commit(t, s, store.Batch{Seq: 2, Alerts: []store.AlertChange{ack(t, a, morning)}, Notices: []notice.Notice{late}})
	wantKeys(t, "taken", take(t, s, "w1", "app", morning), "a1/1")
	var states []notice.State
	for _, n := range must[[]notice.Sending](t)(s.NoticesOf(t.Context(), "a1")) {
		states = append(states, n.State)
	}
	if want := []notice.State{"cancelled", "pending", "cancelled"}; !slices.Equal(states, want) {
		t.Errorf("got %v, want %v", states, want)
	}
}

// urgentFirst: a P1 does not stand behind the P3 that came before it.
func urgentFirst(t *testing.T, s stateStore) {
	slow, urgent := asked("a1", "app", morning), asked("a2", "app", morning+5)
	slow.Message.Severity, urgent.Message.Severity, urgent.Officer = "P3", "P1", "F2"
	tell(t, s, 1, slow, urgent)
	wantKeys(t, "first", take(t, s, "w1", "app", morning+5), "a2/0")
	wantKeys(t, "beside it, for another person", take(t, s, "w1", "app", morning+5), "a1/0")
}

// heldAndJoined: who gets too much gets nothing for a while, then everything.
func heldAndJoined(t *testing.T, s stateStore) {
	other := asked("a9", "app", morning)
	other.Officer = "F2"
	tell(t, s, 1, asked("a1", "app", morning), asked("a2", "app", morning))
	p := take(t, s, "w1", "app", morning)
	wantKeys(t, "alone", p, "a1/0")
	ends(t, s, p, failing(morning+1, "limited", morning+roster.Minute))
	tell(t, s, 2, asked("a3", "app", morning), other)
	p = take(t, s, "w1", "app", morning+2)
	wantKeys(t, "another person", p, "a9/0")
	ends(t, s, p, delivered(morning+3))
	wantKeys(t, "held", take(t, s, "w1", "app", morning+roster.Minute-1), "")
	p = take(t, s, "w1", "app", morning+roster.Minute)
	wantKeys(t, "joined", p, "a1/0 a2/0 a3/0")
	ends(t, s, p, delivered(morning+roster.Minute+1))
	tell(t, s, 3, asked("a4", "app", morning), asked("a5", "app", morning))
	wantKeys(t, "the hold is over", take(t, s, "w1", "app", morning+roster.Minute+2), "a4/0")
}

// unknownChannels are found by what is not among the known ones.
func unknownChannels(t *testing.T, s stateStore) {
	tell(t, s, 1, asked("a1", "app", morning), asked("a2", "pigeon", morning))
	c := notice.Claim{Worker: "w1", Except: []string{"app", "sms"}, At: morning, Until: morning + 1}
	p := must[notice.Parcel](t)(s.TakeParcel(t.Context(), c))
	wantKeys(t, "unknown", p, "a2/0")
	c.Except = nil
	wantKeys(t, "none is known", must[notice.Parcel](t)(s.TakeParcel(t.Context(), c)), "a1/0")
}

// waitingCounted: what is due or was tried, since when; not what is for tomorrow.
func waitingCounted(t *testing.T, s stateStore) {
	tell(t, s, 1, asked("a1", "app", morning), asked("a2", "sms", morning+5), asked("a3", "app", morning+roster.Day))
	ends(t, s, take(t, s, "w1", "app", morning+2), failing(morning+3, "temporary", morning+roster.Hour))
	n, oldest, err := s.NoticesWaiting(t.Context(), morning+6)
	if n != 2 || oldest != morning+2 || err != nil {
		t.Errorf("%d wait since %d, %v", n, oldest-morning, err)
	}
}

// operationsTold: a notice about a channel stands beside the chain, and who got
// it is not told of the alert's end.
func operationsTold(t *testing.T, s stateStore) {
	tell(t, s, 1, asked("a1", "app", morning))
	n := asked("a1", "sms", morning)
	n.Step, n.Why, n.Officer = -1, notice.ToOperate, ""
	for range 2 {
		if err := s.Tell(t.Context(), n, morning); err != nil {
			t.Fatal(err)
		}
	}
	for _, channel := range []string{"app", "sms"} {
		ends(t, s, take(t, s, "w1", channel, morning), delivered(morning+1))
	}
	end := notice.Notice{Alert: "a1", District: "D1", Step: 1, Why: notice.ToEnd, Due: morning + 2, Follow: true, Message: n.Message}
	a := must[alerts.Alert](t)(s.Alert(t.Context(), "a1"))
	commit(t, s, store.Batch{Seq: 2, Alerts: []store.AlertChange{ack(t, a, morning+2)}, Notices: []notice.Notice{end}})
	wantKeys(t, "the officer", take(t, s, "w1", "app", morning+2), "a1/1")
	wantKeys(t, "operations", take(t, s, "w1", "sms", morning+2), "")
}

// unreadableIsNotInTheWay: the others are sent.
func unreadableIsNotInTheWay(t *testing.T, s stateStore) {
	bad := asked("a1", "app", morning)
	bad.Message.Severity = "P0"
	tell(t, s, 1, asked("a1", "sms", morning), bad, asked("a2", "app", morning))
	wantKeys(t, "the other", take(t, s, "w1", "app", morning), "a2/0")
	if list := must[[]notice.Sending](t)(s.NoticesOf(t.Context(), "a1")); list[1].State != notice.Failed {
		t.Errorf("got %+v", list)
	}
}

// attemptsPruned: old attempts go, but not of what still waits.
func attemptsPruned(t *testing.T, s stateStore) {
	tell(t, s, 1, asked("a1", "app", morning), asked("a2", "sms", morning), asked("a3", "web", morning))
	ends(t, s, take(t, s, "w1", "app", morning), delivered(morning+1))
	ends(t, s, take(t, s, "w1", "sms", morning), failing(morning+1, "temporary", morning+9))
	ends(t, s, take(t, s, "w1", "web", morning+5), delivered(morning+6))
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
		list = append(list, asked(fmt.Sprintf("a%03d", i), "app", morning))
	}
	again := asked("a000", "app", morning)
	again.Step, again.Why = 1, notice.ToRepeat
	tell(t, s, 1, append(list, again)...)
	wantKeys(t, "both", take(t, s, "w1", "app", morning), "a000/0 a000/1")
}

// selfClosedIsReported: an alert that was over before anybody was told is told
// all the same.
func selfClosedIsReported(t *testing.T, s stateStore) {
	a := raised("a1", rules.P3, morning)
	end := a.Episode
	end.Ended = morning + 1
	closed, _ := alerts.Observe(&a, end, rules.Auto, morning+1)
	n, again := asked("a1", "app", morning+5), asked("a1", "sms", morning+5)
	again.Why = notice.ToRepeat
	commit(t, s, store.Batch{Seq: 1, Alerts: []store.AlertChange{opening(a), {Alert: closed, What: alerts.WasClosed, At: morning + 1}}, Notices: []notice.Notice{n, again}})
	wantKeys(t, "opened", take(t, s, "w1", "app", morning+5), "a1/0")
	wantKeys(t, "asked again", take(t, s, "w1", "sms", morning+5), "")
}
