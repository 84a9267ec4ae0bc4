package main

import (
	"context"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"correctiond/roster"
	"correctiond/rules"
	"correctiond/web"
)

var _ web.Register = ports{}

// standings are the order of a district's people, and what they count up to, kept
// for a short while, so that many readers cost one computation.
type standings struct {
	work sync.Mutex // held by who computes
	kept atomic.Pointer[ranked]
}

// ranked is what was computed at an instant.
type ranked struct {
	at     time.Time
	took   time.Duration
	list   []rules.Standing
	census census
}

// census counts the people of a district by office.
type census struct {
	colours    map[roster.OfficeID][4]int
	attendance []rules.Attendance // of the local day
	silence    map[roster.OfficeID]rules.Silence
}

// How long an order is kept: two seconds, or so long that computing it takes a
// twentieth of the time. For as long again those who come while somebody computes
// the next one get the last.
const (
	standingsLife  = 2 * time.Second
	standingsShare = 20
)

func (d *district) standings() *ranked {
	old := d.ranked.kept.Load()
	life := standingsLife
	if old != nil {
		life = max(life, standingsShare*old.took)
	}
	switch {
	case old != nil && time.Since(old.at) <= life:
		return old
	case old != nil && time.Since(old.at) <= 2*life:
		if !d.ranked.work.TryLock() {
			return old
		}
	default:
		d.ranked.work.Lock()
	}
	defer d.ranked.work.Unlock()
	if now := d.ranked.kept.Load(); now != old { // somebody else has computed it
		return now
	}
	next := d.rank()
	d.ranked.kept.Store(next)
	return next
}

// rank computes the order. It may not take the engine for long at a time.
func (d *district) rank() *ranked {
	began := time.Now()
	r := &ranked{census: census{colours: map[roster.OfficeID][4]int{}}}
	now := roster.InstantOf(began)
	d.ask(func(e *rules.Engine) { r.list = e.Standings() })
	d.ask(func(e *rules.Engine) {
		if dir := e.Directory(); dir != nil {
			day := dir.Calendar().DayStart(now)
			r.census.attendance = e.Attendances(day, dir.Calendar().AddDays(day, 1), now)
		}
		r.census.silence = e.Silences(now)
	})
	for i := range r.list {
		st := &r.list[i]
		n := r.census.colours[st.Office]
		n[st.Colour]++
		r.census.colours[st.Office] = n
	}
	r.at, r.took = time.Now(), time.Since(began)
	return r
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
	list := l.district.standings().list
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
