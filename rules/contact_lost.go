package rules

import (
	"fmt"

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
			if s.Lost != nil && s.Lost.Declared {
				return Text{"工作人员认定失联，请立即组织查找", "declared out of contact by an officer; start the search"}, ev
			}
			h := int(length(e.cfg.Contact.LostAfter) / roster.Hour)
			return Text{
				fmt.Sprintf("%d 小时无任何联系迹象，请立即组织查找", h),
				fmt.Sprintf("no sign of life for %d h; start the search", h),
			}, ev
		},
	}
}

// lost is the state of being out of contact. It is remembered because signs of
// life after it was opened do not end it.
type lost struct {
	Base     roster.Instant // last sign of life, or the declaration
	Opened   roster.Instant
	Ended    roster.Instant
	Declared bool
}

func contactLost(c *moment) []run {
	s := c.s
	silent := length(c.e.cfg.Contact.LostAfter)
	if s.Lost == nil {
		base, ok := c.silence()
		if !ok || base+silent > c.due || !c.suspected() {
			return nil
		}
		s.Lost = &lost{Base: base, Opened: c.due}
	}
	l := s.Lost
	switch {
	case l.Ended != 0 && l.Ended < c.due-runKept:
		s.Lost = nil
		return nil
	case !l.Declared && l.Ended == 0 && l.Base+silent > l.Opened: // a sign arrived late
		s.Lost = nil
		return nil
	}
	return []run{{Kind: ContactLost, Key: string(s.entry.ID), Started: l.Base, Ended: l.Ended, Count: 1, Steps: []Severity{P1}}}
}

func contactLostNext(c *moment) roster.Instant {
	if c.s.Lost != nil || !c.suspected() {
		return 0
	}
	if base, ok := c.silence(); ok {
		return c.after(base + length(c.e.cfg.Contact.LostAfter))
	}
	return 0
}

// suspected reports whether something already speaks for a loss of contact.
func (c *moment) suspected() bool {
	return c.s.openDerived(ContactSuspect) || c.s.openDerived(DeviceOffline)
}

// absorbed reports whether an open contact-lost already covers what happens at t.
func (c *moment) absorbed(t roster.Instant) bool {
	l := c.s.Lost
	return l != nil && t > l.Opened && (l.Ended == 0 || t <= l.Ended)
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

// sign enters a sign of life.
func (s *subject) sign(at roster.Instant) {
	s.LastSign = max(s.LastSign, at)
	if l := s.Lost; l != nil && !l.Declared && l.Ended == 0 && at <= l.Opened {
		l.Base = max(l.Base, at)
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
