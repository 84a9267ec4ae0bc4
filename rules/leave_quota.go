package rules

import (
	"cmp"
	"fmt"

	"correctiond/roster"
)

// LeaveQuota is approved leave that comes near the thirty days within two months
// beyond which the next level up must approve (实施办法 Article 27).
const LeaveQuota Kind = "leave-quota"

func leaveQuotaInfo() kindInfo {
	return kindInfo{
		KindInfo: KindInfo{Kind: LeaveQuota, Label: Text{"外出累计", "leave adds up"}, Ending: Auto, Basis: "办法27"},
		describe: func(e *Engine, s *subject, r *run) (Text, map[string]any) {
			ev := r.evidence()
			ev["days"] = e.config(s).LeaveQuotaDays
			return Text{
				fmt.Sprintf("两个月内批准外出累计达 %d 日", ev["days"]),
				fmt.Sprintf("%d days of leave or more are approved within two months", ev["days"]),
			}, ev
		},
	}
}

// leaveQuota opens when a leave becomes known that makes a span of two months
// full, and ends when the last full span is past.
func leaveQuota(c *moment) []course {
	full := c.e.dir.LeaveFull(c.s.entry, c.cfg().LeaveQuotaDays, c.e.clock)
	if full == 0 {
		if c.s.Seldom != nil {
			c.s.Seldom.FullSince = 0
		}
		return nil
	}
	own := c.s.ownRare()
	own.FullSince = cmp.Or(own.FullSince, c.e.clock)
	if c.paused() {
		return nil
	}
	r := run{Key: string(c.s.entry.ID), Ended: full}
	return []course{{run: r, at: []roster.Instant{own.FullSince}, sev: []Severity{P3}}}
}
