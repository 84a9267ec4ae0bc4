package registers_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"correctiond/registers"
	"correctiond/roster"
)

func find(t *testing.T, name string) registers.Register {
	t.Helper()
	r, ok := registers.Find(name)
	if !ok {
		t.Fatalf("there is no register %s", name)
	}
	return r
}

func TestRegistersOfTheTable(t *testing.T) {
	var names []string
	for _, r := range registers.All() {
		names = append(names, r.Name)
		for _, f := range append(r.Steps, r.New) {
			if !f.Allows("district") || f.Allows("procurator") || f.Allows("ops") {
				t.Errorf("%s %s may be written by %s", r.Name, f.Name, f.Roles)
			}
		}
	}
	if got := strings.Join(names, " "); got != "contacts visits sweeps track-reviews incidents hand-overs released objections" {
		t.Errorf("registers: %s", got)
	}
	if _, ok := registers.Find("gossip"); ok {
		t.Error("an unknown register is found")
	}
}

func TestWhatEntriesTake(t *testing.T) {
	for _, c := range []struct {
		register, step string
		subject        roster.SubjectID
		body           registers.Body
		wrong          string // the field, "" for none
	}{
		{"contacts", "", "S1", registers.Body{"way": "call", "result": "reached", "with": "配偶"}, ""},
		{"contacts", "", "", registers.Body{"way": "call", "result": "reached"}, "subject"},
		{"contacts", "", "S1", registers.Body{"way": "pigeon", "result": "reached"}, "way"},
		{"contacts", "", "S1", registers.Body{"way": "call"}, "result"},
		{"contacts", "", "S1", registers.Body{"way": "call", "result": "reached", "mood": "x"}, "mood"},
		{"contacts", "", "S1", registers.Body{"way": 1.0, "result": "reached"}, "way"},
		{"visits", "", "S1", registers.Body{"date": "2026-03-02", "place": "家中", "result": "情绪稳定"}, ""},
		{"visits", "", "S1", registers.Body{"date": "2026-13-02", "place": "家中", "result": "x"}, "date"},
		{"visits", "", "S1", registers.Body{"place": strings.Repeat("家", 4001), "result": "x"}, "place"},
		{"sweeps", "", "", registers.Body{"title": "春节前排查", "check": "当面核实", "until": "2026-03-09"}, ""},
		{"sweeps", "", "S1", registers.Body{"title": "春节前排查", "check": "当面核实", "until": "2026-03-09"}, "subject"},
		{"sweeps", "checked", "S1", registers.Body{"step": "checked", "finding": "normal"}, ""},
		{"sweeps", "checked", "", registers.Body{"step": "checked", "finding": "normal"}, "subject"},
		{"incidents", "submitted", "", registers.Body{"step": "submitted", "what": "x"}, "measures"},
		{"released", "", "", registers.Body{"person": "R1", "what": "help", "needs": []any{"住房"}, "next_visit": "2026-04-01"}, ""},
		{"released", "", "", registers.Body{"person": "R1", "what": "help", "needs": "住房"}, "needs"},
		{"released", "", "", registers.Body{"person": "R1", "what": "help", "needs": []any{""}}, "needs"},
	} {
		r := find(t, c.register)
		f, ok := r.Form(c.step)
		if !ok {
			t.Fatalf("%s has no step %s", c.register, c.step)
		}
		err := f.Check(c.subject, c.body)
		wrong, _ := errors.AsType[*registers.FieldError](err)
		if (c.wrong == "") != (err == nil) || wrong != nil && wrong.Field != c.wrong {
			t.Errorf("%s %v: %v, want %q", c.register, c.body, err, c.wrong)
		}
	}
}

// step adds a step on a day as the store would, after asking whether it may come.
func step(r *registers.Register, rec *registers.Record, name string, subject roster.SubjectID, date string) error {
	f, ok := r.Form(name)
	if !ok {
		return errors.New("there is no step " + name)
	}
	if err := r.Follows(rec, &f, subject); err != nil {
		return err
	}
	body := registers.Body{"step": name, "date": date}
	rec.Steps = append(rec.Steps, registers.Entry{Of: 1, Subject: subject, At: day("2026-03-05T10:00:00+08:00"), Body: body})
	return nil
}

func calendar() *roster.Calendar { return roster.NewCalendar(time.FixedZone("", 8*3600)) }

func day(text string) roster.Instant {
	d, err := roster.ParseDate(text)
	if err != nil {
		return -1
	}
	return calendar().Start(d)
}

