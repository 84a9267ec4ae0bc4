package rules

import (
	"cmp"

	"correctiond/event"
	"correctiond/geo"
	"correctiond/roster"
)

// place is where a position lies with respect to a zone. Loss of signal and
// doubt are unknown, and unknown is never a violation.
type place uint8

const (
	unknown place = iota
	inside
	outside
)

// observation is one event, or the closing of an episode by a person, as the
// folded kinds see it: judged once against the zones when it arrives.
type observation struct {
	At, Received roster.Instant
	Event        *event.Event // nil for a closing
	Area         place        // permitted area at that time, leaves included
	Home         place        // permitted area without leaves
	OnLeave      bool
	TravelDay    bool // first or last local day of a leave
	Custody      bool
	Located      bool // wristband under an authority at that time
	LeaveDay     bool // a leave or travel covers some of the local day
	Ending       bool // the term ends before a single fix in a forbidden zone would count
	// Dwelling is the circle around the home; of those who have a curfew.
	Dwelling place
	// Awake names the local day of a wristband's position within its waking hours;
	// 0: outside of them.
	Awake uint16
	More  *detail // nil: nothing of it; shared, once it has been judged
}

// zoneDistance is the signed distance of a position to a forbidden zone's edge,
// positive inside, and how near counts as approach.
type zoneDistance struct {
	ID                roster.ZoneID
	Metres, ApproachM float64
}

// fix returns the position when it may be judged: present, not coarse, and not
// of someone in custody.
func (o *observation) fix(cfg *Config) *event.Position {
	if o.Custody {
		return nil
	}
	return o.good(cfg)
}

// good returns the position when it is present and not coarse. Device kinds run
// in custody, too.
func (o *observation) good(cfg *Config) *event.Position {
	if o.Event == nil || o.Event.Position == nil {
		return nil
	}
	if p := o.Event.Position; p.AccuracyM <= cfg.CoarseM && p.Source != event.Net {
		return p
	}
	return nil
}

// late reports whether it was received more than the reorder window after it
// happened.
func (o *observation) late(cfg *Config) bool {
	return o.Received-o.At > cfg.window()
}

func (c *Config) window() roster.Instant { return length(c.Window) }

func length(d roster.Duration) roster.Instant { return roster.Instant(int64(d) / 1e6) }

