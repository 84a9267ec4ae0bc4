package rules

import (
	"cmp"
	"slices"

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
// folded kinds see it: judged once against the zones when it arrives. Of the
// event it keeps what kinds ask for, not the event itself: several observations
// are held of each person, and they are most of what the engine holds.
type observation struct {
	At, Received roster.Instant
	From         *sender // nil for a closing
	ID           string  // of the event
	Status       event.StatusKind
	geo.Point            // if Placed
	AccuracyM    float64 // likewise
	More         *detail // nil: nothing of it; shared, once it has been judged
	Battery      float32
	// Awake names the local day of a wristband's position within its waking hours;
	// 0: outside of them.
	Awake     uint16
	Kind      event.Kind
	Source    source
	Motion    event.Motion
	Placed    bool // it has a position
	Mock      bool
	Checked   bool // it has the outcome of a check-in, which
	Counts    bool // is one that counts,
	Rooted    bool // of a phone that was tampered with,
	ByDevice  bool // or rests on the device's password alone
	Area      place
	Home      place // permitted area without leaves
	OnLeave   bool
	TravelDay bool // first or last local day of a leave
	Custody   bool
	Located   bool // wristband under an authority at that time
	LeaveDay  bool // a leave or travel covers some of the local day
	Ending    bool // the term ends before a single fix in a forbidden zone would count
	// Dwelling is the circle around the home; of those who have a curfew.
	Dwelling place
}

// sender is a device in the hands of one person. All that a device sends for the
// person shares one.
type sender struct {
	Device  roster.DeviceID
	Subject roster.SubjectID
	Kind    roster.DeviceKind
	Key     string // of kinds of which a subject can have one per device
}

// sender returns the one of a device, made when it is first needed.
func (s *subject) sender(id roster.DeviceID, kind roster.DeviceKind) *sender {
	for _, known := range s.senders {
		if known.Device == id && known.Kind == kind {
			return known
		}
	}
	from := &sender{Device: id, Subject: s.entry.ID, Kind: kind, Key: deviceKey(s.entry.ID, id)}
	s.senders = append(s.senders, from)
	return from
}

// source is where a position comes from: an index into the wire format's names.
type source uint8

// sources are the wire format's names; the first one is of a position without.
func sources() [5]event.Source {
	return [...]event.Source{"", event.GNSS, event.BLE, event.WiFi, event.Net}
}

const (
	fromGNSS source = 1
	fromNet  source = 4
)

func (s source) name() event.Source { return sources()[s] }

// sourceOf is the index of a name; the wire format has no others.
func sourceOf(name event.Source) source {
	all := sources()
	return source(max(0, slices.Index(all[:], name)))
}

// zoneDistance is the signed distance of a position to a forbidden zone's edge,
// positive inside, and how near counts as approach.
type zoneDistance struct {
	ID                roster.ZoneID
	Metres, ApproachM float64
}

// fix reports whether its position may be judged: present, not coarse, and not
// of someone in custody.
func (o *observation) fix(cfg *Config) bool { return !o.Custody && o.good(cfg) }

// good reports whether its position is present and not coarse. Device kinds run
// in custody, too.
func (o *observation) good(cfg *Config) bool {
	return o.Placed && o.AccuracyM <= cfg.CoarseM && o.Source != fromNet
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
	if a.From == nil || b.From == nil {
		return cmp.Compare(btoi(a.From == nil), btoi(b.From == nil))
	}
	if c := cmp.Compare(a.From.Device, b.From.Device); c != 0 {
		return c
	}
	return cmp.Compare(a.ID, b.ID)
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

// observe judges an event once against the roster and the zones.
func (e *Engine) observe(s *subject, dev *roster.DeviceEntry, ev *event.Event) *observation {
	o := &observation{
		At: cmp.Or(ev.Time, e.clock), Received: e.clock, From: s.senderOf(dev, ev), ID: ev.ID,
		Kind: ev.Kind, Status: ev.Status, Battery: ev.Battery, Counts: ev.Counting(),
	}
	if k := ev.Check; k != nil {
		o.Checked, o.Rooted, o.ByDevice = true, k.Rooted, k.DeviceOnly()
	}
	p := ev.Position
	if p != nil {
		o.Placed, o.Point, o.AccuracyM = true, p.Point, p.AccuracyM
		o.Source, o.Motion, o.Mock = sourceOf(p.Source), p.Motion, p.Mock
	}
	o.Custody = covers(s.entry.Custody, o.At)
	if ev.DeviceKind == roster.Wristband && dev != nil {
		o.Located = dev.Authority(o.At) != nil
		o.Awake = e.awake(s, o)
	}
	if o.Counts {
		e.hugs(s, o)
	}
	if o.fix(e.config(s)) {
		e.locate(s, o, p.Cell)
	}
	return o
}

// senderOf is the sender of an event. The roster's text of the device's id is kept,
// not that of each message.
func (s *subject) senderOf(dev *roster.DeviceEntry, ev *event.Event) *sender {
	if dev == nil {
		return s.sender(ev.Device, ev.DeviceKind)
	}
	return s.sender(dev.ID, ev.DeviceKind)
}

// awake names the local day if a wristband's position lies within its waking hours.
func (e *Engine) awake(s *subject, o *observation) uint16 {
	if !o.Placed {
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
func (e *Engine) locate(s *subject, o *observation, cell geo.Cell) {
	if s.entry.Area >= 0 {
		o.Home = areaPlace(e.signed(s.entry.Area, o, cell), e.config(s).Area.BufferM, o)
		o.Area = o.Home
	}
	if len(s.entry.Permits) > 0 {
		e.permit(s, o, cell)
	}
	if near := e.watched(o, cell); len(near) > 0 {
		o.detail().Watch = near
	}
	if s.entry.Nights != nil {
		e.dwell(s, o)
	}
	if len(s.entry.Forbidden) > 0 {
		end := s.entry.Term.End
		o.Ending = end != 0 && o.At+length(e.config(s).Forbidden.SingleConfirm) >= end
		e.measure(s, o, cell)
	}
}

// permit fills in what leaves and travel approvals allow at the fix's time.
func (e *Engine) permit(s *subject, o *observation, cell geo.Cell) {
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
			o.Area = union(o.Area, areaPlace(e.signed(permit.Zone, o, cell), e.config(s).Area.BufferM, o))
		}
	}
}

// travelDay reports whether t lies on the first or the last local day of a leave.
func (e *Engine) travelDay(p *roster.Permit, t roster.Instant) bool {
	day := e.cal.DayStart(t)
	return day == e.cal.DayStart(p.From) || p.End != 0 && day == e.cal.DayStart(p.End-1)
}

func (e *Engine) signed(zone int, o *observation, cell geo.Cell) float64 {
	return e.dir.Zones().Signed(zone, o.Point, cell)
}

// areaPlace is for places where the person may or must be: a fix is outside only when the whole circle of
// its accuracy, and at least the buffer, lies beyond the edge. A simulated
// position is no evidence of being inside.
func areaPlace(d, buffer float64, o *observation) place {
	a := o.AccuracyM
	switch {
	case d < -max(a, buffer):
		return outside
	case o.Mock:
		return unknown
	case d >= min(a, 50), d >= 0 && a <= 50:
		return inside
	}
	return unknown
}

// zonePlace is for forbidden and watch zones, where the violation must be certain: no
// buffer, and inside only with the whole circle or a good fix.
func zonePlace(d float64, o *observation) place {
	a := o.AccuracyM
	switch {
	case d < -a:
		return outside
	case o.Mock:
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
	at := next.Point
	return !c.tooFast(jumped, next) &&
		geo.Distance(at, jumped.Point) <= geo.Distance(at, before.Point)
}

// tooFast reports whether going from one fix to the next implies a speed that
// no traveller reaches, even if both were wrong by their accuracy.
func (c *Config) tooFast(from, to *observation) bool {
	p, q := from, to
	seconds := max(float64(to.At-from.At)/1000, 1)
	const slack = 1e-6 // rounding must not decide
	if !geo.Beyond(p.Point, q.Point, (c.OutlierKMH/3.6*seconds+p.AccuracyM+q.AccuracyM)*(1-slack)) {
		return false
	}
	metres := geo.Distance(p.Point, q.Point) - p.AccuracyM - q.AccuracyM
	return metres/seconds*3.6 > c.OutlierKMH
}
