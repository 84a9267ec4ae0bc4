package geo

import "math"

// Datum names the coordinate system of a position. It is always stated and
// never guessed: taking GCJ-02 for WGS-84 is an error of about 500 m in China.
type Datum string

// The datums that devices and zones may use.
const (
	WGS84    Datum = "wgs84"
	CGCS2000 Datum = "cgcs2000" // equal to WGS-84 at this use's precision
	GCJ02    Datum = "gcj02"    // 国测局坐标: AMap, Tencent
	BD09     Datum = "bd09"     // Baidu
)

// Constants of the publicly circulated GCJ-02 formula: Krasovsky 1940 ellipsoid.
const (
	krasovskyA  = 6378245.0
	krasovskyE2 = 0.00669342162296594323
	baiduPi     = math.Pi * 3000 / 180
)

// Valid reports whether d is one of the four known datums.
func (d Datum) Valid() bool {
	switch d {
	case WGS84, CGCS2000, GCJ02, BD09:
		return true
	}
	return false
}

// FromWGS84 converts p from WGS-84 to d. Points outside China's bounding box
// (latitude 0.8293…55.8271, longitude 72.004…137.8347) are returned as they are.
func (d Datum) FromWGS84(p Point) Point {
	if !inChina(p) {
		return p
	}
	return d.shift(p)
}

// ToWGS84 converts p from d to WGS-84, within a millimetre of the inverse of
// FromWGS84. Points outside the box named there are returned as they are, so
// within about a kilometre of the box's border the two are not inverse.
func (d Datum) ToWGS84(p Point) Point {
	if !inChina(p) || (d != GCJ02 && d != BD09) {
		return p
	}
	// The shift changes by less than 1 % of the way: each round gains two digits.
	const rounds, enough = 20, 1e-11
	w := p
	for range rounds {
		q := d.shift(w)
		dLat, dLng := p.Lat-q.Lat, p.Lng-q.Lng
		w.Lat += dLat
		w.Lng += dLng
		if math.Abs(dLat) < enough && math.Abs(dLng) < enough {
			break
		}
	}
	return w
}

func inChina(p Point) bool {
	return p.Lat >= 0.8293 && p.Lat <= 55.8271 && p.Lng >= 72.004 && p.Lng <= 137.8347
}

func (d Datum) shift(p Point) Point {
	switch d {
	case GCJ02:
		return gcjFromWGS(p)
	case BD09:
		return bdFromGCJ(gcjFromWGS(p))
	}
	return p
}

func gcjFromWGS(p Point) Point {
	x, y := p.Lng-105, p.Lat-35
	root := math.Sqrt(math.Abs(x))
	wave := (20*math.Sin(6*x*math.Pi) + 20*math.Sin(2*x*math.Pi)) * 2 / 3

	north := -100 + 2*x + 3*y + 0.2*y*y + 0.1*x*y + 0.2*root + wave
	north += (20*math.Sin(y*math.Pi) + 40*math.Sin(y/3*math.Pi)) * 2 / 3
	north += (160*math.Sin(y/12*math.Pi) + 320*math.Sin(y*math.Pi/30)) * 2 / 3

	east := 300 + x + 2*y + 0.1*x*x + 0.1*x*y + 0.1*root + wave
	east += (20*math.Sin(x*math.Pi) + 40*math.Sin(x/3*math.Pi)) * 2 / 3
	east += (150*math.Sin(x/12*math.Pi) + 300*math.Sin(x/30*math.Pi)) * 2 / 3

	sin, cos := math.Sincos(p.Lat * radians)
	w := 1 - krasovskyE2*sin*sin
	meridian := krasovskyA * (1 - krasovskyE2) / (w * math.Sqrt(w))
	parallel := krasovskyA / math.Sqrt(w) * cos
	return Point{
		Lat: p.Lat + north/(meridian*radians),
		Lng: p.Lng + east/(parallel*radians),
	}
}

func bdFromGCJ(p Point) Point {
	z := math.Hypot(p.Lng, p.Lat) + 0.00002*math.Sin(p.Lat*baiduPi)
	sin, cos := math.Sincos(math.Atan2(p.Lat, p.Lng) + 0.000003*math.Cos(p.Lng*baiduPi))
	return Point{Lat: z*sin + 0.006, Lng: z*cos + 0.0065}
}
