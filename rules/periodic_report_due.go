package rules

import "correctiond/roster"

// PeriodicReportDue is a person who has not reported on his life for longer than
// the management level allows (实施办法 Article 24).
const PeriodicReportDue Kind = "periodic-report-due"

func periodicReportDueInfo() kindInfo {
	return kindInfo{
		KindInfo: KindInfo{Kind: PeriodicReportDue, Label: Text{"定期报告", "periodic report due"}, Ending: Auto, Basis: "办法24"},
		describe: func(_ *Engine, s *subject, r *run) (Text, map[string]any) {
			ev := r.sinceEvidence()
			ev["level"] = s.entry.Level
			return Text{"超过管理等级规定的期限未提交定期报告", "no periodic report within the time that the management level sets"}, ev
		},
	}
}

// periodicReportConfig is how often each management level reports.
type periodicReportConfig struct {
	StrictDays    int `yaml:"strict_days" json:"strict_days"`
	GeneralMonths int `yaml:"general_months" json:"general_months"`
	LenientMonths int `yaml:"lenient_months" json:"lenient_months"`
}

func defaultPeriodicReport() periodicReportConfig {
	return periodicReportConfig{StrictDays: 7, GeneralMonths: 1, LenientMonths: 3}
}

func (d periodicReportConfig) requirement() requirement {
	return requirement{
		d.StrictDays > 0 && d.GeneralMonths > 0 && d.LenientMonths > 0, "periodic_report_due: strict_days, general_months and lenient_months at least 1",
	}
}

// of is the cadence of a level; false for one that people have not set.
func (d periodicReportConfig) of(l roster.Level) (cadence, bool) {
	switch l {
	case roster.Strict:
		return cadence{days: d.StrictDays}, true
	case roster.General:
		return cadence{months: d.GeneralMonths}, true
	case roster.Lenient:
		return cadence{months: d.LenientMonths}, true
	}
	return cadence{}, false
}

func periodicReportDue(c *moment) []course {
	every, ok := c.cfg().PeriodicReport.of(c.s.entry.Level)
	if !ok || c.paused() {
		return nil
	}
	return renewal{
		received: c.s.entry.Received.Periodic, start: c.s.entry.Reported, sev: []Severity{P3},
		steps: func(last roster.Instant) []roster.Instant { return []roster.Instant{every.exceeded(c, last)} },
	}.courses(c)
}
