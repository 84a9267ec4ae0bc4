package rules

import (
	"cmp"

	"correctiond/geo"
	"correctiond/roster"
)

// bandFold is what the wristband kinds remember of one wristband; phones and
// kiosks have none.
type bandFold struct {
	// Reports of jamming that are too few yet; Quiet is when an open one is over.
	Reports []*observation
	Quiet   roster.Instant
	// From is since when the law lets the device be located, Fix the time of its
	// last good fix, Heard that of its last message, Back that of the message that
	// ended a long silence, and Lost when it is without a fix for too long; 0: not
	// pending.
	From, Fix, Heard, Back, Lost roster.Instant
	Still                        stillness
}

// stillness is a row of fixes close to its first, within the hours of one day.
// First 0: none.
type stillness struct {
	First, Last roster.Instant
	Point       geo.Point
	Day         uint16
}

// band returns the wristband's state, made when it is first needed.
func (d *deviceFold) band() *bandFold {
	if d.Band == nil {
		d.Band = new(bandFold)
	}
	return d.Band
}

func (b *bandFold) clone() *bandFold {
	if b == nil {
		return nil
	}
	c := *b
	return &c
}

// base is since when a wristband has given no good fix; 0: nothing is known of it.
func (b *bandFold) base() roster.Instant { return cmp.Or(b.Fix, b.From) }

// bandKinds are the kinds that run only while a wristband may be located, and
// that end when it no longer may. A strap-tamper stays until a person ends it;
// device-offline is derived and sees to itself.
func bandKinds() []Kind { return []Kind{PowerOff, BatteryLow, Jamming, PositionLost, DeviceSeparated} }

// pending reports whether something of a kind is open or may come to be by what
// the fold remembers.
func (f *fold) pending(d *deviceFold, k Kind) bool {
	if f.current(k, d.From.Key) != nil {
		return true
	}
	b := d.Band
	switch k {
	case PowerOff:
		return d.Power.Off != nil
	case Jamming:
		return b != nil && len(b.Reports) > 0
	case PositionLost:
		return b != nil && b.base() != 0
	case DeviceSeparated:
		return b != nil && b.Still.First != 0
	}
	return false
}

// drop forgets what is pending of a kind since before an instant.
func (d *deviceFold) drop(k Kind, at roster.Instant) {
	if k == PowerOff {
		d.Power = powerState{}
	}
	b := d.Band
	if b == nil {
		return
	}
	switch k {
	case Jamming:
		b.Reports, b.Quiet = nil, 0
	case PositionLost:
		b.Fix, b.Heard, b.Back, b.Lost = 0, 0, 0, 0
		if b.From <= at { // else it may be located again since
			b.From = 0
		}
	case DeviceSeparated:
		b.Still = stillness{}
	}
}

// cover tells the folds since when a wristband may be located.
func (s *subject) cover(dev *roster.DeviceEntry, since roster.Instant) {
	for _, f := range []*fold{&s.Main.Settled, &s.Main.Head} {
		f.device(s.sender(dev.ID, dev.Kind)).band().From = since
	}
}
