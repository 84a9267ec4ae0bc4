package web

import (
	"slices"
	"strconv"
	"strings"

	"correctiond/alerts"
	"correctiond/roster"
)

// saying is a word of the audit in both languages.
type saying struct{ name, zh, en string }

// families of actions, in the order of the filter.
func families() []saying {
	return []saying{
		{"alert.", "告警处置", "alerts"},
		{"subject.", "对象事项", "people"},
		{"track.", "轨迹查看", "tracks"},
		{"evidence.", "取证", "evidence"},
		{"file.", "附件", "files"},
		{"register.", "工作台账", "registers"},
		{"roster.", "花名册", "roster"},
		{"rules.", "规则", "rules"},
		{"silence.", "静默", "silences"},
		{"rota.", "值班", "rota"},
		{"session.", "登录", "sign-ins"},
		{"access.", "被拒绝的访问", "refused access"},
		{"account.", "账号", "accounts"},
		{"token.", "令牌", "tokens"},
		{"device.", "设备凭证", "device credentials"},
		{"deadletter.", "拒收消息", "rejected messages"},
		{"history.", "历史数据", "history"},
		{"audit.", "审计", "audit"},
		{"alerts.", "到期删除", "retention"},
		{"backup.", "备份", "backups"},
		{"broker.", "消息服务", "broker"},
		{"key.", "密钥", "keys"},
	}
}

// acts are actions that have a word of their own.
func acts() []saying {
	return []saying{
		{"track.read", "查看轨迹", "read a track"},
		{"track.refuse", "查看轨迹被拒绝", "was refused a track"},
		{"file.read", "下载附件", "read an attached file"},
		{"subject.reveal", "查看实名信息", "looked at name and contacts"},
		{"evidence.request", "申请取证", "asked for evidence"},
		{"evidence.approve", "批准取证", "approved an export of evidence"},
		{"evidence.export", "导出证据", "exported evidence"},
		{"roster.import", "导入花名册", "imported the roster"},
		{"roster.export", "导出花名册", "exported the roster"},
		{"rota.changed", "修改值班表", "changed the rota"},
		{"rules.changed", "规则变更", "rules changed"},
		{"silence.begin", "设置静默", "began a silence"},
		{"silence.end", "结束静默", "ended a silence"},
		{"session.open", "登录", "signed in"},
		{"session.end", "退出登录", "signed out"},
		{"session.refuse", "登录失败", "failed to sign in"},
		{"access.refuse", "访问被拒绝", "was refused access"},
		{"account.create", "新建账号", "created an account"},
		{"account.assign", "分配社工对象", "assigned people to a social worker"},
		{"account.disable", "停用账号", "disabled an account"},
		{"account.password", "修改密码", "changed a password"},
		{"account.totp", "设置动态验证码", "set a second factor"},
		{"token.create", "新建令牌", "created a token"},
		{"token.revoke", "撤销令牌", "revoked a token"},
		{"device.credential.create", "签发设备凭证", "issued a device credential"},
		{"device.credential.rotate", "更换设备凭证", "rotated a device credential"},
		{"deadletter.show", "查看拒收消息", "read a rejected message"},
		{"deadletter.replay", "重放拒收消息", "replayed a rejected message"},
		{"deadletter.datum", "补正坐标系", "corrected a datum"},
		{"history.replay", "导出历史数据", "replayed the history"},
		{"audit.read", "查看审计", "read the audit"},
		{"audit.export", "导出审计", "exported the audit"},
		{"audit.prune", "删除到期审计记录", "deleted old audit records"},
		{"audit.hash", "更换审计杂凑算法", "changed the hash of the audit"},
		{"alerts.prune", "删除到期告警", "deleted old alerts"},
		{"backup.made", "备份", "made a backup"},
		{"backup.restored", "从备份恢复", "restored a backup"},
		{"broker.session_lost", "消息会话丢失", "the broker lost the session"},
		{"subject.contact", "记录联系", "recorded a contact"},
		{"subject.visit", "记录走访", "recorded a visit"},
		{"subject.report_received", "记录报告", "recorded a report"},
		{"subject.leave_granted", "批准外出", "approved leave"},
		{"subject.leave_returned", "销假", "recorded the return"},
		{"subject.reported_in", "记录报到", "recorded the reporting in"},
		{"subject.authority_granted", "电子定位审批", "recorded an authority to locate"},
		{"subject.authority_ended", "解除电子定位", "ended an authority to locate"},
		{"subject.custody", "记录羁押", "recorded custody"},
		{"subject.declare_lost", "认定失联", "declared out of contact"},
		{"subject.declare_absconding", "认定脱管", "declared absconding"},
		{"subject.found", "记录找到", "recorded as found"},
		{"subject.challenge", "发出抽查", "sent a challenge"},
		{"subject.colour", "设定风险等级", "set a colour"},
		{"subject.colour_confirmed", "同意解除红色", "agreed to leave red"},
		{"subject.admonition", "记录训诫", "recorded an admonition"},
		{"subject.warning", "记录警告", "recorded a warning"},
		{"subject.penalty", "记录治安处罚", "recorded a penalty"},
		{"subject.focus", "设置重点时段", "set a time of focus"},
		{"subject.education", "记录教育", "recorded education"},
		{"register.contacts", "联系记录", "entered a contact"},
		{"register.visits", "走访记录", "entered a visit"},
		{"register.sweeps", "滚动排查", "entered into a sweep"},
		{"register.track-reviews", "轨迹核查", "entered a track review"},
		{"register.incidents", "重大事项", "entered a grave incident"},
		{"register.hand-overs", "衔接", "entered a hand-over"},
		{"register.released", "安置帮教", "entered about a released person"},
	}
}

