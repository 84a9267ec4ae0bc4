package alerts_test

import (
	"errors"
	"reflect"
	"strings"
	"testing"

	"correctiond/alerts"
	"correctiond/roster"
	"correctiond/rules"
)

func TestAcknowledge(t *testing.T) {
	a := opened(episode("area-exit", rules.P2), rules.ByEvent)
	next := acted(t, a, rules.ByEvent, alerts.Action{Type: alerts.Ack, By: "F1", Version: 1})
	if next.State != alerts.Acknowledged || next.Version != 2 || next.Acknowledged.By != "F1" {
		t.Errorf("got %+v", next)
	}
	_, err := alerts.Act(next, rules.ByEvent, alerts.Action{Type: alerts.Ack, By: "F2", At: morning})
	if !errors.Is(err, alerts.ErrConflict) || !strings.Contains(err.Error(), "already acknowledged by F1") {
		t.Errorf("second acknowledgement: %v", err)
	}
}

func TestStaleVersionCarriesTheCurrentAlert(t *testing.T) {
	a := opened(episode("area-exit", rules.P2), rules.ByEvent)
	a = acted(t, a, rules.ByEvent, alerts.Action{Type: alerts.Ack, By: "F1"})
	_, err := alerts.Act(a, rules.ByEvent, alerts.Action{Type: alerts.AddNote, Text: "x", Version: 1, At: morning})
	var refusal *alerts.Refusal
	if !errors.As(err, &refusal) || !errors.Is(err, alerts.ErrStale) || !reflect.DeepEqual(refusal.Current, a) {
		t.Errorf("got %v with %+v", err, refusal)
	}
}

func TestClosedAlertTakesNotesAndFilesOnly(t *testing.T) {
	a := opened(episode("area-exit", rules.P3), rules.ByEvent)
	a = acted(t, a, rules.ByEvent, alerts.Action{Type: alerts.Close, By: "F1", Outcome: alerts.Unfounded})
	for _, typ := range []alerts.ActionType{alerts.Ack, alerts.Close, alerts.Assign, alerts.Escalate, alerts.PutOff, alerts.DeclareLost} {
		_, err := alerts.Act(a, rules.ByEvent, alerts.Action{Type: typ, Outcome: alerts.Excused, Officer: "F2", Until: morning + 1, At: morning})
		if !errors.Is(err, alerts.ErrClosed) {
			t.Errorf("%s: %v", typ, err)
		}
	}
	if n := acted(t, a, rules.ByEvent, alerts.Action{Type: alerts.AddNote, Text: "补充"}); len(n.Notes()) != 1 || n.State != alerts.Closed {
		t.Errorf("note on a closed alert: %+v", n)
	}
	if n := acted(t, a, rules.ByEvent, alerts.Action{Type: alerts.Attach, File: photo()}); len(n.Files()) != 1 || n.State != alerts.Closed {
		t.Errorf("file on a closed alert: %+v", n)
	}
}

