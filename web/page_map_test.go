package web_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"correctiond/geo"
	"correctiond/roster"
	"correctiond/rules"
	"correctiond/web"
)

var _ web.Atlas = (*world)(nil)

// Zones of everybody: a square area, a forbidden one and a home.
func (w *world) Zones(roster.DistrictID, roster.SubjectID) []web.MapZone {
	return w.zones
}

var home = geo.Point{Lat: 31.5, Lng: 121.5}

// charted gives the world zones and a track of n fixes, 200 m and 5 min apart.
func (w *world) charted(n int) {
	square := []geo.Point{{Lat: 31, Lng: 121}, {Lat: 31, Lng: 122}, {Lat: 32, Lng: 122}, {Lat: 32, Lng: 121}, {Lat: 31, Lng: 121}}
	w.zones = []web.MapZone{
		{ID: "city", Name: "市辖区", Kind: roster.AreaZone, Rings: [][]geo.Point{square}},
		{ID: "school", Name: "示范学校", Kind: roster.ForbiddenZone, Rings: [][]geo.Point{geo.Around(home, 400)}},
		{Kind: web.HomePlace, Rings: [][]geo.Point{geo.Around(home, 150)}},
	}
	at := roster.InstantOf(time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC))
	for i := range n {
		w.fixes = append(w.fixes, web.MapFix{
			Point: geo.Point{Lat: home.Lat, Lng: home.Lng + 0.002*float64(i)}, At: at + roster.Instant(i)*5*roster.Minute,
			AccuracyM: 12, Source: "gnss", Checkin: i == 1,
		})
	}
}

// mapped is the answer to a map's script.
type mapped struct {
	SVG                string
	Zones, Track, Heat struct {
		Features []struct {
			Geometry   struct{ Coordinates any }
			Properties map[string]any
		}
	}
	Tiles, Attribution string
}

func (s *site) mapOf(t *testing.T, path string, settings ...setting) mapped {
	t.Helper()
	rec := s.do("GET "+path, append(settings, header("X-Requested-With", "fetch"))...)
	want(t, rec, 200)
	var m mapped
	if err := json.Unmarshal(rec.Body.Bytes(), &m); err != nil {
		t.Fatal(err)
	}
	return m
}

func TestTheMapOfAnAlertShowsZonesAndTrack(t *testing.T) {
	s := newSite(t)
	s.charted(3)
	s.fixes[2].At += roster.Hour // nothing is known in between
	ep := episode("a1", rules.P2, "O1")
	ep.Ended = ep.Started + roster.Hour
	s.raise(ep)
	jar, _ := s.signIn("token-officer")
	want(t, s.do("GET /alerts/a1", cookies(jar)), 200, `data-src="/alerts/a1/map" data-now="1"`, "/static/map.js")
	if len(s.readings) != 0 {
		t.Errorf("the page itself read a track: %+v", s.readings)
	}
	m := s.mapOf(t, "/alerts/a1/map", cookies(jar))
	for _, part := range []string{
		"<svg", `class="zone area"`, `class="zone forbidden"`, `class="zone home"`, `class="gap"`, "禁止令区域", "3 个位置", "记入审计",
		"最后位置", "误差约 12 米，距住所约 379 米", "签到",
	} {
		if !strings.Contains(m.SVG, part) {
			t.Errorf("no %s in %s", part, m.SVG)
		}
	}
	if n := strings.Count(m.SVG, `class="track"`); n != 2 {
		t.Errorf("%d connected parts, want 2", n)
	}
	if len(m.Zones.Features) != 3 || len(m.Track.Features) != 3 || m.Track.Features[2].Properties["gap"] != true {
		t.Errorf("%d zones, track %+v", len(m.Zones.Features), m.Track.Features)
	}
	q := s.readings[0]
	if q.By != "officer-1" || q.Subject != "S0001" || q.Reason != "alert a1 area-exit" ||
		q.From != ep.Started-roster.Hour || q.Until != ep.Ended+roster.Hour {
		t.Errorf("the reading is recorded as %+v", q)
	}
}

// The map, its script and the API say which check-in nobody was verified for.
func TestTheMapSaysThatOnlyTheDeviceCheckedIn(t *testing.T) {
	s := newTown(t)
	s.charted(3)
	ep := episode("a1", rules.P2, "O1")
	ep.Subject = "S1"
	s.raise(ep)
	jar, _ := s.signIn("token-officer")
	for _, c := range []struct{ verify, text string }{
		{"face", "±12 米 · 签到</title>"},
		{"device", "±12 米 · 签到（仅凭设备口令，未核验本人）</title>"},
	} {
		s.fixes[1].Verify = c.verify
		m := s.mapOf(t, "/alerts/a1/map", cookies(jar))
		if !strings.Contains(m.SVG, c.text) || !strings.Contains(fmt.Sprint(m.Track.Features[1].Properties["text"])+"</title>", c.text) {
			t.Errorf("%s: no %q in %s, %v", c.verify, c.text, m.SVG, m.Track.Features[1].Properties)
		}
		track := "GET /api/v1/subjects/S1/track?from=2026-03-02T00:00:00Z&until=2026-03-03T00:00:00Z&reason=check"
		want(t, s.do(track, bearer("token-officer")), 200, `"kind":"checkin","accuracy_m":12,"source":"gnss","verify":"`+c.verify+`"}`)
	}
}

