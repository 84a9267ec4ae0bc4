package main

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"
)

// The live tests use the wall clock: the daemon does, too. Rules that need time
// get events from the last minutes.

// at writes the instant some time from now, in the zone of the roster.
func at(from time.Duration) string { return stamp(time.Now().Add(from)) }

func stamp(t time.Time) string {
	return t.In(time.FixedZone("", 8*3600)).Format("2006-01-02T15:04:05.000Z07:00")
}

// day writes the date some days from now.
func day(days int) string {
	return time.Now().In(time.FixedZone("", 8*3600)).AddDate(0, 0, days).Format("2006-01-02")
}

type doc = map[string]any

// Places of the test: a square city, its eastern edge at 122 degrees.
const (
	home    = 121.5
	inTown  = 121.99
	outside = 122.02
)

// person is one line of a test's roster: a subject and the wristband on it.
type person struct {
	subject, device string
	unauthorised    bool
}

// rosterOf writes a roster in which nobody has any duty but to stay in the city.
func rosterOf(t *testing.T, people ...person) string {
	t.Helper()
	var subjects, devices []doc
	for _, p := range people {
		subjects = append(subjects, doc{
			"id": p.subject, "name": "示例" + p.subject, "office": "O1", "officer": "F1", "kind": "probation", "level": "general",
			"effective": day(-40), "reported": day(-35), "term": doc{"from": day(-40), "until": day(300)},
			"home":     doc{"lat": 31.5, "lng": home, "datum": "wgs84", "radius_m": 150},
			"rollcall": "none", "reports": doc{"periodic": []string{day(-1)}, "visits": []string{day(-1)}, "health": []string{day(-1)}},
		})
		band := doc{
			"id": p.device, "kind": "wristband", "interval": "5m",
			"bindings": []doc{{"subject": p.subject, "from": day(-30)}},
		}
		if !p.unauthorised {
			band["authority"] = []doc{{
				"id": "A-" + p.device, "ground": 3, "approver": "示范区司法局负责人", "document": "示例1号", "from": day(-20), "until": day(40),
			}}
		}
		devices = append(devices, band)
	}
	square := [][][2]float64{{{121, 31}, {122, 31}, {122, 32}, {121, 32}, {121, 31}}}
	file, err := json.Marshal(doc{
		"version": 1, "district": doc{"id": "D1", "name": "示范区", "area": "city"},
		"offices":   []doc{{"id": "O1", "name": "示范路司法所"}, {"id": "O2", "name": "邻街司法所"}},
		"officers":  []doc{{"id": "F1", "name": "示例甲", "office": "O1", "role": "officer"}},
		"rollcalls": []doc{{"id": "none", "windows": []doc{}}},
		"zones": []doc{{
			"id": "city", "name": "市辖区", "kind": "area", "datum": "wgs84",
			"geometry": doc{"type": "Polygon", "coordinates": square},
		}},
		"subjects": subjects, "devices": devices, "released": []doc{},
	})
	if err != nil {
		t.Fatal(err)
	}
	return string(file)
}

// fix writes the location of a wristband some time from now.
func fix(id string, from time.Duration, lng float64) string { return fixAt(id, at(from), 31.5, lng) }

func fixAt(id, when string, lat, lng float64) string {
	return fmt.Sprintf(`{"id":%q,"time":%q,"lat":%.7f,"lng":%.7f,"datum":"wgs84","source":"gnss","accuracy_m":8}`, id, when, lat, lng)
}

// status writes what a wristband says of itself.
func status(id, what, when string) string {
	return fmt.Sprintf(`{"id":%q,"time":%q,"event":%q}`, id, when, what)
}
