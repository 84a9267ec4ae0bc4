package web

import (
	"slices"
	"strings"
	"time"
	"unicode"

	"correctiond/alerts"
	"correctiond/alerts/notice"
	"correctiond/rules"
)

// Basis writes the legal basis of a kind. The catalogue has 法 for the law on
// community correction, 办法 for its implementing measures, then article numbers.
func (l words) Basis(basis string) string {
	var out []string
	law, statute := "", false
	for token := range strings.FieldsSeq(basis) {
		name, article := splitArticle(token)
		if name != "" {
			law, statute = l.law(name), name == "法" || name == "办法"
		}
		switch {
		case article == "":
			out = append(out, law)
		case !statute && len(out) > 0: // a chapter of a standard
			out[len(out)-1] += " " + article
		default:
			out = append(out, law+l.T("第"+article+"条", " art. "+article))
		}
	}
	return strings.Join(out, l.T("、", ", "))
}

// splitArticle parts "办法38" into its name and number; what has no known name
// stays whole.
func splitArticle(token string) (name, article string) {
	i := strings.IndexFunc(token, unicode.IsDigit)
	if i < 0 {
		return token, ""
	}
	if name = token[:i]; name == "" || name == "法" || name == "办法" {
		return name, token[i:]
	}
	return token, ""
}

func (l words) law(name string) string {
	switch name {
	case "法":
		return l.T("社区矫正法", "Community Correction Law")
	case "办法":
		return l.T("实施办法", "Implementing Measures")
	case "实践":
		return l.T("工作实践", "practice")
	case "个案研判":
		return l.T("个案研判", "case assessment")
	case "矫正方案":
		return l.T("矫正方案", "correction plan")
	}
	return name
}

// happening is a row of the timeline in words.
type happening struct {
	alerts.TimelineRow
	words
	zone *time.Location
}

// happenings are everything that happened to an alert, the newest first.
func (s *Server) happenings(a *alerts.Alert, told []notice.Sending, l words) []happening {
	rows := alerts.Detail(a, told, rules.Text{}, l.Lang, s.cfg.Zone).Timeline
	out := make([]happening, 0, len(rows))
	for _, r := range slices.Backward(rows) {
		out = append(out, happening{r, l, s.cfg.Zone})
	}
	return out
}

// Clock writes when it happened.
func (h happening) Clock() string { return h.local(h.TimelineRow.At, "01-02 15:04:05") }

// Stamp writes it for programs.
func (h happening) Stamp() string {
	if h.TimelineRow.At == nil {
		return ""
	}
	return *h.TimelineRow.At
}

func (h happening) local(at *string, layout string) string {
	if at == nil {
		return ""
	}
	t, err := time.Parse(time.RFC3339, *at)
	if err != nil {
		return *at
	}
	return t.In(h.zone).Format(layout)
}

// Person names who did it; empty for the system.
func (h happening) Person() string {
	if h.By == alerts.System {
		return ""
	}
	return h.By
}

// told is who was to be told, and through which channel.
func (h happening) told() string {
	if h.Officer == "" {
		return h.Channel
	}
	return h.Officer + " · " + h.Channel
}

// Says is what happened.
func (h happening) Says() string {
	switch h.What {
	case "opened":
		return h.T("产生告警，级别 ", "opened as ") + h.grade()
	case "severity":
		return h.T("级别变为 ", "severity became ") + h.grade()
	case "ended":
		return h.T("条件已结束", "the condition ended")
	case "retracted":
		return h.T("撤回：后来的数据表明未发生", "retracted: later data showed that it did not happen")
	case "notified":
		return h.T("已通知 ", "notified ") + h.told()
	case "not_notified":
		return h.T("通知未送达 ", "could not be told: ") + h.told()
	}
	return h.deed()
}

func (h happening) grade() string {
	if h.Severity == nil {
		return ""
	}
	return h.Severity.String()
}

// deed says what a person did, or a step that was due.
func (h happening) deed() string {
	switch alerts.ActionType(h.What) {
	case alerts.AddNote:
		return h.noted()
	case alerts.Close:
		return h.T("关闭：", "closed as ") + h.words.Outcome(h.TimelineRow.Outcome)
	case alerts.Assign:
		return h.T("指派给 ", "assigned to ") + h.Officer
	case alerts.PutOff:
		return h.T("暂缓至 ", "put off until ") + h.local(h.Until, "01-02 15:04")
	case alerts.Attach:
		return h.T("上传文件", "attached a file")
	case alerts.DeclareAbsconding:
		return h.T("认定脱管，自 ", "declared absconding since ") + h.since()
	}
	return h.Deed(alerts.ActionType(h.What))
}

func (h happening) noted() string {
	switch h.About {
	case alerts.Contact:
		return h.T("联系记录", "contact recorded")
	case alerts.Inspection:
		return h.T("查验记录", "inspection recorded")
	}
	return h.T("备注", "note")
}

func (h happening) since() string {
	switch {
	case h.From == nil:
		return ""
	case h.From.Day != "":
		return h.From.Day
	}
	return h.From.At.Time(h.zone).Format("2006-01-02 15:04")
}

// Deed names an action that has been carried out.
func (l words) Deed(t alerts.ActionType) string {
	switch t {
	case alerts.Ack:
		return l.T("已确认", "acknowledged")
	case alerts.AddNote:
		return l.T("已记录", "recorded")
	case alerts.Assign:
		return l.T("已指派", "assigned")
	case alerts.Attach:
		return l.T("已上传文件", "file attached")
	case alerts.Escalate:
		return l.T("已上报", "passed on to those above")
	case alerts.Close:
		return l.T("已关闭", "closed")
	case alerts.Reopen:
		return l.T("已重新打开", "reopened")
	case alerts.PutOff:
		return l.T("已暂缓", "put off")
	}
	return l.rareDeed(t)
}

func (l words) rareDeed(t alerts.ActionType) string {
	switch t {
	case alerts.RequestIncident:
		return l.T("已提出重大事项报告", "report of a grave incident asked for")
	case alerts.DeclareLost:
		return l.T("已认定失联", "declared out of contact")
	case alerts.DeclareAbsconding:
		return l.T("已认定脱管", "declared absconding")
	case alerts.AckTimeout:
		return l.T("确认后长时间无处置记录，恢复为待确认", "nobody wrote anything after the acknowledgement: open again")
	case alerts.Wake:
		return l.T("暂缓到期", "no longer put off")
	case alerts.NextRung:
		return l.T("按上报流程通知下一级", "the next of the chain is told")
	case alerts.NotifyFailed:
		return l.T("通知未送达，提前通知下一级", "nobody could be told: the next of the chain at once")
	case alerts.Hold:
		return l.T("已依法保全", "held by law")
	case alerts.Release:
		return l.T("已解除保全", "released from the hold")
	}
	return l.T("有更新", "changed")
}
