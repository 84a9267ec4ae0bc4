package ingest

import (
	"cmp"
	"math"
	"slices"
	"strconv"
	"strings"

	"correctiond/event"
	"correctiond/geo"
	"correctiond/roster"
)

// traccar reads what a Traccar server forwards: {"position": {…}, "device": {…}},
// in WGS-84. One message may give a location and one status per alarm. A position
// that is no fix gives a sign of life.
type traccar struct{ topic string }

func (t traccar) filters() []string { return []string{t.topic} }

func (t traccar) owns(name string) (device roster.DeviceID, ok bool) { return "", name == t.topic }

func (traccar) read(whole *Draft, o *object, out []Draft) []Draft {
	device := o.child("device").text("uniqueId")
	if !validDevice(device) {
		whole.reject(event.BadField, "device.uniqueId must have 1 to 64 letters, digits, - or _")
		return append(out, *whole)
	}
	whole.Event.Device = roster.DeviceID(device)
	f := readForwarded(o.child("position"))
	whole.Event.Battery = f.attributes.percent("batteryLevel")
	statuses := f.alarms()
	if f.isFix() {
		out = append(out, f.location(whole))
	} else if len(statuses) == 0 {
		statuses = append(statuses, event.Heartbeat)
	}
	for _, status := range statuses { // behind the location: a switched-off device sends nothing after it
		d := statusOf(whole, status, f.id+"-"+string(status), f.reported())
		out = append(out, d.finish(f.statusDefect()))
	}
	return out
}

// forwarded is a position as Traccar sends it.
type forwarded struct {
	*object
	attributes     *object
	fix, sent, got roster.Instant // times of the fix, of the device's clock, of the server; 0: absent
	id             string
}

func readForwarded(p *object) *forwarded {
	f := &forwarded{object: p, attributes: p.child("attributes")}
	f.fix, _ = p.date("fixTime")
	f.sent, _ = p.date("deviceTime")
	f.got, _ = p.date("serverTime")
	// Traccar forwards before it stores: then the id is 0.
	if id := p.text("id"); id != "" && id != "0" && len(id) <= 20 {
		f.id = "trp-" + id
	} else {
		f.id = "trf-" + strconv.FormatInt(int64(f.fix), 10) + "-" + strconv.FormatInt(int64(f.sent), 10) +
			"-" + p.mark("latitude", "longitude")
	}
	return f
}

// isFix tells whether the position was measured for this message, and not
// repeated from an earlier one.
func (f *forwarded) isFix() bool { return !f.is("valid", false) && !f.is("outdated", true) }

// reported is when the device sent the message: a repeated fix is older.
func (f *forwarded) reported() roster.Instant {
	at := f.sent
	if at == 0 {
		at = f.got
	}
	if f.isFix() {
		at = max(at, f.fix)
	}
	return at
}

// statusDefect returns what keeps a status from being accepted. Only a missing
// time does: a broken coordinate must not silence an SOS.
func (f *forwarded) statusDefect() string {
	if f.reported() != 0 {
		return ""
	}
	return cmp.Or(f.wrong, "position.deviceTime is missing")
}

func (f *forwarded) location(whole *Draft) Draft {
	at := f.fix
	if at == 0 {
		at = f.sent
	}
	if at == 0 {
		f.fail("position.fixTime", "is missing")
	}
	d := locationOf(whole, f.id, at)
	f.position(d.Event.Position)
	return d.finish(f.wrong)
}

func (f *forwarded) position(p *event.Position) {
	const knot = 1852.0 / 3600 // m/s
	p.Datum, p.Source = geo.WGS84, event.GNSS
	if f.attributes.is("approximate", true) { // from cells or access points
		p.Source = event.Net
	}
	p.Original = geo.Point{Lat: f.need("latitude"), Lng: f.need("longitude")}
	p.AccuracyM = f.number("accuracy")
	if math.IsNaN(p.AccuracyM) || p.AccuracyM == 0 { // 0 where the tracker's protocol has none
		p.AccuracyM = usualAccuracyM(p.Source)
	}
	p.SpeedMPS = f.figure("speed", 0, 2000) * knot
	p.HeadingDeg = f.figure("course", 0, 360)
	p.AltitudeM = f.figure("altitude", -1e4, 1e5)
	p.HDOP = f.attributes.figure("hdop", 0, 1000)
	p.Satellites = -1
	if n := f.attributes.figure("sat", 0, 1000); n >= 0 {
		p.Satellites = int16(n)
	}
	p.Motion = f.attributes.motion("motion")
	p.Mock = f.attributes.is("mock", true)
}

// alarms returns the status events of a message, each once. Alarms that stand
// for none are counted: engines, drivers, and Traccar's own regions.
func (f *forwarded) alarms() []event.StatusKind {
	var found []event.StatusKind
	for name := range strings.SplitSeq(f.attributes.text("alarm"), ",") {
		status := alarmStatus(strings.TrimSpace(name))
		if status == "" && name != "" {
			f.unknown++
		}
		if status != "" && !slices.Contains(found, status) {
			found = append(found, status)
		}
	}
	return found
}

// alarmStatus translates the name of an alarm; empty: we have nothing like it. A
// lost antenna is a lost signal, which is unknown and not tampering.
func alarmStatus(alarm string) event.StatusKind {
	switch alarm {
	case "sos":
		return event.SOS
	case "removing":
		return event.StrapOpen
	case "tampering":
		return event.CaseOpen
	case "lowBattery", "lowPower":
		return event.BatteryLow
	case "powerOff":
		return event.PowerOff
	case "powerOn":
		return event.PowerOn
	case "jamming":
		return event.Jamming
	case "gpsAntennaCut":
		return event.NoFix
	}
	return ""
}
