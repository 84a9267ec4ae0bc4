package web

import (
	"fmt"
	"net/http"
	"time"

	"correctiond/alerts"
	"correctiond/roster"
	"correctiond/rules"
)

// words puts things into the language of the reader.
type words struct{ Lang string }

// T picks one of two sentences.
func (l words) T(zh, en string) string {
	if l.Lang == "en" {
		return en
	}
	return zh
}

// Urgency says when an alert of a severity is to be dealt with.
func (l words) Urgency(s rules.Severity) string {
	switch s {
	case rules.P1:
		return l.T("立即处置", "act now")
	case rules.P2:
		return l.T("本班处置", "this shift")
	case rules.P3:
		return l.T("当日处置", "today")
	}
	return l.T("汇总关注", "digest")
}

// State names a state.
func (l words) State(s alerts.State) string {
	switch s {
	case alerts.Open:
		return l.T("待确认", "open")
	case alerts.Acknowledged:
		return l.T("已确认", "acknowledged")
	}
	return l.T("已关闭", "closed")
}

// Outcome names a closing outcome.
func (l words) Outcome(o alerts.Outcome) string {
	switch o {
	case alerts.Confirmed:
		return l.T("属实", "confirmed")
	case alerts.Excused:
		return l.T("有正当理由", "excused")
	case alerts.Technical:
		return l.T("设备或信号", "technical")
	case alerts.Unfounded:
		return l.T("误报", "unfounded")
	}
	return l.T("条件已恢复", "recovered")
}

// Did says what someone has done with an alert: "… has just … this alert".
func (l words) Did(t alerts.ActionType) string {
	switch t {
	case alerts.Ack:
		return l.T("确认", "acknowledged")
	case alerts.AddNote:
		return l.T("添加了备注", "noted on")
	case alerts.Close:
		return l.T("关闭", "closed")
	case alerts.Reopen:
		return l.T("重新打开", "reopened")
	case alerts.Assign:
		return l.T("指派", "assigned")
	case alerts.PutOff:
		return l.T("暂缓", "put off")
	case alerts.Escalate:
		return l.T("上报", "escalated")
	}
	return l.T("更新", "changed")
}

// Colour names a colour of attention.
func (l words) Colour(c rules.Colour) string {
	switch c {
	case rules.Red:
		return l.T("红", "red")
	case rules.Orange:
		return l.T("橙", "orange")
	case rules.Yellow:
		return l.T("黄", "yellow")
	}
	return l.T("绿", "green")
}

// Shape is the shape of a colour, the same as that of the severity of its rank:
// nothing depends on colour alone.
func (l words) Shape(c rules.Colour) string { return "P" + string('4'-rune(c)) }

// Block names a part of the attention score.
func (l words) Block(name string) string {
	switch name {
	case "standing":
		return l.T("基本情况", "standing")
	case "compliance":
		return l.T("遵规情况", "compliance")
	case "contact":
		return l.T("联系情况", "contact")
	case "integrity":
		return l.T("设备与数据可信度", "integrity")
	case "protective":
		return l.T("有利因素", "protective")
	}
	return name
}

// SubjectKind names a legal kind of subject.
func (l words) SubjectKind(k roster.SubjectKind) string {
	switch k {
	case roster.Control:
		return l.T("管制", "control")
	case roster.Probation:
		return l.T("缓刑", "probation")
	case roster.Parole:
		return l.T("假释", "parole")
	case roster.Medical:
		return l.T("暂予监外执行", "medical")
	}
	return string(k)
}

// DeviceKind names a kind of device.
func (l words) DeviceKind(k roster.DeviceKind) string {
	switch k {
	case roster.Wristband:
		return l.T("电子定位腕带", "wristband")
	case roster.App:
		return l.T("手机", "phone")
	}
	return l.T("自助终端", "kiosk")
}

// LevelName names a management level.
func (l words) LevelName(v roster.Level) string {
	switch v {
	case roster.Strict:
		return l.T("严管", "strict")
	case roster.General:
		return l.T("普管", "general")
	case roster.Lenient:
		return l.T("宽管", "lenient")
	}
	return l.T("未定级", "no level")
}

// Standing names how someone stands with a roll-call window.
func (l words) Standing(a rules.Answered) string {
	switch a {
	case rules.WindowOpen:
		return l.T("进行中，未签到", "open, not yet answered")
	case rules.WindowGrace:
		return l.T("已过时段，待补传", "over, in grace")
	case rules.WindowAnswered:
		return l.T("已签到", "answered")
	case rules.WindowMissed:
		return l.T("未到", "missed")
	}
	return l.T("未开始", "ahead")
}

// RoleName names a role.
func (l words) RoleName(r Role) string {
	switch r {
	case Officer:
		return l.T("矫正工作人员", "officer")
	case SocialWorker:
		return l.T("社工", "social worker")
	case OfficeHead:
		return l.T("司法所所长", "head of office")
	case District:
		return l.T("区县机构", "district agency")
	case Procurator:
		return l.T("检察院（只读）", "procurator (read only)")
	case Ops:
		return l.T("运维", "operations")
	}
	return l.T("系统管理", "administration")
}

// Age writes how long something has lasted, in its two largest units.
func (l words) Age(d time.Duration) string {
	m := int(d.Minutes())
	switch {
	case m < 1:
		return l.T("不到 1 分钟", "< 1 min")
	case m < 60:
		return fmt.Sprintf(l.T("%d 分钟", "%d min"), m)
	case m < 24*60 && m%60 == 0:
		return fmt.Sprintf(l.T("%d 小时", "%d h"), m/60)
	case m < 24*60:
		return fmt.Sprintf(l.T("%d 小时 %d 分", "%d h %d min"), m/60, m%60)
	}
	return fmt.Sprintf(l.T("%d 天 %d 小时", "%d d %d h"), m/1440, m/60%24)
}

// status says in a sentence what a status code means to the reader.
func (l words) status(status int) string {
	switch status {
	case http.StatusNotFound:
		return l.T("没有这个页面，或它不在您的权限范围内。", "There is no such page, or it lies outside what you may see.")
	case http.StatusForbidden:
		return l.T("您的角色不能查看或操作此内容，或页面已过期。请返回后重试。",
			"Your role may not see or do this, or the page was too old. Go back and try again.")
	case http.StatusUnauthorized:
		return l.T("登录已失效，请重新登录。", "You are signed out. Please sign in again.")
	case http.StatusMethodNotAllowed, http.StatusBadRequest:
		return l.T("请求有误，请返回列表后重试。", "The request was not understood. Go back to the list and try again.")
	}
	return l.T("系统暂时无法完成操作，已记录。请稍后重试；紧急情况请按线下流程处置。",
		"This did not work and has been logged. Try again soon; in an emergency follow the offline procedure.")
}
