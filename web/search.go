package web

import (
	"slices"
	"strings"
	"time"

	"correctiond/alerts"
	"correctiond/roster"
	"correctiond/rules"
)

// searchStep is a step of the search for a person who cannot be reached (查找,
// 社区矫正法 Article 30 and 实施办法 Article 38: by communication, by checks over
// information systems, by visits; every step recorded).
type searchStep struct {
	ID     string
	Label  rules.Text
	Hint   rules.Text
	Finds  bool // may end with the person reached
	Report bool // is done by asking for the report of a grave incident
}

// searchSteps are the steps in the order in which they are taken.
func searchSteps() []searchStep {
	return []searchStep{
		{
			"call",
			rules.Text{ZH: "电话、短信联系本人", EN: "Call and text the person"},
			rules.Text{ZH: "间隔拨打不少于三次，记录每次时间", EN: "At least three times, some time apart; note each"},
			true, false,
		},
		{
			"check",
			rules.Text{ZH: "发起抽查、视频核实", EN: "Send a challenge, verify by video"},
			rules.Text{ZH: "要求立即签到并视频", EN: "Ask for a check-in and a video call at once"},
			true, false,
		},
		{
			"position",
			rules.Text{ZH: "查看最后位置和轨迹", EN: "Look at the last position and track"},
			rules.Text{ZH: "见下方地图；记下最后位置和时间", EN: "On the map below; note the last place and time"},
			false, false,
		},
		{
			"relatives",
			rules.Text{ZH: "询问亲属、保证人、矫正小组", EN: "Ask relatives, guarantor, correction group"},
			rules.Text{ZH: "最近一次见面和联系的时间、去向", EN: "When last seen or heard of, and where bound"},
			true, false,
		},
		{
			"home",
			rules.Text{ZH: "到住所查访", EN: "Visit the home"},
			rules.Text{ZH: "两人以上，全程记录", EN: "Two people or more; record it all"},
			true, false,
		},
		{
			"work",
			rules.Text{ZH: "到工作、就学单位查访", EN: "Visit the place of work or study"},
			rules.Text{ZH: "含常去地点、村居委会", EN: "Also places often visited and the neighbourhood committee"},
			true, false,
		},
		{
			"police",
			rules.Text{ZH: "通知公安机关协助查找", EN: "Notify public security"},
			rules.Text{ZH: "书面通知，记下接收人和时间；公安机关应予配合", EN: "In writing; note who took it and when. They must help"},
			false, false,
		},
		{
			"procurator",
			rules.Text{ZH: "通报人民检察院", EN: "Inform the procuratorate"},
			rules.Text{ZH: "通报失去联系和查找情况", EN: "Tell of the loss of contact and of the search"},
			false, false,
		},
		{
			"report",
			rules.Text{ZH: "24 小时内报告重大事项", EN: "Report the grave incident within 24 h"},
			rules.Text{ZH: "报区县社区矫正机构", EN: "To the district agency"},
			false, true,
		},
	}
}

// stepOf finds a step by its id.
func stepOf(id string) (searchStep, bool) {
	steps := searchSteps()
	i := slices.IndexFunc(steps, func(s searchStep) bool { return s.ID == id })
	if i < 0 {
		return searchStep{}, false
	}
	return steps[i], true
}

// searched tells whether someone has to be searched for.
func searched(k rules.Kind) bool {
	return k == rules.ContactSuspect || k == rules.ContactLost || k == rules.AbscondingLadder || k == rules.ReportInOverdue
}

// finding is what came of a step.
type finding string

// What a step may come to.
const (
	reached   finding = "reached"
	unreached finding = "unreached"
	taken     finding = "done"
)

// Finding names what came of a step.
func (l words) Finding(f finding) string {
	switch f {
	case reached:
		return l.T("联系到本人", "reached")
	case unreached:
		return l.T("未联系到", "not reached")
	}
	return l.T("已完成", "done")
}

// Findings are what the step may come to.
func (s searchStep) Findings() []finding {
	if s.Finds {
		return []finding{unreached, reached}
	}
	return []finding{taken}
}

// line is the note that records a step. The label opens it, by which the step is
// found again.
func (l words) line(s searchStep, f finding, remark string) string {
	text := s.Label.In(l.Lang) + l.T("：", ": ") + l.Finding(f)
	if remark = strings.TrimSpace(remark); remark != "" {
		text += l.T("。", ". ") + remark
	}
	return text
}

// stepTaken is a step with the notes that record it.
type stepTaken struct {
	searchStep
	N     int // 1, 2, 3 …
	Notes []alerts.Note
}

// search is the checklist of an alert.
type search struct {
	Steps []stepTaken
	Done  int
	Since roster.Instant // out of contact since
	Days  int            // begun since then, the first day not counted
	// ReportBy is when the report of the grave incident is due; 0: not needed.
	ReportBy roster.Instant
	Found    bool // the person can be recorded as found
}

// searchOf is the checklist of an alert as it stands; nil for other kinds.
func (s *Server) searchOf(a *alerts.Alert, now roster.Instant) *search {
	ep := &a.Episode
	if !searched(ep.Kind) || ep.Subject == "" {
		return nil
	}
	out := &search{Since: ep.Started, Days: daysBetween(s, ep.Started, now), Found: ep.Ended == 0}
	if ep.Severity == rules.P1 && a.Incident == nil {
		out.ReportBy = ep.Opened + roster.Day
	}
	for i, st := range searchSteps() {
		t := stepTaken{searchStep: st, N: i + 1, Notes: recorded(a, st)}
		if len(t.Notes) > 0 || st.Report && a.Incident != nil {
			out.Done++
		}
		out.Steps = append(out.Steps, t)
	}
	return out
}

// recorded are the notes of a step, in either language.
func recorded(a *alerts.Alert, st searchStep) []alerts.Note {
	return slices.DeleteFunc(a.Notes(), func(n alerts.Note) bool {
		return !strings.HasPrefix(n.Text, st.Label.ZH+"：") && !strings.HasPrefix(n.Text, st.Label.EN+": ")
	})
}

// daysBetween counts local days after the first.
func daysBetween(s *Server, from, until roster.Instant) int {
	day := func(t roster.Instant) time.Time {
		y, m, d := t.Time(s.cfg.Zone).Date()
		return time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
	}
	return int(day(until).Sub(day(from)) / (24 * time.Hour))
}
