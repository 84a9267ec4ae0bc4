package rules_test

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"correctiond/geo"
	"correctiond/roster"
)

// The world of the fixtures: a city of one degree square with a forbidden
// school, a watched station and a border port in it, and a far city for leaves.
const (
	city   = `{"type":"Polygon","coordinates":[[[121,31],[122,31],[122,32],[121,32],[121,31]]]}`
	school = `{"type":"Polygon","coordinates":[[[121.40,31.40],[121.41,31.40],[121.41,31.41],[121.40,31.41],[121.40,31.40]]]}`
	far    = `{"type":"Polygon","coordinates":[[[110,30],[111,30],[111,31],[110,31],[110,30]]]}`

	station = `{"type":"Polygon","coordinates":[[[121.935,31.495],[121.945,31.495],[121.945,31.505],[121.935,31.505],[121.935,31.495]]]}`
	port    = `{"type":"Polygon","coordinates":[[[121.935,31.515],[121.945,31.515],[121.945,31.525],[121.935,31.525],[121.935,31.515]]]}`
)

// places are positions that fixtures name. At latitude 31.5 a degree of
// longitude is 94.8 km.
func places() map[string]geo.Point {
	return map[string]geo.Point{
		"home":   {Lat: 31.5, Lng: 121.97},   // 2.8 km inside the city
		"brink":  {Lat: 31.5, Lng: 121.9999}, // 9 m inside the city
		"buffer": {Lat: 31.5, Lng: 122.002},  // 190 m outside: in doubt
		"out":    {Lat: 31.5, Lng: 122.02},   // 1.9 km outside
		"school": {Lat: 31.405, Lng: 121.405},
		"gate":   {Lat: 31.405, Lng: 121.4101}, // 9.5 m outside the school
		"near":   {Lat: 31.405, Lng: 121.412},  // 190 m from the school
		"off":    {Lat: 31.405, Lng: 121.4142}, // 400 m from the school
		"far":    {Lat: 30.5, Lng: 110.5},      // in the far city

		"station": {Lat: 31.5, Lng: 121.94},
		"edge":    {Lat: 31.5, Lng: 121.945}, // of the station, its east
		"port":    {Lat: 31.52, Lng: 121.94}, // 2.2 km north of the station
		"street":  {Lat: 31.5, Lng: 121.96},  // 950 m from home
	}
}

// world is the roster that a fixture starts from: S1 has a wristband W1 under
// authority A1, another W2 without any, and the phone P1; S2 has the phone P2.
func world() *roster.Roster {
	morning := []roster.Window{{From: "07:30", Until: "09:30"}}
	three := append(morning, roster.Window{From: "12:00", Until: "14:00"}, roster.Window{From: "19:00", Until: "21:00"})
	grace := roster.Duration(30 * time.Minute)
	return &roster.Roster{
		Version: 1, District: roster.District{ID: "D1", Area: "city"},
		Offices:  []roster.Office{{ID: "O1"}, {ID: "O2"}},
		Officers: []roster.Officer{{ID: "F1", Office: "O1", Role: "officer"}},
		Rollcalls: []roster.Rollcall{
			{ID: "none", Windows: []roster.Window{}},
			{ID: "morning", Windows: morning, Grace: grace},
			{ID: "three", Windows: three, Grace: grace},
			{ID: "night", Windows: []roster.Window{{From: "23:30", Until: "00:30", NextDay: true}}, Grace: grace},
		},
		Zones: []roster.Zone{
			{ID: "city", Name: "市辖区", Kind: roster.AreaZone, Datum: geo.WGS84, Geometry: []byte(city)},
			{ID: "school", Kind: roster.ForbiddenZone, Datum: geo.WGS84, Geometry: []byte(school)},
			{ID: "far", Kind: roster.AreaZone, Datum: geo.WGS84, Geometry: []byte(far)},
			{ID: "station", Name: "火车站", Kind: roster.WatchZone, Datum: geo.WGS84, Geometry: []byte(station)},
			{ID: "port", Kind: roster.WatchZone, Border: true, Datum: geo.WGS84, Geometry: []byte(port)},
		},
		Subjects: []roster.Subject{person("S1"), person("S2")},
		Devices: []roster.Device{
			{ID: "W1", Kind: roster.Wristband, Bindings: bound("S1"), Authority: []roster.Authority{{
				ID: "A1", Ground: 3, From: roster.Date{Day: "2026-02-20"}, Until: roster.Date{Day: "2026-05-19"},
			}}},
			{ID: "W2", Kind: roster.Wristband, Bindings: bound("S1")},
			{ID: "P1", Kind: roster.App, Bindings: bound("S1")},
			{ID: "P2", Kind: roster.App, Bindings: bound("S2")},
			{ID: "K1", Kind: roster.Kiosk, Office: "O2"},
		},
	}
}

