package web_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"correctiond/geo"
	"correctiond/roster"
	"correctiond/web"
)

// ZonesOf are those of the stored roster.
func (w *world) ZonesOf(d roster.DistrictID) []roster.Zone {
	if r := w.rosters[d]; r != nil {
		return r.Zones
	}
	return nil
}

// Affected says that everybody lives at home, and the area is everybody's.
func (w *world) Affected(_ context.Context, s web.Scope, id roster.ZoneID, shape *geo.Shape) (n web.ZoneImpact, _ error) {
	for i := range w.people {
		if p := &w.people[i]; s.Includes(p.District, p.Office, p.ID) && shape.Contains(home) {
			n.Homes++
			n.Some = append(n.Some, p.ID)
		}
	}
	if id == "city" {
		n.Area = len(w.people)
	}
	return n, w.broken
}

func polygon(lat, lng, wide float64) string {
	return fmt.Sprintf(`{"type":"Polygon","coordinates":[[[%g,%g],[%g,%g],[%g,%g],[%g,%g]]]}`, lng, lat, lng+wide, lat, lng+wide, lat+wide, lng, lat)
}

func newZones(t *testing.T) *site {
	s := newTown(t)
	s.rosters = map[roster.DistrictID]*roster.Roster{"D1": {
		Version: 1, District: roster.District{ID: "D1", Name: "示范区", Area: "city"}, Offices: []roster.Office{{ID: "O1", Name: "示范路司法所"}},
		Zones: []roster.Zone{{ID: "city", Name: "市辖区", Kind: roster.AreaZone, Datum: geo.WGS84, Geometry: json.RawMessage(polygon(31, 121, 1))}},
	}}
	return s
}

func TestZonesAreListedAndDrawn(t *testing.T) {
	s := newZones(t)
	jar, _ := s.signIn("token-district")
	want(t, s.do("GET /zones", cookies(jar)), 200, "市辖区", "居住的市、县", `data-src="/zones/map"`, "绘制新区域", `<td class="num">3</td>`)
	m := s.mapOf(t, "/zones/map", cookies(jar))
	if len(m.Zones.Features) != 1 || !strings.Contains(m.SVG, `class="zone area"`) || len(s.readings) != 0 {
		t.Errorf("map %+v, %d readings", m.Zones, len(s.readings))
	}
	want(t, s.do("GET /zones?zone=city", cookies(jar)), 200, "住所在其内", "<dd>4 人", `readonly`, "H3 单元", "GCJ-02（高德、腾讯）", `class="cell"`)
	want(t, s.do("GET /zones?zone=none", cookies(jar)), 404)
	reader, _ := s.signIn("token-procurator")
	page := s.do("GET /zones?zone=city", cookies(reader))
	want(t, page, 200, "您的角色只能查看")
	lacks(t, page, `value="save"`)
	officer, _ := s.signIn("token-officer")
	want(t, s.do("GET /zones", cookies(officer)), 403)
}

// A zone is looked at before it is saved: cells and people; then the roster holds it.
func TestAZoneIsPreviewedAndSaved(t *testing.T) {
	s := newZones(t)
	jar, csrf := s.signIn("token-district")
	fields := func(do, id, geometry string, more ...string) setting {
		return form(append([]string{"csrf", csrf, "do", do, "id", id, "name", "示范学校", "kind", "forbidden", "datum", "wgs84", "approach_m", "200", "geometry", geometry}, more...)...)
	}
	preview := s.do("POST /zones", cookies(jar), fields("preview", "school", polygon(31.49, 121.49, 0.05)))
	want(t, preview, 200, "<dd>4 人", `/subjects/S1`, `class="cell"`, "分辨率")
	if len(s.rosters["D1"].Zones) != 1 {
		t.Fatal("the preview has saved it")
	}
	lacks(t, s.do("POST /zones", cookies(jar), fields("preview", "school", polygon(31.1, 121.1, 0.05))), "/subjects/S1")
	for _, c := range []struct{ id, geometry, say string }{
		{"school", `{"type":"Polygon","coordinates":[[[121,31],[121.1,31]]]}`, "请改正"},
		{"school", `not json`, "请改正"},
		{"", polygon(31.1, 121.1, 0.05), "请填写区域编号"},
		{"city", polygon(31.1, 121.1, 0.05), "这个编号已有区域"},
	} {
		want(t, s.do("POST /zones", cookies(jar), fields("save", c.id, c.geometry)), 422, c.say)
	}
	rec := s.do("POST /zones", cookies(jar), fields("save", "school", polygon(31.49, 121.49, 0.05)))
	if to := rec.Header().Get("Location"); rec.Code != http.StatusSeeOther || to != "/zones?did=save" {
		t.Fatalf("%d to %q: %s", rec.Code, to, rec.Body)
	}
	zones := s.rosters["D1"].Zones
	if len(zones) != 2 || zones[1].ID != "school" || zones[1].ApproachM != 200 || zones[1].Kind != roster.ForbiddenZone {
		t.Errorf("zones %+v", zones)
	}
	seen := regexp.MustCompile(`name="seen" value="([^"]+)"`).FindStringSubmatch(s.do("GET /zones?zone=school", cookies(jar)).Body.String())
	if len(seen) != 2 {
		t.Fatal("the page does not say what it saw")
	}
	want(t, s.do("POST /zones", cookies(jar), fields("save", "school", polygon(31.4, 121.4, 0.05), "was", "school", "seen", "older")), 422, "已被他人更改")
	want(t, s.do("POST /zones", cookies(jar), fields("remove", "school", polygon(31.4, 121.4, 0.05), "was", "school", "seen", seen[1])), http.StatusSeeOther)
	if zones := s.rosters["D1"].Zones; len(zones) != 1 {
		t.Errorf("left: %+v", zones)
	}
}
