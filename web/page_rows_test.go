package web_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"correctiond/roster"
	"correctiond/rules"
)

// rowOf is the markup of one row of a page.
func rowOf(t *testing.T, page, id string) string {
	t.Helper()
	_, after, found := strings.Cut(page, `<li id="a-`+id+`"`)
	row, _, _ := strings.Cut(after, "</li>\n")
	if !found {
		t.Fatalf("%s is not on the page", id)
	}
	return row
}

// The first rows are acted on at once; of the others the forms are a click away, and
// no list is more than a phone loads.
func TestLongListsAreShortAndLeadToEveryForm(t *testing.T) {
	s := newSite(t)
	for i := range 80 {
		ep := episode(fmt.Sprintf("n%02d", i), rules.P1+rules.Severity(i%4), "O1")
		ep.Opened += roster.Instant(i) * roster.Minute
		s.raise(ep)
	}
	jar, _ := s.signIn("token-officer")
	page := s.do("GET /", cookies(jar)).Body.String()
	if kb := len(page) / 1000; kb > 150 {
		t.Errorf("%d KB", kb)
	}
	first, later := rowOf(t, page, "n76"), rowOf(t, page, "n40")
	for _, want := range []string{`action="/alerts/n76/ack"`, `action="/alerts/n76/close"`, `action="/alerts/n76/note"`} {
		if !strings.Contains(first, want) {
			t.Errorf("the first row lacks %s", want)
		}
	}
	for _, want := range []string{`action="/alerts/n40/ack"`, `data-key="c" href="/alerts/n40#act"`, `data-key="n" href="/alerts/n40#act"`} {
		if !strings.Contains(later, want) {
			t.Errorf("a later row lacks %s", want)
		}
	}
	if strings.Contains(later, "/close") {
		t.Error("a later row has all its forms")
	}
	want(t, s.do("GET /alerts/n40/row", cookies(jar)), 200, `action="/alerts/n40/close"`, `data-key="c"`)
	want(t, s.do("GET /alerts/n40", cookies(jar)), 200, `action="/alerts/n40/close"`, `id="act"`)
	jar, _ = s.signIn("token-procurator")
	lacks(t, s.do("GET /", cookies(jar)), "#act")
}

// A list says how many it leaves out, and leads there.
func TestACutListSaysHowManyMoreThereAre(t *testing.T) {
	s := newSite(t)
	for i := range 40 {
		s.raise(episode(fmt.Sprintf("n%02d", i), rules.P3, "O1"))
	}
	jar, _ := s.signIn("token-officer")
	more := regexp.MustCompile(`href="/\?[^"]*severity=P3[^"]*">更早的告警 →</a> <small>还有 25 条`)
	if page := s.do("GET /", cookies(jar)).Body.String(); !more.MatchString(page) {
		t.Error(page[strings.Index(page, `class="more"`):])
	}
	lacks(t, s.do("GET /?kind=area-exit", cookies(jar)), "还有") // these are not counted
}

// Of somebody with many alerts the gravest are shown, however old, and the way to all.
func TestAPersonsManyAlertsHideNoUrgentOne(t *testing.T) {
	s := newSite(t)
	s.raise(episode("urgent", rules.P1, "O1"))
	for i := range 8 {
		ep := episode(fmt.Sprintf("m%d", i), rules.P4, "O1")
		ep.Opened += roster.Instant(i+1) * roster.Hour
		s.raise(ep)
	}
	jar, _ := s.signIn("token-officer")
	rec := s.do("GET /?group=subject", cookies(jar))
	want(t, rec, 200, `id="a-urgent"`, `id="a-m7"`, "9 条告警", `href="/?subject=S0001">此人全部告警`)
	lacks(t, rec, `id="a-m1"`)
}
