package sim

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"correctiond/geo"
	"correctiond/roster"
)

func (b *builder) people() {
	for i := range b.n {
		b.person(i)
	}
}

// role of a person in the period. Most have none; a few of each kind give the
// calendar and the scripts something to happen to.
type role uint8

const (
	plain       role = iota
	notReported      // effective eight days ago, has not reported in
	overstaying      // on a leave that ends in the period, not returned
	onLeave          // on a leave and back from it
	travelling       // approved regular travel
	expiring         // wristband whose authority ends within two weeks
	unlawful         // wristband whose authority ends in the period
	ordered          // wristband and a forbidden zone
	banded           // wristband
	parted           // wristband; the next person must not be met
	partner          // wristband
	curfewed         // wristband, and a curfew
	straying         // wristband, on a leave and back from it
)

// roleOf gives each two hundred people the same mixture: 16 % wristbands, some
// leaves.
func roleOf(i int) role {
	for _, m := range [...]struct {
		every, at int
		role      role
	}{
		{200, 7, notReported},
		{200, 17, overstaying},
		{100, 27, onLeave},
		{100, 37, travelling},
		{100, 47, expiring},
		{200, 57, unlawful},
		{100, 67, parted},
		{100, 68, partner},
		{50, 21, curfewed},
		{50, 41, straying},
		{30, 3, ordered},
		{14, 5, banded},
	} {
		if i%m.every == m.at {
			return m.role
		}
	}
	return plain
}

func (b *builder) person(i int) {
	office := i % len(b.r.Offices)
	role := roleOf(i)
	s := roster.Subject{
		ID: roster.SubjectID(fmt.Sprintf("S%04d", i+1)), Name: fmt.Sprintf("示例%04d", i+1),
		Office: b.r.Offices[office].ID, Officer: b.r.Officers[2+2*office].ID,
		Kind: b.kind(), Level: b.level(), Sex: "male",
	}
	if b.rng.IntN(6) == 0 {
		s.Sex = "female"
	}
	b.times(&s, role)
	home := b.homePoint(b.places[office])
	s.Home = place(home, 150)
	b.duty(&s)
	b.reports(&s)
	b.facts(&s)
	b.history(&s, i)
	b.permits(&s, role)
	if role == ordered || b.rng.IntN(40) == 0 {
		s.Forbidden = b.nearSchools(home)
	}
	if role == parted && i+1 < b.n {
		s.NoContact = []roster.SubjectID{roster.SubjectID(fmt.Sprintf("S%04d", i+2))}
	}
	if s.Minor = b.rng.IntN(50) == 0 && role == plain; s.Minor || role == curfewed {
		s.Curfew = &roster.Window{From: "22:00", Until: "06:00"}
	}
	b.r.Subjects = append(b.r.Subjects, s)
	b.equip(&s, i, role)
}

func (b *builder) kind() roster.SubjectKind {
	switch k := b.rng.IntN(100); {
	case k < 4:
		return roster.Control
	case k < 9:
		return roster.Parole
	case k < 14:
		return roster.Medical
	}
	return roster.Probation
}

func (b *builder) level() roster.Level {
	switch k := b.rng.IntN(10); {
	case k < 1:
		return roster.Strict
	case k < 7:
		return roster.General
	}
	return roster.Lenient
}

// times sets term and report-in. Some terms come to their reminder in the
// period; none ends in it.
func (b *builder) times(s *roster.Subject, role role) {
	began := -b.between(60, 300)
	if role == notReported {
		began = -b.between(7, 9)
	}
	first, last := b.day(began), b.day(b.days()+b.between(20, 700))
	s.Term = roster.Span{From: first, Until: &last}
	s.Effective = &first
	if role != notReported {
		in := b.day(began + b.between(1, 8))
		s.Reported = &in
	}
}

func (b *builder) duty(s *roster.Subject) {
	s.Rollcall = "one-a-day"
	switch {
	case s.Level == roster.Strict || b.rng.IntN(5) == 0:
		s.Rollcall = "three-a-day"
	case b.rng.IntN(3) == 0:
		s.Rollcall = "two-a-day"
	}
}

// reports are up to date when the period begins.
func (b *builder) reports(s *roster.Subject) {
	if s.Reported == nil {
		return
	}
	cadence := 60
	switch s.Level {
	case roster.Strict:
		cadence = 5
	case roster.General:
		cadence = 24
	}
	s.Reports.Periodic = []roster.Date{b.day(-b.between(1, cadence))}
	s.Reports.Visits = []roster.Date{b.day(-b.between(1, 6))}
	if s.Kind != roster.Medical {
		return
	}
	month := b.cal.AddDays(b.today, 1-b.today.Time(b.cal.Location()).Day())
	for n := -10; n <= 0; n++ {
		if day := b.cal.Day(b.cal.AddMonths(month, n)); day[:7] >= s.Reported.Day[:7] {
			s.Reports.Health = append(s.Reports.Health, roster.Date{Day: day})
		}
	}
	s.ParoleMedical = b.rng.IntN(2) == 0
	if s.ParoleMedical {
		s.Reports.MedicalReview = []roster.Date{b.day(-b.between(2, 70))}
	}
}

