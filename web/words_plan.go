package web

import (
	"fmt"

	"correctiond/plans"
)

// PlanArea names what measures of a plan are for.
func (l words) PlanArea(a plans.Area) string {
	switch a {
	case "supervision":
		return l.T("监督管理", "supervision")
	case "education":
		return l.T("教育", "education")
	case "assistance":
		return l.T("帮扶", "assistance")
	case "psychological":
		return l.T("心理", "psychological")
	}
	return l.T("医疗", "medical")
}

// PlanEvery says how often a measure is taken.
func (l words) PlanEvery(c plans.Cadence) string {
	times, every, unit := c.Parts()
	switch unit {
	case "ongoing":
		return l.T("持续", "ongoing")
	case "once":
		return l.T("一次", "once")
	case "":
		return string(c)
	}
	if l.Lang == "en" {
		span := unit
		if every > 1 {
			span = fmt.Sprintf("%d %ss", every, unit)
		}
		return fmt.Sprintf("%d× per %s", times, span)
	}
	name := map[string]string{"day": "日", "week": "周", "month": "月", "quarter": "季度", "year": "年"}[unit]
	if every > 1 {
		name = fmt.Sprintf(" %d %s", every, map[string]string{"day": "日", "week": "周", "month": "个月", "year": "年"}[unit])
	}
	return fmt.Sprintf("每%s %d 次", name, times)
}

// PlanFact says a fact that selected a template.
func (l words) PlanFact(f plans.Fact) string {
	said := planFacts()[f.Key+" "+f.Value]
	if said == [2]string{} {
		return f.Key + " " + f.Value
	}
	return l.T(said[0], said[1])
}

// planFacts are the words of facts, by key and value.
func planFacts() map[string][2]string {
	return map[string][2]string{
		"everyone ":           {"适用于所有对象", "for everyone"},
		"kind control":        {"管制", "under control"},
		"kind probation":      {"缓刑", "on probation"},
		"kind parole":         {"假释", "on parole"},
		"kind medical":        {"暂予监外执行", "serves outside prison for health"},
		"level strict":        {"严管", "strict level"},
		"level general":       {"普管", "general level"},
		"level lenient":       {"宽管", "lenient level"},
		"level none":          {"未定管理等级", "no level set"},
		"colour red":          {"红色关注", "red"},
		"colour orange":       {"橙色关注", "orange"},
		"colour yellow":       {"黄色关注", "yellow"},
		"colour green":        {"绿色关注", "green"},
		"minor true":          {"未成年人", "a minor"},
		"minor false":         {"成年人", "an adult"},
		"sex male":            {"男性", "male"},
		"sex female":          {"女性", "female"},
		"assessment low":      {"评估低风险", "assessed as low"},
		"assessment medium":   {"评估中风险", "assessed as medium"},
		"assessment high":     {"评估高风险", "assessed as high"},
		"order forbidden":     {"有禁止进入特定区域的禁止令", "an order forbids places"},
		"order no_contact":    {"有禁止接触的规定", "an order forbids contact"},
		"order curfew":        {"有夜间规定", "a curfew"},
		"fact entering":       {"矫正初期（两个月内）", "in the first two months"},
		"fact leaving":        {"矫正末期（一个月内期满）", "the term ends within a month"},
		"fact prior":          {"有前科", "earlier convictions"},
		"fact admonition":     {"受过训诫", "was admonished"},
		"fact warning":        {"受过警告", "was warned"},
		"fact praise":         {"受到表扬", "was praised"},
		"fact steady_job":     {"有稳定工作或者学业", "steady work or study"},
		"fact no_steady_job":  {"没有登记稳定工作", "no steady work on record"},
		"fact parole_medical": {"保外就医", "released for treatment"},
		"fact located":        {"经批准使用电子定位装置期间", "under an authority to locate"},
		"fact travel":         {"经批准经常性跨市县活动", "regular travel approved"},
	}
}

// planTitle heads a plan on pages and documents.
func (l words) planTitle(p *plans.Plan) string {
	if p.Signed == nil {
		return l.T("社区矫正方案（草案，未经签署不生效）", "Correction plan (draft, without effect until signed)")
	}
	return l.T("社区矫正方案", "Correction plan")
}

// planTrouble tells a person why a draft was not saved.
func (l words) planTrouble(field string) string {
	switch field {
	case "reason":
		return l.T("请写明修改、增加或者不采用该措施的理由（至少 4 个字）。", "Say why (at least 4 characters).")
	case "every":
		return l.T("请选择频次，或者写明要修改的内容。", "Choose how often, or say what is to change.")
	case "text":
		return l.T("请填写措施内容（不超过 500 字）。", "Write down the measure (at most 500 characters).")
	case "assessment", "analysis":
		return l.T("综合评估、情况分析各不超过 4000 字。", "Assessment and analysis have at most 4000 characters each.")
	}
	return l.T("填写的内容有误，没有保存。", "Something in the form is not right; nothing was saved.")
}
