package web

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"unicode/utf8"

	"correctiond/roster"
)

// Bounds of one reading of a track.
const (
	maxTrackSpan   = 31 * roster.Day
	maxTrackPoints = 50_000
	minWhy, maxWhy = 4, 400 // characters of a reason
)

// TrackQuery says whose track is read, by whom and why.
type TrackQuery struct {
	Subject     roster.SubjectID
	District    roster.DistrictID
	From, Until roster.Instant // [From, Until)
	By, Reason  string
	// OfAlert: the page of an alert shows by itself the track that belongs to it, to
	// somebody in whose scope the alert is. That is recorded, and told apart from
	// what people ask for.
	OfAlert bool
}

// TrackPoint is where a device of a person was, in WGS-84.
type TrackPoint struct {
	Time, Received roster.Instant
	Device         roster.DeviceID
	Kind           string // location, checkin or status
	Lat, Lng       float64
	AccuracyM      float64
	Source         string // empty: not known
	Mock           bool
	Verify         string // of a check-in: what was verified
}

// Tracks reads tracks. That a track is read, by whom and why is recorded durably
// before the first point is handed out (社区矫正法 Article 29: used for nothing
// else). Yield's error ends the reading and is returned.
type Tracks interface {
	Track(ctx context.Context, q TrackQuery, yield func(TrackPoint) error) error
}

// errLongTrack ends the reading of a track that is too long for one answer.
var errLongTrack = errors.New("holds more than 50000 positions: ask for a shorter span")

type trackPointLine struct {
	Time      string          `json:"time"`
	Received  string          `json:"received"`
	Device    roster.DeviceID `json:"device"`
	Kind      string          `json:"kind"`
	AccuracyM float64         `json:"accuracy_m"`
	Source    string          `json:"source,omitempty"`
	Mock      bool            `json:"mock,omitempty"`
	Verify    string          `json:"verify,omitempty"`
}

// parseTrack reads which part of a track is asked for, and why.
func parseTrack(q url.Values) (TrackQuery, error) {
	t := TrackQuery{Reason: strings.TrimSpace(q.Get("reason"))}
	var err error
	if t.From, err = readTime(q, "from"); err != nil {
		return t, err
	}
	if t.Until, err = readTime(q, "until"); err != nil {
		return t, err
	}
	switch {
	case t.From == 0:
		return t, &fieldError{"from", "is missing"}
	case t.Until <= t.From:
		return t, &fieldError{"until", "is missing, or not after from"}
	case t.Until-t.From > maxTrackSpan:
		return t, &fieldError{"until", "is more than 31 days after from"}
	}
	return t, plausibleReason(t.Reason)
}

// plausibleReason checks why somebody wants to read what is recorded.
func plausibleReason(why string) error {
	if n := utf8.RuneCountInString(why); n < minWhy || n > maxWhy {
		return &fieldError{"reason", "has 4 … 400 characters; it is kept in the audit log"}
	}
	return nil
}

// refuseTrack says what is wrong with the question for a track. That it was asked
// for no reason is recorded.
func (s *Server) refuseTrack(w http.ResponseWriter, r *http.Request, c *caller, err error) {
	var field *fieldError
	if errors.As(err, &field) && field.field == "reason" {
		s.recordNoise(r, &s.trespass, trespassMost, Recorded{
			Actor: c.Name, Action: TrackRefused, Object: r.PathValue("id"), Reason: Unreasoned, Detail: c.whence(), District: c.District,
		})
	}
	s.refuse(w, r, c, http.StatusBadRequest, err)
}

// getTrack answers where a person was as GeoJSON (RFC 7946).
func (s *Server) getTrack(w http.ResponseWriter, r *http.Request, c *caller) {
	p, ok := s.person(w, r, c)
	if !ok {
		return
	}
	q, err := parseTrack(r.URL.Query())
	if err != nil {
		s.refuseTrack(w, r, c, err)
		return
	}
	q.Subject, q.District, q.By = p.ID, p.District, c.Name
	out := featureCollection{Type: "FeatureCollection", Features: []feature{}}
	err = s.deps.Tracks.Track(r.Context(), q, func(t TrackPoint) error {
		if len(out.Features) == maxTrackPoints {
			return errLongTrack
		}
		out.Features = append(out.Features, s.feature(&t))
		return nil
	})
	if errors.Is(err, errLongTrack) {
		s.refuse(w, r, c, http.StatusUnprocessableEntity, &fieldError{"until", errLongTrack.Error()})
		return
	}
	if err != nil {
		s.broken(w, r, c, err)
		return
	}
	writeJSON(w, "application/geo+json", http.StatusOK, out)
}

func (s *Server) feature(t *TrackPoint) feature {
	return feature{"Feature", geometry{"Point", lngLat{t.Lng, t.Lat}}, trackPointLine{
		Time: s.stamp(t.Time), Received: s.stamp(t.Received), Device: t.Device, Kind: t.Kind,
		AccuracyM: t.AccuracyM, Source: t.Source, Mock: t.Mock, Verify: t.Verify,
	}}
}
