package backtest

import (
	"cmp"
	"slices"
	"time"

	"correctiond/alerts"
	"correctiond/roster"
	"correctiond/rules"
)

// Judge counts and compares.
func Judge(in *Input) *Report {
	b := &builder{
		in: in, kinds: map[rules.Kind]*KindRow{}, officers: map[OfficerRow]*OfficerRow{}, days: map[time.Time]*DayRow{},
		report: &Report{From: in.From.Time(in.Location), Until: in.Until.Time(in.Location), Compared: len(in.Runs) > 1},
	}
	b.calendar()
	for i := range in.Runs {
		b.report.Sets = append(b.report.Sets, Set{Name: in.Runs[i].Name, Version: in.Runs[i].Version})
	}
	for i := range in.Runs[0].Alerts {
		a := &in.Runs[0].Alerts[i]
		b.count(0, a, verdict(a))
	}
	if b.report.Compared {
		b.compare(in.Runs[0].Alerts, in.Runs[1].Alerts)
	}
	return b.finish()
}

type builder struct {
	in       *Input
	report   *Report
	kinds    map[rules.Kind]*KindRow
	officers map[OfficerRow]*OfficerRow // by officer and office alone
	days     map[time.Time]*DayRow
}

// calendar makes a row of every local day, so that quiet days are seen.
func (b *builder) calendar() {
	last := dayOf(b.report.Until)
	for day := dayOf(b.report.From); !day.After(last) && len(b.days) < maxDays; day = day.AddDate(0, 0, 1) {
		b.days[day] = &DayRow{Day: day}
	}
	b.report.Days = max(len(b.days), 1)
}

// maxDays bounds the days of a report.
const maxDays = 3660

func dayOf(t time.Time) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, t.Location())
}

// verdict is the outcome a person closed an alert with, empty when nobody did.
func verdict(a *alerts.Alert) alerts.Outcome {
	if a.Closed == nil || a.Closed.By == alerts.System || a.Outcome == alerts.Recovered {
		return ""
	}
	return a.Outcome
}

// count adds an alert of run 0 or 1 to all that count it.
func (b *builder) count(run int, a *alerts.Alert, outcome alerts.Outcome) {
	e := &a.Episode
	for _, t := range []*Tally{&b.report.Sets[run].Tally, b.kind(e.Kind).of(run), b.officer(e).of(run)} {
		t.add(e.Severity, outcome)
	}
	day := b.days[dayOf(e.Opened.Time(b.in.Location))]
	switch {
	case day == nil:
	case run == 0:
		day.Now++
	default:
		day.Next++
	}
}

func (t *Tally) add(s rules.Severity, outcome alerts.Outcome) {
	t.Alerts++
	if s <= rules.P2 {
		t.Urgent++
	}
	if outcome != "" {
		t.Judged++
	}
	if outcome == alerts.Confirmed {
		t.Confirmed++
	}
}

func (b *Both) of(run int) *Tally {
	if run == 0 {
		return &b.Now
	}
	return &b.Next
}

func (b *builder) kind(k rules.Kind) *KindRow {
	if b.kinds[k] == nil {
		b.kinds[k] = &KindRow{Kind: k, Label: rules.Info(k).Label}
	}
	return b.kinds[k]
}

func (b *builder) officer(e *rules.Episode) *OfficerRow {
	key := OfficerRow{Officer: e.Officer, Office: e.Office}
	if b.officers[key] == nil {
		row := key
		if i := slices.IndexFunc(b.in.Offices, func(o roster.Office) bool { return o.ID == e.Office }); i >= 0 {
			row.Name = b.in.Offices[i].Name
		}
		b.officers[key] = &row
	}
	return b.officers[key]
}

// compare counts the second run and lists what differs. An alert that nobody could
// judge under the other rules has the outcome of the one that it was.
func (b *builder) compare(now, next []alerts.Alert) {
	of := match(now, next, b.in.Until)
	kept := make([]bool, len(now))
	for j := range next {
		outcome := verdict(&next[j])
		if of[j] < 0 {
			b.count(1, &next[j], outcome)
			b.change(Appears, nil, &next[j])
			continue
		}
		before := &now[of[j]]
		kept[of[j]] = true
		b.count(1, &next[j], cmp.Or(outcome, verdict(before)))
		if facts(before) != facts(&next[j]) {
			b.change(Moves, before, &next[j])
		}
	}
	for i := range now {
		if !kept[i] {
			b.change(Vanishes, &now[i], nil)
		}
	}
}

func facts(a *alerts.Alert) Facts {
	e := &a.Episode
	return Facts{Started: e.Started, Ended: e.Ended, Opened: e.Opened, Severity: e.Severity}
}

func (b *builder) change(what What, now, next *alerts.Alert) {
	shown := cmp.Or(now, next)
	e := &shown.Episode
	row := b.kind(e.Kind)
	c := Change{
		What: what, Kind: e.Kind, Label: row.Label, ID: e.ID,
		Subject: e.Subject, Device: e.Device, Office: e.Office, Officer: e.Officer, Outcome: verdict(shown),
	}
	if now != nil {
		f := facts(now)
		c.Now = &f
	}
	if next != nil {
		f := facts(next)
		c.Next = &f
	}
	switch what {
	case Appears:
		row.Appear++
	case Vanishes:
		row.Vanish++
	case Moves:
		row.Move++
	}
	b.report.Changes = append(b.report.Changes, c)
}

// finish puts everything into its order: what changes first, then the most.
func (b *builder) finish() *Report {
	r := b.report
	for _, k := range b.kinds {
		r.Kinds = append(r.Kinds, *k)
	}
	slices.SortFunc(r.Kinds, func(x, y KindRow) int {
		return cmp.Or(-cmp.Compare(x.Appear+x.Vanish+x.Move, y.Appear+y.Vanish+y.Move), -cmp.Compare(x.most(), y.most()), cmp.Compare(x.Kind, y.Kind))
	})
	for _, o := range b.officers {
		r.Officers = append(r.Officers, *o)
	}
	slices.SortFunc(r.Officers, func(x, y OfficerRow) int {
		return cmp.Or(-cmp.Compare(x.most(), y.most()), cmp.Compare(x.Office, y.Office), cmp.Compare(x.Officer, y.Officer))
	})
	for _, d := range b.days {
		r.Daily = append(r.Daily, *d)
	}
	slices.SortFunc(r.Daily, func(x, y DayRow) int { return x.Day.Compare(y.Day) })
	slices.SortFunc(r.Changes, func(x, y Change) int {
		return cmp.Or(cmp.Compare(x.facts().Started, y.facts().Started), cmp.Compare(x.Kind, y.Kind), cmp.Compare(x.ID, y.ID))
	})
	r.findings()
	return r
}

// findings picks the confirmed alerts that get lost or weigh less.
func (r *Report) findings() {
	for _, c := range r.Changes {
		switch {
		case c.Outcome != alerts.Confirmed:
		case c.What == Vanishes:
			r.Lost = append(r.Lost, c)
		case c.What == Moves && c.Next.Severity > c.Now.Severity:
			r.Weaker = append(r.Weaker, c)
		}
	}
}

func (b *Both) most() int { return max(b.Now.Alerts, b.Next.Alerts) }

func (c *Change) facts() Facts {
	if c.Now != nil {
		return *c.Now
	}
	return *c.Next
}
