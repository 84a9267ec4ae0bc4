package tracks

import (
	"database/sql"
	"fmt"
	"math"
	"strings"

	"correctiond/event"
	"correctiond/store/database"
)

// The columns of an event, in the order of eventArgs and scanEvent.
const (
	eventColumns = `device, id, kind, device_kind, subject, office, seq, time, received, battery,
		lat, lng, cell, datum, sent_lat, sent_lng, accuracy_m, source, mock, motion,
		speed_mps, heading_deg, altitude_m, hdop, satellites,
		method, verify, passed, score, liveness, challenge, rooted, device_fp, status`
	columnCount = 34
	selectEvent = "SELECT " + eventColumns + " FROM events"
	// rowsPerInsert: one statement with several rows spares most of the driver's
	// cost per statement.
	rowsPerInsert = 16
)

func insertQuery(rows int) string {
	row := "(?" + strings.Repeat(",?", columnCount-1) + ")"
	return "INSERT INTO events (" + eventColumns + ") VALUES " + row + strings.Repeat(","+row, rows-1) +
		" ON CONFLICT (device, id) DO NOTHING"
}

func insertEvents(tx *sql.Tx, events []event.Event) error {
	many, err := tx.Prepare(insertQuery(rowsPerInsert))
	if err != nil {
		return err
	}
	defer many.Close()
	args := make([]any, 0, rowsPerInsert*columnCount)
	for len(events) >= rowsPerInsert {
		if _, err := many.Exec(eventArgs(args, events[:rowsPerInsert])...); err != nil {
			return fmt.Errorf("insert events: %w", err)
		}
		events = events[rowsPerInsert:]
	}
	if len(events) == 0 {
		return nil
	}
	if _, err := tx.Exec(insertQuery(len(events)), eventArgs(args, events)...); err != nil {
		return fmt.Errorf("insert events: %w", err)
	}
	return nil
}

func eventArgs(args []any, events []event.Event) []any {
	args = args[:0]
	for i := range events {
		e := &events[i]
		args = append(args, string(e.Device), rowID(e), int64(e.Kind), string(e.DeviceKind), string(e.Subject),
			string(e.Office), unless(e.Seq < 0, e.Seq), int64(e.Time), int64(e.Received),
			unless(e.Battery < 0, float64(e.Battery)))
		args = positionArgs(args, e.Position)
		args = checkArgs(args, e.Check)
		args = append(args, unless(e.Status == "", string(e.Status)))
	}
	return args
}

// rowID is the id a row is known by. An event without one (a last will) gets one
// that every delivery of it shares.
func rowID(e *event.Event) string {
	if e.ID != "" {
		return e.ID
	}
	return madeID(e)
}

func madeID(e *event.Event) string { return fmt.Sprintf("~%s@%d", e.Status, e.Time) }

func unless[T any](absent bool, v T) any {
	if absent {
		return nil
	}
	return v
}

// number writes a float that is NaN when absent.
func number(v float32) any { return unless(math.IsNaN(float64(v)), float64(v)) }

func positionArgs(args []any, p *event.Position) []any {
	if p == nil {
		return append(args, make([]any, 15)...)
	}
	return append(args, p.Lat, p.Lng, int64(p.Cell), string(p.Datum), p.Original.Lat, p.Original.Lng,
		p.AccuracyM, string(p.Source), database.Flag(p.Mock), int64(p.Motion),
		number(p.SpeedMPS), number(p.HeadingDeg), number(p.AltitudeM), number(p.HDOP),
		unless(p.Satellites < 0, int64(p.Satellites)))
}

func checkArgs(args []any, c *event.Check) []any {
	if c == nil {
		return append(args, make([]any, 8)...)
	}
	return append(args, c.Method, c.Verify, database.Flag(c.Passed), number(c.Score), int64(c.Liveness),
		c.Challenge, database.Flag(c.Rooted), c.DeviceFP)
}
