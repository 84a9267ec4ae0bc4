package web_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"correctiond/roster"
	"correctiond/rules"
	"correctiond/web"
)

func (w *world) Subjects(_ context.Context, f web.SubjectFilter) (web.People, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	var found []web.Person
	for _, p := range w.people {
		if w.leak || selects(&f, &p) {
			found = append(found, p)
		}
	}
	slices.SortFunc(found, func(a, b web.Person) int {
		if web.PlaceOf(&a.Risk).Before(web.PlaceOf(&b.Risk)) {
			return -1
		}
		return 1
	})
	return web.People{Items: found[:min(f.Limit, len(found))], More: len(found) > f.Limit}, w.broken
}

func selects(f *web.SubjectFilter, p *web.Person) bool {
	return f.Includes(p.District, p.Office, p.ID) &&
		(f.Subject == "" || p.ID == f.Subject) && (len(f.Colours) == 0 || slices.Contains(f.Colours, p.Risk.Colour)) &&
		(f.Query == "" || strings.Contains(string(p.ID)+p.Name, f.Query)) && f.After.Before(web.PlaceOf(&p.Risk))
}

func (w *world) RollCall(_ context.Context, f web.RollFilter) (roll web.Roll, _ error) {
	slices.SortStableFunc(w.duties, func(a, b web.Duty) int { return rules.CompareTurns(a.Turn, b.Turn) })
	for _, d := range w.duties {
		if !f.Includes(f.District, d.Office, d.Subject) || d.From < f.Day || d.From >= f.Day+roster.Day || f.Begins != 0 && d.From != f.Begins {
			continue
		}
		n := slices.IndexFunc(roll.Counts, func(a rules.Attendance) bool { return a.DutyWindow == d.DutyWindow && a.Office == d.Office })
		if n < 0 {
			n = len(roll.Counts)
			roll.Counts = append(roll.Counts, rules.Attendance{Office: d.Office, DutyWindow: d.DutyWindow})
		}
		roll.Counts[n].Add(d.Stands)
		switch {
		case f.After != nil && rules.CompareTurns(d.Turn, *f.After) <= 0:
		case len(roll.Duties) == f.Limit:
			roll.More = true
		default:
			roll.Duties = append(roll.Duties, d)
		}
	}
	return roll, w.broken
}

// Names masks names as the daemon does.
func (w *world) Names(_ context.Context, s web.Scope, ids []roster.SubjectID) (map[roster.SubjectID]string, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	names := map[roster.SubjectID]string{}
	for i := range w.people {
		if p := &w.people[i]; slices.Contains(ids, p.ID) && s.Includes(p.District, p.Office, p.ID) {
			names[p.ID] = p.Masked()
		}
	}
	return names, w.broken
}

// enlist puts somebody under supervision.
func (w *world) enlist(id roster.SubjectID, name string, office roster.OfficeID, score int, c rules.Colour) *web.Person {
	w.people = append(w.people, web.Person{
		ID: id, Name: name, District: "D1", Office: office, Officer: "F1", Kind: roster.Probation, Level: roster.Strict,
		Devices: []web.Equipment{{Device: "W1", Kind: roster.Wristband, AuthorityEnds: roster.InstantOf(time.Now()) + 3*roster.Day - roster.Hour}},
		Risk: rules.Risk{
			Subject: id, Score: score, Colour: c, Since: morning(8),
			Blocks: []rules.RiskBlock{{Name: "compliance", Points: 6.04, Items: []rules.RiskItem{
				{Text: rules.Text{ZH: "越界未核实", EN: "left the area, not yet verified"}, Points: 6.04, Evidence: "e1"},
			}}, {Name: "contact"}},
			Lower:   []rules.Text{{ZH: "核实越界告警", EN: "verify the alert"}},
			History: []rules.ColourChange{{At: morning(8), Colour: c, Score: score}},
		},
	})
	return &w.people[len(w.people)-1]
}

func morning(hour int) roster.Instant {
	return roster.InstantOf(time.Date(2026, 3, 2, hour, 0, 0, 0, time.UTC))
}

