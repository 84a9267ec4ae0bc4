package roster_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"correctiond/geo"
	"correctiond/roster"
)

// city is a square of one degree; school is a small square inside it.
const (
	city   = `{"type":"Polygon","coordinates":[[[121,31],[122,31],[122,32],[121,32],[121,31]]]}`
	school = `{"type":"Polygon","coordinates":[[[121.40,31.40],[121.41,31.40],[121.41,31.41],[121.40,31.41],[121.40,31.40]]]}`
	far    = `{"type":"Polygon","coordinates":[[[110,30],[111,30],[111,31],[110,31],[110,30]]]}`
)

// sample is a small sound roster: S1 wears W1 under authority A1 and has phone
// P1; S2 has phone P2 and no roll-call of his own; R1 is a released person.
func sample() *roster.Roster {
	return &roster.Roster{
		Version:  1,
		District: roster.District{ID: "D1", Name: "示范区", Area: "city"},
		Offices:  []roster.Office{{ID: "O1", Name: "示范路司法所", Place: &roster.Place{Lat: 31.22, Lng: 121.44, Datum: geo.WGS84, RadiusM: 100}}},
		Officers: []roster.Officer{{ID: "F1", Name: "示例甲", Office: "O1", Role: "officer", Notify: []roster.Notify{{Channel: "sms", To: "1"}}}},
		Rollcalls: []roster.Rollcall{
			{ID: "morning", Windows: []roster.Window{{From: "07:30", Until: "09:30"}}, Grace: roster.Duration(30 * time.Minute)},
			{ID: "none", Windows: []roster.Window{}},
		},
		Zones: []roster.Zone{
			{ID: "city", Kind: roster.AreaZone, Datum: geo.WGS84, Geometry: []byte(city)},
			{ID: "school", Kind: roster.ForbiddenZone, Datum: geo.WGS84, Geometry: []byte(school), ApproachM: 500},
			{ID: "far", Kind: roster.AreaZone, Datum: geo.WGS84, Geometry: []byte(far)},
		},
		Subjects: []roster.Subject{
			{
				ID: "S1", Name: "示例乙", Office: "O1", Officer: "F1", Kind: roster.Probation, Level: roster.General,
				Effective: until("2026-01-10"), Reported: until("2026-01-15"), Term: span("2026-01-10", "2027-01-09"),
				Home:     &roster.Place{Lat: 31.5, Lng: 121.5, Datum: geo.WGS84, RadiusM: 150},
				Rollcall: "morning", Forbidden: []roster.ZoneID{"school"}, NoContact: []roster.SubjectID{"S2"},
				Curfew: &roster.Window{From: "22:00", Until: "06:00"},
			},
			{ID: "S2", Name: "示例丙", Office: "O1", Kind: roster.Medical, Term: span("2026-01-01", "")},
		},
		Devices: []roster.Device{
			{
				ID: "W1", Kind: roster.Wristband, Interval: roster.Duration(5 * time.Minute),
				Bindings:  []roster.Binding{{Subject: "S1", From: day("2026-01-20")}},
				Authority: []roster.Authority{{ID: "A1", Ground: 3, From: day("2026-01-20"), Until: day("2026-04-19")}},
			},
			{ID: "P1", Kind: roster.App, Bindings: []roster.Binding{{Subject: "S1", From: day("2026-01-15")}}},
			{ID: "P2", Kind: roster.App, Bindings: []roster.Binding{{Subject: "S2", From: day("2026-01-15"), Until: until("2026-06-01")}}},
			{ID: "K1", Kind: roster.Kiosk, Office: "O1"},
		},
		Released: []roster.Released{{ID: "R1", Office: "O1", Colour: "green"}},
	}
}

func day(s string) roster.Date {
	d, err := roster.ParseDate(s)
	if err != nil {
		return roster.Date{Day: s}
	}
	return d
}

func until(s string) *roster.Date {
	d := day(s)
	return &d
}

// span reads an empty end as open.
func span(from, end string) roster.Span {
	if end == "" {
		return roster.Span{From: day(from)}
	}
	return roster.Span{From: day(from), Until: until(end)}
}

func shanghai() *roster.Calendar { return roster.NewCalendar(nil) }

// at reads a local time of Shanghai such as "2026-03-02 08:00:00".
func at(t testing.TB, s string) roster.Instant {
	t.Helper()
	v, err := time.ParseInLocation(time.DateTime, s, shanghai().Location())
	if err != nil {
		t.Fatal(err)
	}
	return roster.InstantOf(v)
}

func compiled(t testing.TB, r *roster.Roster) *roster.Directory {
	t.Helper()
	d, err := roster.Compile(r, shanghai())
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// large invents a sound roster of n subjects, each with a phone.
func large(n int) *roster.Roster {
	r := sample()
	for i := range n {
		s := r.Subjects[0]
		s.ID = roster.SubjectID(fmt.Sprintf("N%06d", i))
		s.NoContact = nil
		r.Subjects = append(r.Subjects, s)
		r.Devices = append(r.Devices, roster.Device{
			ID: roster.DeviceID(fmt.Sprintf("P-%06d", i)), Kind: roster.App,
			Bindings: []roster.Binding{{Subject: s.ID, From: day("2026-01-15")}},
		})
	}
	return r
}

func written(t testing.TB, r *roster.Roster, format string) string {
	t.Helper()
	var b strings.Builder
	if err := roster.Write(&b, r, format); err != nil {
		t.Fatal(err)
	}
	return b.String()
}
