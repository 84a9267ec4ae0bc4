package rules

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"correctiond/roster"

	"pgregory.net/rapid"
)

// day0 is 2 March 2026, 00:00 in Shanghai.
const day0 = roster.Instant(1772380800000)

func scoredWith(records ...record) *scored {
	cfg := defaultRisk()
	return &scored{
		cfg: &cfg, cal: roster.NewCalendar(nil), now: day0, records: records,
		entry: &roster.SubjectEntry{Subject: &roster.Subject{ID: "S1"}, Reported: day0 - 80*roster.Day},
	}
}

// Every item by hand: on its day, after a half-life, and how it was closed.
func TestPointsOfEachKind(t *testing.T) {
	for _, c := range []struct {
		kind                          Kind
		ended                         bool
		fresh, month, sure, excusedBy float64
		b                             block
	}{
		{CheckinRejected, true, 2, 1, 2, 0.5, compliance},
		{"challenge-unanswered", true, 4, 2, 4, 1, compliance},
		{AreaExit, true, 6, 3, 15, 1.5, compliance},
		{"leave-deviation", true, 6, 3, 15, 1.5, compliance},
		{ForbiddenZone, true, 10, 5, 20, 2.5, compliance},
		{ContactSuspect, false, 15, 15, 0, 0, contact},
		{ContactLost, false, 25, 25, 0, 0, contact},
		{"spoofed-location", true, 5, 5, 5, 1.25, integrity},
		{"device-separated", true, 5, 5, 5, 1.25, integrity},
		{"impossible-travel", true, 5, 5, 5, 1.25, integrity},
		{StrapTamper, false, 5, 5, 5, 1.25, integrity},
		{CheckinOutside, true, 0, 0, 0, 0, compliance},
	} {
		r := record{ID: "e", Kind: c.kind, Severity: P3, Started: day0, Opened: day0}
		if c.ended {
			r.Ended = day0
		}
		get := func(change func(r *record), age roster.Instant) float64 {
			of := r
			change(&of)
			p := scoredWith(of)
			p.now += age
			return p.cfg.tally(p.episodes(nil))[c.b]
		}
		closed := func(o outcome) func(*record) {
			return func(r *record) { r.Closed, r.Outcome = day0, o }
		}
		for what, pair := range map[string][2]float64{
			"fresh":     {get(func(*record) {}, 0), c.fresh},
			"month":     {get(func(*record) {}, 30*roster.Day), c.month},
			"confirmed": {get(closed(confirmed), 0), c.sure},
			"excused":   {get(closed(excused), 0), c.excusedBy},
			"technical": {get(closed(technical), 0), 0},
			"unfounded": {get(closed(unfounded), 0), 0},
			"retracted": {get(func(r *record) { r.Retracted = true }, 0), 0},
		} {
			if math.Abs(pair[0]-pair[1]) > 1e-9 {
				t.Errorf("%s, %s: %g points, want %g", c.kind, what, pair[0], pair[1])
			}
		}
	}
}

// Silence counts beyond fourteen hours, twice at most; missed windows twelve.
func TestBoundsWithinCompliance(t *testing.T) {
	gap := func(hours roster.Instant) record {
		return record{Kind: DeviceOffline, Severity: P2, Started: day0, Ended: day0 + hours*roster.Hour}
	}
	miss := record{Kind: CheckinMissed, Severity: P3, Started: day0, Missed: slices.Repeat([]roster.Instant{day0}, 7)}
	for _, c := range []struct {
		records []record
		want    float64
	}{
		{[]record{gap(13)}, 0},
		{[]record{gap(14)}, 5},
		{[]record{gap(14), gap(15), gap(16)}, 10},
		{[]record{miss}, 12},
		{[]record{miss, miss, gap(20)}, 17},
	} {
		p := scoredWith(c.records...)
		if got := p.cfg.tally(p.episodes(nil))[compliance]; got != c.want {
			t.Errorf("%d records: %g, want %g", len(c.records), got, c.want)
		}
	}
}

func TestRoundsHalfUp(t *testing.T) {
	for _, c := range []struct {
		sum  [blocks]float64
		want int
	}{
		{[blocks]float64{5, 0.5}, 6},
		{[blocks]float64{5, 0.49}, 5},
		{[blocks]float64{0.1, 0.2, 0.2}, 1}, // in binary a little less than a half
		{[blocks]float64{5, 0, 0, 0, -15}, 0},
		{[blocks]float64{25, 40, 25, 10}, 100},
	} {
		if got := total(c.sum); got != c.want {
			t.Errorf("%v gives %d, want %d", c.sum, got, c.want)
		}
	}
}

