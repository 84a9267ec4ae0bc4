package roster_test

import (
	"fmt"
	"math"
	"reflect"
	"slices"
	"testing"

	"correctiond/geo"
	"correctiond/roster"
)

func TestCompiledEntries(t *testing.T) {
	r := sample()
	r.Subjects[0].Travel = []roster.Travel{{ID: "T1", From: day("2026-03-01"), Until: day("2026-08-31"), Area: "far"}}
	d := compiled(t, r)
	if d.DistrictID() != "D1" || len(d.Subjects()) != 2 || len(d.Devices()) != 4 || d.Office("O1").Place.RadiusM != 100 {
		t.Error("lists")
	}
	s := d.Subject("S1")
	if s.Term != (roster.Interval{From: at(t, "2026-01-10 00:00:00"), End: at(t, "2027-01-10 00:00:00")}) {
		t.Errorf("term %+v includes its last day", s.Term)
	}
	if s.Effective != at(t, "2026-01-10 00:00:00") || s.Reported != at(t, "2026-01-15 00:00:00") {
		t.Errorf("effective %v, reported %v", s.Effective, s.Reported)
	}
	if d.Zone(s.Area).ID != "city" || s.HomeRadiusM != 150 || s.Home.Lat != 31.5 {
		t.Errorf("area %d, home %v %v", s.Area, s.Home, s.HomeRadiusM)
	}
	if len(s.Forbidden) != 1 || d.Zone(s.Forbidden[0].Zone).ID != "school" || s.Forbidden[0].ApproachM != 500 {
		t.Errorf("forbidden %+v", s.Forbidden)
	}
	p := s.Permits[0]
	if p.ID != "T1" || !p.Travel || d.Zone(p.Zone).ID != "far" || p.End != at(t, "2026-09-01 00:00:00") {
		t.Errorf("travel %+v", p)
	}
	if len(s.Devices) != 2 || s.Devices[0] != d.Device("W1") || s.Devices[1] != d.Device("P1") {
		t.Errorf("devices %v", s.Devices)
	}
	if b := d.Device("W1").BoundTo(at(t, "2026-03-01 00:00:00")); b == nil || b.Subject != s || b.SubjectID != "S1" {
		t.Errorf("binding %+v", b)
	}
	other := d.Subject("S2")
	if other.Pos != 1 || other.HomeRadiusM != 0 || other.Term.End != 0 || other.Reported != 0 {
		t.Errorf("S2 %+v", other)
	}
	if d.Subject("S9") != nil || d.Device("W9") != nil || d.Office("O9") != nil {
		t.Error("unknown ids must give nil")
	}
}

func TestZonesAreIndexedInOrder(t *testing.T) {
	d := compiled(t, sample())
	home := d.Subject("S1").Home
	if got := d.Shape(0).Signed(home); got < 40_000 || math.IsNaN(got) {
		t.Errorf("the home lies %v m inside the city", got)
	}
	if d.Shape(1).Contains(home) || d.Shape(2).Contains(home) {
		t.Error("the home lies in the city only")
	}
}

func TestCompileLeavesTheRosterAlone(t *testing.T) {
	r := sample()
	before := written(t, r, "yaml")
	d := compiled(t, r)
	if err := d.AddVisit("S1", day("2026-02-13")); err != nil {
		t.Fatal(err)
	}
	if written(t, r, "yaml") != before {
		t.Error("the caller's roster changed")
	}
}

func BenchmarkCompile50k(b *testing.B) {
	r := large(50_000)
	b.ReportAllocs()
	for b.Loop() {
		compiled(b, r)
	}
}

