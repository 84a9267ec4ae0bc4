package rules

import (
	"cmp"
	"math"
	"slices"

	"correctiond/roster"
)

// block is one part of the score.
type block uint8

const (
	standing block = iota
	compliance
	contact
	integrity
	protective
	blocks
)

func (b block) String() string {
	return [blocks]string{"standing", "compliance", "contact", "integrity", "protective"}[b]
}

// point is one reason for points: a field of the roster or an episode.
type point struct {
	block  block
	reason reason
	value  float64
	kind   Kind   // of the episode, if it is one
	ref    string // its id, or the roster field
	nth    int    // in that field, if it is a list
}

// scored is a subject as the score sees it at an instant. The score is a
// function of nothing else.
type scored struct {
	cfg     *riskConfig
	cal     *roster.Calendar
	entry   *roster.SubjectEntry
	records []record
	spoiled roster.Instant // when the last forgotten P1 to P3 ended
	now     roster.Instant
}

// reasons lists what gives or takes points, in the order of the blocks.
func (p *scored) reasons(buf []point) []point {
	buf = p.standing(buf)
	buf = p.episodes(buf)
	buf = p.sanctions(buf)
	return p.protective(buf)
}

func (p *scored) standing(buf []point) []point {
	c, s := &p.cfg.Standing, p.entry.Subject
	add := func(value float64, r reason, field string) {
		if value != 0 {
			buf = append(buf, point{block: standing, reason: r, value: value, ref: field})
		}
	}
	switch s.Level {
	case roster.Strict:
		add(c.Strict, strictLevel, "level")
	case roster.General:
		add(c.General, generalLevel, "level")
	case roster.Lenient:
		add(c.Lenient, lenientLevel, "level")
	}
	if field, at := p.entered(); p.fresh(at) {
		add(c.New, newcomer, field)
	}
	switch {
	case len(s.Forbidden) > 0:
		add(c.Order, courtOrder, "forbidden")
	case len(s.NoContact) > 0:
		add(c.Order, courtOrder, "no_contact")
	}
	if p.located() {
		add(c.Authority, liveAuthority, "authority")
	}
	switch s.Facts.Assessment {
	case "high":
		add(c.High, highAssessment, "facts.assessment")
	case "medium":
		add(c.Medium, mediumAssessment, "facts.assessment")
	}
	return buf
}

// entered is when the person came under supervision, and which field says so.
func (p *scored) entered() (string, roster.Instant) {
	if p.entry.Reported != 0 {
		return "reported", p.entry.Reported
	}
	return "term.from", p.entry.Term.From
}

func (p *scored) fresh(entered roster.Instant) bool {
	day := p.cal.DayStart(entered)
	return entered <= p.now && p.now < p.cal.AddMonths(day, p.cfg.Standing.NewMonths)+entered-day
}

// located reports whether an authority for electronic location is in force.
func (p *scored) located() bool {
	for _, dev := range p.entry.Devices {
		b := dev.BoundTo(p.now)
		bound := b != nil && b.SubjectID == p.entry.ID && dev.Kind == roster.Wristband
		if bound && p.entry.Term.Covers(p.now) && dev.Authority(p.now) != nil {
			return true
		}
	}
	return false
}

// episodes gives the points of the compliance, contact and integrity blocks.
func (p *scored) episodes(buf []point) []point {
	for i := range p.records {
		r := &p.records[i]
		if r.void() {
			continue
		}
		for b, value := range [3]float64{p.conduct(r), p.absence(r), p.deceit(r)} {
			if value > 0 {
				buf = append(buf, point{block: compliance + block(b), reason: ofEpisode, value: value, kind: r.Kind, ref: r.ID})
			}
		}
	}
	return buf
}

// conduct is the compliance share of an episode.
func (p *scored) conduct(r *record) float64 {
	c := &p.cfg.Compliance
	if r.Kind == CheckinMissed {
		sum := 0.0
		for _, deadline := range r.Missed {
			sum += p.decayed(c.outcome(r, c.CheckinMissed, c.CheckinMissed), deadline)
		}
		return sum
	}
	plain, sure := c.weight(r.Kind)
	if r.Kind == DeviceOffline && p.lasted(r) < length(c.SilenceAfter) {
		return 0
	}
	return p.decayed(c.outcome(r, plain, sure), r.Started)
}