func newTown(t *testing.T) *site {
	s := newSite(t)
	s.enlist("S1", "李四", "O1", 22, rules.Yellow)
	s.enlist("S2", "王小明", "O1", 66, rules.Red)
	s.enlist("S3", "赵六", "O2", 70, rules.Red)
	s.enlist("S4", "陈红", "O1", 60, rules.Red)
	window := roster.DutyWindow{From: morning(7), Until: morning(9), Deadline: morning(9) + 30*roster.Minute}
	s.duties = []web.Duty{
		{Turn: rules.Turn{Subject: "S1", Office: "O1", DutyWindow: window, Stands: rules.WindowAnswered, At: morning(8)}, Name: "李*"},
		{Turn: rules.Turn{Subject: "S2", Office: "O1", DutyWindow: window, Stands: rules.WindowMissed}, Name: "王*", Officer: "F1"},
		{Turn: rules.Turn{Subject: "S3", Office: "O2", DutyWindow: window, Stands: rules.WindowMissed}, Name: "赵*"},
	}
	return s
}

// ids of a list answered by the API.
func (s *site) ids(line, token string) (ids, next string) {
	s.t.Helper()
	rec := s.do(line, bearer(token))
	var list struct {
		Items []struct{ ID string }
		Next  string
	}
	if err := json.Unmarshal(rec.Body.Bytes(), &list); err != nil || rec.Code != 200 {
		s.t.Fatalf("%s: %d %v\n%s", line, rec.Code, err, rec.Body)
	}
	for _, it := range list.Items {
		ids += it.ID + " "
	}
	return strings.TrimSpace(ids), list.Next
}

func TestSubjectsComeReddestFirstWithinScope(t *testing.T) {
	s := newTown(t)
	for _, c := range []struct{ line, token, want string }{
		{"GET /api/v1/subjects", "token-officer", "S2 S4 S1"},
		{"GET /api/v1/subjects", "token-district", "S3 S2 S4 S1"},
		{"GET /api/v1/subjects?office=O2", "token-district", "S3"},
		{"GET /api/v1/subjects?office=O2", "token-officer", ""},
		{"GET /api/v1/subjects?colour=yellow,green", "token-district", "S1"},
		{"GET /api/v1/subjects?q=王小", "token-officer", "S2"},
		{"GET /api/v1/subjects?q=S4", "token-officer", "S4"},
	} {
		if got, _ := s.ids(c.line, c.token); got != c.want {
			t.Errorf("%s as %s: %q, want %q", c.line, c.token, got, c.want)
		}
	}
	first, next := s.ids("GET /api/v1/subjects?limit=2", "token-officer")
	rest, end := s.ids("GET /api/v1/subjects?limit=2&cursor="+next, "token-officer")
	if first != "S2 S4" || rest != "S1" || end != "" {
		t.Errorf("pages %q, %q, then %q", first, rest, end)
	}
}

