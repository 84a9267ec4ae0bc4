package rules

import (
	"fmt"
	"slices"
	"time"

	"correctiond/geo"
	"correctiond/roster"
)

// CurfewViolation is being away from home during the curfew of one's correction
// plan (社区矫正法 Article 24: the 矫正方案 of the person). There is one per night.
const CurfewViolation Kind = "curfew-violation"

// curfewConfig says when someone is away from home at night, and on how many of
// the last nights that is a habit.
type curfewConfig struct {
	MinRadiusM float64         `yaml:"min_radius_m" json:"min_radius_m"` // of the circle around a home
	Dwell      roster.Duration `yaml:"dwell" json:"dwell"`
	Fixes      int             `yaml:"fixes" json:"fixes"`
	Nights     int             `yaml:"nights" json:"nights"`
	OfNights   int             `yaml:"of_nights" json:"of_nights"`
}

func curfewDefaults() curfewConfig {
	return curfewConfig{MinRadiusM: 150, Dwell: roster.Duration(30 * time.Minute), Fixes: 2, Nights: 3, OfNights: 5}
}

func (c curfewConfig) requirement() requirement {
	away := c.MinRadiusM >= 0 && c.MinRadiusM <= maxCoarseM && length(c.Dwell) > 0 && c.Fixes > 0
	habit := c.Nights > 0 && c.Nights <= c.OfNights && c.OfNights <= maxNights
	return requirement{away && habit, "curfew: min_radius_m 0 to 10000, dwell and fixes greater than 0, 1 <= nights <= of_nights <= 31"}
}

// maxNights bounds how far back a habit is looked for.
const maxNights = 31

func curfewViolationInfo() kindInfo {
	return kindInfo{
		KindInfo: KindInfo{Kind: CurfewViolation, Label: Text{"宵禁在外", "out during curfew"}, Ending: ByEvent, Basis: "法24 矫正方案"},
		describe: describeCurfewViolation,
	}
}

// night is one curfew, named by the instant at which it begins.
type night struct {
	From roster.Instant
	// Count is since when being away counts: its start, or the end of a custody.
	Count, Until roster.Instant
}

// dwell fills in whether a fix lies within the circle around the home, and which
// curfew it breaks if not.
func (e *Engine) dwell(s *subject, o *observation) {
	if s.entry.HomeRadiusM == 0 {
		return
	}
	radius := max(s.entry.HomeRadiusM, e.config(s).Curfew.MinRadiusM)
	o.Dwelling = areaPlace(radius-geo.Distance(s.entry.Home, o.Point), 0, o)
	if o.Dwelling == outside {
		if n := s.night(o.At); n.From != 0 {
			o.detail().Night = n
		}
	}
}

// night is the curfew that being away at t breaks; zero: none. Its time ends with
// the term.
func (s *subject) night(t roster.Instant) night {
	w, ok := s.entry.Nights.At(t)
	// The night before a leave counts, yet no one on leave is away without leave.
	if !ok || !s.counts(w.From) || s.onLeave(t) {
		return night{}
	}
	n := night{From: w.From, Count: w.From, Until: earlier(w.Until, s.entry.Term.End)}
	for _, iv := range s.entry.Custody {
		if iv.End != 0 && iv.End <= t {
			n.Count = max(n.Count, iv.End)
		}
	}
	return n
}

// counts reports whether the night that begins then is judged: it begins within
// the term and after the engine knew the subject, and on no leave.
func (s *subject) counts(from roster.Instant) bool {
	return from >= s.Since && s.entry.Term.Covers(from) && !s.onLeave(from)
}

func (s *subject) onLeave(t roster.Instant) bool {
	return slices.ContainsFunc(s.entry.Permits, func(p roster.Permit) bool { return !p.Travel && p.Covers(t) })
}

// curfewViolation judges a good fix of someone who has a curfew. It opens with a
// fix within the hours of the curfew by which the device has been out of the
// circle, over at least two fixes in a row, for half an hour of the curfew. A
// curfew that begins while the person is out counts from its start: the fixes
// before it are part of the row, the time before it is not, and the episode
// starts with the curfew. It ends with the first fix back in the circle, or with
// the curfew; being away for as long again in the same night continues it.
func curfewViolation(c *Config, f *fold, d *deviceFold, o *observation) {
	switch {
	case o.Dwelling == outside:
		f.away(c, d, o)
	case o.Dwelling == inside && d.has(CurfewViolation):
		m := d.machine(CurfewViolation, o.From.Subject, "")
		m.pause()
		if r := f.current(CurfewViolation, m.Key); r != nil && r.Device == d.From.Device {
			r.Ended = o.At
		}
	}
}

func (f *fold) away(c *Config, d *deviceFold, o *observation) {
	m := d.machine(CurfewViolation, o.From.Subject, "")
	m.For.add(o)
	out := o.night()
	since := max(m.For.First.At, out.Count)
	if out.From == 0 || m.For.N < c.Curfew.Fixes || o.At-since < length(c.Curfew.Dwell) {
		return
	}
	if f.broken(out.From) {
		if r := f.resumable(CurfewViolation, m.Key); r != nil && r.Device == d.From.Device {
			r.Ended = 0
		}
		return
	}
	m.Due = out.Until
	r := f.begin(c, run{
		Kind: CurfewViolation, Key: m.Key, Device: d.From.Device, Steps: []Severity{P3}, Resumable: true,
		Proof: proof{Windows: []roster.Instant{out.From, out.Until}},
	}, m.For.First, o)
	r.Started = since
	f.Nights = addNight(f.Nights, absence{From: out.From, Since: since, Late: r.Late})
}

func curfewDue(_ *fold, d *deviceFold) roster.Instant { return d.due(CurfewViolation) }

// curfewExpire ends a night.
func curfewExpire(_ *Config, f *fold, d *deviceFold, at roster.Instant) {
	for i := range d.Machines {
		m := &d.Machines[i]
		if m.Kind != CurfewViolation || m.Due != at {
			continue
		}
		m.Due = 0
		if r := f.resumable(CurfewViolation, m.Key); r != nil {
			r.Resumable = false
			f.endAll(CurfewViolation, m.Key, at)
		}
	}
}

func describeCurfewViolation(e *Engine, s *subject, r *run) (Text, map[string]any) {
	ev := r.evidence()
	metres := 0.0
	if at := r.Proof.Completed; at != nil && at.Placed {
		metres = geo.Distance(s.entry.Home, at.Point)
	}
	evening := e.cal.Day(r.Proof.Windows[0])
	ev["night"], ev["distance_m"], ev["radius_m"] = evening, round(metres), max(s.entry.HomeRadiusM, e.config(s).Curfew.MinRadiusM)
	return Text{
		fmt.Sprintf("%s 夜间宵禁时段在外，距居所 %s", evening, kmZH(metres)),
		fmt.Sprintf("out during the curfew of the night of %s, %s from home", evening, kmEN(metres)),
	}, ev
}
