package main

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"correctiond/roster"
	"correctiond/rules"
	"correctiond/web"
)

var _ web.Register = ports{}

// standings keeps the order of a district's people, and what they count up to, for a
// short while, so that many readers cost one computation.
type standings struct {
	mu     sync.Mutex
	at     time.Time
	list   []rules.Standing
	census census
}

// census counts the people of a district by office.
type census struct {
	at         time.Time
	colours    map[roster.OfficeID][4]int
	attendance []rules.Attendance // of today
	silence    map[roster.OfficeID]rules.Silence
}

const standingsLife = 2 * time.Second

func (d *district) standings() []rules.Standing {
	d.ranked.mu.Lock()
	defer d.ranked.mu.Unlock()
	d.rank()
	return d.ranked.list
}

// rank brings the order up to date; the caller holds its lock.
func (d *district) rank() {
	if time.Since(d.ranked.at) > standingsLife {
		d.ask(func(e *rules.Engine) { d.ranked.list = e.Standings() })
		d.ranked.at = time.Now()
	}
}

// census counts everyone, with the roll-call of the day that begins and ends then.
func (d *district) census(from, until roster.Instant) census {
	d.ranked.mu.Lock()
	defer d.ranked.mu.Unlock()
	if time.Since(d.ranked.census.at) <= standingsLife {
		return d.ranked.census
	}
	d.rank()
	c, now := census{at: time.Now(), colours: map[roster.OfficeID][4]int{}}, nowInstant()
	for i := range d.ranked.list {
		st := &d.ranked.list[i]
		n := c.colours[st.Office]
		n[st.Colour]++
		c.colours[st.Office] = n
	}
	d.ask(func(e *rules.Engine) { c.attendance, c.silence = e.Attendances(from, until, now), e.Silences(now) })
	d.ranked.census = c
	return c
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
			if !ranks(&f, &list[i]) {
				continue
			}
			entry := e.Directory().Subject(list[i].Subject)
			if entry == nil || !selects(&f, entry) {
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
		if entry == nil || !selects(f, entry) ||
			!ranks(f, &rules.Standing{Subject: entry.ID, Office: entry.Office, Score: risk.Score, Colour: risk.Colour}) {
			return
		}
		who := personOf(e, entry)
		who.Proposals = e.Proposals(p.d.ladder.Load(), entry.ID, p.d.escalation.holiday(p.d.cal))
		page.Items = append(page.Items, who)
	})
	return page
}

// ranks reports whether a filter takes a place in the list, as far as that tells.
// The place is that of the list at hand; a page that follows begins behind it.
func ranks(f *web.SubjectFilter, s *rules.Standing) bool {
	return f.Includes(f.District, s.Office, s.Subject) &&
		(len(f.Colours) == 0 || slices.Contains(f.Colours, s.Colour)) &&
		f.After.Before(web.PlaceOf(&rules.Risk{Subject: s.Subject, Score: s.Score, Colour: s.Colour}))
}

// selects reports whether a filter takes someone, as the roster has them now.
func selects(f *web.SubjectFilter, entry *roster.SubjectEntry) bool {
	switch {
	case !f.Includes(f.District, entry.Office, entry.ID), f.Subject != "" && entry.ID != f.Subject:
		return false
	case f.Query != "" && !strings.Contains(string(entry.ID), f.Query) && (entry.Minor || !strings.Contains(entry.Name, f.Query)):
		return false
	}
	return true
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
		wanted := func(entry *roster.SubjectEntry) bool { return s.Includes(s.District, entry.Office, entry.ID) }
		for _, turn := range e.RollCallOf(wanted, day, p.d.cal.AddDays(day, 1), nowInstant()) {
			entry := e.Directory().Subject(turn.Subject)
			who := web.Person{Name: entry.Name, Minor: entry.Minor}
			out = append(out, web.Duty{Turn: turn, Name: who.Masked(), Office: entry.Office, Officer: entry.Officer})
		}
	})
	return out, nil
}
