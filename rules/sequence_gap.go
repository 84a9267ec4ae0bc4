package rules

import (
	"fmt"
	"slices"

	"correctiond/event"
	"correctiond/roster"
)

// SequenceGap is a device whose messages are missing by their numbers: they were
// lost, or the device keeps them back.
const SequenceGap Kind = "sequence-gap"

func sequenceGapInfo() kindInfo {
	return kindInfo{
		KindInfo: KindInfo{Kind: SequenceGap, Label: Text{"数据缺口", "sequence gap"}, Ending: Auto, Basis: "实践"},
		describe: func(e *Engine, s *subject, r *run) (Text, map[string]any) {
			ev := r.evidence()
			if !r.open() {
				return Text{"设备缺失的消息已补齐或不再需要", "the missing messages have arrived or are no longer due"}, ev
			}
			n := &s.hearing(r.Device).Numbers
			ranges := make([][2]int64, len(n.Missing))
			for i, m := range n.Missing {
				ranges[i] = [2]int64{m.From, m.To}
			}
			ev["missing"], ev["missing_events"] = ranges, n.Total
			if n.GivenUp > 0 {
				ev["given_up_events"] = n.GivenUp
			}
			h := int(length(e.config(s).SequenceGap) / roster.Hour)
			return Text{
				fmt.Sprintf("设备消息序号不连续，%d 条消息超过 %d 小时未补传", n.Total, h),
				fmt.Sprintf("%d message(s) of the device are missing by their numbers, for more than %d h", n.Total, h),
			}, ev
		},
	}
}

func (s *subject) missingNumbers() (n int64) {
	for i := range s.Hearings {
		n += s.Hearings[i].Numbers.Total
	}
	return n
}

// number enters an event's number in its device's ledger.
func (e *Engine) number(c *moment, h *hearing, dev *roster.DeviceEntry, ev *event.Event) {
	powerOn := ev.Kind == event.Status && ev.Status == event.PowerOn
	if ev.Seq < 0 && !powerOn || !c.numbered(dev) {
		return
	}
	n := &h.Numbers
	before, ranges := n.Total, len(n.Missing)
	n.take(arrival{Seq: ev.Seq, Time: ev.Time, Received: e.clock, PowerOn: powerOn, Before: ev.Time < c.s.Since})
	if n.Total == before && len(n.Missing) == ranges {
		return
	}
	e.missing += n.Total - before
	n.settle(e.broken(ev), e.clock)
	e.wake(c.s, e.clock+length(c.cfg().SequenceGap))
}

// numbered reports whether messages of a device are owed: it is bound to the
// subject within the term and, a wristband, under an authority. A wristband that
// goes on without one is refused its positions; what is refused is no gap.
func (c *moment) numbered(dev *roster.DeviceEntry) bool {
	if dev == nil {
		return false
	}
	if dev.Kind == roster.Wristband {
		return c.e.fleet.posts[dev.Pos].s == c.s
	}
	b := dev.BoundTo(c.due)
	return b != nil && b.SubjectID == c.s.entry.ID && c.inTerm()
}

func sequenceGap(c *moment) []run {
	var runs []run
	for i := range c.s.Hearings {
		h := &c.s.Hearings[i]
		n := &h.Numbers
		if !c.numbered(c.e.dir.Device(h.Device)) {
			c.e.missing -= n.Total
			*n = numbers{Gaps: n.Gaps}
			n.settle(c.e.clock, c.e.clock)
		}
		n.overdue(c.due - length(c.cfg().SequenceGap))
		n.Gaps = slices.DeleteFunc(n.Gaps, func(g gap) bool { return g.Ended != 0 && g.Heard < c.due-ledgerKept })
		for _, g := range n.Gaps {
			runs = append(runs, run{
				Kind: SequenceGap, Key: deviceKey(c.s.entry.ID, h.Device), Device: h.Device,
				Started: g.Started, Ended: g.Ended, Count: g.Count, Steps: []Severity{P4},
			})
		}
	}
	return runs
}

func sequenceGapNext(c *moment) roster.Instant {
	var next roster.Instant
	for i := range c.s.Hearings {
		for _, m := range c.s.Hearings[i].Numbers.Missing {
			if !m.Overdue {
				next = earlier(next, c.after(m.Received+length(c.cfg().SequenceGap)))
			}
		}
	}
	return next
}

// refusedNumber enters the number of a message that was not accepted: it has
// arrived, and what was refused is no gap. Where the message has no time that
// could be true it counts as of the newest one, so that it fills a gap or opens
// one but never passes for a counter set anew.
func (e *Engine) refusedNumber(rej *event.Rejection) {
	s := e.bearer(rej.Device)
	if s == nil || rej.Seq < 0 {
		return
	}
	h := s.hearing(rej.Device)
	at := rej.Time
	if at > rej.Received+5*roster.Minute || at < rej.Received-maxSkip*roster.Second {
		if at = h.Numbers.Cur.Newest; at == 0 || rej.Seq <= h.Numbers.Cur.First {
			return
		}
	}
	c := &moment{e: e, s: s, due: e.clock - 1}
	e.number(c, h, e.dir.Device(rej.Device), &event.Event{Device: rej.Device, Seq: rej.Seq, Time: at, Received: rej.Received})
	e.judge(s, c.due)
}

// bearer is the subject that a device is bound to now, nil where nobody is.
func (e *Engine) bearer(id roster.DeviceID) *subject {
	dev := e.dir.Device(id)
	if dev == nil || dev.Kind == roster.Kiosk {
		return nil
	}
	if b := dev.BoundTo(e.clock - 1); b != nil {
		return e.subjects[b.SubjectID]
	}
	return nil
}