func TestSubjectAndRiskAreMaskedAndExplained(t *testing.T) {
	s := newTown(t)
	s.enlist("S9", "周小", "O1", 5, rules.Green).Minor = true
	rec := s.do("GET /api/v1/subjects/S2", bearer("token-officer"))
	want(t, rec, 200, `"name":"王*"`, `"kind":"probation"`, `"colour":"red"`, `"score":66`, `"device":"W1"`, `"term_until":null`)
	lacks(t, rec, "小明")
	lacks(t, s.do("GET /api/v1/subjects/S9", bearer("token-officer")), "周")
	want(t, s.do("GET /api/v1/subjects/S2/risk", bearer("token-officer")), 200,
		`"subject":"S2"`, `"score":66`, `{"text":"越界未核实","points":6,"evidence":"e1"}`, `"lower":["核实越界告警"]`, `"override":null`, `"items":[]`)
	s.people[1].Risk.Override = &rules.ColourOverride{Colour: rules.Red, Until: morning(9), By: "F1", Reason: "家访"}
	want(t, s.do("GET /api/v1/subjects/S2/risk", bearer("token-officer"), header("Accept-Language", "en")), 200,
		"left the area, not yet verified", `"override":{"colour":"red","until":"2026-03-02T09:00:00Z","by":"F1","reason":"家访"}`)
	s.people[1].Proposals = []rules.Proposal{{
		Measure: "warning", Label: rules.Text{ZH: "警告", EN: "warning"}, Article: "办法35", Text: rules.Text{ZH: "脱离监管超过十日", EN: "absconded for more than ten days"},
		Since: morning(8), Arose: morning(9), Next: morning(10), Then: "revocation", Evidence: []string{"e7"}, Checklist: []rules.Text{{ZH: "审批表"}},
	}}
	want(t, s.do("GET /api/v1/subjects/S2/risk", bearer("token-officer")), 200,
		`"proposals":[{"measure":"warning","label":"警告","article":"办法35"`, `"then":"revocation","evidence":["e7"],"checklist":["审批表"]`)
	jar, _ := s.signIn("token-officer")
	want(t, s.do("GET /subjects/S2", cookies(jar)), 200, "可提请的处置", "警告", "脱离监管超过十日", "□ 审批表")
	want(t, s.do("GET /api/v1/subjects/S3", bearer("token-officer")), 404)
	want(t, s.do("GET /api/v1/subjects/S3/risk", bearer("token-officer")), 404)
	want(t, s.do("GET /api/v1/subjects/S2", bearer("token-ops")), 403)
}

func TestListParametersAreChecked(t *testing.T) {
	s := newTown(t)
	for line, field := range map[string]string{
		"GET /api/v1/subjects?colour=blue":                       "colour",
		"GET /api/v1/subjects?limit=501":                         "limit",
		"GET /api/v1/subjects?cursor=zzz":                        "cursor",
		"GET /api/v1/subjects?q=" + strings.Repeat("x", 65):      "q",
		"GET /api/v1/rollcall?date=2026-13-01":                   "date",
		"GET /api/v1/rollcall?window=morning":                    "window",
		"GET /api/v1/subjects?cursor=eyJzIjoxfQ&colour=red":      "cursor",
		"GET /api/v1/rollcall?date=2026-03-02T00%3A00%3A00%2B08": "date",
	} {
		want(t, s.do(line, bearer("token-district")), http.StatusBadRequest, `"field":"`+field+`"`)
	}
}

func TestSourcesThatIgnoreTheScopeLeakNothing(t *testing.T) {
	s := newTown(t)
	s.leak = true
	rec := s.do("GET /api/v1/subjects", bearer("token-officer"))
	want(t, rec, http.StatusInternalServerError)
	lacks(t, rec, "S3")
}

func TestRollCallBoardOfADay(t *testing.T) {
	s := newTown(t)
	want(t, s.do("GET /api/v1/rollcall?date=2026-03-02", bearer("token-officer")), 200,
		`"date":"2026-03-02"`, `"from":"2026-03-02T07:00:00Z"`, `"due":2,"answered":1,"missed":1`,
		`{"subject":"S2","name":"王*","office":"O1","officer":"F1","state":"missed","at":null}`)
	want(t, s.do("GET /api/v1/rollcall?date=2026-03-02", bearer("token-district")), 200, `"due":3,"answered":1,"missed":2`)
	want(t, s.do("GET /api/v1/rollcall?date=2026-03-02&window=12:00", bearer("token-district")), 200, `"windows":[]`)
	want(t, s.do("GET /api/v1/rollcall?date=2026-03-02&office=O2", bearer("token-officer")), 200, `"windows":[]`)
	want(t, s.do("GET /api/v1/rollcall", bearer("token-officer")), 200, `"windows":[]`)
	s.pagedRollCall()
	jar, _ := s.signIn("token-officer")
	page := s.do("GET /rollcall?date=2026-03-02", cookies(jar))
	want(t, page, 200, "未到 <b>1</b>", "王* S2", "已签到 08:00", "date=2026-03-01")
	lacks(t, page, "/subjects/S3")
	want(t, s.do("GET /rollcall?date=2026-04-02", cookies(jar)), 200, "这一天没有点名")
}