// Act names an action of the audit. One without a word of its own is called by its
// family, with its name behind.
func (l words) Act(action string) string {
	if i := slices.IndexFunc(acts(), func(s saying) bool { return s.name == action }); i >= 0 {
		return l.T(acts()[i].zh, acts()[i].en)
	}
	family, rest, _ := strings.Cut(action, ".")
	if family == "alert" {
		return l.T("告警：", "alert: ") + l.Deed(alerts.ActionType(rest))
	}
	for _, f := range families() {
		if f.name == family+"." {
			return l.T(f.zh, f.en) + " · " + rest
		}
	}
	return action
}

// families are the choices of the filter.
func (v *auditView) families() []choice {
	var out []choice
	for _, f := range families() {
		out = append(out, choice{f.name, v.T(f.zh, f.en)})
	}
	return out
}

// Names is what the record names, unless that is who did it.
func (r auditRow) Names() string {
	if r.Object == r.Actor {
		return ""
	}
	return r.Object
}

// Because is the reason that was given; the daemon's own ones are put into words.
func (r auditRow) Because() string {
	for _, why := range []saying{
		{"scope", "超出其权限范围", "outside their scope"},
		{"unreasoned", "未写查询事由", "no reason given"},
		{"role", "其角色无此权限", "the role may not do this"},
		{"forged", "请求不是从本系统页面发出", "the request did not come from a page of this service"},
		{"unknown token", "令牌无效", "unknown token"},
	} {
		if why.name == r.Reason && strings.HasSuffix(r.Action, ".refuse") {
			return r.T(why.zh, why.en)
		}
	}
	return r.Reason
}

// More is what else was recorded: times and roles as people read them.
func (r auditRow) More() string {
	first, last, span := strings.Cut(r.Detail, " to ")
	from, errFrom := strconv.ParseInt(first, 10, 64)
	until, errUntil := strconv.ParseInt(last, 10, 64)
	if span && errFrom == nil && errUntil == nil {
		return r.minute(from) + r.T(" 至 ", " to ") + r.minute(until)
	}
	parts := strings.Split(r.Detail, ", ")
	for i, part := range parts {
		name, value, ok := strings.Cut(part, " ")
		if ok && name == "role" && slices.Contains(roles(), Role(value)) {
			parts[i] = r.RoleName(Role(value))
			continue
		}
		for _, w := range []saying{
			{"district", "区县", "district"},
			{"office", "司法所", "office"},
			{"by", "凭证", "by"},
			{"name", "名称", "name"},
			{"minors", "可看未成年人", "minors"},
			{"version", "版本", "version"},
			{"request", "申请", "request"},
		} {
			if ok && w.name == name {
				parts[i] = r.T(w.zh, w.en) + " " + value
			}
		}
	}
	return strings.Join(parts, r.T("，", ", "))
}

func (r auditRow) minute(t int64) string {
	return roster.Instant(t).Time(r.zone).Format("2006-01-02 15:04")
}
