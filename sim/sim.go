// Package sim invents a city, its people under correction and the messages of
// their devices, with scripted violations whose ground truth is known. It serves
// the demo, load tests, and the comparison of what the rules raise with what
// was scripted.
//
// Everything follows from a seed: the same configuration gives the same bytes.
// People keep believable days (home, work, shops, trips on foot, by bus and
// metro) and devices have believable faults (noise with an honest accuracy,
// indoor fallback, tunnels, dead spots with late upload, redelivery,
// reordering). None of that may raise an episode; what must is in Truth.
//
// A person's days are planned one at a time and messages are made as they are
// read, so memory grows with the number of people and not with the period. The
// package is pure: no clock and no I/O.
package sim

import (
	"fmt"
	"hash/fnv"
	"iter"
	"math/rand/v2"

	"correctiond/geo"
	"correctiond/roster"
)

// Config says what to simulate.
type Config struct {
	// Seed decides everything random.
	Seed uint64
	// From and Until bound the receive times of the lines, both inclusive.
	From, Until roster.Instant
	// Calendar of the district; nil means Asia/Shanghai.
	Calendar *roster.Calendar
	// Roster names the people and devices; see City for an invented one.
	Roster *roster.Roster
	// Prefix of the topics; empty means "jz".
	Prefix string
	// Violations of every scripted kind that the period and the roster have room
	// for: 0 means one for each 250 people, negative none.
	Violations int
	// Demo puts one violation of several kinds into the first minute after From.
	Demo bool
	// Acts adds what officers do: challenges, a declared absconding, reports
	// received, visits. Only a file can hold them, no device sends them.
	Acts bool
}

// Sim is a prepared simulation. It does not change any more and may be read by
// several feeds at once.
type Sim struct {
	cfg    Config
	cal    *roster.Calendar
	dir    *roster.Directory
	people []*person
	rings  [][]geo.Point // outer vertices of each zone, WGS-84
	crowd  crowd
	// kiosks by office, and any kiosk under "".
	kiosks   map[roster.OfficeID]*roster.DeviceEntry
	released map[roster.SubjectID]roster.Instant
	watch    []int                     // watch zones
	ordered  map[roster.SubjectID]bool // somebody must not meet them
}

// New prepares a simulation: it compiles the roster, gives every person places
// to go, and chooses who breaks which rule. The error is that of the roster.
func New(cfg Config) (*Sim, error) {
	if cfg.Calendar == nil {
		cfg.Calendar = roster.NewCalendar(nil)
	}
	if cfg.Roster == nil || cfg.From <= 0 || cfg.Until <= cfg.From {
		return nil, fmt.Errorf("simulate: a roster and a period with until after from are needed")
	}
	if cfg.Prefix == "" {
		cfg.Prefix = "jz"
	}
	dir, err := roster.Compile(cfg.Roster, cfg.Calendar)
	if err != nil {
		return nil, fmt.Errorf("simulate: %w", err)
	}
	s := &Sim{cfg: cfg, cal: cfg.Calendar, dir: dir, crowd: crowd{}, kiosks: map[roster.OfficeID]*roster.DeviceEntry{}}
	s.survey()
	for i, e := range dir.Subjects() {
		s.people = append(s.people, s.settle(i, e))
	}
	s.assign()
	return s, nil
}

// survey notes what the roster says beside its people.
func (s *Sim) survey() {
	for i := range s.cfg.Roster.Zones {
		z := s.dir.Zone(i)
		s.rings = append(s.rings, outerRing(z.Geometry, z.Datum))
		if z.Kind == roster.WatchZone {
			s.watch = append(s.watch, i)
		}
	}
	s.ordered = map[roster.SubjectID]bool{}
	for i := range s.cfg.Roster.Subjects {
		for _, id := range s.cfg.Roster.Subjects[i].NoContact {
			s.ordered[id] = true
		}
	}
	s.released = map[roster.SubjectID]roster.Instant{}
	for _, r := range s.cfg.Roster.Released {
		since := roster.Instant(1) // long ago
		if r.Since != nil {
			since = s.cal.Start(*r.Since)
		}
		s.released[r.ID] = since
	}
	for _, d := range s.dir.Devices() {
		if d.Kind == roster.Kiosk {
			s.kiosks[d.Office] = d
			s.kiosks[""] = d
		}
	}
}

// Lines yields every line of the period, sorted by receive time. Each call
// starts again from the beginning.
func (s *Sim) Lines() iter.Seq[Line] { return s.Feed().Until(s.cfg.Until) }

// random returns a generator for one purpose of one person (or device).
func (s *Sim) random(name string, purpose uint64) *rand.Rand {
	h := fnv.New64a()
	h.Write([]byte(name))
	return rand.New(rand.NewPCG(s.cfg.Seed^purpose*0x9e3779b97f4a7c15, h.Sum64()))
}
