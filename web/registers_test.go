package web_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"correctiond/registers"
	"correctiond/roster"
	"correctiond/rules"
	"correctiond/web"
)

// Records lists what the world keeps, newest first.
func (w *world) Records(_ context.Context, f web.RegisterFilter) (out []web.Kept, err error) {
	for _, k := range slices.Backward(w.kept) {
		in := k.District == f.District && (f.Office == "" || k.Office == f.Office || k.Register == "sweeps" && k.Office == "") &&
			(f.Subject == "" || k.Subject == f.Subject) && (f.Record == 0 || k.ID == f.Record) &&
			(f.Before == 0 || k.ID < f.Before) && k.At >= f.From && (f.Until == 0 || k.At < f.Until)
		if (in || w.leak) && k.Register == f.Register && len(out) < f.Limit {
			out = append(out, *k)
		}
	}
	return out, w.broken
}

// Enter adds a record, or a step to one.
func (w *world) Enter(ctx context.Context, e registers.Entry, also *web.Deed) (int64, error) {
	if also != nil {
		if err := w.Record(ctx, *also); err != nil {
			return 0, err
		}
	}
	w.entered++
	e.ID = w.entered
	if e.Of == 0 {
		w.kept = append(w.kept, &web.Kept{Record: registers.Record{Entry: e}, Due: w.due})
		return e.ID, w.entry
	}
	for _, k := range w.kept {
		if k.ID == e.Of {
			k.Steps = append(k.Steps, e)
		}
	}
	return e.ID, w.entry
}

func (s *site) keeps(token, line, text string, status int, parts ...string) {
	s.t.Helper()
	want(s.t, s.do("POST /api/v1/"+line, bearer(token), body("application/json", text)), status, parts...)
}

func TestContactsAndVisitsAreActsAsWell(t *testing.T) {
	s := newTown(t)
	s.assigned = []roster.SubjectID{"S1", "S2", "S4"}
	s.keeps("token-officer", "contacts", `{"subject":"S1","way":"call","result":"reached","with":"配偶"}`, 201,
		`"id":1,"register":"contacts","office":"O1","subject":"S1"`, `"by":"officer-1"`, `"fields":{"result":"reached","way":"call","with":"配偶"}`, `"due":null,"overdue":false`)
	s.keeps("token-social_worker", "visits", `{"subject":"S1","place":"家中","result":"情绪稳定","date":"2026-03-02"}`, 201)
	if len(s.deeds) != 2 || s.deeds[0].What != "contact" || string(s.deeds[0].Body) != `{"result":"reached"}` ||
		s.deeds[1].What != "visit" || string(s.deeds[1].Body) != `{"date":"2026-03-02"}` || s.deeds[1].By != "social_worker-1" {
		t.Errorf("acts: %+v", s.deeds)
	}
	s.refusal = &web.DeedError{Detail: "act visit: too early"}
	s.keeps("token-officer", "visits", `{"subject":"S1","place":"家中","result":"x"}`, 422, "too early")
	s.refusal = nil
	s.keeps("token-officer", "contacts", `{"subject":"S3","way":"call","result":"reached"}`, 404)
	s.keeps("token-social_worker", "contacts", `{"subject":"S1","way":"call","result":"reached"}`, 403)
	s.keeps("token-procurator", "visits", `{"subject":"S1","place":"家中","result":"x"}`, 403)
	if len(s.kept) != 2 {
		t.Errorf("%d records are kept", len(s.kept))
	}
}

func TestEntriesAreChecked(t *testing.T) {
	s := newTown(t)
	for text, field := range map[string]string{
		`{"subject":"S1","way":"call"}`:                                 "result",
		`{"way":"call","result":"reached"}`:                             "subject",
		`{"subject":"S1","way":"call","result":"reached","mood":"x"}`:   "mood",
		`{"subject":"S1","of":1,"way":"call","result":"reached"}`:       "step",
		`{"subject":"S1","step":"x","way":"call","result":"reached"}`:   "step",
		`{"subject":"S1","of":1,"step":"x","result":"reached"}`:         "step",
		`{"subject":"S1","of":"1","step":"x","result":"reached"}`:       "of",
		`{"subject":"S1","of":1.5,"step":"x","result":"reached"}`:       "of",
		`{"subject":"S1","way":"call","result":"reached","note":12345}`: "note",
	} {
		s.keeps("token-officer", "contacts", text, 422, `"field":"`+field+`"`)
	}
	for _, text := range []string{``, `{}`, `[]`, `null`, `{`} {
		s.keeps("token-officer", "contacts", text, 400)
	}
	for query, field := range map[string]string{
		"from=x": "from", "until=x": "until", "limit=0": "limit", "record=x": "record", "record=0": "record", "cursor=!": "cursor", "cursor=eA": "cursor",
	} {
		want(t, s.do("GET /api/v1/contacts?"+query, bearer("token-officer")), 400, `"field":"`+field+`"`)
	}
}