func (b *builder) facts(s *roster.Subject) {
	s.Facts.Assessment = []string{"low", "low", "medium", "high"}[b.rng.IntN(4)]
	s.Facts.SteadyJob = b.rng.IntN(2) == 0
	s.Facts.Praise = b.rng.IntN(5) / 4
	s.Facts.Prior = b.rng.IntN(8) == 0
	if b.rng.IntN(30) == 0 {
		s.Facts.Admonitions = []roster.Date{b.day(-b.between(5, 50))}
	}
	s.Contacts = []roster.Contact{{Name: "示例亲属", Relation: "亲属", Phone: fmt.Sprintf("000-%08d", b.rng.IntN(1e8))}}
}

// history gives a few people a past that calls for attention: some red, some orange.
func (b *builder) history(s *roster.Subject, i int) {
	warned := map[int][]int{9: {2, 5, 12, 20}, 12: {1, 6}, 30: {2, 9}}[i%66]
	if warned == nil || s.Reported == nil {
		return
	}
	s.Level, s.Facts.Assessment, s.Facts.SteadyJob, s.Facts.Praise = roster.Strict, "high", false, 0
	for _, days := range warned {
		s.Facts.Warnings = append(s.Facts.Warnings, b.day(-days))
	}
	slices.SortFunc(s.Facts.Warnings, func(x, y roster.Date) int { return strings.Compare(x.Day, y.Day) })
}

// permits gives leaves of at most seven days and approvals of regular travel.
func (b *builder) permits(s *roster.Subject, role role) {
	to := neighbour(b.rng.IntN(3))
	leave := func(from, until int) roster.Leave {
		return roster.Leave{ID: "L1", From: b.day(from), Until: b.day(until), Area: to, Approver: "office", Reason: "探亲"}
	}
	switch role {
	case overstaying:
		s.Leaves = []roster.Leave{leave(-3, max(0, min(2, b.days()/2)-1))}
	case onLeave:
		l := leave(-2, b.between(1, 4))
		back := roster.Date{At: b.cal.End(l.Until) - 6*roster.Hour}
		l.Returned = &back
		s.Leaves = []roster.Leave{l}
	case straying:
		l := leave(-1, 4)
		back := roster.Date{At: b.cal.End(l.Until) - 6*roster.Hour}
		l.Returned = &back
		s.Leaves = []roster.Leave{l}
	case travelling:
		s.Travel = []roster.Travel{{ID: "T1", From: b.day(-b.between(10, 30)), Until: b.day(min(b.days()+b.between(5, 60), 145)), Area: to}}
	}
}

// nearSchools returns the school nearest to a home that keeps its distance.
func (b *builder) nearSchools(home geo.Point) []roster.ZoneID {
	best, least := -1, math.Inf(1)
	for i, at := range b.schools {
		if d := metres(at, home); d > 3500 && d < least {
			best, least = i, d
		}
	}
	if best < 0 {
		return nil
	}
	return []roster.ZoneID{school(best)}
}

// homePoint is within some kilometres of the office and away from every zone.
func (b *builder) homePoint(office geo.Point) geo.Point {
	for range 60 {
		p := move(office, b.rng.NormFloat64()*2200, b.rng.NormFloat64()*2200)
		if downtown(p, 1500) && metres(p, office) > 300 {
			return p
		}
	}
	return office
}

// equip gives everyone an app and some a wristband.
func (b *builder) equip(s *roster.Subject, i int, role role) {
	if s.Reported == nil {
		return
	}
	bound := []roster.Binding{{Subject: s.ID, From: *s.Reported}}
	b.r.Devices = append(b.r.Devices, roster.Device{ID: roster.DeviceID(fmt.Sprintf("P%04d", i+1)), Kind: roster.App, Bindings: bound})
	if role < expiring {
		return
	}
	b.r.Devices = append(b.r.Devices, roster.Device{
		ID: roster.DeviceID(fmt.Sprintf("W%04d", i+1)), Kind: roster.Wristband, Interval: roster.Duration(5 * time.Minute),
		Bindings: bound, Authority: []roster.Authority{b.authority(i, role)},
	})
}

// authority lasts less than three months (社区矫正法 Article 29).
func (b *builder) authority(i int, role role) roster.Authority {
	last := b.days() + b.between(17, 45)
	switch role {
	case expiring:
		last = b.days() + b.between(3, 10)
	case unlawful:
		last = max(b.days()/2-1, 0)
	}
	first := last - 80
	if role != expiring && role != unlawful {
		first = max(first, -b.between(2, 40))
	}
	first = min(first, -1)
	last = min(last, first+85)
	return roster.Authority{
		ID: fmt.Sprintf("A%d", i+1), Ground: b.between(1, 5), Approver: "示范区司法局负责人",
		Document: fmt.Sprintf("示矫位〔示例〕%d号", i+1), From: b.day(first), Until: b.day(last),
	}
}
