package roster

import (
	"fmt"
	"math"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"correctiond/geo"
)

// readShapes reads the polygons of all zones, on as many cores as there are, and
// returns what is wrong with each.
func (c *checker) readShapes() []error {
	wrong := make([]error, len(c.r.Zones))
	var next atomic.Int64
	var work sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		work.Go(func() {
			for i := int(next.Add(1)) - 1; i < len(wrong); i = int(next.Add(1)) - 1 {
				if z := &c.r.Zones[i]; z.Datum.Valid() && len(z.Geometry) > 0 {
					c.shapes[i], wrong[i] = c.like.shapeOf(z)
				}
			}
		})
	}
	work.Wait()
	return wrong
}

// zone checks a zone; wrong is what its polygon is refused for.
func (c *checker) zone(i int, wrong error) {
	z := &c.r.Zones[i]
	path := entryPath("zones", z.ID, i)
	c.required(path+".kind", string(z.Kind), "area forbidden watch")
	if z.ApproachM < 0 || notFinite(z.ApproachM) {
		c.add(path+".approach_m", "is not a distance", "write metres, 0 or more")
	}
	switch {
	case !c.datum(path, z.Datum):
	case len(z.Geometry) == 0:
		c.add(path+".geometry", "is missing", "write a GeoJSON Polygon or MultiPolygon")
	case wrong != nil:
		c.add(path+".geometry", wrong.Error(), "correct the polygon")
	}
}

// datum is never guessed: a wrong one moves a position by some 500 m.
func (c *checker) datum(path string, d geo.Datum) bool {
	c.required(path+".datum", string(d), "wgs84 cgcs2000 gcj02 bd09")
	return d.Valid()
}

// place reports whether there is a usable place.
func (c *checker) place(path string, p *Place) bool {
	if p == nil {
		return false
	}
	before := len(c.problems)
	c.datum(path, p.Datum)
	if notFinite(p.Lat) || math.Abs(p.Lat) > 90 {
		c.add(path+".lat", "is out of range", "write degrees from -90 to 90")
	}
	if notFinite(p.Lng) || math.Abs(p.Lng) > 180 {
		c.add(path+".lng", "is out of range", "write degrees from -180 to 180")
	}
	if p.RadiusM < 0 || notFinite(p.RadiusM) {
		c.add(path+".radius_m", "is not a distance", "write metres, 0 or more")
	}
	return len(c.problems) == before
}

func notFinite(x float64) bool { return math.IsNaN(x) || math.IsInf(x, 0) }

// wgs84 returns the centre of a place.
func (p *Place) wgs84() geo.Point {
	return p.Datum.ToWGS84(geo.Point{Lat: p.Lat, Lng: p.Lng})
}

// homeArea checks that a subject's permitted area contains the home, else
// staying at home would be leaving the city.
func (c *checker) homeArea(path string, s *Subject) {
	area, where := s.Area, path+".area"
	if area == "" {
		area, where = c.r.District.Area, path+".home"
	}
	i, ok := c.zones[area]
	if !ok || c.r.Zones[i].Kind != AreaZone || c.shapes[i] == nil {
		return // reported already
	}
	if !c.shapes[i].Contains(s.Home.wgs84()) {
		c.add(where, fmt.Sprintf("area %q does not contain the home", area), "correct the home or its datum, or name another area")
	}
}

func (c *checker) rollcall(path string, rc *Rollcall) {
	for i, d := range rc.Days {
		if _, ok := weekday(d); !ok {
			c.add(fmt.Sprintf("%s.days[%d]", path, i), fmt.Sprintf("%q is no day of the week", d), "write mon, tue, wed, thu, fri, sat or sun")
		}
	}
	if g := Length(time.Duration(rc.Grace)); g < 0 || g > Day {
		c.add(path+".grace", "is negative or longer than a day", "write a length such as 30m")
	}
	sound := true
	for i, w := range rc.Windows {
		sound = c.window(fmt.Sprintf("%s.windows[%d]", path, i), w, false) && sound
	}
	if sound && overlapping(compileRollcall(rc, c.cal)) {
		c.add(path+".windows", "overlap each other", "let each window begin when the one before has ended")
	}
}

func (c *checker) window(path string, w Window, wraps bool) bool {
	_, err := w.clock(wraps)
	if err != nil {
		c.add(path, err.Error(), "write a window such as {from: \"07:30\", until: \"09:30\"}")
	}
	return err == nil
}

// overlapping lays the windows out over one week, which is a circle.
func overlapping(s *Schedule) bool {
	var week []clockWindow
	for d := range s.days {
		for _, w := range s.windows {
			if s.days[d] {
				week = append(week, clockWindow{w.from + Instant(d)*Day, w.until + Instant(d)*Day})
			}
		}
	}
	slices.SortFunc(week, func(a, b clockWindow) int { return int(a.from - b.from) })
	for i, w := range week {
		next := week[(i+1)%len(week)].from
		if i+1 == len(week) {
			next += 7 * Day
		}
		if w.until > next {
			return true
		}
	}
	return false
}
