package geo_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"correctiond/geo"
)

// geometries reads a folder of testdata by file name.
func geometries(t *testing.T, dir string) map[string][]byte {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join("testdata", dir, "*.json"))
	if err != nil || len(paths) == 0 {
		t.Fatalf("no fixtures in %s: %v", dir, err)
	}
	all := map[string][]byte{}
	for _, path := range paths {
		if all[path], err = os.ReadFile(path); err != nil {
			t.Fatal(err)
		}
	}
	return all
}

func TestGoodGeometriesAreShapes(t *testing.T) {
	for path, text := range geometries(t, "good") {
		for _, d := range []geo.Datum{geo.WGS84, geo.CGCS2000, geo.GCJ02, geo.BD09} {
			if _, err := geo.ParseShape(text, d); err != nil {
				t.Errorf("%s in %s: %v", path, d, err)
			}
		}
	}
}

// Beside each bad geometry lies what is wrong with it, one defect per line.
func TestBadGeometriesAreRefused(t *testing.T) {
	for path, text := range geometries(t, "bad") {
		t.Run(filepath.Base(path), func(t *testing.T) {
			want, err := os.ReadFile(strings.TrimSuffix(path, ".json") + ".defects")
			if err != nil {
				t.Fatal(err)
			}
			shape, err := geo.ParseShape(text, geo.WGS84)
			if got := listed(t, err); got != string(want) || shape != nil {
				t.Errorf("got:\n%swant:\n%s", got, want)
			}
		})
	}
}

func listed(t *testing.T, err error) string {
	t.Helper()
	var defects geo.Defects
	if !errors.As(err, &defects) {
		t.Fatalf("the error is %v", err)
	}
	var b strings.Builder
	for _, d := range defects {
		b.WriteString(d.Path + ": " + d.What + "\n")
	}
	return b.String()
}

// Which places the good geometries hold.
func TestPlacesInGoodGeometries(t *testing.T) {
	all := geometries(t, "good")
	for _, c := range []struct {
		file     string
		lng, lat float64
		inside   bool
	}{
		{"plain", 121.6, 31.5, true},
		{"plain", 121.4, 31.5, false},
		{"clockwise", 121.4, 31.5, true},
		{"altitudes", 121.6, 31.5, true},
		{"two-holes", 121.28, 31.22, false},
		{"two-holes", 121.62, 31.68, false},
		{"two-holes", 121.22, 31.28, true}, // beside the triangle
		{"two-holes", 121.3, 31.25, true},  // on the edge of a hole
		{"holes-touching-in-a-point", 121.4, 31.4, true},
		{"holes-touching-in-a-point", 121.35, 31.25, false},
		{"exclave-and-enclave", 121.3, 31.3, true},
		{"exclave-and-enclave", 121.58, 31.42, false}, // in the hole
		{"exclave-and-enclave", 121.54, 31.46, true},  // the enclave in it
		{"exclave-and-enclave", 123.08, 31.02, true},
		{"exclave-and-enclave", 122.5, 31.05, false},
		{"tiny", 121.450005, 31.230005, true},
		{"tiny", 121.450015, 31.230005, false},
		{"to-the-pole", 100, 89, true},
		{"to-the-pole", -170, 59, false},
	} {
		s, err := geo.ParseShape(all[filepath.Join("testdata", "good", c.file+".json")], geo.WGS84)
		if err != nil {
			t.Fatal(err)
		}
		p := geo.Point{Lat: c.lat, Lng: c.lng}
		if s.Contains(p) != c.inside {
			t.Errorf("%s: %v inside %v", c.file, p, !c.inside)
		}
		ix := mustIndex(t, geo.Fence{Shape: s, ReachM: 300})
		if got := len(ix.Containing(p, geo.CellOf(p), nil)) == 1; got != c.inside {
			t.Errorf("%s by index: %v inside %v", c.file, p, got)
		}
	}
}
