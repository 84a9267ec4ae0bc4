package rules

import (
	"fmt"

	"correctiond/geo"
	"correctiond/roster"
)

// NoContact is two people near each other of whom an order says that they must
// not meet (实施办法 Article 25). There is one episode for each who carries the
// order.
const NoContact Kind = "no-contact"

// noContactConfig says when two people meet.
type noContactConfig struct {
	// WithinM is how near they are, in metres, their accuracies added.
	WithinM float64 `yaml:"within_m" json:"within_m"`
	// FixesApart is the greatest time between two fixes that are compared.
	FixesApart roster.Duration `yaml:"fixes_apart" json:"fixes_apart"`
	Sustained  roster.Duration `yaml:"sustained" json:"sustained"`
	// Expires is how long a meeting goes on without fixes of both.
	Expires roster.Duration `yaml:"expires" json:"expires"`
}

func (c noContactConfig) valid() bool {
	lengths := length(c.FixesApart) > 0 && c.Expires >= c.FixesApart && length(c.Sustained) > 0
	return lengths && c.WithinM >= 1 && c.WithinM <= 1000
}

func noContactInfo() kindInfo {
	return kindInfo{
		KindInfo: KindInfo{Kind: NoContact, Label: Text{"禁止接触", "met someone against an order"}, Ending: ByEvent, Basis: "办法25"},
		describe: describeNoContact,
	}
}

// nearFold is what is known of one device of the carrier and one of the other.
type nearFold struct {
	Other roster.DeviceID
	Key   string         // of the episode
	First *observation   // began the row of fixes that are near; nil: none
	Due   roster.Instant // when the row is too old
	Open  bool           // they opened the episode, and end it
}

func (d *deviceFold) near(carrier roster.SubjectID, other *sender) *nearFold {
	for i := range d.Near {
		if d.Near[i].Other == other.Device {
			return &d.Near[i]
		}
	}
	d.Near = append(d.Near, nearFold{Other: other.Device, Key: string(carrier) + "/" + string(other.Subject)})
	return &d.Near[len(d.Near)-1]
}

// noContact compares a fix with the last ones of the other person's devices.
func noContact(c *Config, f *fold, d *deviceFold, o *observation) {
	if !o.places() {
		return
	}
	for i := range f.Devices {
		e := &f.Devices[i]
		with := e.Prev
		if with == nil || with.From.Subject == o.From.Subject || !with.places() || o.apart(with) > length(c.NoContact.FixesApart) {
			continue
		}
		if o.From.Subject == f.Carrier {
			f.compare(c, d, o, with)
		} else {
			f.compare(c, e, o, with)
		}
	}
}

// places reports whether a good fix shows where a person is: not a simulated
// one, and of a wristband only while an authority covers it.
func (o *observation) places() bool {
	return !o.Mock && (o.From.Kind != roster.Wristband || o.Located)
}

func (o *observation) apart(with *observation) roster.Instant {
	return max(o.At-with.At, with.At-o.At)
}

// compare judges a pair of fixes. Doubt neither begins a meeting nor ends it.
func (f *fold) compare(c *Config, carrier *deviceFold, o, with *observation) {
	later, other := o, with
	if with.At > o.At {
		later, other = with, o
	}
	theirs := later.From
	if theirs.Subject == f.Carrier {
		theirs = other.From
	}
	n := carrier.near(f.Carrier, theirs)
	metres, doubt := between(o, with)
	near := metres+doubt <= c.NoContact.WithinM
	switch {
	case metres-doubt > c.NoContact.WithinM:
		f.part(n, later.At)
	case near && n.First == nil:
		n.First = later
		fallthrough
	case n.First != nil:
		n.Due = later.At + length(c.NoContact.Expires)
		if near {
			f.sustain(c, run{Kind: NoContact, Key: n.Key, Device: carrier.From.Device, Proof: proof{With: other}}, n, later)
		}
	}
}

// sustain opens the episode when a row has lasted long enough. One that another
// pair of devices opened stands for this one, too.
func (f *fold) sustain(c *Config, r run, n *nearFold, o *observation) {
	switch cur := f.current(NoContact, r.Key); {
	case cur != nil && !n.Open:
		n.First, n.Due = nil, 0
	case cur == nil && o.At-n.First.At >= length(c.NoContact.Sustained):
		r.Steps = []Severity{P1}
		f.begin(c, r, n.First, o)
		n.Open = true
	}
}

func (f *fold) part(n *nearFold, at roster.Instant) {
	if n.Open {
		f.endAll(NoContact, n.Key, at)
	}
	*n = nearFold{Other: n.Other, Key: n.Key}
}

func noContactDue(_ *fold, d *deviceFold) roster.Instant {
	var next roster.Instant
	for i := range d.Near {
		next = earlier(next, d.Near[i].Due)
	}
	return next
}

// noContactExpire ends a meeting of which nothing has been seen for long.
func noContactExpire(_ *Config, f *fold, d *deviceFold, at roster.Instant) {
	for i := range d.Near {
		n := &d.Near[i]
		if n.Due != at {
			continue
		}
		if n.Open {
			f.endOfDevice(d.From.Device, at)
		}
		*n = nearFold{Other: n.Other, Key: n.Key}
	}
}

// endOfDevice ends what is open of a device.
func (f *fold) endOfDevice(id roster.DeviceID, at roster.Instant) {
	for i := range f.Runs {
		if r := &f.Runs[i]; r.open() && r.Device == id {
			r.Ended = at
		}
	}
}

// between is the distance of two fixes, and by how much it may be wrong.
func between(o, with *observation) (metres, doubt float64) {
	return geo.Distance(o.Point, with.Point), o.AccuracyM + with.AccuracyM
}

func describeNoContact(e *Engine, s *subject, r *run) (Text, map[string]any) {
	ev := r.evidence()
	at, with := r.Proof.Completed, r.Proof.With
	if at == nil || with == nil {
		return Text{"与禁止接触的人相遇", "met a person they must not meet"}, ev
	}
	metres, doubt := between(at, with)
	other := with.From.Subject
	if other == s.entry.ID {
		other = at.From.Subject
	}
	ev["with"], ev["with_event"] = other, with.ID
	ev["distance_m"], ev["accuracies_m"], ev["within_m"] = round(metres), round(doubt), e.config(s).NoContact.WithinM
	minutes := (at.At - r.Started) / roster.Minute
	return Text{
		fmt.Sprintf("与禁止接触的 %s 相距 %s，已 %d 分钟", other, kmZH(metres), minutes),
		fmt.Sprintf("%s from %s, whom they must not meet, for %d min", kmEN(metres), other, minutes),
	}, ev
}
