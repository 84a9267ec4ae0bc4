package sim

import (
	"correctiond/event"
	"correctiond/roster"
)

// oracle judges the messages of one person by the definitions of the rule
// kinds. It sees them in order of their own time and without the network's
// faults, so it is far simpler than an engine.
type oracle struct {
	s     *Sim
	p     *person
	found []Truth
	bands map[*unit]*bandView
	// Indexes into found of what is open, -1 for nothing.
	rejected, outside int

	checks   []sample // counting
	lastSign roster.Instant
	silences []roster.Interval // of a day or more without a sign of life
	places   []placed
	area     map[*unit]*crossing
	zones    map[zoneView]*crossing
	areaBy   *unit // whose crossing opened the area-exit
	leaves   map[*unit]*crossing
	leaveBy  *unit // whose crossing opened the leave-deviation
	doubts   map[*unit]*doubts
	apart    apartness
	nights   map[*unit]*nightView
	broken   []brokenNight // by time
}

// placed is where the person was, as far as it decides an overdue leave.
type placed struct {
	t      roster.Instant
	inside bool
}

func newOracle(s *Sim, p *person) *oracle {
	return &oracle{
		s: s, p: p, bands: map[*unit]*bandView{}, rejected: -1, outside: -1, lastSign: s.cfg.From,
		area: map[*unit]*crossing{}, zones: map[zoneView]*crossing{}, leaves: map[*unit]*crossing{},
		doubts: map[*unit]*doubts{}, apart: apartness{open: -1}, nights: map[*unit]*nightView{},
	}
}

// open records an episode and returns its index.
func (o *oracle) open(kind string, device roster.DeviceID, started roster.Instant) int {
	o.found = append(o.found, Truth{Kind: kind, Subject: o.p.ID, Device: device, Started: started, opened: started})
	return len(o.found) - 1
}

// end closes the episode at an index, if there is one, and forgets it.
func (o *oracle) end(index *int, at roster.Instant) {
	if *index >= 0 {
		o.found[*index].Ended = at
	}
	*index = -1
}

// see judges one message.
func (o *oracle) see(u *unit, x *sample) {
	if u.dev.Kind == roster.Wristband {
		if x.kind == event.Location && u.dev.Authority(x.t) == nil {
			o.unlawful(u, x)
			return
		}
		o.band(u, x)
	}
	if x.kind != event.Checkin || x.passed {
		o.sign(x.t)
	}
	if x.kind == event.Checkin {
		o.checkin(x)
	}
	o.trust(u, x)
	if x.located {
		o.locate(u, x)
		o.tell(u, x)
	}
}

// unlawful is a position without authority: one episode per local day.
func (o *oracle) unlawful(u *unit, x *sample) {
	v := o.view(u)
	if day := o.s.cal.DayStart(x.received); day != v.unlawfulDay {
		v.unlawfulDay = day
		i := o.open("no-lawful-basis", u.dev.ID, x.received)
		o.found[i].Subject, o.found[i].Tolerance = "", roster.Minute
	}
}

func (o *oracle) sign(t roster.Instant) {
	if t-o.lastSign >= roster.Day {
		o.silences = append(o.silences, roster.Interval{From: o.lastSign, End: t})
	}
	o.lastSign = max(o.lastSign, t)
}

func (o *oracle) checkin(x *sample) {
	if !x.passed {
		if o.rejected < 0 {
			o.rejected = o.open("checkin-rejected", "", x.t)
		}
		return
	}
	o.checks = append(o.checks, *x)
	o.end(&o.rejected, x.t)
	beyond := x.located && !x.coarse() && !o.travelDay(x.t) && o.beyond(x)
	switch {
	case beyond && o.outside < 0:
		o.outside = o.open("checkin-outside", "", x.t)
	case !beyond:
		o.end(&o.outside, x.t)
	}
}

// finish judges what did not happen and returns everything found.
func (o *oracle) finish() []Truth {
	o.sign(o.s.cfg.Until)
	o.finishBands()
	o.missed()
	o.lost()
	o.hugging()
	o.absences()
	for _, sc := range o.p.scripts {
		if sc.lent != 0 {
			o.lent(sc.lent)
		}
		for _, c := range sc.calls {
			i := o.open("challenge-unanswered", "", c.expires)
			o.found[i].Ended = o.nextCheck(c.expires)
		}
	}
	for i := range o.p.Permits {
		if l := &o.p.Permits[i]; o.s.overdue(l) && l.End > o.s.cfg.From {
			o.leave(l)
		}
	}
	return o.found
}

// lost finds silences of a day with contact-suspect or device-offline open.
func (o *oracle) lost() {
	for _, silence := range o.silences {
		due := silence.From + roster.Day
		for _, t := range o.found {
			suspect := t.Kind == "contact-suspect" || t.Kind == "device-offline"
			if suspect && t.opened <= silence.End && (t.Ended == 0 || t.Ended > due) {
				i := o.open("contact-lost", "", silence.From)
				o.found[i].Ended = o.p.scripts.foundAfter(due)
				return // only a person ends it
			}
		}
	}
}

// leave judges a leave that ends without a recorded return: a reminder a day
// before, overdue unless the last known position is inside the area.
func (o *oracle) leave(l *roster.Permit) {
	i := o.open("leave-overdue", "", l.End-roster.Day)
	inside := false
	for _, x := range o.places {
		if inside && x.t >= l.End {
			break
		}
		inside = x.inside
		if inside && x.t >= l.End {
			o.found[i].Ended = x.t
			return
		}
	}
	if inside && l.End <= o.s.cfg.Until {
		o.found[i].Ended = l.End
	}
}
