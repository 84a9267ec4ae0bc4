package ingest

import (
	"math"
	"strconv"
	"strings"

	"correctiond/event"
	"correctiond/geo"
	"correctiond/roster"
)

// ownTracks reads what the OwnTracks apps publish
// (owntracks.org/booklet/tech/json). Its coordinates are WGS-84 by definition. The
// app gives no verdict on who holds the phone, so it makes locations only; one sent
// by hand is marked, for districts that take it for a check-in.
type ownTracks struct{}

func (ownTracks) filters() []string {
	return []string{"owntracks/+/+", "owntracks/+/+/event", "owntracks/+/+/status"}
}

// owns reads owntracks/{user}/{device}, alone or with /event or /status behind.
// The device's id is both names joined by '-'.
func (ownTracks) owns(name string) (device roster.DeviceID, ok bool) {
	rest, ok := strings.CutPrefix(name, "owntracks/")
	if !ok {
		return "", false
	}
	user, rest, _ := strings.Cut(rest, "/")
	phone, kind, more := strings.Cut(rest, "/")
	if user == "" || phone == "" || more && kind != "event" && kind != "status" {
		return "", false
	}
	id := user + "-" + phone
	return roster.DeviceID(id), validDevice(id)
}

func (ownTracks) read(whole *Draft, o *object, out []Draft) []Draft {
	r := report{o}
	whole.Event.Battery = r.percent("batt")
	switch r.text("_type") {
	case "location":
		if r.repeated() {
			return append(out, r.sign(whole))
		}
		d := r.fix(whole, "ot")
		if r.text("t") == "u" {
			d.pressed = r.written()
		}
		return append(out, d)
	case "transition": // the app's own regions decide nothing here; where it was when it crossed them counts
		return append(out, r.fix(whole, "ott"))
	case "lwt": // its tst is the time of connecting
		d := statusOf(whole, event.Offline, "", whole.Event.Received)
		d.noTime = true
		return append(out, d)
	case "status":
		return r.status(whole, out)
	case "encrypted":
		whole.reject(event.Encrypted, "payload is encrypted; switch the app's encryption off and use TLS")
	case "beacon", "card", "cmd", "configuration", "request", "steps", "waypoint", "waypoints":
		return out // no event; kept nowhere, they hold places, names and faces
	case "":
		whole.reject(event.BadField, "_type is missing")
	default:
		whole.reject(event.BadField, "_type has an unknown value")
	}
	return append(out, *whole)
}

// report is a message of the app.
type report struct{ *object }

// fix reads a position.
func (r report) fix(whole *Draft, prefix string) Draft {
	at := r.when()
	d := locationOf(whole, "", at)
	p := d.Event.Position
	p.Datum, p.Source, p.Satellites = geo.WGS84, event.GNSS, -1
	p.Original = geo.Point{Lat: r.need("lat"), Lng: r.need("lon")}
	if p.AccuracyM = r.number("acc"); math.IsNaN(p.AccuracyM) {
		p.AccuracyM = usualAccuracyM(event.GNSS)
	}
	p.SpeedMPS = r.figure("vel", 0, 3600) / 3.6 // km/h
	p.HeadingDeg = r.figure("cog", 0, 360)
	p.AltitudeM = r.figure("alt", -1e4, 1e5)
	p.HDOP = float32(math.NaN())
	d.Event.ID = r.reportID(prefix, at)
	return d.finish(r.wrong)
}

// repeated tells whether the position may be old though its time is new: a ping,
// or the last known place of a tracker without reception.
func (r report) repeated() bool {
	t := r.text("t")
	return t == "p" || t == "l" || t == "L"
}

// sign reads such a report: it shows that the phone lives, not where it is.
func (r report) sign(whole *Draft) Draft {
	at := r.when()
	d := statusOf(whole, event.Heartbeat, r.reportID("ot", at), at)
	return d.finish(r.wrong)
}

// status reads a status message. One without any time counts as of its receipt,
// unless the broker has kept it since who knows when.
func (r report) status(whole *Draft, out []Draft) []Draft {
	at, ok := r.seconds("tst")
	if !ok {
		at, ok = r.seconds("created_at")
	}
	if !ok && whole.retained {
		return out
	}
	if !ok {
		at = whole.Event.Received
	}
	d := statusOf(whole, event.Heartbeat, r.reportID("ots", at), at)
	d.noTime = !ok
	return append(out, d.finish(r.wrong))
}

// when reads the time of a report, which it must have.
func (r report) when() roster.Instant {
	return millis(1000 * r.need("tst"))
}

// written is when the app wrote a report, which may be long after it found the
// position; of old versions, which do not say, when it found that.
func (r report) written() roster.Instant {
	if at, ok := r.seconds("created_at"); ok {
		return at
	}
	return r.when()
}

// reportID names a report by its time, the time it was written and what caused
// it: u by hand, c at a region, t by timer and so on. Old versions of the app do
// not say when they wrote it and send several positions of one second.
func (r report) reportID(prefix string, at roster.Instant) string {
	id := prefix + "-" + strconv.FormatInt(int64(at), 10) + "-"
	if created, ok := r.seconds("created_at"); ok {
		id += strconv.FormatInt(int64(created), 10)
	} else {
		id += r.mark("lat", "lon")
	}
	if t := r.text("t"); len(t) == 1 {
		id += "-" + t
	}
	return id
}