func (p *scored) lasted(r *record) roster.Instant {
	if r.Ended != 0 {
		return r.Ended - r.Started
	}
	return p.now - r.Started
}

// weight gives the points of an episode of the kind: unconfirmed, and confirmed.
func (c *complianceConfig) weight(k Kind) (plain, sure float64) {
	switch k {
	case CheckinRejected:
		return c.CheckinRejected, c.CheckinRejected
	case "challenge-unanswered":
		return c.ChallengeUnanswered, c.ChallengeUnanswered
	case DeviceOffline:
		return c.Silence, c.Silence
	case AreaExit, "leave-deviation":
		return c.AreaUnconfirmed, c.AreaConfirmed
	case ForbiddenZone:
		return c.ForbiddenUnconfirmed, c.ForbiddenConfirmed
	}
	return 0, 0
}

// outcome chooses between the figures by how the alert was closed.
func (c *complianceConfig) outcome(r *record, plain, sure float64) float64 {
	switch r.Outcome {
	case confirmed:
		return sure
	case excused:
		return plain * c.ExcusedShare
	}
	return plain
}

// decayed halves a weight with each half-life since the instant.
func (p *scored) decayed(weight float64, since roster.Instant) float64 {
	if weight == 0 {
		return 0
	}
	age := max(p.now-since, 0)
	return weight * math.Exp2(-float64(age)/float64(length(p.cfg.Compliance.HalfLife)))
}

// absence is the contact share of an episode: it counts while it goes on.
func (p *scored) absence(r *record) float64 {
	c := &p.cfg.Contact
	switch {
	case !r.active():
		return 0
	case r.Kind == ContactSuspect:
		return c.Suspect
	case r.Kind == ContactLost:
		return c.Lost
	case r.Kind == DeviceOffline && p.lasted(r) >= length(c.OfflineAfter):
		return c.Offline
	}
	return 0
}

// deceit is the integrity share of an episode: open, or confirmed not long ago.
func (p *scored) deceit(r *record) float64 {
	c := &p.cfg.Integrity
	recent := r.open() || p.now <= r.Closed+roster.Instant(c.ConfirmedDays)*roster.Day
	if !recent || !slices.Contains([]Kind{"spoofed-location", "device-separated", "impossible-travel", StrapTamper}, r.Kind) {
		return 0
	}
	return p.cfg.Compliance.outcome(r, c.Each, c.Each)
}

// sanctions are the admonitions and warnings of the roster.
func (p *scored) sanctions(buf []point) []point {
	c, facts := &p.cfg.Compliance, &p.entry.Facts
	for _, list := range []struct {
		dates  []roster.Date
		weight float64
		point  point
	}{
		{facts.Admonitions, c.Admonition, point{block: compliance, reason: admonished, ref: "facts.admonitions"}},
		{facts.Warnings, c.Warning, point{block: compliance, reason: warned, ref: "facts.warnings"}},
	} {
		for i, d := range list.dates {
			if at := p.cal.Start(d); at <= p.now {
				list.point.nth, list.point.value = i, p.decayed(list.weight, at)
				buf = append(buf, list.point)
			}
		}
	}
	return buf
}

func (p *scored) protective(buf []point) []point {
	c, facts := &p.cfg.Protective, &p.entry.Facts
	if facts.SteadyJob {
		buf = append(buf, point{block: protective, reason: steadyJob, value: -c.Job, ref: "facts.steady_job"})
	}
	if p.longClean() {
		buf = append(buf, point{block: protective, reason: longClean, value: -c.Clean, ref: "reported"})
	}
	if facts.Praise > 0 {
		buf = append(buf, point{block: protective, reason: praised, value: -c.Praise, ref: "facts.praise"})
	}
	return buf
}

