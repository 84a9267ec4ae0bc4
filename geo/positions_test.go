package geo

import (
	"encoding/json"
	"reflect"
	"testing"
)

// What is read the fast way is what encoding/json reads; what it refuses is never
// accepted.
func FuzzPositions(f *testing.F) {
	for _, s := range []string{
		`[[[121.4,31.2],[121.5,31.2],[121.5,31.3],[121.4,31.2]]]`, `[ [ [ -1 , 0.5, 7 ] ,[2,3]]	,[[4,5]]
]`, `[[[1e2,3]]]`, `[[[01,2]]]`,
		`[[[1.,2]]]`, `[[[.5,2]]]`, `[[[+1,2]]]`, `[[[1,2]]`, `[[[1,2]]]]`, `[[[1,2],]]`, `[]`, `[[]]`, `[[[]]]`, `[[[-]]]`, `[[[0x1p3,2]]]`, `[[[-0,00]]]`,
		`[[["1",2]]]`, `[[[null,2]]]`, `[[[1 2]]]`, `[[[1,2]]] x`, `[[[179769313486231570000000000000000000000000000000000000000000]]]`, "[[[1,2\x00]]]", "[[[\x000]]]", "[[[0]]]\x00", `[[[[1,2]]]]`,
		`[[[[1,2],[3,4]]],[[[5,6]]]]`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		if got, ok := readPolygon(text); ok {
			var want polygon
			if err := json.Unmarshal(text, &want); err != nil || !reflect.DeepEqual(got, want) {
				t.Errorf("%q: %v, want %v, %v", text, got, want, err)
			}
		}
		if got, ok := readPolygons(text); ok {
			var want []polygon
			if err := json.Unmarshal(text, &want); err != nil || !reflect.DeepEqual(got, want) {
				t.Errorf("%q: %v, want %v, %v", text, got, want, err)
			}
		}
	})
}

// The usual forms are not left to encoding/json.
func TestPositionsInTheirUsualForm(t *testing.T) {
	if p, ok := readPolygon([]byte("[[[121.4, 31.2],\n [-0.5,0,12.25]]]")); !ok || len(p) != 1 || len(p[0]) != 2 || p[0][1][2] != 12.25 {
		t.Errorf("%v %v", p, ok)
	}
	if all, ok := readPolygons([]byte(`[[[[1,2]],[[3,4]]],[[[5,6]]]]`)); !ok || len(all) != 2 || len(all[0]) != 2 || all[1][0][0][1] != 6 {
		t.Errorf("%v %v", all, ok)
	}
}

// A polygon as programs write it is read at once; anything else is left alone.
func TestWholePolygons(t *testing.T) {
	for text, want := range map[string]bool{
		`{"type":"Polygon","coordinates":[[[1,2],[3,4]]]}`:         true,
		`{"coordinates":[[[1,2],[3,4]]],"type":"Polygon"}`:         true,
		`{"type":"Polygon","coordinates":[[[1,2],[3,4]]],"a":1}`:   false,
		`{"type":"Polygon","coordinates":[[[1,2],[3,null]]]}`:      false,
		`{"type":"Polygon","coordinates":[[[1,2],[3,4]]]`:          false,
		`{"coordinates":[[[1,2],[3,4]]],"type":"MultiPolygon"}`:    false,
		`{"type":"MultiPolygon","coordinates":[[[[1,2],[3,4]]]]}`:  false,
		`{"coordinates":[[[1,2],[3,4]]],"type":"Polygon","id":""}`: false,
	} {
		if p, ok := readWhole([]byte(text)); ok != want || ok && !reflect.DeepEqual(p, polygon{{{1, 2}, {3, 4}}}) {
			t.Errorf("%s: %v %v", text, p, ok)
		}
	}
}
