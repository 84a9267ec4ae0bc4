package tracks

import (
	"database/sql"
	"math"

	"correctiond/event"
	"correctiond/geo"
)

// eventRow holds a row as read; the two null parts decide whether the event has
// a position and a check.
type eventRow struct {
	e       event.Event
	seq     sql.NullInt64
	battery sql.NullFloat64

	lat, lng, sentLat, sentLng, accuracy     sql.NullFloat64
	cell, motion, satellites, liveness       sql.NullInt64
	speed, heading, altitude, hdop, score    sql.NullFloat64
	datum, source, method, verify, challenge sql.NullString
	deviceFP, status                         sql.NullString
	mock, passed, rooted                     sql.NullBool
}

func scanEvent(scan func(...any) error) (event.Event, error) {
	var r eventRow
	err := scan(&r.e.Device, &r.e.ID, &r.e.Kind, &r.e.DeviceKind, &r.e.Subject, &r.e.Office, &r.seq,
		&r.e.Time, &r.e.Received, &r.battery,
		&r.lat, &r.lng, &r.cell, &r.datum, &r.sentLat, &r.sentLng, &r.accuracy, &r.source, &r.mock, &r.motion,
		&r.speed, &r.heading, &r.altitude, &r.hdop, &r.satellites,
		&r.method, &r.verify, &r.passed, &r.score, &r.liveness, &r.challenge, &r.rooted, &r.deviceFP, &r.status)
	if err != nil {
		return event.Event{}, err
	}
	return r.event(), nil
}

func (r *eventRow) event() event.Event {
	e := r.e
	e.Seq, e.Battery = -1, -1
	if r.seq.Valid {
		e.Seq = r.seq.Int64
	}
	if r.battery.Valid {
		e.Battery = float32(r.battery.Float64)
	}
	e.Status = event.StatusKind(r.status.String)
	if e.ID == madeID(&e) {
		e.ID = ""
	}
	if r.lat.Valid {
		e.Position = r.position()
	}
	if r.method.Valid {
		e.Check = r.check()
	}
	return e
}

func (r *eventRow) position() *event.Position {
	p := &event.Position{
		Point: geo.Point{Lat: r.lat.Float64, Lng: r.lng.Float64}, Cell: geo.Cell(r.cell.Int64),
		Datum: geo.Datum(r.datum.String), Original: geo.Point{Lat: r.sentLat.Float64, Lng: r.sentLng.Float64},
		AccuracyM: r.accuracy.Float64, Source: event.Source(r.source.String), Mock: r.mock.Bool,
		Motion: event.Motion(r.motion.Int64), SpeedMPS: orNaN(r.speed), HeadingDeg: orNaN(r.heading),
		AltitudeM: orNaN(r.altitude), HDOP: orNaN(r.hdop), Satellites: -1,
	}
	if r.satellites.Valid {
		p.Satellites = int16(r.satellites.Int64)
	}
	return p
}

func (r *eventRow) check() *event.Check {
	return &event.Check{
		Method: r.method.String, Verify: r.verify.String, Passed: r.passed.Bool, Score: orNaN(r.score),
		Liveness: event.Tri(r.liveness.Int64), Challenge: r.challenge.String, Rooted: r.rooted.Bool,
		DeviceFP: r.deviceFP.String,
	}
}

func orNaN(v sql.NullFloat64) float32 {
	if !v.Valid {
		return float32(math.NaN())
	}
	return float32(v.Float64)
}