func TestWhatClosingNeeds(t *testing.T) {
	note := []alerts.Entry{{Did: alerts.AddNote, Text: "电话已接通", About: alerts.Contact}}
	inspected := []alerts.Entry{{Did: alerts.AddNote, Text: "腕带完好", About: alerts.Inspection}}
	filed := []alerts.Entry{{Did: alerts.Attach, File: photo()}}
	for _, c := range []struct {
		name   string
		kind   rules.Kind
		sev    rules.Severity
		log    []alerts.Entry
		action alerts.Action
		field  string // of the refusal; empty: closes
	}{
		{"P3 without a reason", "area-exit", rules.P3, nil, alerts.Action{Outcome: alerts.Excused}, ""},
		{"P2 without a reason", "area-exit", rules.P2, nil, alerts.Action{Outcome: alerts.Excused}, "reason"},
		{"P2, three characters", "area-exit", rules.P2, nil, alerts.Action{Outcome: alerts.Excused, Reason: " 已核实 "}, "reason"},
		{"P2, four characters", "area-exit", rules.P2, nil, alerts.Action{Outcome: alerts.Excused, Reason: "已经核实"}, ""},
		{"P1 confirmed without evidence", "no-contact", rules.P1, nil, alerts.Action{Outcome: alerts.Confirmed, Reason: "情况属实"}, "note"},
		{"P1 confirmed with the closing's note", "no-contact", rules.P1, nil, alerts.Action{Outcome: alerts.Confirmed, Reason: "情况属实", Text: "当面核实"}, ""},
		{"P1 confirmed with a contact record", "no-contact", rules.P1, note, alerts.Action{Outcome: alerts.Confirmed, Reason: "情况属实"}, ""},
		{"P1 confirmed with a file", "no-contact", rules.P1, filed, alerts.Action{Outcome: alerts.Confirmed, Reason: "情况属实"}, ""},
		{"strap with a file only", "strap-tamper", rules.P1, filed, alerts.Action{Outcome: alerts.Technical, Reason: "误触发了"}, "note"},
		{"P3 confirmed without evidence", "area-exit", rules.P3, nil, alerts.Action{Outcome: alerts.Confirmed}, ""},
		{"strap without inspection", "strap-tamper", rules.P1, note, alerts.Action{Outcome: alerts.Technical, Reason: "误触发了"}, "note"},
		{"strap with the closing's note", "strap-tamper", rules.P1, nil, alerts.Action{Outcome: alerts.Technical, Reason: "误触发了", Text: "已查验腕带"}, ""},
		{"strap inspected before", "strap-tamper", rules.P1, inspected, alerts.Action{Outcome: alerts.Technical, Reason: "误触发了"}, ""},
		{"recovered is the system's", "area-exit", rules.P3, nil, alerts.Action{Outcome: alerts.Recovered}, "outcome"},
		{"no outcome", "area-exit", rules.P3, nil, alerts.Action{}, "outcome"},
		{"as the system", "area-exit", rules.P3, nil, alerts.Action{Outcome: alerts.Excused, By: alerts.System}, "by"},
		{"endless reason", "area-exit", rules.P3, nil, alerts.Action{Outcome: alerts.Excused, Reason: strings.Repeat("长", 4001)}, "reason"},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := opened(episode(c.kind, c.sev), rules.ByEvent)
			a.Log = c.log
			c.action.Type, c.action.At = alerts.Close, morning+roster.Hour
			next, err := alerts.Act(a, rules.ByEvent, c.action)
			if c.field == "" {
				if err != nil || next.State != alerts.Closed || next.Outcome != c.action.Outcome || next.Closed.At != c.action.At {
					t.Errorf("got %+v, %v", next, err)
				}
				return
			}
			wantRefused(t, err, c.field)
			if !reflect.DeepEqual(next, a) {
				t.Errorf("a refused closing changed the alert")
			}
		})
	}
}

// A replay repeats what was decided elsewhere: only the outcome must be one.
func TestRecordedClosingNeedsNoEvidence(t *testing.T) {
	a := opened(episode("strap-tamper", rules.P1), rules.ByPerson)
	act := alerts.Action{Type: alerts.Close, Outcome: alerts.Confirmed, At: morning, Recorded: true}
	if next := acted(t, a, rules.ByPerson, act); next.State != alerts.Closed || next.Outcome != alerts.Confirmed {
		t.Errorf("got %+v", next)
	}
	for _, outcome := range []alerts.Outcome{"", alerts.Recovered, "shrug"} {
		act.Outcome = outcome
		_, err := alerts.Act(a, rules.ByPerson, act)
		wantRefused(t, err, "outcome")
	}
}

