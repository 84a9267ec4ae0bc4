package tracks

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"correctiond/event"
	"correctiond/geo"
	"correctiond/roster"
)

// row is one row of a Flux answer, by column; what a point has not is nil.
type row map[string]any

// event reads what appendLine wrote.
func (r row) event() (event.Event, error) {
	at, ok := r["_time"].(time.Time)
	if !ok {
		return event.Event{}, fmt.Errorf("read event: no time")
	}
	if field := r.lacks(); field != "" {
		return event.Event{}, fmt.Errorf("read event of device %s at %s: %w: it has no field %s",
			r.text("device"), at.Format(time.RFC3339Nano), errPartial, field)
	}
	e := event.Event{
		Kind: kindOf(r.text("_measurement")), Device: roster.DeviceID(r.text("device")),
		DeviceKind: roster.DeviceKind(r.text("device_kind")), Subject: roster.SubjectID(r.text("subject")),
		Office: roster.OfficeID(r.text("office")), ID: r.text("id"), Seq: -1,
		Time: roster.Instant(at.UnixMilli()), Received: roster.Instant(r.integer("received")), Battery: -1,
		Status: event.StatusKind(r.text("event")),
	}
	if r["seq"] != nil {
		e.Seq = r.integer("seq")
	}
	if r["battery_pct"] != nil {
		e.Battery = r.float("battery_pct")
	}
	if e.ID == madeID(&e) {
		e.ID = ""
	}
	if r["lat"] != nil {
		e.Position = r.position()
	}
	if r["passed"] != nil {
		e.Check = r.check()
	}
	return e, nil
}

// errPartial: a point has not all that an event consists of.
var errPartial = errors.New("the point is not whole")

// lacks names a field that appendLine always writes and the row has not, "" if none.
func (r row) lacks() string {
	needs := []string{"received", "id"}
	switch measured := r.text("_measurement"); {
	case r["lat"] != nil || r["lng"] != nil || measured == measurement(event.Location):
		needs = append(needs, "lat", "lng", "cell", "accuracy_m")
	case measured == measurement(event.Status):
		needs = append(needs, "event")
	}
	if r.text("_measurement") == measurement(event.Checkin) {
		needs = append(needs, "passed")
	}
	for _, field := range needs {
		if r[field] == nil {
			return field
		}
	}
	return ""
}

func (r row) position() *event.Position {
	cell, _ := strconv.ParseUint(r.text("cell"), 16, 64) // 0 is no cell
	p := &event.Position{
		Point: geo.Point{Lat: r.double("lat"), Lng: r.double("lng")}, Cell: geo.Cell(cell),
		Datum: geo.Datum(r.text("datum")), Original: geo.Point{Lat: r.double("sent_lat"), Lng: r.double("sent_lng")},
		AccuracyM: r.double("accuracy_m"), Source: event.Source(r.text("source")), Mock: r.flag("mock"),
		SpeedMPS: r.float("speed_mps"), HeadingDeg: r.float("heading_deg"),
		AltitudeM: r.float("altitude_m"), HDOP: r.float("hdop"), Satellites: -1,
	}
	if r["sent_lat"] == nil {
		p.Original = p.Point
	}
	if r["satellites"] != nil {
		p.Satellites = int16(r.integer("satellites"))
	}
	switch r.text("motion") {
	case motionName(event.Moving):
		p.Motion = event.Moving
	case motionName(event.Still):
		p.Motion = event.Still
	}
	return p
}

func (r row) check() *event.Check {
	c := &event.Check{
		Method: r.text("method"), Verify: r.text("verify"), Passed: r.flag("passed"), Score: r.float("score"),
		Challenge: r.text("challenge"), Rooted: r.flag("rooted"), DeviceFP: r.text("device_fp"),
	}
	switch r.text("liveness") {
	case triName(event.Yes):
		c.Liveness = event.Yes
	case triName(event.No):
		c.Liveness = event.No
	}
	return c
}

func kindOf(measured string) event.Kind {
	switch measured {
	case measurement(event.Checkin):
		return event.Checkin
	case measurement(event.Status):
		return event.Status
	}
	return event.Location
}

func (r row) text(column string) string {
	s, _ := r[column].(string)
	return unarmour(s)
}

func (r row) integer(column string) int64 {
	n, _ := r[column].(int64)
	return n
}

func (r row) flag(column string) bool {
	v, _ := r[column].(bool)
	return v
}

// double is NaN when the point has no such field, and so is float.
func (r row) double(column string) float64 {
	if v, ok := r[column].(float64); ok {
		return v
	}
	return math.NaN()
}

func (r row) float(column string) float32 { return float32(r.double(column)) }

// unarmour undoes armour.
func unarmour(s string) string {
	if !strings.Contains(s, "%") {
		return s
	}
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] == '%' && i+2 < len(s) {
			if c, err := strconv.ParseUint(s[i+1:i+3], 16, 8); err == nil {
				b = append(b, byte(c))
				i += 2
				continue
			}
		}
		b = append(b, s[i])
	}
	return string(b)
}
