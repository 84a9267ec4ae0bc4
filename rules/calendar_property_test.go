package rules_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"correctiond/event"
	"correctiond/roster"
	"correctiond/rules"

	"pgregory.net/rapid"
)

// The oracle of the calendar kinds walks from day to day and asks what a clerk
// with a wall calendar would ask; it shares no arithmetic with the engine.

// file is one person with every date that a deadline counts from.
type file struct {
	t0                                        time.Time // 08:00 of some day
	report, health, review, visit, absconding time.Time
	term, travel                              time.Time // last days
	months                                    int       // between periodic reports; 0: weekly
	horizon                                   time.Time
	reported, travelFrom, termFrom            time.Time
}

func shanghai() *time.Location { return time.FixedZone("Asia/Shanghai", 8*60*60) }

func midnight(t time.Time) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, shanghai())
}

// later finds the same day n months on by walking: a month that is too short
// ends first.
func later(day time.Time, n int) time.Time {
	for x := day; ; x = x.AddDate(0, 0, 1) {
		passed := (x.Year()-day.Year())*12 + int(x.Month()) - int(day.Month())
		if passed == n && (x.Day() == day.Day() || x.AddDate(0, 0, 1).Month() != x.Month()) {
			return x
		}
	}
}

func someFile(t *rapid.T) *file {
	day := time.Date(2024, 1, 1, 0, 0, 0, 0, shanghai()).AddDate(0, 0, rapid.IntRange(0, 7*365).Draw(t, "day"))
	before := func(name string, n int) time.Time { return day.AddDate(0, 0, -rapid.IntRange(0, n).Draw(t, name)) }
	f := &file{
		t0: day.Add(8 * time.Hour), horizon: day.AddDate(0, 0, 250),
		report: before("report", 120), health: before("health", 120), review: before("review", 120), visit: before("visit", 120),
		absconding: before("absconding", 60), months: rapid.SampledFrom([]int{0, 1, 3}).Draw(t, "months"),
		term: day.AddDate(0, 0, rapid.IntRange(0, 300).Draw(t, "term")), travel: day.AddDate(0, 0, rapid.IntRange(-5, 100).Draw(t, "travel")),
		reported: day.AddDate(0, 0, -200), termFrom: day.AddDate(0, 0, -1000),
	}
	f.travelFrom = f.travel.AddDate(0, 0, -150)
	return f
}

// steps says which severities the kinds take at 00:00 of a day.
func (f *file) steps(x time.Time) map[rules.Kind]string {
	in := func(n int) time.Time { return x.AddDate(0, 0, n) }
	out := map[rules.Kind]string{}
	set := func(k rules.Kind, severity string, when bool) {
		if when {
			out[k] = severity
		}
	}
	for _, n := range []int{30, 7} {
		set(rules.TermEnding, "P4", in(n-1).Equal(f.term))
	}
	for _, n := range []int{15, 3} {
		set(rules.TravelExpiring, "P4", in(n-1).Equal(f.travel) && f.travel.AddDate(0, 0, 1).After(f.t0))
	}
	review := later(f.review, 3)
	set(rules.MedicalReviewDue, "P4", in(14).Equal(review))
	set(rules.MedicalReviewDue, "P3", in(3).Equal(review))
	set(rules.MedicalReviewDue, "P2", in(-1).Equal(review))
	due := f.report.AddDate(0, 0, 7)
	if f.months > 0 {
		due = later(f.report, f.months)
	}
	set(rules.PeriodicReportDue, "P3", in(-1).Equal(due))
	// An absconding makes the colour red at T0, and red is visited weekly from then on.
	set(rules.VisitDue, "P3", in(-8).Equal(midnight(f.t0)))
	second := func(y time.Time) bool {
		return y.Day() == 1 && (y.Year()-f.health.Year())*12+int(y.Month())-int(f.health.Month()) == 2
	}
	set(rules.HealthReportDue, "P4", second(in(5)))
	set(rules.HealthReportDue, "P3", second(x))
	for _, n := range []int{0, 8, 11, 25} {
		set(rules.AbscondingLadder, "P1", in(-n).Equal(f.absconding))
	}
	set(rules.AbscondingLadder, "P1", in(-1).Equal(later(f.absconding, 1)))
	return out
}

// expected walks all days and writes each kind as "started steps ended".
func (f *file) expected() map[rules.Kind]string {
	out := map[rules.Kind]string{}
	over := f.term.AddDate(0, 0, 1)
	for x := midnight(f.t0).AddDate(0, 0, -300); !x.After(f.horizon); x = x.AddDate(0, 0, 1) {
		for k, severity := range f.steps(x) {
			if !x.Before(over) {
				continue // after the term nothing runs
			}
			if out[k] == "" {
				out[k] = x.Format(time.DateOnly)
			}
			at := x
			if at.Before(f.t0) {
				at = f.t0
			}
			out[k] += " " + severity + at.Format("@2006-01-02T15")
		}
	}
	for k := range out {
		end := over
		if k == rules.TravelExpiring && f.travel.Before(f.term) {
			end = f.travel.AddDate(0, 0, 1)
		}
		if k != rules.AbscondingLadder && !end.After(f.horizon) {
			out[k] += " until " + end.Format(time.DateOnly)
		}
	}
	return out
}

func bare(t time.Time) roster.Date { return roster.Date{Day: t.Format(time.DateOnly)} }

