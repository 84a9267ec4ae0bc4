package sim

import (
	"fmt"
	"math"
	"math/rand/v2"
	"time"

	"correctiond/geo"
	"correctiond/roster"
)

// perOffice is how many people an office supervises: 8 offices for 267 people.
const perOffice = 33.4

// City invents a district 示范区 with so many people under correction, for a
// simulation of the period from … until; cal nil means Asia/Shanghai. Geography,
// names and documents are invented; the roster passes roster.Check. It holds
// people on whom each scripted violation can be played, if there are enough of
// them (about 100) and the period is long enough.
func City(seed uint64, subjects int, from, until roster.Instant, cal *roster.Calendar) *roster.Roster {
	if cal == nil {
		cal = roster.NewCalendar(nil)
	}
	b := &builder{
		rng: rand.New(rand.NewPCG(seed, forCity)), cal: cal, n: max(subjects, 1),
		from: from, until: until, today: cal.DayStart(from),
	}
	b.r = &roster.Roster{
		Version:  1,
		District: roster.District{ID: "D1", Name: "示范区", Area: "district"},
	}
	b.rollcalls()
	b.zones()
	b.offices()
	b.people()
	return b.r
}

// builder invents one roster.
type builder struct {
	r           *roster.Roster
	rng         *rand.Rand
	cal         *roster.Calendar
	n           int
	from, until roster.Instant
	today       roster.Instant // start of the first day
	places      []geo.Point    // of the offices
	schools     []geo.Point
}

// day returns the bare day n days after the first of the period.
func (b *builder) day(n int) roster.Date {
	return roster.Date{Day: b.cal.Day(b.cal.AddDays(b.today, n))}
}

// days of the period, begun ones included.
func (b *builder) days() int { return int((b.until - b.today + roster.Day - 1) / roster.Day) }

func (b *builder) between(low, high int) int { return low + b.rng.IntN(high-low+1) }

func (b *builder) rollcalls() {
	morning := roster.Window{From: "07:30", Until: "09:30"}
	noon := roster.Window{From: "12:00", Until: "14:00"}
	evening := roster.Window{From: "19:00", Until: "21:00"}
	grace := roster.Duration(30 * time.Minute)
	b.r.Rollcalls = []roster.Rollcall{
		{ID: "three-a-day", Windows: []roster.Window{morning, noon, evening}, Grace: grace},
		{ID: "two-a-day", Windows: []roster.Window{morning, evening}, Grace: grace},
		{ID: "one-a-day", Windows: []roster.Window{evening}, Grace: grace},
	}
}

func (b *builder) offices() {
	n := max(1, int(math.Round(float64(b.n)/perOffice)))
	b.r.Officers = append(b.r.Officers, roster.Officer{ID: "F0", Name: "示例主任", Role: "district", User: "district"})
	for i := range n {
		id := roster.OfficeID(fmt.Sprintf("O%d", i+1))
		at := b.townPoint(i, n)
		b.places = append(b.places, at)
		b.r.Offices = append(b.r.Offices, roster.Office{
			ID: id, Name: fmt.Sprintf("示范第%d司法所", i+1), Place: place(at, 100),
		})
		for k, role := range []string{"office_head", "officer"} {
			b.r.Officers = append(b.r.Officers, roster.Officer{
				ID: roster.OfficerID(fmt.Sprintf("F%d", 2*i+k+1)), Name: fmt.Sprintf("示例干警%d", 2*i+k+1),
				Office: id, Role: role, User: fmt.Sprintf("office%d-%s", i+1, role),
			})
		}
		b.r.Devices = append(b.r.Devices, roster.Device{
			ID: roster.DeviceID(fmt.Sprintf("K%04d", i+1)), Kind: roster.Kiosk, Office: id,
		})
	}
}

// place is a circle, to a tenth of a metre.
func place(p geo.Point, radius float64) *roster.Place {
	round := func(v float64) float64 { return math.Round(v*1e6) / 1e6 }
	return &roster.Place{Lat: round(p.Lat), Lng: round(p.Lng), Datum: geo.WGS84, RadiusM: radius}
}
