package storetest

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
	"correctiond/store/audit"
)

// Raised is an open alert as the rules first see it.
func Raised(id string, sev rules.Severity, opened roster.Instant) alerts.Alert {
	a, _ := alerts.Observe(nil, rules.Episode{
		ID: id, Kind: "area-exit", Severity: sev, District: "D1", Subject: "S0001", Office: "O1", Officer: "F1",
		Started: opened - roster.Minute, Opened: opened, Count: 1,
		History: []rules.SeverityStep{{At: opened, Severity: sev}},
		Reason:  rules.Text{ZH: "离开市辖区", EN: "left the city"}, Rules: "v1",
		Evidence: map[string]any{"distance_m": 1200.5, "events": []any{"a1", "a2"}},
	}, rules.ByEvent, opened)
	return a
}

// Opening is the change that stores a new alert.
func Opening(a alerts.Alert) store.AlertChange {
	return store.AlertChange{Alert: a, What: alerts.WasOpened, At: a.Episode.Opened}
}

// Committer is a database that takes batches.
type Committer interface {
	Commit(ctx context.Context, batches ...store.Batch) error
	Alert(ctx context.Context, id string) (alerts.Alert, error)
}

// Commit stores a batch, of D1 unless it names a district.
func Commit(t testing.TB, s Committer, b store.Batch) {
	t.Helper()
	if b.District == "" {
		b.District = "D1"
	}
	if err := s.Commit(t.Context(), b); err != nil {
		t.Fatal(err)
	}
}

// Asked asks officer F1 through the channel to act on an alert, as its first step.
func Asked(alert, channel string, due roster.Instant) notice.Notice {
	return notice.Notice{
		Alert: alert, District: "D1", Why: notice.ToOpen, Channel: channel, Officer: "F1", Due: due,
		Message: notice.Message{Alert: alert, Why: notice.ToOpen, Kind: "越界", Severity: "P2", Name: "李*", At: due},
	}
}

// Tell opens the alerts that notices name, and stores the notices with them.
func Tell(t testing.TB, s Committer, seq uint64, notices ...notice.Notice) {
	t.Helper()
	b := store.Batch{District: "D1", Seq: seq, At: Morning, Notices: notices}
	for i := range notices {
		id := notices[i].Alert
		if _, err := s.Alert(t.Context(), id); err == nil || slices.ContainsFunc(b.Alerts, func(c store.AlertChange) bool { return c.Alert.Episode.ID == id }) {
			continue
		}
		var sev rules.Severity // 0 where the message does not say
		_ = sev.UnmarshalText([]byte(notices[i].Message.Severity))
		b.Alerts = append(b.Alerts, Opening(Raised(id, sev, Morning)))
	}
	Commit(t, s, b)
}

// Records appends some to the audit chain.
func Records(t testing.TB, s *store.State, n int) {
	t.Helper()
	for i := range n {
		r := audit.Record{
			At: Morning, Actor: "F1", Action: "track.read", Object: fmt.Sprintf("S%04d", i),
			Reason: "查找", Detail: `{"hours":2}`, Subject: roster.SubjectID(fmt.Sprintf("S%04d", i)),
		}
		if err := s.AppendAudit(t.Context(), r); err != nil {
			t.Fatal(err)
		}
	}
}

// Take claims through a channel for a minute.
func Take(t testing.TB, s Sender, worker, channel string, at roster.Instant) notice.Parcel {
	t.Helper()
	return Must[notice.Parcel](t)(s.TakeParcel(t.Context(), notice.Claim{Worker: worker, Channel: channel, At: at, Until: at + roster.Minute}))
}

// Delivered is how a letter ends that has arrived.
func Delivered(at roster.Instant) notice.Ending {
	return notice.Ending{
		At: at, Result: notice.DeliveredResult, Receipt: notice.Receipt{Request: "r1", Answer: "ok"},
		Fates: []notice.Fate{{State: notice.Sent}},
	}
}

// Failing is how one ends that is tried again when due, or never.
func Failing(at roster.Instant, result string, due roster.Instant) notice.Ending {
	e := notice.Ending{At: at, Result: result, Fates: []notice.Fate{{State: notice.Pending, Due: due}}}
	switch result {
	case "refused":
		e.Fates[0].State = notice.Failed
	case "limited":
		e.Hold = due
	}
	return e
}

// Ends finishes an attempt with the same fate for all.
func Ends(t testing.TB, s Sender, p notice.Parcel, e notice.Ending) {
	t.Helper()
	e.Fates = slices.Repeat(e.Fates, len(p.Notices))
	if err := s.FinishParcel(t.Context(), p, e); err != nil {
		t.Fatal(err)
	}
}

// Keys names what is in a parcel.
func Keys(p notice.Parcel) string {
	var all []string
	for i := range p.Notices {
		all = append(all, p.Notices[i].Alert+"/"+fmt.Sprint(p.Notices[i].Step))
	}
	return strings.Join(all, " ")
}

// WantKeys says what is in a parcel that should not be there, or is not.
func WantKeys(t testing.TB, what string, p notice.Parcel, want string) {
	t.Helper()
	if got := Keys(p); got != want {
		t.Errorf("%s: got %q, want %q", what, got, want)
	}
}

// Sender is a database that parcels are taken from.
type Sender interface {
	TakeParcel(ctx context.Context, c notice.Claim) (notice.Parcel, error)
	FinishParcel(ctx context.Context, p notice.Parcel, e notice.Ending) error
}