func TestAnIncidentIsDueADayAfterItWasConfirmed(t *testing.T) {
	r := find(t, "incidents")
	rec := registers.Record{Entry: registers.Entry{ID: 1, Register: "incidents", Body: registers.Body{"alert": "a1", "title": "脱管"}}}
	if due := r.Due(calendar(), &rec); due != 0 || r.State(&rec) != "open" {
		t.Errorf("not confirmed: due %d, %s", due, r.State(&rec))
	}
	rec.Body["confirmed"] = "2026-03-02T10:00:00+08:00"
	if due := r.Due(calendar(), &rec); due != day("2026-03-03T10:00:00+08:00") {
		t.Errorf("due %d", due)
	}
	if err := step(&r, &rec, "received", "", ""); !errors.Is(err, registers.ErrConflict) {
		t.Errorf("received before it was submitted: %v", err)
	}
	if err := step(&r, &rec, "submitted", "", ""); err != nil || r.Due(calendar(), &rec) != 0 {
		t.Errorf("submitted: %v", err)
	}
	if err := step(&r, &rec, "submitted", "", ""); !errors.Is(err, registers.ErrConflict) {
		t.Errorf("submitted twice: %v", err)
	}
	if err := step(&r, &rec, "received", "", ""); err != nil || r.State(&rec) != "received" {
		t.Errorf("received: %v %s", err, r.State(&rec))
	}
}

func TestAHandOverHasItsPeriods(t *testing.T) {
	r := find(t, "hand-overs")
	rec := registers.Record{Entry: registers.Entry{Body: registers.Body{"document": "判决书", "received": "2026-03-01", "effective": "2026-03-01"}}}
	for _, c := range []struct{ step, date, due string }{
		{"", "", "2026-03-12"}, // ten days after the first, to their end
		{"reported-in", "2026-03-08", "2026-03-09"},
		{"registered", "2026-03-08", "2026-04-08"},
		{"plan-signed", "2026-03-20", ""},
	} {
		if c.step != "" {
			if err := step(&r, &rec, c.step, "", c.date); err != nil {
				t.Fatal(err)
			}
		}
		if due := r.Due(calendar(), &rec); due != max(0, day(c.due)) {
			t.Errorf("after %q: due %s, want %s", c.step, due.Time(time.UTC), c.due)
		}
	}
}

func TestASweepChecksEachPersonOnce(t *testing.T) {
	r := find(t, "sweeps")
	rec := registers.Record{Entry: registers.Entry{ID: 1, Body: registers.Body{"until": "2026-03-09"}}}
	if due := r.Due(calendar(), &rec); due != day("2026-03-10") {
		t.Errorf("due %d", due)
	}
	for _, c := range []struct {
		subject roster.SubjectID
		fine    bool
	}{{"S1", true}, {"S2", true}, {"S1", false}} {
		if err := step(&r, &rec, "checked", c.subject, ""); (err == nil) != c.fine {
			t.Errorf("%s: %v", c.subject, err)
		}
	}
	if r.State(&rec) != "open" {
		t.Error("checking a person ends the sweep")
	}
	if err := step(&r, &rec, "ended", "", ""); err != nil || r.Due(calendar(), &rec) != 0 {
		t.Errorf("ended: %v", err)
	}
	if err := step(&r, &rec, "checked", "S3", ""); !errors.Is(err, registers.ErrConflict) {
		t.Errorf("checked after the end: %v", err)
	}
}

func TestOtherDeadlinesAndKeys(t *testing.T) {
	released, contacts := find(t, "released"), find(t, "contacts")
	rec := registers.Record{Entry: registers.Entry{Register: "released", Body: registers.Body{"next_visit": "2026-04-01"}}}
	if due := released.Due(calendar(), &rec); due != day("2026-04-02") || released.State(&rec) != "" {
		t.Errorf("due %d", due)
	}
	if due := contacts.Due(calendar(), &registers.Record{}); due != 0 {
		t.Errorf("a contact is due %d", due)
	}
	many, once := registers.Form{Name: "checked", Many: true}, registers.Form{Name: "ended"}
	for want, e := range map[string]registers.Entry{
		"alert/a1":     {Register: "incidents", Body: registers.Body{"alert": "a1"}},
		"":             {Register: "contacts"},
		"7/checked/S1": {Of: 7, Subject: "S1"},
	} {
		if got := e.Key(&many); got != want {
			t.Errorf("key %q, want %q", got, want)
		}
	}
	if got := (&registers.Entry{Of: 7}).Key(&once); got != "7/ended" {
		t.Errorf("key %q", got)
	}
}
