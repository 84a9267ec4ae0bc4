package rules

import (
	"slices"

	"correctiond/roster"
)

// LeaveOverdue is not being back from leave in time (实施办法 Articles 27, 28):
// a reminder the day before, and an alert at the end unless the last known
// position is back inside the area.
const LeaveOverdue Kind = "leave-overdue"

func leaveOverdueInfo() kindInfo {
	return kindInfo{
		KindInfo: KindInfo{Kind: LeaveOverdue, Label: Text{"外出超期", "leave overdue"}, Ending: ByEvent, Basis: "办法27 28"},
		describe: func(_ *Engine, _ *subject, r *run) (Text, map[string]any) {
			ev := r.evidence()
			ev["leave"] = r.Proof.Ref
			if r.severity() == P4 {
				return Text{"外出请假即将到期，尚未销假", "the leave ends soon and the return is not recorded"}, ev
			}
			return Text{"外出请假已到期，未销假且未见返回", "the leave has ended without a recorded return, and the person has not been seen back"}, ev
		},
	}
}

// back remembers when someone was seen back from a leave.
type back struct {
	Leave string
	At    roster.Instant
}

func (c *moment) leaveSteps(p *roster.Permit) []roster.Instant {
	return []roster.Instant{c.daysBefore(p.End, c.cfg().LeaveReminderDays), p.End}
}

func leaveOverdue(c *moment) []run {
	if !c.inTerm() || covers(c.s.entry.Custody, c.due) {
		return nil
	}
	var runs []run
	for i := range c.s.entry.Permits {
		p := &c.s.entry.Permits[i]
		if p.Travel || p.End == 0 {
			continue
		}
		r := run{Kind: LeaveOverdue, Key: string(c.s.entry.ID) + "/" + p.ID, Proof: proof{Ref: p.ID}}
		r.Ended = earlier(p.Returned, c.seenBack(p))
		if r, ok := c.stepped(r, c.leaveSteps(p), []Severity{P4, P2}); ok {
			runs = append(runs, r)
		}
	}
	return runs
}

// seenBack is when, at or after the end of a leave, the last known position
// was inside the area; 0: not yet.
func (c *moment) seenBack(p *roster.Permit) roster.Instant {
	s := c.s
	known := s.rare().Back
	if i := slices.IndexFunc(known, func(b back) bool { return b.Leave == p.ID }); i >= 0 {
		return known[i].At
	}
	last := s.Main.Head.Known
	if c.due < p.End || last == nil || last.Home != inside {
		return 0
	}
	at := max(p.End, last.At)
	own := s.ownRare()
	own.Back = append(own.Back, back{Leave: p.ID, At: at})
	return at
}

func leaveOverdueNext(c *moment) roster.Instant {
	var next roster.Instant
	for i := range c.s.entry.Permits {
		if p := &c.s.entry.Permits[i]; !p.Travel && p.End != 0 && p.Returned == 0 {
			next = earlier(next, c.after(c.leaveSteps(p)...))
		}
	}
	return next
}
