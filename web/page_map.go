package web

import (
	"bytes"
	"fmt"
	"net/http"
	"time"

	"correctiond/alerts"
	"correctiond/geo"
	"correctiond/roster"
	"correctiond/rules"
)

// mapView is a map with its track.
type mapView struct {
	base
	At          string
	Title       string
	Back        string // path of the page that it belongs to
	Draw        *drawing
	Legend      []MapZone // one of each kind
	N           int
	From, Until string
	Last        string // what is known of the last position
	Stays       []stayRow
	pen         mapper
	district    roster.DistrictID
	reader      *caller
}

// mapDocument is what the script of a map takes.
type mapDocument struct {
	SVG         string            `json:"svg"`
	Zones       featureCollection `json:"zones"`
	Track       featureCollection `json:"track"`
	Heat        featureCollection `json:"heat"`
	Tiles       string            `json:"tiles,omitempty"`
	Attribution string            `json:"attribution,omitempty"`
}

const (
	mapMargin = roster.Hour // before and after an alert
	// searchBack is how far before a loss of contact the map begins.
	searchBack = 12 * roster.Hour
	// longestMap bounds the track of one map.
	longestMap = 48 * roster.Hour
)

// mapSpan is the time whose track belongs to an alert.
func mapSpan(ep *rules.Episode, now roster.Instant) (from, until roster.Instant) {
	from, until = ep.Started-mapMargin, now
	if searched(ep.Kind) {
		from = ep.Started - searchBack
	}
	if ep.Ended != 0 {
		until = ep.Ended + mapMargin
	}
	return from, min(until, from+longestMap, now)
}

// placed tells whether an alert is about where somebody is: for the others a track
// is read only if somebody asks for it.
func placed(k rules.Kind) bool {
	switch k {
	case rules.AreaExit, rules.LeaveDeviation, rules.ForbiddenZone, rules.ForbiddenApproach, rules.WatchZone, rules.NoContact,
		rules.CurfewViolation, rules.CurfewAbsence, rules.ImpossibleTravel, rules.Jamming, rules.PositionLost, rules.DeviceSeparated,
		rules.SpoofedLocation, rules.StrapTamper, rules.PowerOff, rules.DeviceOffline, rules.SOS, rules.CheckinOutside,
		rules.ContactSuspect, rules.ContactLost, rules.AbscondingLadder, rules.LeaveOverdue:
		return true
	}
	return false
}

// alertMap answers the map of an alert. Reading it is recorded with the alert as
// reason.
func (s *Server) alertMap(w http.ResponseWriter, r *http.Request, c *caller) {
	a, ok := s.find(w, r, c)
	if !ok {
		return
	}
	ep := &a.Episode
	if ep.Subject == "" || s.deps.Atlas == nil {
		s.fail(w, r, c, problem{Status: http.StatusNotFound, Detail: "the alert has no map"})
		return
	}
	from, until := mapSpan(ep, roster.InstantOf(time.Now()))
	v := &mapView{base: s.base(r, c), district: ep.District, reader: c, At: "alerts", Back: "/alerts/" + ep.ID, Title: rules.Info(ep.Kind).Label.In(c.lang) + " " + string(ep.Subject)}
	s.answerMap(w, r, v, TrackQuery{
		Subject: ep.Subject, From: from, Until: until, By: c.Name, Reason: "alert " + ep.ID + " " + string(ep.Kind),
		District: ep.District, OfAlert: true,
	})
}

// answerMap reads the track and answers as a page, or for the script of one.
func (s *Server) answerMap(w http.ResponseWriter, r *http.Request, v *mapView, q TrackQuery) {
	var track []MapFix
	if q.Reason != "" {
		var err error
		if track, err = s.mapTrack(r.Context(), q); err != nil {
			s.broken(w, r, v.reader, err)
			return
		}
		v.From, v.Until = s.minute(q.From), s.minute(q.Until)
	}
	s.showMap(w, r, v, s.deps.Atlas.Zones(v.district, q.Subject), track)
}

// showMap answers a map of zones and a track.
func (s *Server) showMap(w http.ResponseWriter, r *http.Request, v *mapView, zones []MapZone, track []MapFix) {
	v.pen = mapper{s.cfg.Tiles.Datum, s.cfg.Zone, v.words}
	v.Draw, v.N, v.Legend = v.draw(zones, track), len(track), legend(zones)
	cells := heatOf(track)
	v.Stays = v.stays(cells, zones)
	v.Last = v.lastSeen(zones, track, roster.InstantOf(time.Now()))
	if wantsHTML(r) && !isFetch(r) {
		s.render(w, r, http.StatusOK, "map.html", v)
		return
	}
	var svg bytes.Buffer
	if err := s.template(r).ExecuteTemplate(&svg, "map-drawing", v); err != nil {
		s.broken(w, r, v.reader, err)
		return
	}
	writeJSON(w, "application/json", http.StatusOK, mapDocument{
		svg.String(), v.pen.zones(zones), v.pen.fixes(track), v.pen.heat(cells), s.cfg.Tiles.URL, s.cfg.Tiles.Attribution,
	})
}

func (s *Server) minute(t roster.Instant) string {
	return t.Time(s.cfg.Zone).Format("2006-01-02 15:04")
}

// Says what a fix is.
func (v *mapView) Says(f *MapFix) string { return v.pen.fixText(f) }

// lastSeen says when and how well the person was located last, and how far from home.
func (l words) lastSeen(zones []MapZone, track []MapFix, now roster.Instant) string {
	if len(track) == 0 {
		return ""
	}
	f := &track[len(track)-1]
	text := fmt.Sprintf(l.T("最后位置：%s前，%s，误差约 %s", "last position: %s ago, %s, within about %s"),
		l.Age((now - f.At).Duration()), l.Source(f.Source), l.metres(f.AccuracyM))
	for i := range zones {
		if zones[i].Kind == HomePlace {
			return text + fmt.Sprintf(l.T("，距住所约 %s", ", about %s from home"), l.metres(geo.Distance(f.Point, zones[i].middle())))
		}
	}
	return text
}

// legend is one zone of each kind, in the order of the zones.
func legend(zones []MapZone) []MapZone {
	var out []MapZone
	seen := map[roster.ZoneKind]bool{}
	for i := range zones {
		if !seen[zones[i].Kind] {
			seen[zones[i].Kind] = true
			out = append(out, zones[i])
		}
	}
	return out
}

// ZoneKind names a kind of place.
func (l words) ZoneKind(k roster.ZoneKind) string {
	switch k {
	case roster.AreaZone:
		return l.T("居住的市、县", "area of residence")
	case roster.ForbiddenZone:
		return l.T("禁止令区域", "forbidden zone")
	case roster.WatchZone:
		return l.T("关注场所", "watched place")
	case LeaveZone:
		return l.T("批准外出地", "where the leave leads")
	}
	return l.T("住所范围", "home")
}

// Located tells whether the page of an alert has a map for its reader, and whether
// it is shown unasked.
func (s *Server) located(c *caller, a *alerts.Alert) (shown, unasked bool) {
	shown = s.deps.Atlas != nil && s.deps.Tracks != nil && a.Episode.Subject != "" && c.Role.may(mayLocate)
	return shown, shown && placed(a.Episode.Kind)
}
