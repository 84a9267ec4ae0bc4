package rules

import (
	"fmt"

	"correctiond/roster"
)

// TravelExpiring reminds that an approval for repeated trips ends (实施办法
// Article 29): it is valid for six months, and trips after it need a new one.
const TravelExpiring Kind = "travel-expiring"

func travelExpiringInfo() kindInfo {
	return kindInfo{
		KindInfo: KindInfo{Kind: TravelExpiring, Label: Text{"经常性外出到期", "travel approval expiring"}, Ending: Auto, Basis: "办法29"},
		describe: func(e *Engine, s *subject, r *run) (Text, map[string]any) {
			ev := r.evidence()
			ev["travel"], ev["days"] = r.Proof.Ref, stepDays(e.config(s).TravelDays, r)
			return Text{
				fmt.Sprintf("经常性跨市县活动审批不足 %d 日到期", ev["days"]),
				fmt.Sprintf("the approval for repeated trips ends within %d day(s)", ev["days"]),
			}, ev
		},
	}
}

func travelExpiring(c *moment) []course {
	if c.paused() {
		return nil
	}
	var out []course
	permits := c.s.entry.Permits
	for i := range permits {
		p := &permits[i]
		if !p.Travel || p.End == 0 || prolonged(permits, p) {
			continue
		}
		at := c.reminders(p.End, c.cfg().TravelDays)
		r := run{Key: string(c.s.entry.ID) + "/" + p.ID, Ended: p.End, Proof: proof{Ref: p.ID}}
		out = append(out, course{run: r, at: at, sev: repeated(P4, len(at))})
	}
	return out
}

// prolonged reports whether another approval for the same place takes over.
func prolonged(permits []roster.Permit, p *roster.Permit) bool {
	for i := range permits {
		o := &permits[i]
		if o.Travel && o.Zone == p.Zone && o.From <= p.End && (o.End == 0 || o.End > p.End) {
			return true
		}
	}
	return false
}