func TestRegistersAreReadWithinScope(t *testing.T) {
	s := newTown(t)
	s.assigned = []roster.SubjectID{"S1", "S2", "S4"}
	for _, c := range []struct{ token, subject string }{
		{"token-officer", "S1"}, {"token-officer", "S2"}, {"token-elsewhere", "S3"}, {"token-officer", "S1"},
	} {
		s.keeps(c.token, "track-reviews", `{"subject":"`+c.subject+`","from":"2026-03-01","until":"2026-03-02","finding":"normal"}`, 201)
	}
	for _, c := range []struct{ token, query, want string }{
		{"token-officer", "", "4 2 1"},
		{"token-elsewhere", "", "3"},
		{"token-district", "", "4 3 2 1"},
		{"token-district", "?office=O2", "3"},
		{"token-officer", "?office=O2", ""},
		{"token-officer", "?subject=S1", "4 1"},
		{"token-officer", "?record=2", "2"},
		{"token-officer", "?record=3", ""},
		{"token-officer", "?until=2026-03-02T00:00:00Z", ""},
		{"token-procurator", "", "4 3 2 1"},
		{"token-social_worker", "", "4 2 1"},
	} {
		if got, _ := s.numbers("GET /api/v1/track-reviews"+c.query, c.token); got != c.want {
			t.Errorf("%s %q: %s, want %s", c.token, c.query, got, c.want)
		}
	}
	first, next := s.numbers("GET /api/v1/track-reviews?limit=2", "token-officer")
	rest, end := s.numbers("GET /api/v1/track-reviews?limit=2&cursor="+next, "token-officer")
	if first != "4 2" || rest != "1" || end != "" {
		t.Errorf("pages %q, %q, then %q", first, rest, end)
	}
	s.leak = true
	want(t, s.do("GET /api/v1/track-reviews", bearer("token-officer")), 500)
}

// numbers are the ids of the records on a page.
func (s *site) numbers(line, token string) (ids, next string) {
	s.t.Helper()
	var list struct {
		Items []struct{ ID int }
		Next  string
	}
	decode(s.t, s.do(line, bearer(token)), &list)
	for _, it := range list.Items {
		ids += " " + string(rune('0'+it.ID))
	}
	return strings.TrimSpace(ids), list.Next
}

func TestAnIncidentIsSubmittedAndReceived(t *testing.T) {
	s := newTown(t)
	s.due = morning(8)
	s.keeps("token-officer", "incidents", `{"subject":"S1","title":"脱管"}`, 201, `"state":"open"`, `"due":"2026-03-02T08:00:00Z","overdue":true`)
	s.keeps("token-district", "incidents", `{"of":1,"step":"received"}`, 409, "comes after submitted")
	s.keeps("token-officer", "incidents", `{"of":1,"step":"submitted","what":"去向不明"}`, 422, `"field":"measures"`)
	s.keeps("token-officer", "incidents", `{"of":1,"step":"submitted","what":"去向不明","measures":"组织查找"}`, 201,
		`"state":"submitted"`, `"step":"submitted","subject":"S1"`, `"fields":{"measures":"组织查找","what":"去向不明"}`)
	s.keeps("token-officer", "incidents", `{"of":1,"step":"submitted","what":"x","measures":"x"}`, 409)
	s.keeps("token-officer", "incidents", `{"of":1,"step":"received"}`, 403)
	s.keeps("token-elsewhere", "incidents", `{"of":1,"step":"submitted","what":"x","measures":"x"}`, 404)
	s.keeps("token-district", "incidents", `{"of":1,"step":"received"}`, 201, `"state":"received"`)
	s.entry = web.ErrEntered
	s.keeps("token-officer", "incidents", `{"alert":"a1","title":"脱管"}`, 409, "already")
	s.breakDown(errors.New("broken"))
	want(t, s.do("GET /api/v1/incidents", bearer("token-officer")), 500)
}