// someRecord draws any episode of the last months.
func someRecord(t *rapid.T, n int) record {
	started := day0 - roster.Instant(rapid.IntRange(0, 200*24).Draw(t, "age"))*roster.Hour
	r := record{
		ID: fmt.Sprint(n), Severity: Severity(rapid.IntRange(1, 4).Draw(t, "severity")), Started: started, Opened: started,
		Kind: rapid.SampledFrom([]Kind{
			CheckinMissed, CheckinRejected, "challenge-unanswered", AreaExit, "leave-deviation", ForbiddenZone, ContactSuspect,
			ContactLost, DeviceOffline, "spoofed-location", StrapTamper, CheckinOutside,
		}).Draw(t, "kind"),
		Retracted: rapid.IntRange(0, 9).Draw(t, "retracted") == 0,
	}
	if rapid.Bool().Draw(t, "ended") {
		r.Ended = min(day0, started+roster.Instant(rapid.IntRange(0, 40).Draw(t, "hours"))*roster.Hour)
	}
	if rapid.Bool().Draw(t, "closed") {
		r.Closed, r.Outcome = day0, outcome(rapid.IntRange(1, 5).Draw(t, "outcome"))
	}
	for range rapid.IntRange(0, 3).Draw(t, "windows") {
		r.Missed = append(r.Missed, started)
	}
	return r
}

// The score lies within 0 and 100, does not depend on the order of episodes, and
// no further episode lowers it.
func TestScoreProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var list []record
		for n := range rapid.IntRange(0, 12).Draw(t, "n") {
			list = append(list, someRecord(t, n))
		}
		p := scoredWith(list...)
		p.entry.Level = rapid.SampledFrom([]roster.Level{roster.Strict, roster.General, roster.Lenient}).Draw(t, "level")
		p.entry.Facts.SteadyJob, p.entry.Facts.Praise = rapid.Bool().Draw(t, "job"), rapid.IntRange(0, 1).Draw(t, "praise")
		score := p.score()
		if score < 0 || score > 100 {
			t.Fatalf("score %d", score)
		}
		p.records = rapid.Permutation(list).Draw(t, "order")
		if got := p.score(); got != score {
			t.Fatalf("%d in another order, %d before", got, score)
		}
		p.records = append(p.records, someRecord(t, 99))
		if got := p.score(); got < score {
			t.Fatalf("a further episode lowers %d to %d", score, got)
		}
	})
}

// Items that are shown add up to their blocks, where no bound of a block cuts.
func TestItemsAddUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var list []record
		for n := range rapid.IntRange(0, 6).Draw(t, "n") {
			list = append(list, someRecord(t, n))
		}
		p := scoredWith(list...)
		reasons := p.reasons(nil)
		sum := p.cfg.tally(reasons)
		var shown [blocks]float64
		for _, r := range p.cfg.capped(reasons) {
			shown[r.block] += r.value
		}
		for b := range sum {
			if cut := shown[b] > sum[b]; !cut && math.Abs(shown[b]-sum[b]) > 1e-9 {
				t.Fatalf("%s: items give %g, the block %g", block(b), shown[b], sum[b])
			}
		}
	})
}

func TestForgetsWhatSaysNothingMore(t *testing.T) {
	e := New(DefaultConfig(), roster.NewCalendar(nil), nil)
	s := &subject{entry: &roster.SubjectEntry{Subject: &roster.Subject{ID: "S1"}}}
	at := func(days roster.Instant) record {
		return record{ID: fmt.Sprint(days), Kind: CheckinRejected, Severity: P3, Started: day0, Opened: day0, Ended: day0 + days, Closed: day0, Outcome: confirmed}
	}
	open := at(1)
	open.Closed, open.Outcome = 0, notClosed
	s.Attention.Records = []record{at(0), open}
	e.owners["0"], e.owners["1"] = s, s
	e.clock = day0 + 150*roster.Day - 1
	if e.forget(s); len(s.Attention.Records) != 2 {
		t.Error("forgot what still gives a sixteenth of a point")
	}
	e.clock += roster.Day
	if e.forget(s); len(s.Attention.Records) != 1 || s.Attention.Records[0].ID != "1" || s.Attention.Spoiled != day0 || e.owners["0"] != nil {
		t.Errorf("kept %+v", s.Attention)
	}
}

func TestRiskConfigIsValidated(t *testing.T) {
	for name, change := range map[string]func(*riskConfig){
		"risk.standing":                 func(c *riskConfig) { c.Standing.Strict = 101 },
		"risk.standing.new_months":      func(c *riskConfig) { c.Standing.NewMonths = -1 },
		"risk.compliance":               func(c *riskConfig) { c.Compliance.Warning = math.NaN() },
		"risk.compliance: half_life":    func(c *riskConfig) { c.Compliance.HalfLife = 0 },
		"risk.compliance.excused_share": func(c *riskConfig) { c.Compliance.ExcusedShare = 2 },
		"risk.contact":                  func(c *riskConfig) { c.Contact.OfflineAfter = 0 },
		"risk.integrity":                func(c *riskConfig) { c.Integrity.ConfirmedDays = -1 },
		"risk.protective":               func(c *riskConfig) { c.Protective.CleanDays = 400 },
		"risk.colour: 0":                func(c *riskConfig) { c.Colour.Orange = 10 },
		"risk.colour: days":             func(c *riskConfig) { c.Colour.FocusDays = -1 },
		"risk.colour.hour":              func(c *riskConfig) { c.Colour.Hour = 24 },
	} {
		cfg := DefaultConfig()
		change(&cfg.Risk)
		if err := cfg.Validate(); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
}
