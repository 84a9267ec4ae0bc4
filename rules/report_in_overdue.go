package rules

import (
	"fmt"

	"correctiond/roster"
)

// ReportInOverdue is a person who has not reported in within ten days of the
// judgment taking effect, that day not counted (社区矫正法 Article 21).
const ReportInOverdue Kind = "report-in-overdue"

func reportInOverdueInfo() kindInfo {
	return kindInfo{
		KindInfo: KindInfo{Kind: ReportInOverdue, Label: Text{"未按期报到", "has not reported in"}, Ending: ByEvent, Basis: "法21"},
		describe: func(e *Engine, s *subject, r *run) (Text, map[string]any) {
			if r.severity() == P1 {
				n := e.config(s).ReportIn.OverdueDay - 1
				return Text{
					fmt.Sprintf("判决生效已超过 %d 日，仍未报到", n),
					fmt.Sprintf("more than %d days since the judgment took effect, and not reported in", n),
				}, r.evidence()
			}
			n := e.config(s).ReportIn.WarnDay - 1
			return Text{
				fmt.Sprintf("判决生效已满 %d 日，报到期限将满", n),
				fmt.Sprintf("%d full days since the judgment took effect; the time to report in is running out", n),
			}, r.evidence()
		},
	}
}

func (c *moment) reportInSteps() []roster.Instant {
	day := c.e.cal.DayStart(c.s.entry.Effective)
	cfg := c.cfg().ReportIn
	return []roster.Instant{c.e.cal.AddDays(day, cfg.WarnDay), c.e.cal.AddDays(day, cfg.OverdueDay)}
}

func reportInOverdue(c *moment) []run {
	entry := c.s.entry
	if entry.Effective == 0 || !c.inTerm() || covers(entry.Custody, c.due) {
		return nil
	}
	r := run{Kind: ReportInOverdue, Key: string(entry.ID), Ended: entry.Reported}
	if r, ok := c.stepped(r, c.reportInSteps(), []Severity{P2, P1}); ok {
		return []run{r}
	}
	return nil
}

func reportInOverdueNext(c *moment) roster.Instant {
	if c.s.entry.Effective == 0 || c.s.entry.Reported != 0 || !c.inTerm() {
		return 0
	}
	return c.after(c.reportInSteps()...)
}

// inTerm reports whether the term has not ended; after it no rule about the
// subject runs.
func (c *moment) inTerm() bool {
	end := c.s.entry.Term.End
	return end == 0 || c.due < end
}
