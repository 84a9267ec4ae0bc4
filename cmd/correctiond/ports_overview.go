package main

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"sync/atomic"

	"correctiond/alerts"
	"correctiond/roster"
	"correctiond/rules"
	"correctiond/web"
)

// Overview counts alerts, people and today's roll-call within a scope.
func (p ports) Overview(ctx context.Context, s web.Scope) (web.Overview, error) {
	sum, err := p.tallies(ctx, s)
	if err != nil {
		return web.Overview{}, err
	}
	s.Hidden = "" // counted, not listed
	l := p.d.lane(s.District)
	if l == nil || s.Limited {
		return p.countAll(ctx, s, sum, l)
	}
	day := p.d.cal.DayStart(nowInstant())
	from := countedFrom{sum, l.district.standings(), l.district.roll(day, p.d.cal.AddDays(day, 1))}
	if s.Office != "" {
		return from.count(s), nil
	}
	return l.district.overview.of(s, from), nil
}

// countedFrom is what an overview is counted from.
type countedFrom struct {
	alerts *alerts.Summary
	people *ranked
	today  *rolled
}

// overviewed is the newest overview of a whole district.
type overviewed struct {
	from countedFrom
	web.Overview
}

type overviewKept struct{ last atomic.Pointer[overviewed] }

// of is the overview of what it is counted from, counted unless that was done. Readers
// do not change it.
func (k *overviewKept) of(s web.Scope, from countedFrom) web.Overview {
	if last := k.last.Load(); last != nil && last.from == from {
		return last.Overview
	}
	o := from.count(s)
	k.last.Store(&overviewed{from, o})
	return o
}

func (from countedFrom) count(s web.Scope) web.Overview {
	count := newSituation(s, from.alerts)
	count.everyone(from.people, from.today)
	return count.done()
}

// countAll counts what is not kept.
func (p ports) countAll(ctx context.Context, s web.Scope, sum *alerts.Summary, l *lane) (web.Overview, error) {
	count := newSituation(s, sum)
	if l != nil {
		if err := p.countEach(ctx, count, l); err != nil {
			return web.Overview{}, err
		}
	}
	return count.done(), nil
}

func newSituation(s web.Scope, sum *alerts.Summary) *situation {
	offices := map[roster.OfficeID]*web.OfficeOverview{}
	count := &situation{s, offices, &web.Overview{Alerts: sum.Total}}
	for id, t := range sum.Offices {
		count.office(id).Open = open(t)
	}
	return count
}

// countEach counts the people of a scope one by one. Silent wristbands are counted by
// office, not by person.
func (p ports) countEach(ctx context.Context, count *situation, l *lane) error {
	list := l.district.standings().list
	for i := range list {
		count.person(&list[i].Standing)
	}
	roll, err := p.RollCall(ctx, web.RollFilter{Scope: count.scope, Day: p.d.cal.DayStart(nowInstant())})
	for i := range roll.Counts {
		count.turns(&roll.Counts[i])
	}
	return err
}

// tallies counts the alerts within a scope that are not closed. Nobody assigned is
// nothing, not all.
func (p ports) tallies(ctx context.Context, s web.Scope) (*alerts.Summary, error) {
	f := alerts.Filter{District: s.District, Office: s.Office, States: []alerts.State{alerts.Open, alerts.Acknowledged}}
	if s.Limited {
		f.Subjects = s.Only.IDs()
		if len(f.Subjects) == 0 {
			return &alerts.Summary{}, nil
		}
	}
	if l := p.d.lane(s.District); l != nil && !s.Limited && s.Office == "" {
		return l.district.tallies(ctx, f)
	}
	sum, err := p.d.state.SummaryOf(ctx, f)
	return &sum, err
}

// tallied are the counts of a district's alerts as of a change of some alert.
type tallied struct {
	mu     sync.Mutex
	change int64
	sum    *alerts.Summary
}

// tallies counts what f selects unless that was counted and no alert has changed
// since. The change is asked for first: what comes between is counted again.
func (d *district) tallies(ctx context.Context, f alerts.Filter) (*alerts.Summary, error) {
	d.tallied.mu.Lock()
	defer d.tallied.mu.Unlock()
	last, err := d.state.LastChange(ctx)
	if err != nil || last != 0 && last == d.tallied.change {
		return d.tallied.sum, err
	}
	sum, err := d.state.SummaryOf(ctx, f)
	if err != nil {
		return nil, err
	}
	d.tallied.change, d.tallied.sum = last, &sum
	return &sum, nil
}

func open(t *alerts.Tallies) (n int) {
	for sev := rules.P1; sev <= rules.P4; sev++ {
		n += t.Of(sev).Open
	}
	return n
}

// situation adds up an overview and that of each office.
type situation struct {
	scope   web.Scope
	offices map[roster.OfficeID]*web.OfficeOverview
	sum     *web.Overview
}

func (c *situation) office(id roster.OfficeID) *web.OfficeOverview {
	if c.offices[id] == nil {
		c.offices[id] = &web.OfficeOverview{Office: id}
	}
	return c.offices[id]
}

func (c *situation) person(s *rules.Standing) {
	if !c.scope.Includes(c.scope.District, s.Office, s.Subject) {
		return
	}
	o := c.office(s.Office)
	o.Subjects++
	o.Colours[s.Colour]++
	c.sum.Subjects++
	c.sum.Colours[s.Colour]++
}

// turns counts duties of one window; they come ordered by window.
func (c *situation) turns(a *rules.Attendance) {
	if n := len(c.sum.RollCall); n == 0 || c.sum.RollCall[n-1].DutyWindow != a.DutyWindow {
		c.sum.RollCall = append(c.sum.RollCall, web.Attendance{DutyWindow: a.DutyWindow})
	}
	w := &c.sum.RollCall[len(c.sum.RollCall)-1]
	w.Due, w.Answered, w.Missed = w.Due+a.Due, w.Answered+a.Answered, w.Missed+a.Missed
	if a.Missed > 0 {
		c.office(a.Office).Missed += a.Missed
	}
}

// everyone counts the people of the scope's office, or of all offices.
func (c *situation) everyone(all *ranked, today *rolled) {
	for id, n := range all.colours {
		if !c.has(id) {
			continue
		}
		o := c.office(id)
		o.Colours = n
		for colour := range n {
			o.Subjects += n[colour]
			c.sum.Colours[colour] += n[colour]
		}
		c.sum.Subjects += o.Subjects
	}
	for i := range today.counts {
		if a := &today.counts[i]; c.has(a.Office) {
			c.turns(a)
		}
	}
	for id, s := range all.silence {
		if c.has(id) {
			c.office(id).Silent = s.Devices
			c.sum.Silent += s.Devices
			c.sum.Unmonitored += s.Today
		}
	}
}

func (c *situation) has(id roster.OfficeID) bool { return c.scope.Office == "" || id == c.scope.Office }

// done lists the offices of a district, the most pressing first.
func (c *situation) done() web.Overview {
	if c.scope.Office == "" {
		for id, o := range c.offices {
			if id != "" {
				c.sum.Offices = append(c.sum.Offices, *o)
			}
		}
		slices.SortFunc(c.sum.Offices, func(a, b web.OfficeOverview) int {
			return cmp.Or(cmp.Compare(b.Open, a.Open), cmp.Compare(a.Office, b.Office))
		})
	}
	return *c.sum
}
