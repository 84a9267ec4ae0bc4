package web_test

import (
	"strings"
	"testing"

	"correctiond/geo"
	"correctiond/roster"
	"correctiond/rules"
)

// Where somebody mostly was: an hour at one place counts more than minutes on the way,
// and a night without a signal counts for half an hour only.
func TestTheMapOfAPersonShowsWhereTheTimeWasSpent(t *testing.T) {
	s := newTown(t)
	s.charted(3)
	elsewhere := geo.Point{Lat: home.Lat + 0.02, Lng: home.Lng}
	for i := range 13 { // an hour at one place, in another cell than the way there
		f := s.fixes[2]
		f.Point, f.At = elsewhere, f.At+roster.Instant(i+1)*5*roster.Minute
		s.fixes = append(s.fixes, f)
	}
	night := s.fixes[len(s.fixes)-1]
	night.At += 9 * roster.Hour
	s.fixes = append(s.fixes, night)
	jar, _ := s.signIn("token-officer")
	query := "?from=2026-03-02T00:00&until=2026-03-03T00:00&reason=每周轨迹核查"
	m := s.mapOf(t, "/subjects/S1/map"+strings.ReplaceAll(query, "每周轨迹核查", "%E6%AF%8F%E5%91%A8%E8%BD%A8%E8%BF%B9%E6%A0%B8%E6%9F%A5"), cookies(jar))
	cells := m.Heat.Features
	if len(cells) < 3 {
		t.Fatalf("cells %+v", cells)
	}
	warmest := cells[len(cells)-1].Properties
	if want := "停留约 1 小时 30 分（占已知时间 86%）"; warmest["text"] != want || warmest["level"] != 5.0 || warmest["cell"] != geo.CellOf(elsewhere).String() {
		t.Errorf("warmest %v, want %s in %s", warmest, want, geo.CellOf(elsewhere))
	}
	for _, part := range []string{`class="heat l5"`, "停留最久的地方", "停留时间（越深越久）", "距住所约 2."} {
		if !strings.Contains(m.SVG, part) {
			t.Errorf("no %s in %s", part, m.SVG)
		}
	}
	if len(s.readings) != 1 || s.readings[0].Reason != "每周轨迹核查" || s.readings[0].By != "officer-1" {
		t.Errorf("recorded %+v", s.readings)
	}
}

// Without a reason there is no track, hence nothing to add up; a social worker has no
// map at all.
func TestThereIsNoHeatWithoutAReason(t *testing.T) {
	s := newTown(t)
	s.charted(9)
	jar, _ := s.signIn("token-officer")
	m := s.mapOf(t, "/subjects/S1/map", cookies(jar))
	if len(m.Heat.Features) != 0 || len(s.readings) != 0 || strings.Contains(m.SVG, "停留") {
		t.Errorf("%d cells, %d readings", len(m.Heat.Features), len(s.readings))
	}
	s.assigned = []roster.SubjectID{"S1"}
	want(t, s.do("GET /subjects/S1/map?from=2026-03-02T00:00&until=2026-03-03T00:00&reason=abcd", bearer("token-social_worker")), 403)
}

// The procurator reads everything: the package of an alert is asked for on its page, and
// approved by another person; nothing of the alert changes.
func TestTheProcuratorAsksForEvidence(t *testing.T) {
	s := newSite(t)
	s.raise(episode("a1", rules.P2, "O1"))
	procurator, csrf := s.signIn("token-procurator")
	page := s.do("GET /alerts/a1", cookies(procurator))
	want(t, page, 200, `action="/alerts/a1/evidence"`)
	lacks(t, page, `action="/alerts/a1/ack"`, `action="/alerts/a1/note"`, `action="/alerts/a1/close"`)
	want(t, s.do("POST /alerts/a1/evidence", cookies(procurator), form("csrf", csrf, "reason", "检察监督")), 303)
	want(t, s.do("GET /evidence/1", cookies(procurator)), 403)
	head, theirs := s.signIn("token-office_head")
	want(t, s.do("POST /evidence/1/approve", cookies(head), form("csrf", theirs)), 303)
	want(t, s.do("GET /evidence/1", cookies(procurator)), 200, "package 1")
	want(t, s.do("POST /api/v1/alerts/a1/evidence", bearer("token-procurator"), body("application/json", `{"reason":"检察监督"}`)), 201)
	want(t, s.do("POST /alerts/a1/ack", cookies(procurator), form("csrf", csrf, "version", "1")), 403)
}