// compare orders observations by when they happened; ties are broken by device
// and id, so that the order does not depend on arrival.
func compare(a, b *observation) int {
	if c := cmp.Compare(a.At, b.At); c != 0 {
		return c
	}
	if a.Event == nil || b.Event == nil {
		return cmp.Compare(btoi(a.Event == nil), btoi(b.Event == nil))
	}
	if c := cmp.Compare(a.Event.Device, b.Event.Device); c != 0 {
		return c
	}
	return cmp.Compare(a.Event.ID, b.Event.ID)
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

// observe judges an event once against the roster and the zones.
func (e *Engine) observe(s *subject, dev *roster.DeviceEntry, ev *event.Event) *observation {
	o := &observation{At: ev.Time, Received: e.clock, Event: ev}
	if o.At == 0 {
		o.At = e.clock
	}
	o.Custody = covers(s.entry.Custody, o.At)
	if ev.DeviceKind == roster.Wristband && dev != nil {
		o.Located = dev.Authority(o.At) != nil
		o.Awake = e.awake(s, o)
	}
	if ev.Counting() {
		e.hugs(s, o)
	}
	if o.fix(e.config(s)) != nil {
		e.locate(s, o)
	}
	return o
}

// awake names the local day if a wristband's position lies within its waking hours.
func (e *Engine) awake(s *subject, o *observation) uint16 {
	if o.Event.Position == nil {
		return 0
	}
	c, day := &e.config(s).Separated, e.cal.DayStart(o.At)
	if at := o.At - day; at < length(c.From) || at >= length(c.Until) {
		return 0
	}
	return uint16((day + roster.Day/2) / roster.Day)
}

func covers(spans []roster.Interval, t roster.Instant) bool {
	for _, iv := range spans {
		if iv.Covers(t) {
			return true
		}
	}
	return false
}

// locate fills in where a good fix lies.
func (e *Engine) locate(s *subject, o *observation) {
	p := o.Event.Position
	if s.entry.Area >= 0 {
		o.Home = areaPlace(e.signed(s.entry.Area, p), e.config(s).Area.BufferM, p)
		o.Area = o.Home
	}
	if len(s.entry.Permits) > 0 {
		e.permit(s, o)
	}
	if near := e.watched(p); len(near) > 0 {
		o.detail().Watch = near
	}
	if s.entry.Nights != nil {
		e.dwell(s, o)
	}
	if len(s.entry.Forbidden) > 0 {
		end := s.entry.Term.End
		o.Ending = end != 0 && o.At+length(e.config(s).Forbidden.SingleConfirm) >= end
		e.measure(s, o)
	}
}

// permit fills in what leaves and travel approvals allow at the fix's time.
func (e *Engine) permit(s *subject, o *observation) {
	p := o.Event.Position
	day := e.cal.DayStart(o.At)
	next := e.cal.AddDays(day, 1)
	for i := range s.entry.Permits {
		permit := &s.entry.Permits[i]
		o.LeaveDay = o.LeaveDay || permit.From < next && (permit.End == 0 || permit.End > day)
		if !permit.Covers(o.At) {
			continue
		}
		o.OnLeave = true
		o.TravelDay = o.TravelDay || !permit.Travel && e.travelDay(permit, o.At)
		if permit.Zone >= 0 {
			o.Area = union(o.Area, areaPlace(e.signed(permit.Zone, p), e.config(s).Area.BufferM, p))
		}
	}
}

// travelDay reports whether t lies on the first or the last local day of a leave.
func (e *Engine) travelDay(p *roster.Permit, t roster.Instant) bool {
	day := e.cal.DayStart(t)
	return day == e.cal.DayStart(p.From) || p.End != 0 && day == e.cal.DayStart(p.End-1)
}

func (e *Engine) signed(zone int, p *event.Position) float64 {
	return e.dir.Zones().Signed(zone, p.Point, p.Cell)
}

// areaPlace is for places where the person may or must be: a fix is outside only when the whole circle of
// its accuracy, and at least the buffer, lies beyond the edge. A simulated
// position is no evidence of being inside.
func areaPlace(d, buffer float64, p *event.Position) place {
	a := p.AccuracyM
	switch {
	case d < -max(a, buffer):
		return outside
	case p.Mock:
		return unknown
	case d >= min(a, 50), d >= 0 && a <= 50:
		return inside
	}
	return unknown
}

// zonePlace is for forbidden and watch zones, where the violation must be certain: no
// buffer, and inside only with the whole circle or a good fix.
func zonePlace(d float64, p *event.Position) place {
	a := p.AccuracyM
	switch {
	case d < -a:
		return outside
	case p.Mock:
		return unknown
	case d >= a, d >= 0 && a <= 50:
		return inside
	}
	return unknown
}

// union is where a position lies with respect to two areas taken together.
func union(a, b place) place {
	switch {
	case a == inside || b == inside:
		return inside
	case a == outside && b == outside:
		return outside
	}
	return unknown
}

// stays reports whether the fix after one that jumped confirms it: it is within
// reach of the jump, and nearer to it than to where the device was before.
func (c *Config) stays(before, jumped, next *observation) bool {
	at := next.Event.Position.Point
	return !c.tooFast(jumped, next) &&
		geo.Distance(at, jumped.Event.Position.Point) <= geo.Distance(at, before.Event.Position.Point)
}

// tooFast reports whether going from one fix to the next implies a speed that
// no traveller reaches, even if both were wrong by their accuracy.
func (c *Config) tooFast(from, to *observation) bool {
	p, q := from.Event.Position, to.Event.Position
	seconds := max(float64(to.At-from.At)/1000, 1)
	const slack = 1e-6 // rounding must not decide
	if !geo.Beyond(p.Point, q.Point, (c.OutlierKMH/3.6*seconds+p.AccuracyM+q.AccuracyM)*(1-slack)) {
		return false
	}
	metres := geo.Distance(p.Point, q.Point) - p.AccuracyM - q.AccuracyM
	return metres/seconds*3.6 > c.OutlierKMH
}
