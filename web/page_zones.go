package web

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"

	"correctiond/geo"
	"correctiond/roster"
)

// ZoneImpact is whom a zone concerns.
type ZoneImpact struct {
	Area, Orders, Permits int // people whose area it is, whom an order keeps out of it, and whose permits lead there
	Homes                 int // that lie inside
	// Some are those with their homes inside, the first by id.
	Some []roster.SubjectID
}

// Zoning knows the zones of a district as they are in force, and whom a shape concerns.
type Zoning interface {
	ZonesOf(d roster.DistrictID) []roster.Zone
	Affected(ctx context.Context, s Scope, id roster.ZoneID, shape *geo.Shape) (ZoneImpact, error)
}

// zonesView is the page of the zones, and of one that is drawn or edited.
type zonesView struct {
	base
	At      string
	Zones   []zoneRow
	MapAt   string
	CanEdit bool
	Form    *zoneForm // nil: the list
	Said    string
	Notice  string
	Faults  []string // of the geometry or the roster
}

// zoneRow is a zone on the list.
type zoneRow struct {
	roster.Zone
	Seen   string
	Points int
}

// zoneForm is a zone as it is drawn, and what is known of it.
type zoneForm struct {
	Was      roster.ZoneID // the zone that is edited; empty: a new one
	Seen     string        // how it was when the form was shown
	Zone     roster.Zone
	Geometry string
	Impact   *ZoneImpact
	Cells    int
	Res      int
	AreaKM2  float64
	Draw     *drawing
	pen      projection
}

// Scale and origin of the drawing, by which the script turns clicks into positions.
func (f *zoneForm) Pen() [4]float64 {
	return [4]float64{f.pen.middle.Lat, f.pen.middle.Lng, f.pen.x, f.pen.y}
}

// Approach is the distance of a warning, empty for the default.
func (f *zoneForm) Approach() string {
	if f.Zone.ApproachM == 0 {
		return ""
	}
	return strconv.FormatFloat(f.Zone.ApproachM, 'f', -1, 64)
}

// zoneSeen names a zone as it is.
func zoneSeen(z *roster.Zone) string {
	text, _ := json.Marshal(z) // nothing in it fails
	return fmt.Sprintf("%x", len(text)) + "-" + shortSum(text)
}

// previewCells is about how many cells a preview has at most.
const previewCells = 3000

// zonesPage lists the zones, or shows one to be edited: ?zone=ID, or ?zone= for a new one.
func (s *Server) zonesPage(w http.ResponseWriter, r *http.Request, c *caller) {
	v := s.zonesView(r, c)
	if q := r.URL.Query(); q.Has("zone") {
		id := roster.ZoneID(q.Get("zone"))
		i := slices.IndexFunc(v.Zones, func(z zoneRow) bool { return z.ID == id })
		switch {
		case id == "":
			v.Form = &zoneForm{Zone: roster.Zone{Kind: roster.ForbiddenZone, Datum: geo.WGS84}}
		case i < 0:
			s.fail(w, r, c, problem{Status: http.StatusNotFound})
			return
		default:
			v.Form = &zoneForm{Was: id, Seen: v.Zones[i].Seen, Zone: v.Zones[i].Zone, Geometry: string(v.Zones[i].Geometry)}
		}
		if err := s.preview(r.Context(), c, v); err != nil {
			s.broken(w, r, c, err)
			return
		}
	}
	switch r.URL.Query().Get("did") {
	case "save":
		v.Said = v.T("区域已保存，立即生效", "the zone is saved and in force")
	case "remove":
		v.Said = v.T("区域已删除", "the zone is removed")
	}
	s.render(w, r, http.StatusOK, "zones.html", v)
}

func (s *Server) zonesView(r *http.Request, c *caller) *zonesView {
	v := &zonesView{base: s.base(r, c), At: "zones", CanEdit: c.Role.may(manageRoster), MapAt: "/zones/map"}
	for _, z := range s.deps.Zoning.ZonesOf(c.scope.District) {
		row := zoneRow{Zone: z, Seen: zoneSeen(&z)}
		if shape, err := geo.ParseShape(z.Geometry, z.Datum); err == nil {
			for _, ring := range shape.Rings() {
				row.Points += len(ring) - 1
			}
		}
		v.Zones = append(v.Zones, row)
	}
	return v
}