// longClean reports whether so many days since reporting in, the last ones, were
// clean.
func (p *scored) longClean() bool {
	if p.entry.Reported == 0 {
		return false
	}
	from := max(p.cal.DayStart(p.entry.Reported), p.cleanSince())
	return p.cal.AddDays(from, p.cfg.Protective.CleanDays) <= p.now
}

// cleanSince is the start of the first day after the last on which an episode of
// P3 or above began or went on; 0: there was none. Every episode about the subject
// counts, also one about the agency's own duty, such as visit-due, periodic-report-due
// or authority-expiring: a day is not clean while anything of P3 is left undone. An
// alert that merely waits to be closed does not count.
func (p *scored) cleanSince() roster.Instant {
	last := p.lastSpoiled()
	if last == 0 {
		return 0
	}
	return p.cal.AddDays(p.cal.DayStart(last), 1)
}

func (p *scored) lastSpoiled() roster.Instant {
	last := p.spoiled
	for i := range p.records {
		switch r := &p.records[i]; {
		case !r.spoils():
		case r.Ended == 0:
			return p.now
		default:
			last = max(last, r.Ended)
		}
	}
	return last
}

// spoils reports whether the days of the episode are not clean.
func (r *record) spoils() bool { return r.Severity <= P3 && !r.void() }

// tally sums the blocks within their bounds. What counts as one item has bounds
// of its own; of a loss of contact the largest counts.
func (c *riskConfig) tally(reasons []point) [blocks]float64 {
	var sum [blocks]float64
	var missed, silent float64
	for i := range reasons {
		switch p := &reasons[i]; {
		case p.block == contact:
			sum[contact] = max(sum[contact], p.value)
		case p.block == compliance && p.kind == CheckinMissed:
			missed += p.value
		case p.block == compliance && p.kind == DeviceOffline:
			silent += p.value
		default:
			sum[p.block] += p.value
		}
	}
	sum[compliance] += min(missed, c.Compliance.CheckinMissedMax) + min(silent, c.Compliance.SilenceMax)
	for b, most := range [blocks]float64{c.Standing.Max, c.Compliance.Max, c.Contact.Max, c.Integrity.Max, 0} {
		sum[b] = min(sum[b], most)
	}
	sum[protective] = max(sum[protective], -c.Protective.Max)
	return sum
}

// score is the score alone.
func (p *scored) score() int { return total(p.cfg.tally(p.reasons(nil))) }

// total is the score: 0 to 100, rounded half up.
func total(sum [blocks]float64) int {
	t := 0.0
	for _, v := range sum {
		t += v
	}
	const slack = 1e-9 // a sum of decimals may fall short of its half
	return int(min(max(math.Floor(t+0.5+slack), 0), 100))
}

// worth reports whether the record still gives points worth keeping.
func (c *riskConfig) worth(r *record, now roster.Instant) bool {
	const least = 1.0 / 16
	p := scored{cfg: c, now: now}
	return !r.void() && (p.conduct(r) >= least || p.deceit(r) > 0)
}

// capped sorts each block by points and cuts what does not count: beyond the
// bounds that some items have of their own, and of a loss of contact all but the
// largest.
func (c *riskConfig) capped(reasons []point) []point {
	slices.SortStableFunc(reasons, func(a, b point) int {
		return cmp.Or(cmp.Compare(a.block, b.block), cmp.Compare(math.Abs(b.value), math.Abs(a.value)), cmp.Compare(a.ref, b.ref), cmp.Compare(a.nth, b.nth))
	})
	largest := true
	reasons = slices.DeleteFunc(reasons, func(p point) bool {
		first := largest
		largest = largest && p.block != contact
		return p.block == contact && !first
	})
	left := map[Kind]float64{CheckinMissed: c.Compliance.CheckinMissedMax, DeviceOffline: c.Compliance.SilenceMax}
	for i := range reasons {
		p := &reasons[i]
		if room, bounded := left[p.kind]; bounded && p.block == compliance {
			p.value = min(p.value, room)
			left[p.kind] = room - p.value
		}
	}
	return reasons
}