func wantRefused(t *testing.T, err error, field string) {
	t.Helper()
	var refusal *alerts.Refusal
	if !errors.As(err, &refusal) || !errors.Is(err, alerts.ErrInvalid) || refusal.Field != field {
		t.Fatalf("got %v, want a refusal of %s", err, field)
	}
	if !strings.Contains(err.Error(), field) {
		t.Errorf("%q does not name %s", err, field)
	}
}

func TestMalformedActions(t *testing.T) {
	a := opened(episode("area-exit", rules.P3), rules.ByEvent)
	for field, act := range map[string]alerts.Action{
		"type":  {Type: "shred", At: morning},
		"at":    {Type: alerts.Ack},
		"text":  {Type: alerts.AddNote, Text: "  ", At: morning},
		"about": {Type: alerts.AddNote, Text: "x", About: "weather", At: morning},
	} {
		_, err := alerts.Act(a, rules.ByEvent, act)
		wantRefused(t, err, field)
	}
	_, err := alerts.Act(a, rules.ByEvent, alerts.Action{Type: alerts.AddNote, Text: strings.Repeat("长", 4001), At: morning})
	wantRefused(t, err, "text")
}

func TestClosingAPersonEndedKindEndsItsCondition(t *testing.T) {
	a := opened(episode("sos", rules.P1), rules.ByPerson)
	act := alerts.Action{Type: alerts.Close, Outcome: alerts.Excused, Reason: "误按按钮", At: morning + roster.Hour}
	closed := acted(t, a, rules.ByPerson, act)
	if closed.Episode.Ended != act.At {
		t.Errorf("ended %d, want %d", closed.Episode.Ended, act.At)
	}
	later := a.Episode
	later.Count = 2
	next, _ := alerts.Observe(&closed, later, rules.ByPerson, act.At+1)
	if next.Episode.Ended != act.At || next.Episode.Count != 2 {
		t.Errorf("a late state took the end away: %+v", next.Episode)
	}
}

func TestActLeavesThePreviousAlertAlone(t *testing.T) {
	a := opened(episode("area-exit", rules.P3), rules.ByEvent)
	a.Log = make([]alerts.Entry, 0, 8)
	one := acted(t, a, rules.ByEvent, alerts.Action{Type: alerts.AddNote, Text: "one"})
	two := acted(t, a, rules.ByEvent, alerts.Action{Type: alerts.AddNote, Text: "two"})
	if one.Notes()[0].Text != "one" || two.Notes()[0].Text != "two" || len(a.Notes()) != 0 {
		t.Errorf("notes are shared: %q %q", one.Notes()[0].Text, two.Notes()[0].Text)
	}
}

// Whoever an alert about staff is about explains it; somebody else decides.
func TestNobodyDecidesOnTheirOwnQueries(t *testing.T) {
	ep := episode("query-anomaly", rules.P2)
	ep.Evidence = map[string]any{"staff": "li"}
	a := opened(ep, rules.ByPerson)
	for _, try := range []struct {
		by    string
		what  alerts.Action
		taken bool
	}{
		{"li", alerts.Action{Type: alerts.Ack}, false},
		{"li", alerts.Action{Type: alerts.Assign, Officer: "F1"}, false},
		{"li", alerts.Action{Type: alerts.Close, Outcome: alerts.Excused, Reason: "an audit"}, false},
		{"li", alerts.Action{Type: alerts.AddNote, Text: "search on the order of the head"}, true},
		{"li", alerts.Action{Type: alerts.Attach, File: photo()}, true},
		{"wang", alerts.Action{Type: alerts.Ack}, true},
		{"wang", alerts.Action{Type: alerts.Close, Outcome: alerts.Excused, Reason: "an audit"}, true},
	} {
		act := try.what
		act.By, act.At = try.by, morning
		_, err := alerts.Act(a, rules.ByPerson, act)
		if refused := errors.Is(err, alerts.ErrConflict); refused == try.taken || (err != nil && !refused) {
			t.Errorf("%s by %s: %v", act.Type, try.by, err)
		}
	}
}
