package sim

import (
	"cmp"
	"strconv"
	"time"

	"correctiond/event"
	"correctiond/geo"
	"correctiond/roster"
)

// sample is one message before it is written: what the device saw and when the
// daemon gets it.
type sample struct {
	kind     event.Kind
	t        roster.Instant
	received roster.Instant
	id       string
	seq      int64 // -1: none
	battery  int   // percent, -1: not told
	located  bool
	spot     spot
	status   event.StatusKind
	passed   bool // check-ins
	trick    trick
	answers  string // challenge, check-ins
}

// spot is a position as a device reports it.
type spot struct {
	at       geo.Point // WGS-84
	accuracy float64   // metres, 68 %
	source   event.Source
	motion   event.Motion
	speed    float64 // m/s, 0: not told
	mock     bool    // the system says that a program makes it up
}

// coarse mirrors event.Position.Coarse.
func (s *sample) coarse() bool { return s.spot.accuracy > 200 || s.spot.source == event.Net }

// write returns the payload of a sample sent by u.
func (u *unit) write(s *sample, loc *time.Location) []byte {
	o := object{buf: make([]byte, 0, 320)}
	o.text("id", s.id)
	if s.seq >= 0 {
		o.integer("seq", s.seq)
	}
	if u.unixTime {
		o.integer("time", int64(s.t))
	} else {
		o.key("time")
		o.buf = append(o.buf, '"')
		o.buf = appendTime(o.buf, s.t, loc)
		o.buf = append(o.buf, '"')
	}
	if s.located {
		u.writeSpot(&o, &s.spot)
	}
	if s.battery >= 0 {
		o.integer("battery_pct", int64(s.battery))
	}
	switch s.kind {
	case event.Status:
		o.text("event", string(s.status))
	case event.Checkin:
		u.writeCheck(&o, s)
	}
	return append(o.buf, '}')
}

func (u *unit) writeSpot(o *object, p *spot) {
	at := u.datum.FromWGS84(p.at)
	o.number("lat", at.Lat, 6)
	o.number("lng", at.Lng, 6)
	o.text("datum", string(u.datum))
	o.text("source", string(p.source))
	o.number("accuracy_m", p.accuracy, 1)
	if p.speed > 0 {
		o.number("speed_mps", p.speed, 1)
	}
	switch p.motion {
	case event.Moving:
		o.text("motion", "moving")
	case event.Still:
		o.text("motion", "still")
	}
	if p.mock {
		o.flag("mock", true)
	}
}

func (u *unit) writeCheck(o *object, s *sample) {
	if u.dev.Kind == roster.Kiosk {
		o.text("method", "kiosk")
		o.text("subject", string(u.who))
	} else {
		o.text("method", "app")
		o.text("device_fp", cmp.Or(s.trick.print, u.print))
		if s.trick.rooted {
			o.flag("rooted", true)
		}
		if s.answers != "" {
			o.text("challenge", s.answers)
		}
	}
	score := 0.95
	if !s.passed {
		score = 0.41
	}
	o.key("verify")
	o.buf = append(o.buf, `{"kind":"face","passed":`...)
	o.buf = strconv.AppendBool(o.buf, s.passed)
	o.buf = append(o.buf, `,"score":`...)
	o.buf = strconv.AppendFloat(o.buf, score, 'f', 2, 64)
	o.buf = append(o.buf, `,"liveness":true}`...)
}
