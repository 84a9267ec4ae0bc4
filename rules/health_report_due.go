package rules

import (
	"fmt"

	"correctiond/roster"
)

// HealthReportDue is a person serving outside prison for illness who has not
// reported on his health in a calendar month (实施办法 Article 24).
const HealthReportDue Kind = "health-report-due"

func healthReportDueInfo() kindInfo {
	return kindInfo{
		KindInfo: KindInfo{Kind: HealthReportDue, Label: Text{"身体情况报告", "health report due"}, Ending: Auto, Basis: "办法24"},
		describe: func(_ *Engine, _ *subject, r *run) (Text, map[string]any) {
			ev := r.evidence()
			ev["month"] = r.Proof.Ref
			if r.severity() == P4 {
				return Text{
					fmt.Sprintf("%s 月身体情况报告尚未提交，本月将结束", r.Proof.Ref),
					fmt.Sprintf("no health report for %s yet, and the month is ending", r.Proof.Ref),
				}, ev
			}
			return Text{
				fmt.Sprintf("未提交 %s 月身体情况报告", r.Proof.Ref),
				fmt.Sprintf("no health report was received in %s", r.Proof.Ref),
			}, ev
		},
	}
}

// healthReportDue asks for a report in every calendar month, from that of
// reporting in on; a report received belongs to the month of its date.
func healthReportDue(c *moment) []course {
	entry := c.s.entry
	if entry.Kind != roster.Medical || entry.Reported == 0 || c.paused() {
		return nil
	}
	cal := c.e.cal
	courses := renewal{
		received: entry.Received.Health, start: cal.AddMonths(cal.MonthStart(entry.Reported), -1), sev: []Severity{P4, P3},
		steps: func(last roster.Instant) []roster.Instant {
			end := cal.AddMonths(cal.MonthStart(last), 2)
			return []roster.Instant{max(cal.AddDays(end, -c.cfg().HealthReportDays), entry.Reported), end}
		},
	}.courses(c)
	for i := range courses {
		courses[i].Proof.Ref = cal.Day(courses[i].at[1] - 1)[:len("2026-01")]
	}
	return courses
}
