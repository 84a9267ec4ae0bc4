package sim

import (
	"strconv"
	"time"

	"correctiond/event"
	"correctiond/geo"
	"correctiond/roster"
)

// unit is a device: what does not change of it, as a prototype of a person, and
// its state, in the copy of a pass.
type unit struct {
	dev      *roster.DeviceEntry
	who      roster.SubjectID
	topic    string // without the last level
	datum    geo.Datum
	unixTime bool   // writes time as integer
	print    string // app: fingerprint of the installation
	interval roster.Instant
	phase    roster.Instant
	live     []roster.Interval // when the device is to send, by time

	charge    roster.Instant // time of day at which charging begins
	drainRate float64        // percent per hour

	seq, made int64
	next      roster.Instant // next fix; 0: none
	tick      int64
	charging  bool
	low       int    // last battery threshold told: 100, 20 or 10
	tasks     []task // by time; statuses, check-ins, extra fixes
	windows   roster.Instant
	stored    [][]byte // waiting for the network
	resumed   bool     // nothing was sent since a silence or the start
}

// task is one thing a device does besides its regular fixes.
type task struct {
	t      roster.Instant
	kind   event.Kind
	status event.StatusKind
	passed bool
	duty   bool   // answers a window: the next one is planned after it
	called string // answers a challenge
}

const chargeTime = 3 * roster.Hour

// newUnit makes a device of its model: datum and form of time differ by maker.
func (s *Sim) newUnit(p *person, d *roster.DeviceEntry) *unit {
	rng := s.random(string(d.ID), forDevice)
	u := &unit{dev: d, who: p.ID, topic: s.cfg.Prefix + "/v1/" + string(d.ID) + "/", low: 100, resumed: true}
	u.datum = [...]geo.Datum{geo.WGS84, geo.WGS84, geo.GCJ02, geo.BD09}[rng.IntN(4)]
	u.unixTime = rng.IntN(3) == 0
	u.print = strconv.FormatUint(rng.Uint64(), 16)
	u.interval = roster.Length(time.Duration(d.Interval))
	if u.interval <= 0 {
		u.interval = 5 * roster.Minute
	}
	u.phase = roster.Instant(rng.Int64N(int64(u.interval/roster.Second))) * roster.Second
	u.charge = 30*roster.Minute + minutes(rng, 0, 90)
	u.drainRate = 2.2 + 0.6*rng.Float64()
	u.seq = int64(rng.IntN(50_000))
	u.live = s.lifetimes(p, d)
	return u
}

// lifetimes returns when a device may send about the person: while binding and
// term cover it, and for a wristband an authority as well.
func (s *Sim) lifetimes(p *person, d *roster.DeviceEntry) []roster.Interval {
	period := roster.Interval{From: s.cfg.From, End: s.cfg.Until + 1}
	term := meet(meet(period, p.Term), roster.Interval{End: s.release(p)})
	var bound, live []roster.Interval
	for i := range d.Bindings {
		if d.Bindings[i].SubjectID == p.ID {
			bound = append(bound, meet(term, d.Bindings[i].Interval))
		}
	}
	if d.Kind == roster.Kiosk {
		bound = append(bound, term)
	}
	for _, b := range bound {
		if d.Kind != roster.Wristband {
			live = append(live, b)
		}
		for i := range d.Authorities {
			live = append(live, meet(b, d.Authorities[i].Interval))
		}
	}
	return compact(live)
}

// release returns when the person becomes a released person, whom no law permits
// to locate; 0 for one who is not in that register.
func (s *Sim) release(p *person) roster.Instant {
	since, ok := s.released[p.ID]
	if ok && p.Term.End != 0 && !p.Term.Covers(since) {
		return p.Term.End
	}
	return since
}

func meet(a, b roster.Interval) roster.Interval {
	end := a.End
	if b.End != 0 {
		end = min(end, b.End)
	}
	return roster.Interval{From: max(a.From, b.From), End: end}
}

// compact drops empty intervals and joins adjoining ones; the input is by time.
func compact(list []roster.Interval) []roster.Interval {
	var out []roster.Interval
	for _, v := range list {
		switch n := len(out); {
		case v.From >= v.End:
		case n > 0 && v.From <= out[n-1].End:
			out[n-1].End = max(out[n-1].End, v.End)
		default:
			out = append(out, v)
		}
	}
	return out
}

func covered(list []roster.Interval, t roster.Instant) bool {
	for _, v := range list {
		if v.Covers(t) {
			return true
		}
	}
	return false
}

// firstTick returns the first regular fix at or after t, 0 for none.
func (u *unit) firstTick(t roster.Instant) roster.Instant {
	for _, v := range u.live {
		from := max(t, v.From) - u.phase
		at := (from+u.interval-1)/u.interval*u.interval + u.phase
		if at < v.End {
			return at
		}
	}
	return 0
}

// id makes an id that no other message of the device has, in any run.
func (u *unit) id(t roster.Instant) string {
	u.made++
	id := strconv.AppendInt(make([]byte, 0, 24), int64(t), 36)
	id = append(id, '-')
	if u.dev.Kind == roster.Kiosk {
		id = append(append(id, u.who[max(0, len(u.who)-24):]...), '-')
	}
	return string(strconv.AppendInt(id, u.made, 36))
}

// level is the battery at t in percent and whether it is being charged. A day's
// use takes it down to about half; nights bring it back.
func (u *unit) level(s *Sim, list scripts, t roster.Instant) (float64, bool) {
	day := s.cal.DayStart(t)
	since := t - day - u.charge
	if since < 0 {
		since += roster.Day
	}
	bottom := 100 - u.drainRate*hours(roster.Day-chargeTime)
	level, charging := bottom+(100-bottom)*float64(since)/float64(chargeTime), true
	if since >= chargeTime {
		level, charging = 100-u.drainRate*hours(since-chargeTime), false
	}
	for _, sc := range list {
		if sc.drain.From != 0 && t >= sc.drain.From {
			level, charging = sc.drained(level, charging, t)
		}
	}
	return level, charging
}

// drained is the battery of somebody who forgot to charge it, and remembers.
func (sc *script) drained(level float64, charging bool, t roster.Instant) (float64, bool) {
	if t < sc.drain.End {
		return max(sc.drainLevel-sc.drainRate*hours(t-sc.drain.From), 3), false
	}
	low := sc.drainLevel - sc.drainRate*hours(sc.drain.End-sc.drain.From) + 35*hours(t-sc.drain.End)
	if low < level {
		return low, true
	}
	return level, charging
}

func hours(d roster.Instant) float64 { return float64(d) / float64(roster.Hour) }