func TestASweepShowsHowFarItIsAndWhoIsLeft(t *testing.T) {
	s := newTown(t)
	s.assigned = []roster.SubjectID{"S1", "S2", "S4"}
	s.overview = web.Overview{Subjects: 3, Offices: []web.OfficeOverview{{Office: "O1", Subjects: 3}, {Office: "O2", Subjects: 1}}}
	s.due = 1 << 42
	s.keeps("token-officer", "sweeps", `{"title":"排查","check":"当面核实","until":"2036-03-09"}`, 403)
	s.keeps("token-district", "sweeps", `{"title":"春节前排查","check":"当面核实","until":"2036-03-09"}`, 201, `"progress":[{"office":"O1","due":3,"done":0},{"office":"O2","due":1,"done":0}]`)
	s.keeps("token-social_worker", "sweeps", `{"of":1,"step":"checked","subject":"S1","finding":"normal"}`, 201, `"progress":[{"office":"O1","due":3,"done":1}]`, `"left":["S2","S4"]`)
	s.keeps("token-officer", "sweeps", `{"of":1,"step":"checked","subject":"S1","finding":"normal"}`, 409)
	s.keeps("token-officer", "sweeps", `{"of":1,"step":"checked","subject":"S3","finding":"normal"}`, 404)
	list := s.do("GET /api/v1/sweeps", bearer("token-officer"))
	want(t, list, 200, `"steps":[]`, `"done":1`)
	lacks(t, list, `"left"`)
	want(t, s.do("GET /api/v1/overview", bearer("token-officer")), 200, `"sweeps":[{"id":1,"title":"春节前排查"`, `"due":3,"done":1}]`)
	s.keeps("token-district", "sweeps", `{"of":1,"step":"ended"}`, 201, `"state":"ended"`)
	lacks(t, s.do("GET /api/v1/overview", bearer("token-officer")), "sweeps")
	s.raise(episode("a1", rules.P3, "O1"))
	want(t, s.do("GET /api/v1/overview?office=O1", bearer("token-district")), 200)
}

// The document names the fields that the table of registers has, and no others.
func TestDocumentAndRegistersAreTheSame(t *testing.T) {
	d := document(t)
	for _, reg := range registers.All() {
		op := d.operations()["POST /api/v1/"+reg.Name]
		schema := d.resolve(at(op, "requestBody", "content", "application/json", "schema"))
		described, _ := schema["properties"].(map[string]any)
		known := fieldsOf(&reg)
		for name := range described {
			if _, is := known[name]; !is {
				t.Errorf("%s: %s is described and unknown", reg.Name, name)
			}
		}
		for name, words := range known {
			list, _ := d.resolve(described[name])["enum"].([]any)
			if described[name] == nil || words != "" && len(list) != len(strings.Fields(words)) {
				t.Errorf("%s: %s %q is described as %v", reg.Name, name, words, described[name])
			}
		}
	}
}

// fieldsOf are the fields that a register takes, each with the words of a choice.
func fieldsOf(reg *registers.Register) map[string]string {
	known := map[string]string{}
	for _, f := range append(slices.Clone(reg.Steps), reg.New) {
		for _, field := range f.Fields {
			if !field.Given {
				known[field.Name] = field.Words
			}
		}
		if f.Name != "" {
			known["of"], known["step"] = "", ""
		}
		if f.Subject != "" {
			known["subject"] = ""
		}
	}
	return known
}

// What is about somebody outside the scope is on no list and in no step.
func TestRegistersHideSealedFilesAndOthersPeople(t *testing.T) {
	s := newTown(t)
	s.assigned = []roster.SubjectID{"S2"}
	s.enlist("S9", "周小", "O1", 5, rules.Green).Minor = true
	s.tokens["token-youth"] = web.Identity{Name: "officer-2", Role: web.Officer, District: "D1", Office: "O1", Minors: true}
	s.keeps("token-district", "sweeps", `{"title":"排查","check":"当面核实","until":"2036-03-09"}`, 201)
	for _, id := range []string{"S1", "S2", "S9"} {
		s.keeps("token-youth", "contacts", `{"subject":"`+id+`","way":"call","result":"reached"}`, 201)
		s.keeps("token-youth", "sweeps", `{"of":1,"step":"checked","subject":"`+id+`","finding":"normal"}`, 201)
	}
	for token, want := range map[string]string{"token-youth": "S1 S2 S9", "token-officer": "S1 S2", "token-social_worker": "S2"} {
		contacts := s.do("GET /api/v1/contacts", bearer(token)).Body.String()
		sweep := s.do("GET /api/v1/sweeps?record=1", bearer(token)).Body.String()
		for _, id := range []string{"S1", "S2", "S9"} {
			shown := strings.Contains(want, id)
			if strings.Contains(contacts, `"`+id+`"`) != shown || strings.Contains(sweep, `"subject":"`+id+`"`) != shown {
				t.Errorf("%s sees %s: %s %s", token, id, contacts, sweep)
			}
		}
	}
	s.keeps("token-officer", "contacts", `{"subject":"S9","way":"call","result":"reached"}`, 404)
}