// preview adds to the form what the shape means: its cells, and whom it concerns. What
// is wrong with the geometry is said.
func (s *Server) preview(ctx context.Context, c *caller, v *zonesView) error {
	f := v.Form
	var shown []MapZone
	for i := range v.Zones {
		if z := &v.Zones[i]; z.ID != f.Was {
			shown = append(shown, mapZone(&z.Zone))
		}
	}
	var cells []geo.Cell
	if f.Geometry != "" {
		shape, err := geo.ParseShape([]byte(f.Geometry), f.Zone.Datum)
		if err != nil {
			v.Faults = append(v.Faults, err.Error())
		} else {
			cells, f.Res = shape.Fill(previewCells)
			f.Cells, f.AreaKM2 = len(cells), shape.AreaM2()/1e6
			shown = append([]MapZone{{ID: f.Zone.ID, Name: f.Zone.Name, Kind: f.Zone.Kind, Rings: shape.Rings()}}, shown...)
			impact, err := s.deps.Zoning.Affected(ctx, c.scope, f.Was, shape)
			if err != nil {
				return err
			}
			f.Impact = &impact
		}
	}
	f.Draw, f.pen = v.drawZones(shown, f.Cells > 0, cells)
	return nil
}

// drawZones draws zones with the cells of the first; it is what the map shows first.
func (l words) drawZones(zones []MapZone, first bool, cells []geo.Cell) (*drawing, projection) {
	around := zones
	if first {
		around = zones[:1]
	}
	points := extent(around, nil)
	if len(points) == 0 {
		points = []geo.Point{{Lat: 35, Lng: 105}} // the middle of the country
	}
	p := fit(points)
	d := &drawing{}
	for i := range zones {
		d.Zones = append(d.Zones, shapePath{zones[i].Kind, zones[i].Name, p.path(zones[i].Rings)})
	}
	for _, cell := range cells {
		d.Heat = append(d.Heat, heatPath{1, p.path([][]geo.Point{cell.Outline()}), cell.String()})
	}
	d.Scale, d.ScaleW = l.scale(p.perM)
	return d, p
}

// mapZone is a zone to be drawn; one that cannot be read has no rings.
func mapZone(z *roster.Zone) MapZone {
	out := MapZone{ID: z.ID, Name: z.Name, Kind: z.Kind}
	if shape, err := geo.ParseShape(z.Geometry, z.Datum); err == nil {
		out.Rings = shape.Rings()
	}
	return out
}

// zonesMap answers the map of all zones of the district.
func (s *Server) zonesMap(w http.ResponseWriter, r *http.Request, c *caller) {
	v := &mapView{base: s.base(r, c), district: c.scope.District, reader: c, At: "zones", Back: "/zones", Title: words{c.lang}.T("区域", "Zones")}
	var zones []MapZone
	for _, z := range s.deps.Zoning.ZonesOf(c.scope.District) {
		zones = append(zones, mapZone(&z))
	}
	s.showMap(w, r, v, zones, nil)
}

// Kinds are the purposes that a zone may have.
func (*zonesView) Kinds() []roster.ZoneKind {
	return []roster.ZoneKind{roster.AreaZone, roster.ForbiddenZone, roster.WatchZone}
}

// Datums are those that corners may be written in.
func (*zonesView) Datums() []geo.Datum {
	return []geo.Datum{geo.WGS84, geo.CGCS2000, geo.GCJ02, geo.BD09}
}

// DatumName says where a datum is used.
func (l words) DatumName(d geo.Datum) string {
	switch d {
	case geo.CGCS2000:
		return l.T("CGCS2000（天地图、测绘成果）", "CGCS2000 (surveys, Tianditu)")
	case geo.GCJ02:
		return l.T("GCJ-02（高德、腾讯）", "GCJ-02 (Amap, Tencent)")
	case geo.BD09:
		return l.T("BD-09（百度）", "BD-09 (Baidu)")
	}
	return l.T("WGS-84（GPS、北斗终端）", "WGS-84 (GPS, BeiDou devices)")
}