// pagedRollCall reads a day's roll-call one duty at a time; the counts are whole on
// every page.
func (s *site) pagedRollCall() {
	s.t.Helper()
	var ids []string
	line := "GET /api/v1/rollcall?date=2026-03-02&limit=1"
	for next := "&"; next != "" && len(ids) < 9; {
		rec := s.do(line+next, bearer("token-district"))
		want(s.t, rec, 200, `"due":3,"answered":1,"missed":2`)
		var page struct {
			Windows []struct{ Items []struct{ Subject string } }
			Next    string
		}
		if err := json.Unmarshal(rec.Body.Bytes(), &page); err != nil || len(page.Windows) != 1 || len(page.Windows[0].Items) != 1 {
			s.t.Fatalf("%v: %s", err, rec.Body)
		}
		ids = append(ids, page.Windows[0].Items[0].Subject)
		if next = page.Next; next != "" {
			next = "&cursor=" + next
		}
	}
	if got := strings.Join(ids, " "); got != "S1 S2 S3" {
		s.t.Errorf("page by page: %s", got)
	}
	want(s.t, s.do("GET /api/v1/rollcall?cursor=no", bearer("token-district")), 400, "cursor")
}

// A district of many people sees its offices instead of them, the worst first.
func TestRollCallOfALargeDistrictIsFoldedByOffice(t *testing.T) {
	s := newTown(t)
	window := s.duties[0].DutyWindow
	for i := range 600 {
		s.duties = append(s.duties, web.Duty{Turn: rules.Turn{Subject: roster.SubjectID(fmt.Sprintf("M%04d", i)), Office: "O2", DutyWindow: window, Stands: rules.WindowMissed}, Name: "钱*"})
	}
	jar, _ := s.signIn("token-district")
	page := s.do("GET /rollcall?date=2026-03-02", cookies(jar))
	want(t, page, 200, "未到 <b>602</b>", "示范镇司法所", `/rollcall?date=2026-03-02&amp;office=O2`)
	lacks(t, page, "M0001", "王* S2")
	want(t, s.do("GET /rollcall?date=2026-03-02&office=O2", cookies(jar)), 200, "点名 · 示范镇司法所", "M0001", "只列出前 500 人次")
}

// Who has answered, and whose window is ahead, needs no look: where they are many a
// number stands for them, and a link that lists them.
func TestTheBoardBeginsWithThoseWhoNeedALook(t *testing.T) {
	s := newTown(t)
	more := func(letter string, n int, stands rules.Answered) {
		for i := range n {
			s.duties = append(s.duties, web.Duty{Turn: rules.Turn{
				Subject: roster.SubjectID(fmt.Sprintf("%s%02d", letter, i)), Office: "O1", DutyWindow: s.duties[0].DutyWindow, Stands: stands,
			}, Name: "钱*"})
		}
	}
	jar, _ := s.signIn("token-officer")
	more("G", 3, rules.WindowGrace)
	more("A", 11, rules.WindowAnswered)
	page := s.do("GET /rollcall?date=2026-03-02", cookies(jar))
	want(t, page, 200, "王* S2", "G00", "A00", "A10")
	lacks(t, page, "显示已签到")
	more("B", 1, rules.WindowAnswered)
	page = s.do("GET /rollcall?date=2026-03-02&office=O1", cookies(jar))
	want(t, page, 200, "王* S2", "G00", "G02", "/rollcall?date=2026-03-02&amp;office=O1&amp;all=1", "显示已签到和未开始的 13 人", "已签到 <b>13</b>")
	lacks(t, page, "A00", "B00")
	page = s.do("GET /rollcall?date=2026-03-02&office=O1&all=1", cookies(jar))
	want(t, page, 200, "G00", "A00", "B00")
	lacks(t, page, "显示已签到")
}

