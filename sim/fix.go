package sim

import (
	"math"

	"correctiond/event"
	"correctiond/roster"
)

// honest is the 68 % radius of a position whose error is normal with σ = 1 in
// both directions: sqrt(-2 ln 0.32).
const honest = 1.51

// fix is what the unit reports as its position at t.
func (r *pass) fix(u *unit, t roster.Instant) spot {
	list, band := r.p.scripts, u.dev.Kind == roster.Wristband
	switch {
	case band && list.frozen(t):
		return spot{at: move(r.p.home, 12, -7), accuracy: 12, source: event.GNSS, motion: event.Moving, speed: walkSpeed}
	case band && list.left(t):
		return r.scatter(spot{at: r.p.home, source: event.GNSS, motion: event.Still}, 4)
	}
	at, l := r.diary.where(t)
	x := spot{at: at, source: event.GNSS, motion: event.Still}
	if l.a != l.b {
		x.motion = event.Moving
		x.speed = metres(l.a, l.b) / (float64(l.until-l.from) / float64(roster.Second))
	} else if u.tick%13 == 0 || list.left(t-u.interval) {
		// Nobody wears a device for hours without a step.
		x.motion = event.Moving
	}
	if !band {
		x.motion, x.speed = event.MotionUnknown, 0
	}
	quiet := list.covers(t)
	if r.drifts(l.in, quiet, t) {
		x.at, x.accuracy = move(at, r.drift.east, r.drift.north), r.drift.accuracy
		return x
	}
	return r.scatter(x, r.sense(&x, l.in, quiet))
}

// scatter adds an error of σ metres in both directions, and says so.
func (r *pass) scatter(x spot, sigma float64) spot {
	x.accuracy = math.Round(sigma*honest*10) / 10
	x.at = move(x.at, r.noise.NormFloat64()*sigma, r.noise.NormFloat64()*sigma)
	return x
}

// drift is an error that lasts: reflections between tall buildings move all fixes
// of some minutes to the same wrong place.
type drift struct {
	until                 roster.Instant
	east, north, accuracy float64
}

// drifts begins a drift now and then, up to 400 m, and tells whether there is one.
func (r *pass) drifts(in setting, quiet bool, t roster.Instant) bool {
	if quiet || in == indoors {
		return false
	}
	if t < r.drift.until {
		return true
	}
	if r.noise.Float64() > driftShare {
		return false
	}
	sigma := 30 + 235*r.noise.Float64()
	r.drift = drift{
		until: t + minutes(r.noise, 4, 16), accuracy: math.Round(sigma*honest*10) / 10,
		east: r.noise.NormFloat64() * sigma, north: r.noise.NormFloat64() * sigma,
	}
	return true
}

// driftShare is how many fixes out of doors begin a drift.
const driftShare = 0.01

// sense chooses how a position is found and returns σ of its error in metres.
func (r *pass) sense(x *spot, in setting, quiet bool) float64 {
	chance, scale := r.noise.Float64(), r.noise.Float64()
	switch {
	case quiet:
		return 5 + 3*scale
	case in != indoors || chance < 0.5:
		return 10 + 20*scale
	case chance < 0.98:
		x.source = event.WiFi
		return 12 + 30*scale
	}
	x.source = event.Net
	return 150 + 250*scale
}

// outside mirrors rules' three values for a permitted area: the signed distance
// in metres and the accuracy decide; 300 m of buffer.
func outside(d, accuracy float64) bool { return d < -max(accuracy, 300) }

// inside is the other certain value for areas.
func inside(d, accuracy float64) bool { return d >= min(accuracy, 50) || d >= 0 && accuracy <= 50 }
