package sim

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"

	"correctiond/geo"
	"correctiond/roster"
)

// The district is star-shaped around its centre. None of it follows any real
// boundary.
const (
	rimSteps   = 240
	enclaveAt  = 0.6   // bearing of the enclave from the centre, radians
	enclaveOff = 9000  // metres from the centre
	enclaveR   = 1200  // metres
	schoolSide = 400   // metres
	farFactor  = 2.2   // outer edge of the neighbours, in radii of the district
	rimPart    = 13000 // metres, about the smallest radius of the district
)

func middle() geo.Point { return geo.Point{Lat: 31.2, Lng: 121.3} }

// rim returns the edge of the district at a bearing.
func rim(bearing float64) geo.Point { return toward(middle(), bearing, rimRadius(bearing)) }

func rimRadius(bearing float64) float64 {
	wave := 0.10*math.Sin(3*bearing+0.7) + 0.06*math.Sin(7*bearing) + 0.015*math.Sin(29*bearing)
	oval := 1 / math.Hypot(math.Cos(bearing)/24000, math.Sin(bearing)/17000)
	return oval * (1 + wave)
}

// wayToEnclave is the distance between a point and the enclave's edge, in metres.
func wayToEnclave(p geo.Point) float64 {
	return metres(p, toward(middle(), enclaveAt, enclaveOff)) - enclaveR
}

// downtown tells whether a point is so far inside the district that a home may
// be there.
func downtown(p geo.Point, margin float64) bool {
	m := middle()
	north := p.Lat - m.Lat
	east := (p.Lng - m.Lng) * math.Cos(m.Lat*math.Pi/180)
	bearing := math.Atan2(north, east)
	return metres(m, p) < rimRadius(bearing)-margin && wayToEnclave(p) > margin
}

func (b *builder) zones() {
	var outer, hole []geo.Point
	for i := range rimSteps {
		outer = append(outer, rim(float64(i)*2*math.Pi/rimSteps))
	}
	for i := range 16 {
		hole = append(hole, toward(toward(middle(), enclaveAt, enclaveOff), -float64(i)*2*math.Pi/16, enclaveR))
	}
	b.zone(roster.Zone{ID: "district", Name: "示范区辖区", Kind: roster.AreaZone, Datum: geo.WGS84}, outer, hole)
	for i, name := range []string{"邻城甲", "邻城乙", "邻城丙"} {
		b.zone(roster.Zone{ID: neighbour(i), Name: name, Kind: roster.AreaZone, Datum: geo.CGCS2000}, sector(i))
	}
	b.watchZones()
	n := max(4, min(b.n/20, 400))
	for len(b.schools) < n {
		at := toward(middle(), b.rng.Float64()*2*math.Pi, rimPart*math.Sqrt(b.rng.Float64()))
		if !downtown(at, 2500) || metres(at, middle()) < 1500 {
			continue
		}
		b.schools = append(b.schools, at)
		b.zone(roster.Zone{
			ID: school(len(b.schools) - 1), Name: fmt.Sprintf("示范学校%d", len(b.schools)),
			Kind: roster.ForbiddenZone, ApproachM: 300, Datum: geo.GCJ02,
		}, square(at, schoolSide, b.rng))
	}
}

func (b *builder) watchZones() {
	for _, w := range []struct {
		id, name      string
		bearing, part float64
		border        bool
	}{{"station", "示范火车站", 2.2, 0.35, false}, {"coach", "示范客运站", 4.0, 0.5, false}, {"port", "示范口岸", 5.4, 0.85, true}} {
		at := toward(middle(), w.bearing, w.part*rimRadius(w.bearing))
		b.zone(roster.Zone{
			ID: roster.ZoneID(w.id), Name: w.name, Kind: roster.WatchZone, Border: w.border, Datum: geo.WGS84,
		}, square(at, 500, b.rng))
	}
}

func neighbour(i int) roster.ZoneID { return roster.ZoneID(fmt.Sprintf("neighbour-%d", i+1)) }

func school(i int) roster.ZoneID { return roster.ZoneID(fmt.Sprintf("school-%d", i+1)) }

// sector is a neighbouring city: it shares a third of the district's rim.
func sector(i int) []geo.Point {
	var ring []geo.Point
	first, last := i*rimSteps/3, (i+1)*rimSteps/3
	for k := last; k >= first; k-- {
		ring = append(ring, rim(float64(k)*2*math.Pi/rimSteps))
	}
	for k := first; k <= last; k += 4 {
		bearing := float64(k) * 2 * math.Pi / rimSteps
		ring = append(ring, toward(middle(), bearing, farFactor*rimRadius(bearing)))
	}
	return ring
}

func square(at geo.Point, side float64, rng *rand.Rand) []geo.Point {
	turn := rng.Float64()
	var ring []geo.Point
	for k := range 4 {
		ring = append(ring, toward(at, turn+float64(k)*math.Pi/2, side/math.Sqrt2))
	}
	return ring
}

// zone adds a zone with the rings' coordinates in the zone's datum.
func (b *builder) zone(z roster.Zone, rings ...[]geo.Point) {
	type geometry struct {
		Type        string         `json:"type"`
		Coordinates [][][2]float64 `json:"coordinates"`
	}
	g := geometry{Type: "Polygon"}
	for _, ring := range rings {
		var line [][2]float64
		for _, p := range ring {
			q := z.Datum.FromWGS84(p)
			line = append(line, [2]float64{math.Round(q.Lng*1e6) / 1e6, math.Round(q.Lat*1e6) / 1e6})
		}
		g.Coordinates = append(g.Coordinates, append(line, line[0]))
	}
	// Floats of a polygon always marshal.
	z.Geometry, _ = json.Marshal(g)
	b.r.Zones = append(b.r.Zones, z)
}

// townPoint spreads n offices evenly over the district (a sunflower's seeds).
func (b *builder) townPoint(i, n int) geo.Point {
	const golden = 2.399963229728653
	part := math.Sqrt((float64(i) + 0.5) / float64(n))
	for bearing := float64(i)*golden + 0.3; ; bearing += 0.1 {
		p := toward(middle(), bearing, 0.8*part*rimRadius(bearing))
		if downtown(p, 1500) {
			return p
		}
	}
}