// A next version shares the polygons that are the same, and their index where all
// are; what differs in any way is read anew.
func TestZonesThatAreTheSameAreShared(t *testing.T) {
	first, err := roster.Compile(sample(), shanghai())
	if err != nil {
		t.Fatal(err)
	}
	area := len(sample().Zones) - 1
	for name, c := range map[string]struct {
		edit          func(*roster.Roster)
		shapes, index bool
	}{
		"nothing differs":    {func(*roster.Roster) {}, true, true},
		"other people":       {func(r *roster.Roster) { r.Released = nil }, true, true},
		"another name":       {func(r *roster.Roster) { r.Zones[area].Name = "别处" }, true, true},
		"another datum":      {func(r *roster.Roster) { r.Zones[area].Datum = geo.BD09 }, false, false},
		"another polygon":    {func(r *roster.Roster) { r.Zones[area].Geometry = slices.Concat(r.Zones[area].Geometry, []byte(" ")) }, false, false},
		"a farther approach": {func(r *roster.Roster) { r.Zones[1].ApproachM = 900 }, true, false},
		"one zone more":      {func(r *roster.Roster) { z := r.Zones[area]; z.ID = "more"; r.Zones = append(r.Zones, z) }, true, false},
	} {
		r := sample()
		c.edit(r)
		plain, err := roster.Compile(r, shanghai())
		if err != nil {
			t.Fatal(name, err)
		}
		next, err := roster.CompileLike(first, r, shanghai())
		if err != nil {
			t.Fatal(name, err)
		}
		if shared := next.Shape(area) == first.Shape(area); shared != c.shapes {
			t.Errorf("%s: the polygon is shared: %v", name, shared)
		}
		if shared := next.Zones() == first.Zones(); shared != c.index {
			t.Errorf("%s: the index is shared: %v", name, shared)
		}
		sameDistances(t, name, next, plain)
	}
}

func sameDistances(t *testing.T, name string, a, b *roster.Directory) {
	t.Helper()
	for i := range a.Roster().Zones {
		for _, at := range []geo.Point{{Lat: 31.2, Lng: 121.4}, {Lat: 31.405, Lng: 121.405}, {Lat: 30, Lng: 120}} {
			if got, want := a.Shape(i).Signed(at), b.Shape(i).Signed(at); got != want {
				t.Errorf("%s: zone %d at %v: %v, compiled alone %v", name, i, at, got, want)
			}
		}
	}
}

// What ingest asks is a roster of its own: it has the acts so far, compiled as from
// the start, and none of those to come.
func TestADirectoryAtSomeTimeStaysAsItWas(t *testing.T) {
	d := compiled(t, sample())
	if err := d.GrantLeave("S1", leave("L1", "2026-02-01", "2026-02-07", "office")); err != nil {
		t.Fatal(err)
	}
	if err := d.EndAuthority("W1", "A1", at(t, "2026-03-01 12:00:00")); err != nil {
		t.Fatal(err)
	}
	then := *d.Roster()
	then.Subjects, then.Devices = slices.Clone(then.Subjects), slices.Clone(then.Devices)
	own := d.At(&then)
	plain, err := roster.Compile(&then, d.Calendar())
	if err != nil {
		t.Fatal(err)
	}
	d.SetFocus([]roster.Interval{{From: 1, End: 2}})
	if err := d.AddCustody("S1", span("2026-03-01", "")); err != nil {
		t.Fatal(err)
	}
	if err := d.GrantAuthority("W1", roster.Authority{ID: "A2", Ground: 3, From: day("2026-05-01"), Until: day("2026-06-01")}); err != nil {
		t.Fatal(err)
	}
	if own.Zones() != d.Zones() {
		t.Error("the index is not shared")
	}
	for i, want := range plain.Subjects() {
		if got := own.Subjects()[i]; !reflect.DeepEqual(got, want) {
			t.Errorf("%+v, compiled alone %+v", got, want)
		}
	}
	for i, want := range plain.Devices() {
		if got := own.Devices()[i]; !reflect.DeepEqual(got, want) || own.Device(got.ID) != got {
			t.Errorf("%+v, compiled alone %+v", got, want)
		}
	}
}

// However many work on them, the problems of a list come in its order.
func TestProblemsComeInTheOrderOfTheList(t *testing.T) {
	r := sample()
	want := make([]string, 100)
	for i := range want {
		id := roster.SubjectID(fmt.Sprint("X", i))
		want[i] = "subjects[" + string(id) + "].kind"
		r.Subjects = append(r.Subjects, roster.Subject{ID: id, Office: "O1", Term: span("2026-01-01", "")})
	}
	var got []string
	for _, p := range roster.Check(r, shanghai()) {
		got = append(got, p.Where)
	}
	if !slices.Equal(got, want) {
		t.Errorf("%d problems: %v", len(got), got)
	}
}
