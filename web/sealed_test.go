package web_test

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"correctiond/alerts"
	"correctiond/roster"
	"correctiond/rules"
	"correctiond/web"
)

// juvenile raises an alert about someone whose file is sealed, with a note, a file
// and a closing reason that name the person.
func (s *site) juvenile() {
	s.t.Helper()
	s.enlist("S9", "陈小宝", "O1", 70, rules.Red).Minor = true
	ep := episode("a9", rules.P3, "O1")
	ep.Subject, ep.Evidence = "S9", map[string]any{"subjects": []any{"S9"}, "lat": 31.2}
	s.raise(ep)
	file, err := s.Keep(s.t.Context(), strings.NewReader("陈小宝"))
	if err != nil {
		s.t.Fatal(err)
	}
	file.Name = "陈小宝.txt"
	for i, a := range []alerts.Action{
		{Type: alerts.AddNote, Text: "陈小宝在学校"}, {Type: alerts.Attach, File: &file}, {Type: alerts.Close, Outcome: alerts.Excused, Reason: "陈小宝已联系"},
	} {
		a.By, a.At = "F1", ep.Opened+roster.Instant(i)
		if _, err := s.Act(s.t.Context(), "a9", a); err != nil {
			s.t.Fatal(err)
		}
	}
}

// The officer of the office gets the alert and may act on it, and does not learn
// whom it is about: not in lists, not by asking for the person, not by grouping.
func TestAlertsAboutMinorsTellNobodyWithoutTheFlag(t *testing.T) {
	s := newSite(t)
	s.juvenile()
	s.raise(episode("a1", rules.P3, "O1"))
	crowd := episode("a2", rules.P3, "O1")
	crowd.Kind, crowd.Subject, crowd.Evidence = "gathering", "", map[string]any{"subjects": []any{"S0001", "S9"}}
	crowd.Reason = rules.Text{ZH: "3 名对象聚集", EN: "three together"}
	s.raise(crowd)
	s.tokens["flag"] = web.Identity{Name: "zhang", Role: web.Officer, District: "D1", Office: "O1", Minors: true}
	plain, flagged := bearer("token-officer"), bearer("flag")
	for _, line := range []string{
		"GET /api/v1/alerts", "GET /api/v1/alerts?state=closed", "GET /api/v1/alerts/a9", "GET /api/v1/alerts?group=subject",
		"GET /", "GET /?state=all", "GET /alerts/a9/row?state=all", "GET /risk", "GET /api/v1/subjects", "GET /overview",
	} {
		rec := s.do(line, plain)
		want(t, rec, 200)
		lacks(t, rec, `"S9"`, "陈小宝", "subject=S9", "/subjects/S9", "31.2,", "陈*", ">S9<")
	}
	want(t, s.do("GET /?state=all", plain), 200, "未成年人（档案封存）")
	want(t, s.do("GET /api/v1/alerts/a9", plain), 200, `"subject":null`, `"device":null`, `"evidence":{"sealed":true}`, `"outcome":"excused"`)
	want(t, s.do("GET /api/v1/alerts/a9", flagged), 200, `"subject":"S9"`, "陈小宝在学校", `"lat":31.2`)
	want(t, s.do("GET /api/v1/alerts/a2", plain), 200, `"evidence":{}`)
	want(t, s.do("GET /api/v1/alerts/a2", flagged), 200, "S9")
	for _, c := range []struct {
		by   setting
		n    int
		line string
	}{
		{plain, 0, "GET /api/v1/alerts?subject=S9"},
		{flagged, 1, "GET /api/v1/alerts?subject=S9"},
		{plain, 0, "GET /api/v1/alerts?group=subject&subject=S9"},
		{flagged, 1, "GET /api/v1/alerts?group=subject&subject=S9"},
	} {
		if got := strings.Count(s.do(c.line, c.by).Body.String(), `"label"`); got != c.n {
			t.Errorf("%s: %d, want %d", c.line, got, c.n)
		}
	}
	want(t, s.do("GET /api/v1/subjects/S9", plain), 404)
	want(t, s.do("GET /api/v1/subjects/S9", flagged), 200, `"name":"*"`)
	rec := s.do("POST /api/v1/alerts/a9/reopen", plain, header("If-Match", "*"), body("application/json", `{"reason":"误关"}`))
	want(t, rec, 200, `"subject":null`)
	lacks(t, rec, "陈小宝", "S9")
}

func TestSubjectSets(t *testing.T) {
	id := rapid.StringMatching(`[A-Z0-9]{1,3}`)
	rapid.Check(t, func(t *rapid.T) {
		var list []roster.SubjectID
		for _, v := range rapid.SliceOf(id).Draw(t, "members") {
			list = append(list, roster.SubjectID(v))
		}
		other := roster.SubjectID(id.Draw(t, "other"))
		set := web.NewSubjectSet(list)
		if set.Has(other) != slices.Contains(list, other) || set.Has("") {
			t.Fatalf("%q: has %q is %v", set, other, set.Has(other))
		}
		slices.Sort(list)
		if !slices.Equal(set.IDs(), slices.Compact(list)) {
			t.Fatalf("%v from %v", set.IDs(), list)
		}
	})
}
