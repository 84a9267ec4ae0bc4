package alerts

import (
	"time"

	"correctiond/alerts/duty"
	"correctiond/alerts/notice"
	"correctiond/roster"
	"correctiond/rules"
)

// Escalation is where an alert stands in its chain. The chain is a copy: whoever
// changes the chains file changes no alert that is under way.
type Escalation struct {
	Severity rules.Severity `json:"severity"` // that the chain is for
	Chain    duty.Chain     `json:"chain"`
	// Rung is the next one; behind the last, that one is repeated.
	Rung int `json:"rung"`
	// From is the instant at which Base of the chain had passed.
	From roster.Instant  `json:"from"`
	Base roster.Duration `json:"base,omitempty"`
	// Next is when the next rung is due; 0: never.
	Next roster.Instant `json:"next,omitempty"`
	// Held: a silence holds the rung back, at the longest until Next.
	Held bool `json:"held,omitempty"`
	// Rounds counts the rounds of notices so far; Asked is the number of the last
	// that a rung asked for.
	Rounds int `json:"rounds"`
	Asked  int `json:"asked,omitempty"`
}

// Round is who is to be told because of one change of an alert.
type Round struct {
	Step    int // number of the round, of Notice.Step
	Why     notice.Why
	To      []duty.Target
	Due     roster.Instant
	Grouped bool
	Follow  bool // whoever was told before, instead of To
}

// Policy is what moves alerts along their chains.
type Policy struct {
	Chains duty.Chains
	Hours  *duty.Hours
	// Silenced is when the silences that hold an alert back at an instant end; 0:
	// none does. May be nil.
	Silenced func(a *Alert, at roster.Instant) roster.Instant
}

// Follow brings the alert's place in its chain up to date after one change, from
// prev (nil: the alert is new) to next, and says who is to be told. It takes no
// new version: the place is part of the change.
//
// The chain begins when the alert opens, when it is opened again, when it comes
// back from being put off, and when its severity rises, then as the chain of
// that severity. Acknowledging, closing and putting off stop it. It goes on at
// once when an acknowledgement times out, when a person escalates, and when
// nobody could be reached.
func (p *Policy) Follow(prev, next *Alert, at roster.Instant) []Round {
	c := &climb{policy: p, a: next, at: at}
	switch {
	case next.Escalation != nil:
		c.Escalation = *next.Escalation
	case next.waits():
		prev = nil // stored before there were chains: it begins now
		c.begin()
	default:
		c.begin()
	}
	c.follow(prev)
	if !next.waits() {
		c.Next, c.Held = 0, false
	}
	next.Escalation = &c.Escalation
	return c.rounds
}

// waits tells whether the alert waits for somebody to take it on.
func (a *Alert) waits() bool { return a.State == Open && a.Snoozed == nil }

// Stops tells whether how the alert stands makes a notice pointless that was
// planned before: somebody has taken it on, put it off or closed it. What the
// system closes by itself is still reported.
func (a *Alert) Stops(w notice.Why) bool {
	reported := a.Closed != nil && a.Closed.By == System && (w == notice.ToOpen || w == notice.ToDigest)
	return w.Stops() && !a.waits() && !reported
}

// Unreached tells whether the round of notices that nobody received was the last
// that the chain asked for, so that the next rung has to be taken at once. The
// act for it is NotifyFailed.
func (a *Alert) Unreached(step int) bool {
	return a.Escalation != nil && a.waits() && !a.Escalation.Held && step >= a.Escalation.Asked
}

// climb is one change on the way along a chain.
type climb struct {
	Escalation
	policy *Policy
	a      *Alert
	at     roster.Instant
	rounds []Round
}

func (c *climb) follow(prev *Alert) {
	switch Difference(prev, c.a) {
	case WasOpened:
		c.take(notice.ToOpen, c.at)
	case wasReopened:
		c.begin()
		c.take(notice.ToOpen, c.at)
	case wasReturned:
		c.anchor()
		c.urge(notice.ToReturn, duty.TheOfficer)
	case WasClosed:
		c.tell(notice.ToClose)
	case wasAssigned:
		c.assigned()
	case wasWoken:
		c.woken()
	case wasEscalated:
		c.escalated()
	case wasUpdated, wasEnded:
		c.seen(prev)
	}
}

// escalated takes the next rung: because it is due, because a person wants it, or
// because the last one reached nobody.
func (c *climb) escalated() {
	planned := c.Next
	switch {
	case c.a.Log[len(c.a.Log)-1].Did != NextRung:
		c.urge(notice.ToEscalate)
		return
	case c.Held:
		c.anchor()
		planned = c.at
	}
	c.take(c.why(), planned)
}

