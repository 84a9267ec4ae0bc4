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
	at, l := r.diary.where(t)
	x := spot{source: event.GNSS, motion: event.Still}
	if l.a != l.b {
		x.motion = event.Moving
		x.speed = metres(l.a, l.b) / (float64(l.until-l.from) / float64(roster.Second))
	} else if u.tick%13 == 0 {
		// Nobody wears a device for hours without a step.
		x.motion = event.Moving
	}
	if u.dev.Kind == roster.App {
		x.motion, x.speed = event.MotionUnknown, 0
	}
	sigma := r.sense(&x, l.in, r.p.script.covers(t))
	x.accuracy = math.Round(sigma*honest*10) / 10
	x.at = move(at, r.noise.NormFloat64()*sigma, r.noise.NormFloat64()*sigma)
	return x
}

// sense chooses how a position is found and returns σ of its error in metres.
func (r *pass) sense(x *spot, in setting, quiet bool) float64 {
	chance, scale := r.noise.Float64(), r.noise.Float64()
	switch {
	case quiet:
		return 5
	case in != indoors && chance < 0.01: // reflections between tall buildings
		return 40 + 225*scale
	case in != indoors || chance < 0.5:
		return 5 + 5*scale
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
