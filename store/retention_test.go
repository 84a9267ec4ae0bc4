package store_test

import (
	"fmt"
	"slices"
	"testing"

	"correctiond/alerts"
	"correctiond/alerts/notice"
	"correctiond/event"
	"correctiond/roster"
	"correctiond/rules"
	"correctiond/store"
	"correctiond/store/tracks"
)

// past commits alerts one after the other: each opened, ended and closed at its
// instant, with what else the function does.
type past struct {
	t   *testing.T
	s   *store.State
	seq uint64
}

func (p *past) put(a alerts.Alert) {
	p.t.Helper()
	p.seq++
	commit(p.t, p.s, store.Batch{Seq: p.seq, At: a.Episode.Opened, Alerts: []store.AlertChange{opening(a)}, Notices: []notice.Notice{
		{Alert: a.Episode.ID, District: "D1", Step: int(p.seq), Why: notice.ToOpen, Channel: "sms", Officer: "F1"},
	}})
}

func (p *past) act(a *alerts.Alert, actions ...alerts.Action) {
	p.t.Helper()
	for _, action := range actions {
		action.By = "H1"
		next, err := alerts.Act(*a, rules.ByEvent, action)
		if err != nil {
			p.t.Fatal(err)
		}
		*a = next
	}
	p.put(*a)
}

func (p *past) closed(id string, at roster.Instant, before ...alerts.Action) alerts.Alert {
	p.t.Helper()
	a := raised(id, rules.P3, at-roster.Hour)
	a.Episode.Ended = at - 1
	p.act(&a, append(before, alerts.Action{Type: alerts.Close, At: at, Outcome: alerts.Unfounded})...)
	return a
}

func attach(hash byte) alerts.Action {
	return alerts.Action{Type: alerts.Attach, At: 1, File: &alerts.File{Name: "a", Type: "t", Size: 1, SHA256: hashOf(hash)}}
}

func hashOf(c byte) string { return string(slices.Repeat([]byte{c}, 64)) }

func TestOldAlertsAreDeleted(t *testing.T) { eachState(t, oldAlertsAreDeleted) }

func oldAlertsAreDeleted(t *testing.T, s *store.State) {
	p := &past{t: t, s: s}
	hold := alerts.Action{Type: alerts.Hold, At: 2, Reason: "行政复议"}
	p.closed("old", morning, attach('a'), attach('b'))
	p.closed("held", morning, hold, attach('c'))
	p.closed("let go", morning, hold, alerts.Action{Type: alerts.Release, At: 3, Reason: "复议结束"}, attach('b'))
	p.closed("young", morning+roster.Day, attach('a'))
	back := p.closed("opened again", morning)
	p.act(&back, alerts.Action{Type: alerts.Reopen, At: morning + 1, Reason: "误关"})
	lasting := raised("lasts", rules.P3, morning-roster.Day)
	p.act(&lasting, alerts.Action{Type: alerts.Close, At: morning, Outcome: alerts.Technical})
	p.put(raised("open", rules.P3, morning-roster.Day))
	p.closed("last change", morning)
	last := must[int64](t)(s.LastChange(t.Context()))

	n, files, err := s.PruneAlerts(t.Context(), morning+1)
	if err != nil || n != 2 || fmt.Sprint(files) != fmt.Sprint([]string{hashOf('b')}) {
		t.Errorf("%d deleted, files %v, %v", n, files, err)
	}
	held := []string{hashOf('a'), hashOf('b'), hashOf('c'), hashOf('d')}
	if unused, err := s.UnusedFiles(t.Context(), held); err != nil || !slices.Equal(unused, []string{hashOf('b'), hashOf('d')}) {
		t.Errorf("unused are %v, %v", unused, err)
	}
	var left []string
	for _, a := range must[alerts.Page](t)(s.Alerts(t.Context(), alerts.Filter{})).Items {
		left = append(left, a.Episode.ID)
	}
	slices.Sort(left)
	if want := []string{"held", "last change", "lasts", "open", "opened again", "young"}; !slices.Equal(left, want) {
		t.Errorf("left %v, want %v", left, want)
	}
	if now := must[int64](t)(s.LastChange(t.Context())); now != last {
		t.Errorf("the feed's last change was %d and is %d", last, now)
	}
	feed := must[[]alerts.Feed](t)(s.Changes(t.Context(), 0, 100))
	if len(feed) != 7 || feed[len(feed)-1].ID != last {
		t.Errorf("the feed has %d changes", len(feed))
	}
	p.put(raised("new", rules.P3, morning))
	if now := must[int64](t)(s.LastChange(t.Context())); now != last+1 {
		t.Errorf("the next change is %d, want %d", now, last+1)
	}
}

// Alerts that were closed before there was retention are found at the unlocking.
func TestAlertsClosedEarlierAreMarked(t *testing.T) {
	s, path := stateAt(t)
	p := &past{t: t, s: s}
	p.closed("old", morning)
	p.put(raised("open", rules.P3, morning))
	run(t, raw(t, path), "UPDATE alerts SET done = 0")
	if err := s.Unlock(t.Context(), keyring(t, "aes-gcm", "k")); err != nil {
		t.Fatal(err)
	}
	if n, _, err := s.PruneAlerts(t.Context(), morning+1); err != nil || n != 1 {
		t.Errorf("%d deleted, %v", n, err)
	}
}

func TestHeldTracksStay(t *testing.T) {
	s, h := openState(t), openHistory(t)
	a := raised("a1", rules.P3, morning)
	a.Episode.Subject, a.Episode.Started, a.Episode.Ended = "S00001", morning, morning+roster.Hour
	(&past{t: t, s: s}).act(&a, alerts.Action{Type: alerts.Hold, At: morning, Reason: "行政复议"})
	kept := must[[]tracks.Kept](t)(s.Holds(t.Context()))
	if len(kept) != 1 || kept[0] != (tracks.Kept{Subject: "S00001", From: morning - roster.Day, Until: morning + 25*roster.Hour}) {
		t.Fatalf("kept %+v", kept)
	}
	var events []event.Event
	for i, hours := range []int{-25, -23, 0, 24, 26} {
		for n := 1; n <= 2; n++ {
			e := fix(n, hours*int(roster.Hour))
			e.ID = fmt.Sprintf("e%d", i)
			events = append(events, e)
		}
	}
	if err := h.Write(t.Context(), "D1", 1, events); err != nil {
		t.Fatal(err)
	}
	if n := must[int64](t)(h.PruneKeeping(t.Context(), event.Location, morning+100*roster.Day, kept)); n != 7 {
		t.Errorf("%d deleted, want all five of one and two of the other", n)
	}
	var left []string
	for e, err := range h.Track(t.Context(), "S00001", 0, morning+100*roster.Day) {
		if err != nil {
			t.Fatal(err)
		}
		left = append(left, e.ID)
	}
	if fmt.Sprint(left) != "[e1 e2 e3]" {
		t.Errorf("left %v", left)
	}
	a.Episode.Ended = 0
	(&past{t: t, s: s, seq: 1}).act(&a, alerts.Action{Type: alerts.AddNote, At: morning, Text: "x"})
	if kept := must[[]tracks.Kept](t)(s.Holds(t.Context())); kept[0].Until < morning+10_000*roster.Day {
		t.Errorf("what lasts is kept until %d only", kept[0].Until)
	}
}
