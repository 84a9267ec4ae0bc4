package web

import (
	"context"
	"net/url"
	"slices"
	"time"

	"correctiond/roster"
	"correctiond/rules"
)

// shownLife is how many moments the page of a person shows; the API has them all.
const shownLife = 40

// lifeRow is a moment of a person's timeline in words.
type lifeRow struct {
	momentDocument
	words
	zone *time.Location
}

// fillLife adds what happened to the person, the newest first, and the leaves that
// nobody has returned from.
func (s *Server) fillLife(ctx context.Context, v *subjectView, p *Person, c *caller) error {
	lines, err := s.lifeOf(ctx, p, c)
	slices.SortFunc(lines, func(a, b momentDocument) int { return a.mark().compare(b.mark()) })
	back := map[string]bool{}
	for i := range lines {
		if lines[i].What == "return" {
			back[lines[i].ID] = true
		}
	}
	for _, d := range lines {
		row := lifeRow{d, v.words, s.cfg.Zone}
		if d.What == "leave" && !back[d.ID] {
			v.Leaves = append(v.Leaves, row)
		}
		if len(v.Life) < shownLife {
			v.Life = append(v.Life, row)
		}
	}
	return err
}

// When writes the day of a fact, and the minute of what happened.
func (r lifeRow) When() string {
	t := r.at.Time(r.zone)
	if r.What != "alert" && r.What != "colour" && t.Hour() == 0 && t.Minute() == 0 {
		return t.Format(time.DateOnly)
	}
	return t.Format("2006-01-02 15:04")
}

// Ends writes the last day of what lasts; an alert says how it stands instead.
func (r lifeRow) Ends() string {
	if r.What == "alert" {
		return r.words.State(r.momentDocument.State)
	}
	if r.Until == nil {
		return ""
	}
	t, err := time.Parse(time.RFC3339, *r.Until)
	if err != nil {
		return ""
	}
	return r.T("至 ", "until ") + t.Add(-time.Second).In(r.zone).Format(time.DateOnly)
}

// Link is the page of an alert.
func (r lifeRow) Link() string {
	if r.What != "alert" {
		return ""
	}
	return "/alerts/" + url.PathEscape(r.ID)
}

// Says names what happened.
func (r lifeRow) Says() string {
	switch {
	case r.What == "alert":
		return r.Severity.String() + " " + rules.Info(r.Kind).Label.In(r.Lang)
	case r.What == "colour" && r.momentDocument.Colour != nil:
		return r.T("风险等级变为 ", "the colour became ") + r.words.Colour(*r.momentDocument.Colour)
	case r.What == "device":
		return r.T("绑定", "bound: ") + r.DeviceKind(roster.DeviceKind(r.momentDocument.Text)) + " " + r.ID
	}
	return r.fact(r.What)
}

// Text is what was written down with it.
func (r lifeRow) Text() string {
	if r.What == "device" {
		return ""
	}
	return r.momentDocument.Text
}

// fact names a fact of the roster or an entry of a register.
func (l words) fact(what string) string {
	for _, f := range []saying{
		{"term", "矫正期限", "term of correction"},
		{"reported-in", "报到", "reported in"},
		{"leave", "批准外出", "leave"},
		{"return", "销假返回", "returned from leave"},
		{"travel", "经常性跨市县活动", "regular travel"},
		{"custody", "羁押", "custody"},
		{"visit", "走访", "visit"},
		{"report-health", "身体情况报告", "report on health"},
		{"report-medical-review", "病情复查", "medical review"},
		{"report-periodic", "定期报告", "periodic report"},
		{"admonition", "训诫", "admonition"},
		{"warning", "警告", "warning"},
		{"authority", "电子定位审批", "authority to locate"},
		{"contacts", "联系记录", "contact"},
		{"sweeps", "滚动排查", "sweep"},
		{"track-reviews", "轨迹核查", "track review"},
		{"incidents", "重大事项", "grave incident"},
		{"hand-overs", "衔接", "hand-over"},
		{"released", "安置帮教", "released person"},
		{"objections", "评分异议", "objection to the score"},
	} {
		if f.name == what {
			return l.T(f.zh, f.en)
		}
	}
	return what
}