func person(id roster.SubjectID) roster.Subject {
	return roster.Subject{
		ID: id, Office: "O1", Officer: "F1", Kind: roster.Probation, Rollcall: "none",
		Effective: &roster.Date{Day: "2026-01-10"}, Reported: &roster.Date{Day: "2026-01-15"},
		Term: roster.Span{From: roster.Date{Day: "2026-01-10"}, Until: &roster.Date{Day: "2027-01-09"}},
	}
}

func bound(id roster.SubjectID) []roster.Binding {
	return []roster.Binding{{Subject: id, From: roster.Date{Day: "2026-01-15"}}}
}

// subject adds a person to the roster or changes one: "S1 rollcall=three …".
func (p *player) subject(args []string) {
	id, s := roster.SubjectID(args[0]), (*roster.Subject)(nil)
	for i := range p.roster.Subjects {
		if p.roster.Subjects[i].ID == id {
			s = &p.roster.Subjects[i]
		}
	}
	if s == nil {
		p.roster.Subjects = append(p.roster.Subjects, person(id))
		s = &p.roster.Subjects[len(p.roster.Subjects)-1]
	}
	setters := p.setters()
	for _, arg := range args[1:] {
		key, value, _ := strings.Cut(arg, "=")
		if set := setters[key]; set != nil {
			set(s, value)
			continue
		}
		p.received(s, key, value)
	}
}

// setters are the fields of a subject by the word of the fixture.
func (p *player) setters() map[string]func(s *roster.Subject, value string) {
	return map[string]func(*roster.Subject, string){
		"rollcall":   func(s *roster.Subject, v string) { s.Rollcall = v },
		"level":      func(s *roster.Subject, v string) { s.Level = roster.Level(v) },
		"assessment": func(s *roster.Subject, v string) { s.Facts.Assessment = v },
		"job":        func(s *roster.Subject, _ string) { s.Facts.SteadyJob = true },
		"praise":     func(s *roster.Subject, _ string) { s.Facts.Praise++ },
		"warned":     func(s *roster.Subject, v string) { s.Facts.Warnings = append(s.Facts.Warnings, p.date(v)) },
		"forbidden":  func(s *roster.Subject, v string) { s.Forbidden = []roster.ZoneID{roster.ZoneID(v)} },
		"no_contact": func(s *roster.Subject, v string) {
			if s.NoContact = nil; v != "none" {
				s.NoContact = []roster.SubjectID{roster.SubjectID(v)}
			}
		},
		"office":         func(s *roster.Subject, v string) { s.Office = roster.OfficeID(v) },
		"effective":      func(s *roster.Subject, v string) { s.Effective = p.optional(v) },
		"reported":       func(s *roster.Subject, v string) { s.Reported = p.optional(v) },
		"term":           func(s *roster.Subject, v string) { s.Term = p.span(v) },
		"custody":        func(s *roster.Subject, v string) { s.Custody = append(s.Custody, p.span(v)) },
		"home":           func(s *roster.Subject, v string) { s.Home = p.home(v) },
		"curfew":         func(s *roster.Subject, v string) { s.Curfew = night(v) },
		"leave":          func(s *roster.Subject, v string) { p.permit(s, "leave", strings.SplitN(v, ":", 2)) },
		"travel":         func(s *roster.Subject, v string) { p.permit(s, "travel", strings.SplitN(v, ":", 2)) },
		"kind":           func(s *roster.Subject, v string) { s.Kind = roster.SubjectKind(v) },
		"parole_medical": func(s *roster.Subject, _ string) { s.ParoleMedical = true },
	}
}

// home is "home:100": a place and the radius around it.
func (p *player) home(value string) *roster.Place {
	name, radius, given := strings.Cut(value, ":")
	at, metres := places()[name], 150.0
	if _, err := fmt.Sscan(radius, &metres); given && err != nil {
		p.Fatalf("radius of %q: %v", value, err)
	}
	return &roster.Place{Lat: at.Lat, Lng: at.Lng, Datum: geo.WGS84, RadiusM: metres}
}

// night is "22:00..06:00".
func night(value string) *roster.Window {
	from, until, _ := strings.Cut(value, "..")
	return &roster.Window{From: from, Until: until}
}

// received reads "visits=02-10,02-20", likewise health, review and periodic; it
// replaces what the roster has.
func (p *player) received(s *roster.Subject, key, value string) {
	list := map[string]*[]roster.Date{
		"visits": &s.Reports.Visits, "health": &s.Reports.Health, "review": &s.Reports.MedicalReview, "periodic": &s.Reports.Periodic,
	}[key]
	if list == nil {
		p.Fatalf("unknown field %q of a subject", key)
	}
	*list = nil
	for day := range strings.SplitSeq(value, ",") {
		*list = append(*list, p.date(day))
	}
}

func (p *player) permit(s *roster.Subject, key string, id []string) {
	at := strings.LastIndex(id[1], ":")
	span, zone := p.span(id[1][:at]), roster.ZoneID(id[1][at+1:])
	if key == "travel" {
		s.Travel = append(s.Travel, roster.Travel{ID: id[0], From: span.From, Until: *span.Until, Area: zone})
		return
	}
	s.Leaves = append(s.Leaves, roster.Leave{ID: id[0], From: span.From, Until: *span.Until, Area: zone, Approver: "district"})
}

