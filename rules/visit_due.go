package rules

import "correctiond/roster"

// VisitDue is a person whom no officer has visited for longer than the colour of
// attention allows (社区矫正法 Article 26).
const VisitDue Kind = "visit-due"

func visitDueInfo() kindInfo {
	return kindInfo{
		KindInfo: KindInfo{Kind: VisitDue, Label: Text{"走访到期", "visit due"}, Ending: Auto, Basis: "法26"},
		describe: func(_ *Engine, s *subject, r *run) (Text, map[string]any) {
			ev := r.sinceEvidence()
			ev["colour"] = s.Attention.Shown.String()
			return Text{"超过风险等级规定的周期未走访", "no visit within the time that the colour of attention sets"}, ev
		},
	}
}

// visitConfig is how often each colour of attention is visited.
type visitConfig struct {
	RedDays      int `yaml:"red_days" json:"red_days"`
	OrangeDays   int `yaml:"orange_days" json:"orange_days"`
	YellowMonths int `yaml:"yellow_months" json:"yellow_months"`
	GreenMonths  int `yaml:"green_months" json:"green_months"`
}

func defaultVisit() visitConfig {
	return visitConfig{RedDays: 7, OrangeDays: 14, YellowMonths: 1, GreenMonths: 3}
}

func (d visitConfig) requirement() requirement {
	ok := d.RedDays > 0 && d.OrangeDays > 0 && d.YellowMonths > 0 && d.GreenMonths > 0
	return requirement{ok, "visit_due: red_days, orange_days, yellow_months and green_months at least 1"}
}

func (d visitConfig) of(colour Colour) cadence {
	switch colour {
	case Red:
		return cadence{days: d.RedDays}
	case Orange:
		return cadence{days: d.OrangeDays}
	case Yellow:
		return cadence{months: d.YellowMonths}
	}
	return cadence{months: d.GreenMonths}
}

// visitDue counts at the earliest from when the subject became known: of what
// was before, the roster need not tell.
func visitDue(c *moment) []course {
	if c.paused() {
		return nil
	}
	every := c.cfg().Visit.of(c.s.Attention.Shown)
	return renewal{
		received: c.s.entry.Received.Visits, start: c.s.entry.Reported, sev: []Severity{P3},
		steps: func(last roster.Instant) []roster.Instant {
			return []roster.Instant{every.exceeded(c, max(last, c.s.Since))}
		},
	}.courses(c)
}
