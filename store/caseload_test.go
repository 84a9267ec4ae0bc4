package store_test

import (
	"slices"
	"testing"

	"correctiond/alerts"
	"correctiond/roster"
	"correctiond/rules"
	"correctiond/store"
	"correctiond/store/access"
)

func TestCaseload(t *testing.T) {
	s := openState(t)
	for _, c := range []struct{ add, remove, want []roster.SubjectID }{
		{add: []roster.SubjectID{"S2", "S1", "S2"}, want: []roster.SubjectID{"S1", "S2"}},
		{add: []roster.SubjectID{"S3"}, remove: []roster.SubjectID{"S1", "S9"}, want: []roster.SubjectID{"S2", "S3"}},
	} {
		if err := s.Assign(t.Context(), access.Caseload{Name: "wang", Add: c.add, Remove: c.remove}, "admin", morning); err != nil {
			t.Fatal(err)
		}
		if got := must[[]roster.SubjectID](t)(s.Assigned(t.Context(), "wang")); !slices.Equal(got, c.want) {
			t.Errorf("%v, want %v", got, c.want)
		}
	}
	if got := must[[]roster.SubjectID](t)(s.Assigned(t.Context(), "li")); len(got) != 0 {
		t.Errorf("another's: %v", got)
	}
}

// A file that was sealed once stays so, whatever the roster says later.
func TestSealedFilesStaySealed(t *testing.T) {
	s := openState(t)
	for _, ids := range [][]roster.SubjectID{{"S1", "S2"}, nil, {"S2", "S3"}} {
		if err := s.Seal(t.Context(), "D1", ids); err != nil {
			t.Fatal(err)
		}
	}
	if got := must[[]roster.SubjectID](t)(s.Sealed(t.Context(), "D1")); !slices.Equal(got, []roster.SubjectID{"S1", "S2", "S3"}) {
		t.Errorf("%v", got)
	}
	if got := must[[]roster.SubjectID](t)(s.Sealed(t.Context(), "D2")); len(got) != 0 {
		t.Errorf("another district's: %v", got)
	}
}

// alertsOf stores an alert about each.
func alertsOf(t *testing.T, s *store.State, ids ...roster.SubjectID) {
	t.Helper()
	for i, id := range ids {
		a := raised("a"+string(id), rules.P3, morning+roster.Instant(i))
		a.Episode.Subject = id
		commit(t, s, store.Batch{Seq: uint64(i + 1), Alerts: []store.AlertChange{opening(a)}})
	}
}

// In a list by person the hidden are among nobody's, and the cursor does not name
// them either.
func TestGroupsDoNotNameTheHidden(t *testing.T) {
	s := openState(t)
	alertsOf(t, s, "S1", "S8", "S9", "")
	f := alerts.Filter{District: "D1", Hidden: []roster.SubjectID{"S8", "S9"}, Limit: 1}
	page := must[alerts.GroupPage](t)(s.Groups(t.Context(), f))
	if g := page.Items[0]; g.Subject != "" || g.Count != 3 || len(g.Alerts) != 3 {
		t.Errorf("%+v", g)
	}
	f.Cursor = page.Next
	if page = must[alerts.GroupPage](t)(s.Groups(t.Context(), f)); len(page.Items) != 1 || page.Items[0].Subject != "S1" || page.Next != "" {
		t.Errorf("%+v", page)
	}
}

func TestListsOfOnlySomePeople(t *testing.T) {
	s := openState(t)
	alertsOf(t, s, "S1", "S2", "S3")
	f := alerts.Filter{District: "D1", Subjects: []roster.SubjectID{"S1", "S3"}}
	if page := must[alerts.Page](t)(s.Alerts(t.Context(), f)); len(page.Items) != 2 {
		t.Errorf("%d alerts", len(page.Items))
	}
	if sum := must[alerts.Summary](t)(s.SummaryOf(t.Context(), f)); sum.Total.Of(rules.P3).Open != 2 {
		t.Errorf("%+v", sum.Total)
	}
	f.Cursor = "x"
	if _, err := s.SummaryOf(t.Context(), f); err == nil {
		t.Error("a cursor that is none")
	}
}