// why says what the next rung is for.
func (c *climb) why() notice.Why {
	switch {
	case c.Rung == 0:
		return notice.ToOpen
	case c.Rung < len(c.Chain.Rungs):
		return notice.ToEscalate
	}
	return notice.ToRepeat
}

// assigned tells the officer who now has to deal with the alert.
func (c *climb) assigned() {
	if c.silenced() == 0 {
		c.round(Round{Why: notice.ToEscalate, To: []duty.Target{duty.TheOfficer}, Due: c.at})
	}
}

// woken begins the chain again, unless somebody took the alert on meanwhile.
func (c *climb) woken() {
	if c.a.waits() {
		c.begin()
		c.take(notice.ToRepeat, c.at)
	}
}

// seen follows what the rules saw: a higher severity, also one that ends a snooze, a
// further step of the kind, the end.
func (c *climb) seen(prev *Alert) {
	roused := prev.Snoozed != nil && c.a.Snoozed == nil
	grown := len(c.a.Episode.History) > len(prev.Episode.History)
	switch {
	case c.a.State == Closed:
		return
	case c.a.Episode.Severity < c.Severity || roused:
		c.begin()
		c.take(notice.ToEscalate, c.at)
	case grown && c.a.Snoozed == nil && c.silenced() == 0:
		again := c.rung(c.Rung - 1)
		c.round(Round{Why: notice.ToEscalate, To: again.To, Due: c.policy.Hours.Due(again, c.at, c.at), Grouped: again.Grouped()})
	}
	if prev.Episode.Ended == 0 && c.a.Episode.Ended != 0 {
		c.tell(notice.ToEnd)
	}
}

// begin puts the alert before the first rung of the chain of its severity.
func (c *climb) begin() {
	if s := c.a.Episode.Severity; c.Severity != s {
		c.Severity, c.Chain = s, *c.policy.Chains.Of(s.String())
	}
	c.Rung, c.From, c.Base, c.Held = 0, c.at, 0, false
}

// anchor lets the rungs after the next keep their distance from it, taken now.
func (c *climb) anchor() { c.From, c.Base, c.Held = c.at, c.rung(c.Rung).After, false }

// rung is the n-th rung, the last for what lies behind.
func (c *climb) rung(n int) *duty.Rung {
	return &c.Chain.Rungs[max(0, min(n, len(c.Chain.Rungs)-1))]
}

// silenced is until when the alert is held back; 0: it is not.
func (c *climb) silenced() roster.Instant {
	if c.policy.Silenced == nil {
		return 0
	}
	return c.policy.Silenced(c.a, c.at)
}

// hold lets the chain wait for a silence, if there is one.
func (c *climb) hold() bool {
	until := c.silenced()
	if until != 0 {
		c.Next, c.Held = until, true
	}
	return until != 0
}

// take tells whom the next rung names, in its time, and goes on to the one after
// it. Planned is when the rung was due, which may be past.
func (c *climb) take(why notice.Why, planned roster.Instant) {
	if c.hold() {
		return
	}
	r := c.rung(c.Rung)
	due := c.policy.Hours.Due(r, planned, c.at)
	if r.Digest != "" && why != notice.ToEscalate {
		why = notice.ToDigest
	}
	c.Asked = c.round(Round{Why: why, To: r.To, Due: due, Grouped: r.Grouped()})
	c.Rung++
	c.Next = c.after(r, max(due, c.at))
}

// urge takes the next rung and tells its people, and more, without delay.
func (c *climb) urge(why notice.Why, also ...duty.Target) {
	if c.hold() {
		return
	}
	r := c.rung(c.Rung)
	c.Asked = c.round(Round{Why: why, To: append(also, r.To...), Due: c.at})
	c.Rung++
	c.Next = c.after(r, c.at)
}

// tell tells whoever was told before.
func (c *climb) tell(why notice.Why) {
	r := c.rung(c.Rung - 1)
	c.round(Round{Why: why, Follow: true, Due: max(c.at, c.silenced()), Grouped: r.Grouped()})
}

func (c *climb) round(r Round) (number int) {
	r.Step = c.Rounds
	c.Rounds++
	c.rounds = append(c.rounds, r)
	return r.Step
}

// after is when the rung behind r is due, whose people are told at told.
func (c *climb) after(r *duty.Rung, told roster.Instant) roster.Instant {
	hours := c.policy.Hours
	if c.Rung >= len(c.Chain.Rungs) {
		return hours.Again(r, length(c.Chain.Repeat), told, c.at)
	}
	next := c.rung(c.Rung)
	wait := length(next.After - c.Base)
	if next.WorkingHours {
		return hours.Open(hours.Add(c.From, wait))
	}
	return c.From + wait
}

func length(d roster.Duration) roster.Instant { return roster.Length(time.Duration(d)) }