// A roll-call that nobody but the phone answered must not look like one that was verified.
func TestRollCallSaysThatOnlyTheDeviceAnswered(t *testing.T) {
	s := newTown(t)
	jar, _ := s.signIn("token-officer")
	lacks(t, s.do("GET /rollcall?date=2026-03-02", cookies(jar)), "仅凭设备口令")
	lacks(t, s.do("GET /api/v1/rollcall?date=2026-03-02", bearer("token-officer")), "device_only")
	s.duties[0].DeviceOnly = true
	want(t, s.do("GET /rollcall?date=2026-03-02", cookies(jar)), 200, "已签到 08:00 · 仅凭设备口令，未核验本人")
	want(t, s.do("GET /rollcall?date=2026-03-02&lang=en", cookies(jar)), 200, "answered 08:00 · device credential only, nobody verified who held it")
	want(t, s.do("GET /api/v1/rollcall?date=2026-03-02", bearer("token-officer")), 200, `"state":"answered","at":"2026-03-02T08:00:00Z","device_only":true}`)
}

func TestRiskPageSaysWhyAndWhatWouldLowerIt(t *testing.T) {
	s := newTown(t)
	jar, _ := s.signIn("token-officer")
	page := s.do("GET /risk", cookies(jar))
	want(t, page, 200, "王* S2", "越界未核实", "核实越界告警", "2026-03-02", "严管", "示范路司法所", "不产生法律后果")
	lacks(t, page, "王小明")
	lacks(t, page, "/subjects/S3")
	if body := page.Body.String(); strings.Index(body, "/subjects/S2") > strings.Index(body, "/subjects/S1") {
		t.Error("yellow stands before red")
	}
	want(t, s.do("GET /risk?colour=green", cookies(jar)), 200, "没有符合条件的对象")
	want(t, s.do("GET /risk?limit=1&colour=red", cookies(jar)), 200, "colour=red&amp;cursor=")
	s.people[1].Risk.Blocks = append(s.people[1].Risk.Blocks, rules.RiskBlock{Name: "standing", Items: []rules.RiskItem{
		{Text: rules.Text{ZH: "严管对象"}, Points: 15}, {Text: rules.Text{ZH: "评估"}, Points: 10}, {Text: rules.Text{ZH: "入矫不久"}, Points: 5},
	}})
	page = s.do("GET /risk?q=S2", cookies(jar))
	want(t, page, 200, "越界未核实", "严管对象", "评估")
	lacks(t, page, "入矫不久")
	s.people[1].Risk.Blocks[2].Points = 25
	want(t, s.do("GET /subjects/S2", cookies(jar)), 200, "各项合计 30，按上限计")
	s.people[1].Risk.Blocks[2].Points = 30
	lacks(t, s.do("GET /subjects/S2", cookies(jar)), "按上限计")
	want(t, s.do("GET /subjects/S2?lang=en", cookies(jar)), 200, "left the area", "compliance", "authority ends in 3 days", "History")
	want(t, s.do("GET /subjects/S3", cookies(jar)), 404)
}

func TestOverviewCountsColoursRollCallAndOffices(t *testing.T) {
	s := newTown(t)
	s.raise(episode("a1", rules.P1, "O1"))
	s.overview = web.Overview{
		Subjects: 4, Colours: [4]int{0, 1, 0, 3}, Silent: 2, Unmonitored: 90 * roster.Minute,
		RollCall: []web.Attendance{{DutyWindow: roster.DutyWindow{From: morning(7), Until: morning(9), Deadline: morning(10)}, Due: 3, Answered: 1, Missed: 2}},
		Offices:  []web.OfficeOverview{{Office: "O1", Subjects: 3, Colours: [4]int{0, 1, 0, 2}, Open: 1, Missed: 1, Silent: 2}},
	}
	want(t, s.do("GET /api/v1/overview", bearer("token-district")), 200,
		`"colours":{"green":0,"orange":0,"red":3,"yellow":1}`, `"silent_devices":2,"unmonitored_seconds":5400`,
		`"rollcall":[{"from":"2026-03-02T07:00:00Z"`, `"due":3,"answered":1,"missed":2`, `"office":"O1","subjects":3`)
	jar, _ := s.signIn("token-district")
	want(t, s.do("GET /overview", cookies(jar)), 200, "07:00–09:00", "1 小时 30 分", "示范路司法所", "/risk?colour=red&amp;office=O1", "无信号不等于违规")
	mine, _ := s.signIn("token-officer")
	want(t, s.do("GET /overview?office=O2", cookies(mine)), 404)
	s.officers = []web.OfficerOverview{{Officer: "F1", Subjects: 2, Colours: [4]int{1, 0, 0, 1}, Open: 1}, {Subjects: 1}}
	want(t, s.do("GET /overview?office=O1", cookies(mine)), 200, "总览 · 示范路司法所",
		`/?office=O1&amp;officer=F1">王明`, "未指定", `/subjects/S2">王* S2`, "近 30 天告警", "近 7 天 29 条 · 比前 7 天多 3%")
}

