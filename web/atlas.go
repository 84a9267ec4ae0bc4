package web

import (
	"context"

	"correctiond/geo"
	"correctiond/roster"
)

// mayLocate is the right to see where somebody was.
const mayLocate = readTracks

// MapZone is a place on a map: a zone of the roster, or a home.
type MapZone struct {
	ID   roster.ZoneID
	Name string
	Kind roster.ZoneKind // HomePlace for a home, LeaveZone for where a leave leads
	// Rings are closed, in WGS-84; what lies inside an odd number of them is inside.
	Rings [][]geo.Point
}

// middle of a circle.
func (z *MapZone) middle() geo.Point {
	ring := z.Rings[0]
	a, b := ring[0], ring[len(ring)/2]
	return geo.Point{Lat: (a.Lat + b.Lat) / 2, Lng: (a.Lng + b.Lng) / 2}
}

// Kinds of places beside those of zones.
const (
	HomePlace roster.ZoneKind = "home"
	LeaveZone roster.ZoneKind = "leave"
)

// MapFix is one position of a track.
type MapFix struct {
	geo.Point
	At        roster.Instant
	AccuracyM float64 // 68 % radius
	Source    string
	Device    roster.DeviceID
	Checkin   bool   // a check-in, not a report of the wristband
	Mock      bool   // the device itself says that it is simulated
	Verify    string // of a check-in: what was verified
}

// Atlas knows the places that matter to a person now.
type Atlas interface {
	Zones(d roster.DistrictID, s roster.SubjectID) []MapZone
}

// longestTrack bounds the positions of one map; the newest are kept.
const longestTrack = 3000

// mapTrack reads the track of a map; that is recorded as every reading of one is.
func (s *Server) mapTrack(ctx context.Context, q TrackQuery) ([]MapFix, error) {
	var out []MapFix
	err := s.deps.Tracks.Track(ctx, q, func(t TrackPoint) error {
		out = append(out, MapFix{
			Point: geo.Point{Lat: t.Lat, Lng: t.Lng}, At: t.Time, AccuracyM: t.AccuracyM, Source: t.Source,
			Device: t.Device, Checkin: t.Kind == "checkin", Mock: t.Mock, Verify: t.Verify,
		})
		return nil
	})
	return out[max(0, len(out)-longestTrack):], err
}

// Tiles are the operator's map background. The zero Tiles are none: maps show
// zones and tracks only.
type Tiles struct {
	URL         string // with {z}, {x} and {y}
	Attribution string
	Datum       geo.Datum // of the tiles; everything is drawn in it
}
