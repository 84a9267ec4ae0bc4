package roster_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"correctiond/geo"
	"correctiond/roster"
)

func TestSampleIsSound(t *testing.T) {
	if ps := roster.Check(sample(), shanghai()); len(ps) > 0 {
		t.Error(ps)
	}
}

// Each row breaks one thing of the sample and names the path of the problem.
func TestCheckFinds(t *testing.T) {
	type R = roster.Roster
	for _, c := range []struct {
		name, path string
		broken     func(*R)
	}{
		{"version", "version", func(r *R) { r.Version = 2 }},
		{"district without id", "district.id", func(r *R) { r.District.ID = "" }},
		{"district area missing", "district.area", func(r *R) { r.District.Area = "none" }},
		{"district area of a wrong kind", "district.area", func(r *R) { r.District.Area = "school" }},
		{"id twice", "offices[O1].id", func(r *R) { r.Offices = append(r.Offices, roster.Office{ID: "O1"}) }},
		{"id missing", "officers[0].id", func(r *R) { r.Officers[0].ID, r.Subjects[0].Officer = "", "" }},
		{"office place without datum", "offices[O1].place.datum", func(r *R) { r.Offices[0].Place.Datum = "" }},
		{"unknown role", "officers[F1].role", func(r *R) { r.Officers[0].Role = "chief" }},
		{"officer of no office", "officers[F1].office", func(r *R) { r.Officers[0].Office = "O9" }},
		{"notify without address", "officers[F1].notify[0]", func(r *R) { r.Officers[0].Notify[0].To = "" }},
		{"no weekday", "rollcalls[morning].days[0]", func(r *R) { r.Rollcalls[0].Days = []string{"monday"} }},
		{"no clock time", "rollcalls[morning].windows[0]", func(r *R) { r.Rollcalls[0].Windows[0].From = "7:30" }},
		{"grace of two days", "rollcalls[morning].grace", func(r *R) { r.Rollcalls[0].Grace = roster.Duration(48 * time.Hour) }},
		{"unmarked midnight", "rollcalls[morning].windows[0]", func(r *R) { r.Rollcalls[0].Windows[0].Until = "01:00" }},
		{"windows overlap", "rollcalls[morning].windows", func(r *R) {
			r.Rollcalls[0].Windows = append(r.Rollcalls[0].Windows, roster.Window{From: "09:29", Until: "10:00"})
		}},
		{"night overlaps the next morning", "rollcalls[morning].windows", func(r *R) {
			r.Rollcalls[0].Windows = append(r.Rollcalls[0].Windows, roster.Window{From: "23:00", Until: "07:31", NextDay: true})
		}},
		{"zone without datum", "zones[city].datum", func(r *R) { r.Zones[0].Datum = "" }},
		{"zone of unknown kind", "zones[far].kind", func(r *R) { r.Zones[2].Kind = "park" }},
		{"polygon not closed", "zones[far].geometry", func(r *R) { r.Zones[2].Geometry = []byte(`{"type":"Polygon","coordinates":[[[1,1],[2,1],[2,2]]]}`) }},
		{"polygon missing", "zones[far].geometry", func(r *R) { r.Zones[2].Geometry = nil }},
		{"subject of no office", "subjects[S1].office", func(r *R) { r.Subjects[0].Office = "" }},
		{"unknown officer", "subjects[S1].officer", func(r *R) { r.Subjects[0].Officer = "F9" }},
		{"unknown kind", "subjects[S1].kind", func(r *R) { r.Subjects[0].Kind = "arrest" }},
		{"unknown level", "subjects[S1].level", func(r *R) { r.Subjects[0].Level = "red" }},
		{"unknown sex", "subjects[S1].sex", func(r *R) { r.Subjects[0].Sex = "m" }},
		{"unknown assessment", "subjects[S1].facts.assessment", func(r *R) { r.Subjects[0].Facts.Assessment = "bad" }},
		{"term missing", "subjects[S2].term.from", func(r *R) { r.Subjects[1].Term = roster.Span{} }},
		{"term ends before it begins", "subjects[S1].term", func(r *R) { r.Subjects[0].Term = span("2026-01-10", "2026-01-09") }},
		{"home without datum", "subjects[S1].home.datum", func(r *R) { r.Subjects[0].Home.Datum = "" }},
		{"home out of range", "subjects[S1].home.lat", func(r *R) { r.Subjects[0].Home.Lat = 121 }},
		{"home outside the area", "subjects[S1].area", func(r *R) { r.Subjects[0].Area = "far" }},
		{"home outside the default area", "subjects[S1].home", func(r *R) { r.Subjects[0].Home.Lat = 33 }},
		{"area of a wrong kind", "subjects[S1].area", func(r *R) { r.Subjects[0].Area = "school" }},
		{"unknown roll-call", "subjects[S1].rollcall", func(r *R) { r.Subjects[0].Rollcall = "noon" }},
		{"forbidden names an area", "subjects[S1].forbidden[0]", func(r *R) { r.Subjects[0].Forbidden[0] = "far" }},
		{"no-contact with nobody", "subjects[S1].no_contact[0]", func(r *R) { r.Subjects[0].NoContact[0] = "S9" }},
		{"no-contact with oneself", "subjects[S1].no_contact[0]", func(r *R) { r.Subjects[0].NoContact[0] = "S1" }},
		{"medical parole of a probationer", "subjects[S1].parole_medical", func(r *R) { r.Subjects[0].ParoleMedical = true }},
		{"curfew without hours", "subjects[S1].curfew", func(r *R) { r.Subjects[0].Curfew.Until = "22:00" }},
		{"custody ends at its start", "subjects[S1].custody[0]", func(r *R) { r.Subjects[0].Custody = []roster.Span{span("2026-02-01", "2026-02-01")} }},
		{"report on no day", "subjects[S1].reports.health[0]", func(r *R) { r.Subjects[0].Reports.Health = []roster.Date{{Day: "yesterday"}} }},
		{"device id with a slash", "devices[W/1].id", func(r *R) { r.Devices[0].ID = "W/1" }},
		{"device of unknown kind", "devices[P2].kind", func(r *R) { r.Devices[2].Kind = "watch" }},
		{"kiosk without office", "devices[K1].office", func(r *R) { r.Devices[3].Office = "" }},
		{"kiosk bound", "devices[K1].bindings", func(r *R) { r.Devices[3].Bindings = r.Devices[1].Bindings }},
		{"bound to nobody", "devices[P1].bindings[0].subject", func(r *R) { r.Devices[1].Bindings[0].Subject = "S9" }},
		{"bound to two", "devices[P2].bindings[1]", func(r *R) {
			r.Devices[2].Bindings = append(r.Devices[2].Bindings, roster.Binding{Subject: "S1", From: day("2026-05-31")})
		}},
		{"bound to a released person", "devices[P1].bindings[0].subject", func(r *R) { r.Devices[1].Bindings[0].Subject = "R1" }},
		{"authority of a phone", "devices[P1].authority", func(r *R) { r.Devices[1].Authority = r.Devices[0].Authority }},
		{"ground 6", "devices[W1].authority[A1].ground", func(r *R) { r.Devices[0].Authority[0].Ground = 6 }},
		{"authority id twice", "devices[W1].authority[A1].id", func(r *R) { r.Devices[0].Authority = append(r.Devices[0].Authority, r.Devices[0].Authority[0]) }},
		{"unknown colour", "released[R1].colour", func(r *R) { r.Released[0].Colour = "blue" }},
	} {
		r := sample()
		c.broken(r)
		ps := roster.Check(r, shanghai())
		if len(ps) != 1 || ps[0].Where != c.path || ps[0].What == "" || ps[0].Fix == "" {
			t.Errorf("%s: want one problem at %s, got:\n%v", c.name, c.path, ps)
		}
	}
}