// A district of many offices shows the most pressing; the others are found by name, and
// no page lists them all.
func TestPagesOfADistrictWithManyOffices(t *testing.T) {
	s := newTown(t)
	for i := range 130 {
		s.overview.Offices = append(s.overview.Offices, web.OfficeOverview{Office: roster.OfficeID(fmt.Sprintf("X%03d", i))})
	}
	s.overview.Offices = append(s.overview.Offices, web.OfficeOverview{Office: "O2"})
	jar, _ := s.signIn("token-district")
	for path, see := range map[string]struct{ shown, hidden string }{
		"/overview":                {`/overview?office=X049"`, "X050"},
		"/overview?page=3":         {`/overview?office=X120"`, "X099"},
		"/overview?q=示范镇":          {`/overview?office=O2"`, "X001"},
		"/overview?q=no":           {"没有符合条件的司法所", "X001"},
		"/":                        {`name="office" value=""`, "X001"},
		"/?office=示范镇":             {"司法所 示范镇司法所", "a-mine"},
		"/?office=O1":              {`value="示范路司法所"`, "X001"},
		"/reports?date=2026-03-02": {`name="office" value=""`, "X001"},
	} {
		rec := s.do("GET "+strings.NewReplacer("示范镇", "%E7%A4%BA%E8%8C%83%E9%95%87").Replace(path), cookies(jar))
		want(t, rec, 200, see.shown)
		lacks(t, rec, see.hidden)
	}
}

func (w *world) Record(_ context.Context, d web.Deed) error {
	w.deeds = append(w.deeds, d)
	return w.refusal
}

func TestDeedsAreRecordedInTheCallersName(t *testing.T) {
	s := newTown(t)
	said := body("application/json", `{"result":"reached"}`)
	want(t, s.do("POST /api/v1/subjects/S1/contact", bearer("token-officer"), said), 200, `"id":"S1"`, `"name":"李*"`)
	if len(s.deeds) != 1 || s.deeds[0].By != "officer-1" || s.deeds[0].Subject != "S1" || s.deeds[0].What != "contact" || string(s.deeds[0].Body) != `{"result":"reached"}` {
		t.Errorf("recorded: %+v", s.deeds)
	}
	s.refusal = &web.DeedError{Detail: "act contact: result is reached or unreached"}
	want(t, s.do("POST /api/v1/subjects/S1/contact", bearer("token-officer"), said), 422, "result is reached or unreached")
	s.refusal = context.DeadlineExceeded
	lacks(t, s.do("POST /api/v1/subjects/S1/contact", bearer("token-officer"), said), `"id":"S1"`)
	want(t, s.do("POST /api/v1/subjects/S3/contact", bearer("token-officer"), said), 404)
	want(t, s.do("POST /api/v1/subjects/S1/contact", bearer("token-procurator"), said), 403)
	want(t, s.do("POST /api/v1/subjects/S1/contact", bearer("token-officer"), body("application/json", strings.Repeat("x", 70000))), 413)
	if len(s.deeds) != 3 {
		t.Errorf("%d deeds reached the daemon, want 3", len(s.deeds))
	}
}
