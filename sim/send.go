package sim

import (
	"bytes"

	"correctiond/event"
	"correctiond/roster"
)

// How often the network misbehaves.
const (
	againShare   = 0.005 // of messages are delivered twice
	lateShare    = 0.02  // arrive late, so that a device's messages overtake each other
	latest       = 12    // minutes
	newestShare  = 0.2   // of backlogs come newest first
	backlogBatch = 200   // messages in an array payload at most
)

// regular is what a wristband does at each fix time: a fix, or word that there
// is none; once an hour a heartbeat.
func (r *pass) regular(u *unit, t roster.Instant) {
	u.tick++
	r.power(u, t)
	_, l := r.diary.where(t)
	switch {
	case l.in != underground && !r.p.scripts.dark(t):
		r.location(u, t)
	case u.tick%2 == 0:
		r.status(u, t, event.NoFix)
	default:
		r.status(u, t, event.Heartbeat)
	}
	if every := max(int64(roster.Hour/u.interval), 1); u.tick%every == 0 && !u.resumed {
		r.status(u, t, event.Heartbeat)
	}
}

// power tells when charging begins and when the battery passes a threshold.
func (r *pass) power(u *unit, t roster.Instant) {
	level, charging := u.level(r.s, r.p.scripts, t)
	begins := charging && !u.charging
	u.charging = charging
	switch {
	case begins:
		u.low = 100
		r.status(u, t, event.Charging)
	case charging:
	case level <= 10 && u.low > 10:
		u.low = 10
		r.status(u, t, event.BatteryCritical)
	case level <= 20 && u.low > 20:
		u.low = 20
		r.status(u, t, event.BatteryLow)
	}
}

func (r *pass) location(u *unit, t roster.Instant) {
	x := r.sample(u, t, event.Location)
	x.located, x.spot = true, r.fix(u, t)
	r.send(u, &x, "location")
}

func (r *pass) status(u *unit, t roster.Instant, what event.StatusKind) {
	if what == event.PowerOn {
		u.seq = 0
	}
	x := r.sample(u, t, event.Status)
	x.status = what
	r.send(u, &x, "status")
}

func (r *pass) checkin(u *unit, do task) {
	x := r.sample(u, do.t, event.Checkin)
	x.passed = do.passed
	x.trick, x.answers = r.p.scripts.trick(do.t), do.called
	// Three check-ins in a hundred are made where the phone has no position, and
	// those in a tunnel.
	_, l := r.diary.where(do.t)
	x.located = u.dev.Kind == roster.App && l.in != underground && (len(r.p.scripts) > 0 || r.noise.Float64() > 0.03)
	if x.located {
		x.spot = r.fix(u, do.t)
		x.spot.mock = x.trick.mock
	}
	r.send(u, &x, "checkin")
}

// sample starts a message.
func (r *pass) sample(u *unit, t roster.Instant, kind event.Kind) sample {
	x := sample{kind: kind, t: t, seq: -1, battery: -1, id: u.id(t)}
	if u.dev.Kind == roster.Kiosk {
		return x
	}
	// Numbers of refused messages would look like a gap.
	if !r.p.scripts.outlive() {
		x.seq = u.seq
		u.seq++
	}
	if u.dev.Kind != roster.Wristband {
		return x
	}
	// While a nearly empty battery charges, its meter shows nothing useful.
	if level, charging := u.level(r.s, r.p.scripts, t); !charging || level >= 31 {
		x.battery = int(level)
	}
	return x
}

// send hands a message to the network, or keeps it during a dead spot.
func (r *pass) send(u *unit, x *sample, topic string) {
	quiet := r.p.scripts.covers(x.t)
	x.received = x.t + r.delay(quiet)
	dead := r.diary.cutOff(x.t) && u.dev.Kind == roster.Wristband
	if !dead {
		r.upload(u, x.t)
	}
	payload := u.write(x, r.s.cal.Location())
	switch {
	case dead && topic == "location":
		u.stored = append(u.stored, payload)
		return
	case dead: // a status waits too; it is sent alone afterwards
		x.received = r.diary.dead.End + u.interval + r.delay(true)
	case !quiet && r.noise.Float64() < lateShare:
		x.received += minutes(r.noise, 0, latest)
	}
	u.resumed = false
	l := Line{x.received, u.topic + topic, payload}
	r.push(l)
	if !quiet && r.noise.Float64() < againShare {
		l.Received += roster.Second + minutes(r.noise, 0, 2)
		r.push(l)
	}
	if r.watch != nil && x.received <= r.s.cfg.Until {
		r.watch.see(u, x)
	}
}

// delay of the network: 0.2 s to 5 s, mostly under one.
func (r *pass) delay(quiet bool) roster.Instant {
	ms := 200 + 600*r.noise.ExpFloat64()
	if quiet {
		ms = min(ms, 900)
	}
	return roster.Instant(min(ms, 5000))
}

// upload sends what waited for the network, a few seconds before t's message.
func (r *pass) upload(u *unit, t roster.Instant) {
	if len(u.stored) == 0 {
		return
	}
	waiting := u.stored
	u.stored = nil
	if r.noise.Float64() < newestShare {
		for i, j := 0, len(waiting)-1; i < j; i, j = i+1, j-1 {
			waiting[i], waiting[j] = waiting[j], waiting[i]
		}
	}
	for len(waiting) > 0 {
		n := min(len(waiting), backlogBatch)
		batch := append([]byte{'['}, bytes.Join(waiting[:n], []byte{','})...)
		r.push(Line{t + 100, u.topic + "location", append(batch, ']')})
		waiting = waiting[n:]
	}
}
