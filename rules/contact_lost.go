package rules

import (
	"fmt"
	"slices"

	"correctiond/event"
	"correctiond/roster"
)

// ContactLost is a person who gives no sign of life (社区矫正法 Article 30, 实施办法
// Article 38): a search must start. Only a person ends it.
const ContactLost Kind = "contact-lost"

func contactLostInfo() kindInfo {
	return kindInfo{
		KindInfo: KindInfo{Kind: ContactLost, Label: Text{"失联", "out of contact"}, Ending: ByPerson, Basis: "法30 办法38"},
		describe: func(e *Engine, s *subject, r *run) (Text, map[string]any) {
			ev := r.evidence()
			if r.Proof.Ref == declared {
				return Text{"工作人员认定失联，请立即组织查找", "declared out of contact by an officer; start the search"}, ev
			}
			h := int(e.lostAfter(s) / roster.Hour)
			return Text{
				fmt.Sprintf("%d 小时无任何联系迹象，请立即组织查找", h),
				fmt.Sprintf("no sign of life for %d h; start the search", h),
			}, ev
		},
	}
}

// declared marks a run that an officer began.
const declared = "declared"

// lost is one time of being out of contact. It is remembered because signs of
// life after it was opened do not end it.
type lost struct {
	Base     roster.Instant // last sign of life, or the declaration
	Opened   roster.Instant
	Ended    roster.Instant
	Declared bool
}

// missing is the open time of being out of contact; nil: none.
func (s *subject) missing() *lost {
	if s.Seldom == nil { // asked with every message
		return nil
	}
	all := s.Seldom.Lost
	if n := len(all); n > 0 && all[n-1].Ended == 0 {
		return &all[n-1]
	}
	return nil
}

func contactLost(c *moment) []run {
	s := c.s
	if base, ok := c.silence(); ok && s.missing() == nil && base+c.e.lostAfter(s) <= c.due && c.suspected() {
		own := s.ownRare()
		own.Lost = append(own.Lost, lost{Base: base, Opened: c.e.clock})
	}
	all := s.rare().Lost
	runs := make([]run, 0, len(all))
	for _, l := range all {
		r := run{Kind: ContactLost, Key: string(s.entry.ID), Started: l.Base, Ended: l.Ended, Count: 1, Steps: []Severity{P1}}
		if l.Declared {
			r.Proof.Ref = declared
		}
		runs = append(runs, r)
	}
	return runs
}

func (e *Engine) lostAfter(s *subject) roster.Instant { return length(e.config(s).Contact.LostAfter) }

func contactLostNext(c *moment) roster.Instant {
	if c.s.missing() != nil || !c.suspected() {
		return 0
	}
	if base, ok := c.silence(); ok {
		return c.after(base + c.e.lostAfter(c.s))
	}
	return 0
}

// suspected reports whether something already speaks for a loss of contact.
func (c *moment) suspected() bool {
	return c.s.openDerived(ContactSuspect) || c.s.openDerived(DeviceOffline)
}

// absorbed reports whether a contact-lost covers what happens at t.
func (c *moment) absorbed(t roster.Instant) bool {
	return slices.ContainsFunc(c.s.rare().Lost, func(l lost) bool { return t > l.Opened && (l.Ended == 0 || t <= l.Ended) })
}

// forgetLost drops what ended before everything that it may still absorb.
func (s *subject) forgetLost(due roster.Instant) {
	if s.Seldom == nil {
		return
	}
	limit := due - ledgerKept
	if len(s.Duty.Windows) > 0 {
		limit = min(limit, s.Duty.Windows[0].From)
	}
	s.Seldom.Lost = slices.DeleteFunc(s.Seldom.Lost, func(l lost) bool { return l.Ended != 0 && l.Ended < limit })
}

// silence is since when there has been no sign of life; false when the subject
// owes none: no check-in duty and no live authority, or in custody.
func (c *moment) silence() (roster.Instant, bool) {
	entry := c.s.entry
	if !entry.Term.Covers(c.due) || covers(entry.Custody, c.due) {
		return 0, false
	}
	var start roster.Instant
	if _, ok := entry.Duty.Next(c.due); ok && entry.Reported != 0 && entry.Reported <= c.due {
		start = entry.Reported
	}
	for _, dev := range entry.Devices {
		if iv, ok := c.coverage(dev); ok {
			start = earlier(start, iv.From)
		}
	}
	if start == 0 {
		return 0, false
	}
	base := max(start, c.s.Since, entry.Term.From, c.s.LastSign)
	for _, iv := range entry.Custody {
		if iv.End <= c.due {
			base = max(base, iv.End)
		}
	}
	return base, true
}

// sign enters a sign of life. One that arrives late may show that the person
// was not out of contact when that was said, or only since later.
func (e *Engine) sign(s *subject, at roster.Instant) {
	s.LastSign = max(s.LastSign, at)
	l := s.missing()
	if l == nil || l.Declared || at > l.Opened || at <= l.Base {
		return
	}
	if l.Base = at; at+e.lostAfter(s) > l.Opened {
		own := s.ownRare()
		own.Lost = own.Lost[:len(own.Lost)-1]
	}
}

// alive reports whether an event is a sign of life: a counting check-in, a
// position, or a status that the device itself sent.
func alive(ev *event.Event) bool {
	switch ev.Kind {
	case event.Checkin:
		return ev.Counting()
	case event.Status:
		return ev.Status != event.Offline
	}
	return true
}
