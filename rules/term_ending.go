package rules

import (
	"fmt"

	"correctiond/roster"
)

// TermEnding reminds that a person's term ends (社区矫正法 Article 44): all
// collection stops with it, and the release must be announced in time.
const TermEnding Kind = "term-ending"

func termEndingInfo() kindInfo {
	return kindInfo{
		KindInfo: KindInfo{Kind: TermEnding, Label: Text{"矫正期将满", "term ending"}, Ending: Auto, Basis: "法44"},
		describe: func(e *Engine, s *subject, r *run) (Text, map[string]any) {
			ev := r.evidence()
			ev["days"] = stepDays(e.config(s).TermDays, r)
			return Text{
				fmt.Sprintf("矫正期不足 %d 日届满，届满即停止采集", ev["days"]),
				fmt.Sprintf("the term ends within %d day(s); all collection stops then", ev["days"]),
			}, ev
		},
	}
}

// termEnding runs in custody, too: it is about the agency's duty to stop.
func termEnding(c *moment) []course {
	end := c.s.entry.Term.End
	if end == 0 {
		return nil
	}
	at := c.reminders(end, c.cfg().TermDays)
	r := run{Key: string(c.s.entry.ID), Ended: end}
	return []course{{run: r, at: at, sev: repeated(P4, len(at))}}
}

// reminders are the instants so many days before an end; days are descending.
func (c *moment) reminders(end roster.Instant, days []int) []roster.Instant {
	at := make([]roster.Instant, len(days))
	for i, n := range days {
		at[i] = c.daysBefore(end, n)
	}
	return at
}

// stepDays is how many days before the end the last step of a run came.
func stepDays(days []int, r *run) int { return days[min(r.Count, len(days))-1] }
