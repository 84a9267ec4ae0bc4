package ingest

import (
	"math"

	"correctiond/event"
	"correctiond/geo"
)

// position reads the fields of a position as sent, in its own datum. False means
// that the message has none.
func (r *reader) position(p *event.Position) bool {
	p.Source = oneOf(r, fSource, event.GNSS, event.BLE, event.WiFi, event.Net)
	p.Datum = r.datum()
	p.Original = geo.Point{Lat: r.float(fLat, 0), Lng: r.float(fLng, 0)}
	p.AccuracyM = r.float(fAccuracy, usualAccuracyM(p.Source))
	p.Mock = r.boolean(fMock) == event.Yes
	p.Motion = r.motion()
	p.SpeedMPS = r.float32(fSpeed, -math.MaxFloat32, math.MaxFloat32)
	p.HeadingDeg = r.float32(fHeading, -math.MaxFloat32, math.MaxFloat32)
	p.AltitudeM = r.float32(fAltitude, -math.MaxFloat32, math.MaxFloat32)
	p.HDOP = r.float32(fHDOP, -math.MaxFloat32, math.MaxFloat32)
	p.Satellites = r.satellites()
	if !r.has(fLat) && !r.has(fLng) {
		return false
	}
	r.need(fLat)
	r.need(fLng)
	r.need(fSource)
	return true
}

// datum is returned as sent: that it is missing or unknown is judged later and
// has a reason of its own.
func (r *reader) datum() geo.Datum {
	b := r.bytes(fDatum)
	for _, d := range [...]geo.Datum{geo.WGS84, geo.CGCS2000, geo.GCJ02, geo.BD09} {
		if string(b) == string(d) {
			return d
		}
	}
	return ""
}

// usualAccuracyM is the 68 % radius of a source that does not state one.
func usualAccuracyM(s event.Source) float64 {
	switch s {
	case event.BLE:
		return 10
	case event.WiFi:
		return 60
	case event.Net:
		return 500
	}
	return 15
}

func (r *reader) motion() event.Motion {
	switch oneOf(r, fMotion, "moving", "still") {
	case "moving":
		return event.Moving
	case "still":
		return event.Still
	}
	return event.MotionUnknown
}

// satellites drops a fraction and what no receiver can see.
func (r *reader) satellites() int16 {
	n := r.float(fSatellites, -1)
	return int16(max(-1, min(n, math.MaxInt16)))
}
