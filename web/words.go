package web

import (
	"fmt"
	"net/http"
	"time"

	"correctiond/alerts"
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
