package event

import (
	"math"

	"correctiond/geo"
	"correctiond/roster"
)

// words are the values that travel as one byte. Append only: the place in its
// list is what the journal holds.
var words = struct{ device, status, datum, source, method, verify []string }{
	device: []string{"", "wristband", "app", "kiosk"},
	status: []string{
		"", "heartbeat", "online", "offline", "power_on", "power_off", "battery_low", "battery_critical",
		"charging", "strap_open", "strap_closed", "case_open", "jamming", "no_fix", "sos",
	},
	datum:  []string{"", "wgs84", "cgcs2000", "gcj02", "bd09"},
	source: []string{"", "gnss", "ble", "wifi", "cell"},
	method: []string{"", "app", "kiosk"},
	verify: []string{"", "face", "voice", "fingerprint", "pin", VerifyDevice},
}

// positioned lays an event and its position out in one allocation.
type positioned struct {
	event    Event
	position Position
}

func (c *coder) event(p **Event, at roster.Instant) {
	var hasPosition, hasCheck bool
	if !c.reading {
		hasPosition, hasCheck = (*p).Position != nil, (*p).Check != nil
	}
	c.bool(&hasPosition)
	c.bool(&hasCheck)
	if c.reading {
		*p = newEvent(hasPosition, hasCheck)
	}
	e := *p
	c.byte((*byte)(&e.Kind))
	name(c, &e.Device)
	word(c, &e.DeviceKind, words.device)
	name(c, &e.Subject)
	name(c, &e.Office)
	text(c, &e.ID)
	varint(c, &e.Seq)
	c.since(&e.Time, at)
	c.since(&e.Received, at)
	c.float32(&e.Battery)
	word(c, &e.Status, words.status)
	if hasPosition {
		c.position(e.Position)
	}
	if hasCheck {
		c.check(e.Check)
	}
}

func newEvent(hasPosition, hasCheck bool) *Event {
	var e *Event
	if hasPosition {
		box := new(positioned)
		e = &box.event
		e.Position = &box.position
	} else {
		e = new(Event)
	}
	if hasCheck {
		e.Check = new(Check)
	}
	return e
}

func (c *coder) position(p *Position) {
	c.point(&p.Point)
	c.fixed64((*uint64)(&p.Cell))
	word(c, &p.Datum, words.datum)
	c.original(p)
	c.float64(&p.AccuracyM)
	word(c, &p.Source, words.source)
	c.bool(&p.Mock)
	c.byte((*byte)(&p.Motion))
	c.measures(p)
	varint(c, &p.Satellites)
}

func (c *coder) point(p *geo.Point) {
	c.float64(&p.Lat)
	c.float64(&p.Lng)
}

// original is left out where it equals the converted point, as for most
// wristbands.
func (c *coder) original(p *Position) {
	same := p.Original == p.Point
	c.bool(&same)
	if !same {
		c.point(&p.Original)
	} else if c.reading {
		p.Original = p.Point
	}
}

// measures are the optional figures: a byte of flags, then those present.
func (c *coder) measures(p *Position) {
	all := [...]*float32{&p.SpeedMPS, &p.HeadingDeg, &p.AltitudeM, &p.HDOP}
	var present byte
	if !c.reading {
		for i, m := range all {
			if *m == *m { // not NaN
				present |= 1 << i
			}
		}
	}
	c.byte(&present)
	for i, m := range all {
		switch {
		case present&(1<<i) != 0:
			c.float32(m)
		case c.reading:
			*m = float32(math.NaN())
		}
	}
}

func (c *coder) check(k *Check) {
	word(c, &k.Method, words.method)
	word(c, &k.Verify, words.verify)
	c.bool(&k.Passed)
	c.float32(&k.Score)
	c.byte((*byte)(&k.Liveness))
	text(c, &k.Challenge)
	c.bool(&k.Rooted)
	text(c, &k.DeviceFP)
}

func (c *coder) rejection(r *Rejection, at roster.Instant) {
	name(c, &r.Device)
	text(c, &r.Topic)
	c.since(&r.Received, at)
	varint(c, &r.Time)
	varint(c, &r.Index)
	if c.version >= 2 {
		varint(c, &r.Seq)
	} else {
		r.Seq = -1
	}
	name(c, &r.Reason)
	text(c, &r.Detail)
	c.bytes(&r.Payload)
}

func (c *coder) rosterPart(r *RosterPart) {
	name(c, &r.District)
	text(c, &r.Hash)
	varint(c, &r.Part)
	varint(c, &r.Of)
	c.bytes(&r.Data)
}

func (c *coder) ruleFile(r *RuleFile) {
	text(c, &r.Version)
	c.bytes(&r.Data)
}

func (c *coder) act(a *Act) {
	name(c, &a.Type)
	name(c, &a.Subject)
	name(c, &a.Device)
	for _, s := range [...]*string{
		&a.By, &a.Alert, &a.Result, &a.Outcome, &a.Reason, &a.Note, &a.Report, &a.ID, &a.Token,
		&a.LeaveID.ID, &a.Grant.ID,
	} {
		text(c, s)
	}
	for _, d := range [...]**roster.Date{&a.From, &a.Until, &a.Date, &a.Time, &a.Issued, &a.Expires} {
		c.date(optional(c, d))
	}
	varint(c, &a.Version)
	c.leave(optional(c, &a.LeaveID.Leave))
	c.authority(optional(c, &a.Grant.Authority))
	if c.version >= 2 || a.Type == ActColour { // older journals know it of no other act
		text(c, &a.Colour)
	}
	if c.version >= 2 {
		text(c, &a.About)
		name(c, &a.Officer)
		c.file(optional(c, &a.File))
	}
}

// ofAlert reports whether the act has what only handling an alert needs.
func (a *Act) ofAlert() bool { return a.About != "" || a.Officer != "" || a.File != nil }

func (c *coder) file(f *File) {
	if f == nil {
		return
	}
	text(c, &f.Name)
	text(c, &f.Type)
	varint(c, &f.Size)
	text(c, &f.SHA256)
}

func (c *coder) date(d *roster.Date) {
	if d == nil {
		return
	}
	text(c, &d.Day)
	varint(c, &d.At)
}

func (c *coder) leave(l *roster.Leave) {
	if l == nil {
		return
	}
	text(c, &l.ID)
	c.date(&l.From)
	c.date(&l.Until)
	text(c, &l.Area)
	text(c, &l.Approver)
	text(c, &l.Reason)
	c.date(optional(c, &l.Returned))
}

func (c *coder) authority(a *roster.Authority) {
	if a == nil {
		return
	}
	text(c, &a.ID)
	varint(c, &a.Ground)
	text(c, &a.Approver)
	text(c, &a.Document)
	c.date(&a.From)
	c.date(&a.Until)
}
