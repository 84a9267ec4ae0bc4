package rules

import (
	"fmt"

	"correctiond/roster"
)

// AuthorityExpiring reminds the manager that an electronic location authority
// ends (社区矫正法 Article 29): a further term needs a new assessment and approval.
const AuthorityExpiring Kind = "authority-expiring"

func authorityExpiringInfo() kindInfo {
	return kindInfo{
		KindInfo: KindInfo{Kind: AuthorityExpiring, Label: Text{"电子定位将到期", "location authority expiring"}, Ending: Auto, Basis: "法29"},
		describe: func(e *Engine, s *subject, r *run) (Text, map[string]any) {
			ev := r.evidence()
			ev["authority"] = r.Proof.Ref
			days := e.config(s).AuthorityDays[min(r.Count, len(e.config(s).AuthorityDays))-1]
			return Text{
				fmt.Sprintf("电子定位审批不足 %d 日到期，到期即停止采集", days),
				fmt.Sprintf("the location authority ends within %d day(s); collection stops then", days),
			}, ev
		},
	}
}

// authorityExpiring counts back from the end of each authority of the
// subject's devices, unless a further authority follows on.
func authorityExpiring(c *moment) []run {
	var runs []run
	c.eachAuthority(func(dev *roster.DeviceEntry, a *roster.AuthorityEntry, at []roster.Instant) {
		r := run{
			Kind: AuthorityExpiring, Key: string(c.s.entry.ID) + "/" + a.ID, Device: dev.ID, Proof: proof{Ref: a.ID},
		}
		sev := make([]Severity, len(at))
		for i := range sev {
			sev[i] = P3
		}
		r, ok := c.stepped(r, at, sev)
		if ok && a.End <= c.e.clock { // ended early at this very instant, too
			r.Ended = a.End
		}
		if ok {
			runs = append(runs, r)
		}
	})
	return runs
}

func authorityExpiringNext(c *moment) roster.Instant {
	var next roster.Instant
	c.eachAuthority(func(_ *roster.DeviceEntry, _ *roster.AuthorityEntry, at []roster.Instant) {
		next = earlier(next, c.after(at...))
	})
	return next
}

// eachAuthority visits the authorities that no other one continues, with the
// instants of their reminders.
func (c *moment) eachAuthority(visit func(*roster.DeviceEntry, *roster.AuthorityEntry, []roster.Instant)) {
	for _, dev := range c.s.entry.Devices {
		if b := dev.BoundTo(c.due); b == nil || b.SubjectID != c.s.entry.ID || !c.inTerm() {
			continue
		}
		for i := range dev.Authorities {
			a := &dev.Authorities[i]
			if a.End == 0 || continued(dev, a) {
				continue
			}
			at := make([]roster.Instant, len(c.cfg().AuthorityDays))
			for j, days := range c.cfg().AuthorityDays {
				at[j] = c.daysBefore(a.End, days)
			}
			visit(dev, a, at)
		}
	}
}

// continued reports whether another authority of the device takes over.
func continued(dev *roster.DeviceEntry, a *roster.AuthorityEntry) bool {
	for i := range dev.Authorities {
		o := &dev.Authorities[i]
		if o != a && o.From <= a.End && (o.End == 0 || o.End > a.End) {
			return true
		}
	}
	return false
}
