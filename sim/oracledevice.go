package sim

import (
	"correctiond/event"
	"correctiond/roster"
)

// Silences of a wristband, and how long it may be off.
const (
	offlineAfter = 2 * roster.Hour
	offAfter     = 10 * roster.Minute
)

// bandView is what the oracle keeps of a wristband.
type bandView struct {
	last              roster.Instant // receipt of its last message
	off               roster.Instant // time of a power_off, 0: on
	strap, sos, empty int            // open episodes
	unlawfulDay       roster.Instant
	heard, base       roster.Instant // last message; since when without a fix
	gone              int            // open position-lost
}

func (o *oracle) view(u *unit) *bandView {
	v := o.bands[u]
	if v == nil {
		v = &bandView{last: max(o.s.cfg.From, u.live[0].From), strap: -1, sos: -1, empty: -1, gone: -1}
		o.bands[u] = v
	}
	return v
}

func (o *oracle) band(u *unit, x *sample) {
	v := o.view(u)
	if x.received-v.last > offlineAfter && covered(u.live, v.last) {
		i := o.open("device-offline", u.dev.ID, v.last)
		o.found[i].opened, o.found[i].Ended = v.last+offlineAfter, x.t
	}
	v.last = max(v.last, x.received)
	if v.off != 0 {
		o.powered(u, v, x.t)
	}
	o.statuses(u, v, x)
	o.battery(u, v, x)
	o.sky(u, v, x)
}

// How long a wristband may go without a good fix, and how recently it must have
// been heard when that is too long.
const (
	fixWithin   = roster.Hour
	heardWithin = 20 * roster.Minute
)

// sky judges how long a wristband that sends has had no good fix.
func (o *oracle) sky(u *unit, v *bandView, x *sample) {
	if u.dev.Authority(x.t) == nil {
		return
	}
	if v.base == 0 {
		v.base, v.heard = x.t, x.t
	}
	good := x.located && !x.coarse()
	overdue := v.base + fixWithin
	switch {
	case x.t-v.heard >= fixWithin: // silence is another matter
		v.base = x.t
	case v.gone < 0 && x.t >= overdue && (!good || v.heard >= overdue-heardWithin):
		v.gone = o.open("position-lost", u.dev.ID, v.base)
	}
	if v.heard = x.t; good {
		o.end(&v.gone, x.t)
		v.base = x.t
	}
}

func (o *oracle) statuses(u *unit, v *bandView, x *sample) {
	switch {
	case x.status == event.PowerOff:
		v.off = x.t
	case x.status == event.SOS && v.sos < 0:
		v.sos = o.open("sos", u.dev.ID, x.t)
	case x.status == event.StrapOpen && v.strap < 0:
		v.strap = o.open("strap-tamper", u.dev.ID, x.t)
	}
}

// powered is the first sign after a power_off.
func (o *oracle) powered(u *unit, v *bandView, at roster.Instant) {
	if at-v.off > offAfter {
		i := o.open("power-off", u.dev.ID, v.off)
		o.found[i].Ended = at
	}
	v.off = 0
}

func (o *oracle) battery(u *unit, v *bandView, x *sample) {
	low := x.battery >= 0 && x.battery <= 20 || x.status == event.BatteryLow || x.status == event.BatteryCritical
	switch {
	case x.status == event.Charging || x.battery >= 30:
		o.end(&v.empty, x.t)
	case low && v.empty < 0:
		v.empty = o.open("battery-low", u.dev.ID, x.t)
	}
}

// finishBands judges the silence at the end of the period, or of what permitted
// the device to be located.
func (o *oracle) finishBands() {
	for u, v := range o.bands {
		end := o.s.cfg.Until
		if live := u.live[len(u.live)-1]; live.End <= end {
			end = live.End
		}
		if v.off != 0 && v.off+offAfter <= end {
			o.open("power-off", u.dev.ID, v.off)
		}
		if v.last+offlineAfter < end && covered(u.live, v.last) {
			i := o.open("device-offline", u.dev.ID, v.last)
			o.found[i].opened = v.last + offlineAfter
		}
	}
}
