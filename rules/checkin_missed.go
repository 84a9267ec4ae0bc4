package rules

import (
	"fmt"
	"time"

	"correctiond/roster"
)

// CheckinMissed is a roll-call window that nobody answered (社区矫正法 Article 26).
const CheckinMissed Kind = "checkin-missed"

func checkinMissedInfo() kindInfo {
	return kindInfo{
		KindInfo: KindInfo{Kind: CheckinMissed, Label: Text{"点名未到", "roll-call missed"}, Ending: ByEvent, Basis: "法26"},
		describe: describeCheckinMissed,
	}
}

// checkinMissed makes one run of windows missed in a row; the next check-in
// inside a window ends it.
func checkinMissed(c *moment) []run {
	var runs []run
	open := false
	for i := range c.s.Duty.Windows {
		w := &c.s.Duty.Windows[i]
		switch {
		case !c.duty(w):
		case w.Answer != 0:
			if open {
				last := &runs[len(runs)-1]
				last.Ended, open = max(w.Answer, last.Started), false
			}
		case w.Deadline > c.due: // still time to answer
		case open:
			last := &runs[len(runs)-1]
			last.Count++
			last.Proof.Windows = append(last.Proof.Windows, w.Until)
			last.Proof.Deadlines = append(last.Proof.Deadlines, w.Deadline)
		case !c.absorbed(w.Deadline):
			open = true
			at := [2]roster.Instant{w.Until, w.Deadline}
			runs = append(runs, run{
				Kind: CheckinMissed, Key: string(c.s.entry.ID), Started: w.Until, Count: 1,
				Steps: []Severity{P3}, Proof: proof{Windows: at[:1:1], Deadlines: at[1:]},
			})
		}
	}
	return runs
}

func describeCheckinMissed(e *Engine, _ *subject, r *run) (Text, map[string]any) {
	ev := r.evidence()
	ends := make([]string, len(r.Proof.Windows))
	for i, w := range r.Proof.Windows {
		ends[i] = w.Time(e.cal.Location()).Format(time.RFC3339)
	}
	ev["windows_until"] = ends
	return Text{
		fmt.Sprintf("连续 %d 个点名时段未签到", r.Count),
		fmt.Sprintf("%d roll-call window(s) in a row without a check-in", r.Count),
	}, ev
}
