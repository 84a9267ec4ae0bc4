package main

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"correctiond/alerts"
	"correctiond/roster"
	"correctiond/rules"
	"correctiond/web"
)

var _ web.Register = ports{}

// standings keeps the order of a district's people for a short while, so that
// many readers cost one computation.
type standings struct {
	mu   sync.Mutex
	at   time.Time
	list []rules.Standing
}

const standingsLife = 2 * time.Second

func (d *district) standings() []rules.Standing {
	d.ranked.mu.Lock()
	defer d.ranked.mu.Unlock()
	if time.Since(d.ranked.at) > standingsLife {
		d.ask(func(e *rules.Engine) { d.ranked.list = e.Standings() })
		d.ranked.at = time.Now()
	}
	return d.ranked.list
}

// Subjects reads one page of the register.
func (p ports) Subjects(_ context.Context, f web.SubjectFilter) (web.People, error) {
	l := p.d.lane(f.District)
	if l == nil {
		return web.People{}, nil
	}
	var page web.People
	if f.Subject != "" {
		return p.subject(l, &f), nil
	}
	list := l.district.standings()
	l.district.ask(func(e *rules.Engine) {
		for i := range list {
			entry := e.Directory().Subject(list[i].Subject)
			if entry == nil || !selects(&f, &list[i], entry) {
				continue
			}
			if page.More = len(page.Items) == f.Limit; page.More {
				return
			}
			page.Items = append(page.Items, personOf(e, entry))
		}
	})
	return page, nil
}

// subject reads one person without looking at the others.
func (p ports) subject(l *lane, f *web.SubjectFilter) (page web.People) {
	l.district.ask(func(e *rules.Engine) {
		risk, ok := e.Risk(f.Subject)
		if !ok {
			return // nor has the engine anybody before its first roster
		}
		entry := e.Directory().Subject(f.Subject)
		if entry == nil || !selects(f, &rules.Standing{Subject: entry.ID, Score: risk.Score, Colour: risk.Colour}, entry) {
			return
		}
		who := personOf(e, entry)
		who.Proposals = e.Proposals(p.d.ladder.Load(), entry.ID, p.d.escalation.holiday(p.d.cal))
		page.Items = append(page.Items, who)
	})
	return page
}

// selects reports whether a filter takes someone. The place in the list is that
// of the list at hand; a page that follows begins behind it.
func selects(f *web.SubjectFilter, s *rules.Standing, entry *roster.SubjectEntry) bool {
	switch {
	case !f.Includes(f.District, entry.Office, entry.ID), f.Subject != "" && entry.ID != f.Subject:
		return false
	case len(f.Colours) > 0 && !slices.Contains(f.Colours, s.Colour):
		return false
	case f.Query != "" && !strings.Contains(string(entry.ID), f.Query) && (entry.Minor || !strings.Contains(entry.Name, f.Query)):
		return false
	}
	return f.After.Before(web.PlaceOf(&rules.Risk{Subject: s.Subject, Score: s.Score, Colour: s.Colour}))
}

func personOf(e *rules.Engine, entry *roster.SubjectEntry) web.Person {
	risk, _ := e.Risk(entry.ID)
	p := web.Person{
		ID: entry.ID, District: e.Directory().DistrictID(), Office: entry.Office, Officer: entry.Officer, Name: entry.Name,
		Kind: entry.Kind, Level: entry.Level, Minor: entry.Minor, TermEnds: entry.Term.End, Risk: risk,
	}
	now := e.Clock()
	for _, dev := range entry.Devices {
		if b := dev.BoundTo(now); b == nil || b.SubjectID != entry.ID {
			continue
		}
		q := web.Equipment{Device: dev.ID, Kind: dev.Kind}
		if a := dev.Authority(now); a != nil {
			q.AuthorityEnds = a.End
		}
		p.Devices = append(p.Devices, q)
	}
	return p
}

// RollCall lists a day's duties within a scope.
func (p ports) RollCall(_ context.Context, s web.Scope, day roster.Instant) ([]web.Duty, error) {
	l := p.d.lane(s.District)
	if l == nil {
		return nil, nil
	}
	var out []web.Duty
	l.district.ask(func(e *rules.Engine) {
		if e.Directory() == nil {
			return
		}
		for _, turn := range e.RollCall(day, p.d.cal.AddDays(day, 1), nowInstant()) {
			entry := e.Directory().Subject(turn.Subject)
			if entry == nil || !s.Includes(s.District, entry.Office, entry.ID) {
				continue
			}
			who := web.Person{Name: entry.Name, Minor: entry.Minor}
			out = append(out, web.Duty{Turn: turn, Name: who.Masked(), Office: entry.Office, Officer: entry.Officer})
		}
	})
	return out, nil
}

// Overview counts alerts, people and today's roll-call within a scope.
func (p ports) Overview(ctx context.Context, s web.Scope) (web.Overview, error) {
	sum, err := p.tallies(ctx, s)
	if err != nil {
		return web.Overview{}, err
	}
	s.Hidden = "" // counted, not listed
	offices := map[roster.OfficeID]*web.OfficeOverview{}
	count := situation{s, offices, &web.Overview{Alerts: sum.Total}}
	for id, t := range sum.Offices {
		count.office(id).Open = open(t)
	}
	if l := p.d.lane(s.District); l != nil {
		for _, st := range l.district.standings() {
			count.person(&st)
		}
		now := nowInstant()
		duties, err := p.RollCall(ctx, s, p.d.cal.DayStart(now))
		if err != nil {
			return web.Overview{}, err
		}
		for i := range duties {
			count.duty(&duties[i])
		}
		if !s.Limited { // it is counted by office, not by person
			l.district.ask(func(e *rules.Engine) { count.silence(e.Silences(now)) })
		}
	}
	return count.done(), nil
}

// tallies counts alerts within a scope. Nobody assigned is nothing, not all.
func (p ports) tallies(ctx context.Context, s web.Scope) (alerts.Summary, error) {
	f := alerts.Filter{District: s.District, Office: s.Office}
	if s.Limited {
		f.Subjects = s.Only.IDs()
		if len(f.Subjects) == 0 {
			return alerts.Summary{}, nil
		}
	}
	return p.d.state.SummaryOf(ctx, f)
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

// duty counts one turn; they come ordered by window.
func (c *situation) duty(d *web.Duty) {
	if n := len(c.sum.RollCall); n == 0 || c.sum.RollCall[n-1].DutyWindow != d.DutyWindow {
		c.sum.RollCall = append(c.sum.RollCall, web.Attendance{DutyWindow: d.DutyWindow})
	}
	w := &c.sum.RollCall[len(c.sum.RollCall)-1]
	w.Due++
	switch d.Stands {
	case rules.WindowAnswered:
		w.Answered++
	case rules.WindowMissed:
		w.Missed++
		c.office(d.Office).Missed++
	}
}

func (c *situation) silence(by map[roster.OfficeID]rules.Silence) {
	for id, s := range by {
		if c.scope.Office == "" || id == c.scope.Office {
			c.office(id).Silent = s.Devices
			c.sum.Silent += s.Devices
			c.sum.Unmonitored += s.Today
		}
	}
}

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