func TestTheMapIsAPageWithoutScripts(t *testing.T) {
	s := newSite(t)
	s.charted(2)
	s.raise(episode("a1", rules.P2, "O1"))
	jar, _ := s.signIn("token-officer")
	rec := s.do("GET /alerts/a1/map", cookies(jar), header("Accept", "text/html"))
	want(t, rec, 200, "<!doctype html>", "<svg", `href="/alerts/a1"`, "起", "最后")
	lacks(t, rec, " style=", "<script")
	want(t, s.do("GET /alerts/a1/map", cookies(jar), header("Accept", "text/html"), header("Accept-Language", "en")), 200, "forbidden zone", "positions", "last position")
}

func TestTracksThatNobodyNeedsAreReadOnlyWhenAskedFor(t *testing.T) {
	s := newSite(t)
	s.charted(2)
	ep := episode("a1", rules.P3, "O1")
	ep.Kind = rules.PeriodicReportDue
	s.raise(ep)
	ep.ID, ep.Kind, ep.Subject, ep.Device = "a2", rules.MassOutage, "", ""
	s.raise(ep)
	jar, _ := s.signIn("token-officer")
	page := s.do("GET /alerts/a1", cookies(jar))
	want(t, page, 200, "一般不需要轨迹", `href="/alerts/a1/map"`)
	lacks(t, page, "data-now")
	lacks(t, s.do("GET /alerts/a2", cookies(jar)), "/alerts/a2/map")
	want(t, s.do("GET /alerts/a2/map", cookies(jar)), 404)
	social, _ := s.signIn("token-social_worker")
	lacks(t, s.do("GET /alerts/a1", cookies(social)), "/alerts/a1/map")
}

func TestAMapThatCannotBeReadSaysSo(t *testing.T) {
	s := newSite(t)
	s.charted(2)
	s.raise(episode("a1", rules.P2, "O1"))
	jar, _ := s.signIn("token-officer")
	s.fixes = nil
	m := s.mapOf(t, "/alerts/a1/map", cookies(jar))
	if !strings.Contains(m.SVG, "这段时间没有位置") {
		t.Errorf("an empty track: %s", m.SVG)
	}
	s.zones = nil
	s.mapOf(t, "/alerts/a1/map", cookies(jar))
	s.breakDown(errors.New("history is away"))
	want(t, s.do("GET /alerts/a1/map", cookies(jar)), 500)
}

func TestTilesOfTheOperatorDecideTheDatum(t *testing.T) {
	s := newSiteWith(t, web.Config{Tiles: web.Tiles{URL: "https://tiles.example.gov.cn/{z}/{x}/{y}.png", Attribution: "审图号 示例", Datum: geo.GCJ02}})
	s.charted(1)
	s.raise(episode("a1", rules.P2, "O1"))
	m := s.mapOf(t, "/alerts/a1/map", bearer("token-officer"))
	if m.Attribution != "审图号 示例" || !strings.Contains(m.Tiles, "{z}") {
		t.Errorf("tiles %q %q", m.Tiles, m.Attribution)
	}
	at := m.Track.Features[0].Geometry.Coordinates.([]any)
	shown := geo.Point{Lat: at[1].(float64), Lng: at[0].(float64)}
	if d := geo.Distance(shown, home); math.Abs(d-500) > 200 {
		t.Errorf("drawn %.0f m from its place in WGS-84", d)
	}
	csp := s.do("GET /login").Header().Get("Content-Security-Policy")
	for _, part := range []string{"img-src 'self' https://tiles.example.gov.cn;", "connect-src 'self' https://tiles.example.gov.cn;", "script-src 'self';"} {
		if !strings.Contains(csp, part) {
			t.Errorf("no %s in %s", part, csp)
		}
	}
	if csp := newSite(t).do("GET /login").Header().Get("Content-Security-Policy"); strings.Contains(csp, "https:") {
		t.Errorf("without tiles: %s", csp)
	}
}

func TestTheDrawingFitsWhatMatters(t *testing.T) {
	s := newSite(t)
	s.charted(40)
	s.raise(episode("a1", rules.P2, "O1"))
	m := s.mapOf(t, "/alerts/a1/map", bearer("token-officer"))
	for _, f := range m.Track.Features {
		if f.Properties["text"] == "" {
			t.Error("a fix without words")
		}
	}
	if strings.Count(m.SVG, `class="fix`) != 40 || strings.Contains(m.SVG, "NaN") || strings.Contains(m.SVG, "Inf") {
		t.Errorf("the drawing is %s", m.SVG)
	}
}