func TestCheckReportsAllAtOnce(t *testing.T) {
	r := sample()
	r.Version, r.Subjects[0].Kind, r.Devices[0].Authority[0].Ground = 0, "", 0
	ps := roster.Check(r, shanghai())
	if len(ps) != 3 || strings.Count(ps.Error(), "\n") != 2 {
		t.Errorf("want three problems:\n%v", ps)
	}
	_, err := roster.Compile(r, shanghai())
	var got roster.Problems
	if !errors.As(err, &got) || len(got) != 3 {
		t.Errorf("Compile must refuse with the same problems: %v", err)
	}
}

func TestBindingsOfReleasedPersons(t *testing.T) {
	for _, c := range []struct {
		from  string
		legal bool
	}{{"2026-03-31", true}, {"2026-04-01", false}, {"2026-05-01", false}} {
		r := released()
		r.Devices[len(r.Devices)-2].Bindings[0].From = day(c.from)
		if legal := len(roster.Check(r, shanghai())) == 0; legal != c.legal {
			t.Errorf("binding from %s of a person released on 1 April: legal %v", c.from, legal)
		}
	}
}

func TestMarkedMidnightAndTouchingWindowsAreLegal(t *testing.T) {
	r := sample()
	r.Rollcalls[0].Windows = []roster.Window{{From: "22:00", Until: "07:00", NextDay: true}, {From: "07:00", Until: "09:00"}, {From: "20:00", Until: "22:00"}}
	if ps := roster.Check(r, shanghai()); len(ps) > 0 {
		t.Error(ps)
	}
}

// A home given in GCJ-02 is judged where it really lies, some 500 m away.
func TestHomeIsConvertedBeforeTheAreaIsJudged(t *testing.T) {
	p := geo.GCJ02.FromWGS84(geo.Point{Lat: 31.5, Lng: 121.001})
	r := sample()
	r.Subjects[0].Home = &roster.Place{Lat: p.Lat, Lng: p.Lng, Datum: geo.GCJ02}
	if ps := roster.Check(r, shanghai()); len(ps) > 0 {
		t.Error(ps)
	}
	p = geo.GCJ02.FromWGS84(geo.Point{Lat: 31.5, Lng: 120.999})
	r.Subjects[0].Home = &roster.Place{Lat: p.Lat, Lng: p.Lng, Datum: geo.GCJ02}
	if ps := roster.Check(r, shanghai()); len(ps) != 1 {
		t.Errorf("a home outside the city: %v", ps)
	}
}
