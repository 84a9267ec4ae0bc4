package rules

import "correctiond/roster"

// MedicalReviewDue is a person on medical parole whose illness was not examined
// again within three months (实施办法 Article 24).
const MedicalReviewDue Kind = "medical-review-due"

func medicalReviewDueInfo() kindInfo {
	return kindInfo{
		KindInfo: KindInfo{Kind: MedicalReviewDue, Label: Text{"病情复查", "medical review due"}, Ending: ByEvent, Basis: "办法24"},
		describe: func(_ *Engine, _ *subject, r *run) (Text, map[string]any) {
			if r.severity() == P2 {
				return Text{"病情复查已逾期", "the medical review is overdue"}, r.sinceEvidence()
			}
			return Text{"病情复查即将到期", "the medical review is due soon"}, r.sinceEvidence()
		},
	}
}

// medicalReviewConfig is how often reviews are due, and the days of the two
// reminders before that day.
type medicalReviewConfig struct {
	Months     int `yaml:"months" json:"months"`
	FirstDays  int `yaml:"first_days" json:"first_days"`
	SecondDays int `yaml:"second_days" json:"second_days"`
}

func defaultMedicalReview() medicalReviewConfig {
	return medicalReviewConfig{Months: 3, FirstDays: 14, SecondDays: 3}
}

func (d medicalReviewConfig) requirement() requirement {
	ok := d.SecondDays > 0 && d.FirstDays > d.SecondDays && d.FirstDays < 28*d.Months
	return requirement{ok, "medical_review_due: 0 < second_days < first_days < 28 * months"}
}

func medicalReviewDue(c *moment) []course {
	if !c.s.entry.ParoleMedical || c.paused() {
		return nil
	}
	cal, cfg := c.e.cal, c.cfg().MedicalReview
	return renewal{
		received: c.s.entry.Received.MedicalReview, start: c.s.entry.Term.From, sev: []Severity{P4, P3, P2},
		steps: func(last roster.Instant) []roster.Instant {
			day := cal.AddMonths(cal.DayStart(last), cfg.Months)
			return []roster.Instant{cal.AddDays(day, -cfg.FirstDays), cal.AddDays(day, -cfg.SecondDays), cal.AddDays(day, 1)}
		},
	}.courses(c)
}