func (f *file) roster() *roster.Roster {
	r := world()
	s := person("S1")
	reported, term := bare(f.reported), bare(f.term)
	s.Kind, s.ParoleMedical, s.Effective, s.Reported = roster.Medical, true, nil, &reported
	s.Term = roster.Span{From: bare(f.termFrom), Until: &term}
	s.Level = map[int]roster.Level{0: roster.Strict, 1: roster.General, 3: roster.Lenient}[f.months]
	s.Reports = roster.Reports{
		Visits: []roster.Date{bare(f.visit)}, Health: []roster.Date{bare(f.health)},
		MedicalReview: []roster.Date{bare(f.review)}, Periodic: []roster.Date{bare(f.report)},
	}
	s.Travel = []roster.Travel{{ID: "T1", From: bare(f.travelFrom), Until: bare(f.travel), Area: "far"}}
	r.Subjects, r.Devices = []roster.Subject{s}, nil
	return r
}

// written is an episode as the oracle writes it.
func written(ep *rules.Episode) string {
	show := func(at roster.Instant, layout string) string { return at.Time(shanghai()).Format(layout) }
	var b strings.Builder
	b.WriteString(show(ep.Started, time.DateOnly))
	for _, step := range ep.History {
		fmt.Fprintf(&b, " %s%s", step.Severity, show(step.At, "@2006-01-02T15"))
	}
	if ep.Ended != 0 {
		b.WriteString(" until " + show(ep.Ended, time.DateOnly))
	}
	return b.String()
}

// lived runs an engine over ticks with random gaps and returns the last state of
// each episode.
func lived(t *rapid.T, tb testing.TB, r *roster.Roster, first event.Entry, until time.Time) []rules.Episode {
	dir := compiled(tb, r)
	e := rules.New(rules.DefaultConfig(), dir.Calendar(), dir)
	p := &player{}
	apply := func(entry event.Entry) {
		got, err := e.Apply(&entry)
		if err != nil {
			t.Fatalf("%v", err)
		}
		p.take(got)
	}
	end := roster.InstantOf(until)
	for at := first.At; at <= end; at += roster.Instant(rapid.IntRange(1, 90*24).Draw(t, "gap")) * roster.Hour {
		first.At = at
		apply(first)
		first = event.Entry{}
	}
	p.take(e.Advance(end))
	return p.seen
}

func TestDeadlinesAreThoseOfAWallCalendar(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		f := someFile(rt)
		from := bare(f.absconding)
		act := &event.Act{Type: event.ActDeclareAbscond, Subject: "S1", From: &from}
		got := map[rules.Kind]string{}
		for _, ep := range lived(rt, t, f.roster(), event.Entry{At: roster.InstantOf(f.t0), Act: act}, f.horizon) {
			if ep.Kind == rules.AlertBacklog {
				continue // nobody handles the alerts
			}
			if got[ep.Kind] != "" {
				rt.Fatalf("two %s", ep.Kind)
			}
			got[ep.Kind] = written(&ep)
		}
		for k, want := range f.expected() {
			if got[k] != want {
				rt.Fatalf("%s\ngot  %s\nwant %s\n%+v", k, got[k], want, f)
			}
			delete(got, k)
		}
		if len(got) > 0 {
			rt.Fatalf("unwanted %v\n%+v", got, f)
		}
	})
}

// someLeaves draws leaves of two weeks at most around a day.
func someLeaves(t *rapid.T, day time.Time) []roster.Leave {
	leaves := make([]roster.Leave, rapid.IntRange(1, 5).Draw(t, "leaves"))
	for i := range leaves {
		from := day.AddDate(0, 0, rapid.IntRange(-70, 70).Draw(t, "from"))
		leaves[i] = roster.Leave{
			ID: fmt.Sprint("L", i), From: bare(from), Until: bare(from.AddDate(0, 0, rapid.IntRange(0, 20).Draw(t, "days"))),
			Approver: "superior", Area: "far",
		}
	}
	return leaves
}

// fullUntil counts every span of two months by hand; zero: none that is full
// and not past.
func fullUntil(leaves []roster.Leave, t0 time.Time) (last time.Time) {
	onLeave := func(x time.Time) bool {
		day := x.Format(time.DateOnly)
		return slices.ContainsFunc(leaves, func(l roster.Leave) bool { return l.From.Day <= day && day <= l.Until.Day })
	}
	for d := midnight(t0).AddDate(0, 0, -140); d.Before(t0.AddDate(0, 0, 100)); d = d.AddDate(0, 0, 1) {
		end, days := later(d, 2), 0
		for x := d; x.Before(end); x = x.AddDate(0, 0, 1) {
			if onLeave(x) {
				days++
			}
		}
		if days >= 25 && end.After(t0) {
			last = end
		}
	}
	return last
}

func TestLeaveAddsUpAsCountedByHand(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		f := someFile(rt)
		f.term = f.t0.AddDate(2, 0, 0)
		r := f.roster()
		r.Subjects[0].Leaves = someLeaves(rt, f.t0)
		got := ""
		for _, ep := range lived(rt, t, r, event.Entry{At: roster.InstantOf(f.t0)}, f.horizon) {
			if ep.Kind == rules.LeaveQuota {
				got += written(&ep)
			}
		}
		want := ""
		if end := fullUntil(r.Subjects[0].Leaves, f.t0); !end.IsZero() {
			want = fmt.Sprintf("%s P3%s until %s", f.t0.Format(time.DateOnly), f.t0.Format("@2006-01-02T15"), end.Format(time.DateOnly))
		}
		if got != want {
			rt.Fatalf("got  %q\nwant %q\n%+v from %s", got, want, r.Subjects[0].Leaves, f.t0)
		}
	})
}