// device changes a device: "W1 authority=A2:05-20..06-19 binding=S1:03-01..".
// The first of a list replaces what the world gave it, "none" empties it.
func (p *player) device(args []string) {
	var dev *roster.Device
	for i := range p.roster.Devices {
		if p.roster.Devices[i].ID == roster.DeviceID(args[0]) {
			dev = &p.roster.Devices[i]
		}
	}
	seen := map[string]bool{}
	for _, arg := range args[1:] {
		key, value, _ := strings.Cut(arg, "=")
		if id, span, ok := strings.Cut(value, ":"); key == "authority" {
			if !seen[key] {
				dev.Authority = nil
			}
			if ok {
				sp := p.span(span)
				dev.Authority = append(dev.Authority, roster.Authority{ID: id, Ground: 3, From: sp.From, Until: *sp.Until})
			}
		} else {
			if !seen[key] {
				dev.Bindings = nil
			}
			sp := p.span(span)
			dev.Bindings = append(dev.Bindings, roster.Binding{Subject: roster.SubjectID(id), From: sp.From, Until: sp.Until})
		}
		seen[key] = true
	}
}

// fleet adds people of an office, each with a wristband under authority.
func (p *player) fleet(name, n string, office roster.OfficeID) {
	for _, id := range devices(name + "1.." + name + n) {
		s := person(roster.SubjectID("S" + id))
		s.Office, s.Officer = office, ""
		p.roster.Subjects = append(p.roster.Subjects, s)
		dev := p.roster.Devices[0]
		dev.ID, dev.Bindings = roster.DeviceID(id), bound(s.ID)
		p.roster.Devices = append(p.roster.Devices, dev)
	}
}

// place says where an office is.
func (p *player) place(id roster.OfficeID, at geo.Point, radius string) {
	metres, err := strconv.ParseFloat(radius, 64)
	if err != nil {
		p.Fatalf("%v", err)
	}
	for i := range p.roster.Offices {
		if o := &p.roster.Offices[i]; o.ID == id {
			o.Place = &roster.Place{Lat: at.Lat, Lng: at.Lng, Datum: geo.WGS84, RadiusM: metres}
		}
	}
}

// devices is "F1..F10" in full, or the one device.
func devices(f string) []string {
	from, to, ranged := strings.Cut(f, "..")
	if !ranged {
		return []string{f}
	}
	name := strings.TrimRight(from, "0123456789")
	first, _ := strconv.Atoi(from[len(name):])
	last, _ := strconv.Atoi(to[len(name):])
	var out []string
	for i := first; i <= last; i++ {
		out = append(out, name+strconv.Itoa(i))
	}
	return out
}

func (p *player) optional(s string) *roster.Date {
	if s == "none" || s == "" {
		return nil
	}
	d := p.date(s)
	return &d
}

func (p *player) span(s string) roster.Span {
	from, until, ok := strings.Cut(s, "..")
	if !ok {
		p.Fatalf("%q is no span: write 03-01..03-05", s)
	}
	return roster.Span{From: p.date(from), Until: p.optional(until)}
}

// date reads "03-05" (a bare day), "10:00" or "03-05T10:00", with a year or
// without.
func (p *player) date(s string) roster.Date {
	day, clock, ok := strings.Cut(s, "T")
	if !ok && strings.Contains(s, ":") {
		day, clock, ok = p.day, s, true
	}
	if len(day) == len("03-05") {
		day = p.day[:5] + day
	}
	if !ok {
		return roster.Date{Day: day}
	}
	if strings.Count(clock, ":") == 1 {
		clock += ":00"
	}
	t, err := time.ParseInLocation(time.DateTime, day+" "+clock, p.cal.Location())
	if err != nil {
		p.Fatalf("%q is no time: %v", s, err)
	}
	return roster.Date{At: roster.InstantOf(t)}
}

func (p *player) instant(s string) roster.Instant { return p.cal.Start(p.date(s)) }

// show is the inverse of instant, as short as it can be.
func (p *player) show(t roster.Instant) string {
	s := t.Time(p.cal.Location()).Format("2006-01-02T15:04:05.999")
	if t == 0 {
		return "-"
	}
	return strings.TrimPrefix(strings.TrimPrefix(s, p.day+"T"), p.day[:5])
}

// Fatalf names the line of the fixture.
func (p *player) Fatalf(format string, args ...any) {
	p.t.Helper()
	p.t.Fatalf("line %d: %s", p.line, fmt.Sprintf(format, args...))
}

func compiled(t testing.TB, r *roster.Roster) *roster.Directory {
	t.Helper()
	dir, err := roster.Compile(r, roster.NewCalendar(nil))
	if err != nil {
		t.Fatal(err)
	}
	return dir
}
