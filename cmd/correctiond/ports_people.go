package main

import (
	"context"
	"slices"
	"strings"

	"correctiond/roster"
	"correctiond/rules"
	"correctiond/web"
)

var _ web.Register = ports{}

// Subjects reads one page of the register.
func (p ports) Subjects(_ context.Context, f web.SubjectFilter) (web.People, error) {
	l := p.d.lane(f.District)
	if l == nil {
		return web.People{}, nil
	}
	if f.Subject != "" {
		return p.subject(l, &f), nil
	}
	all := l.district.standings()
	var page web.People
	var ids []roster.SubjectID
	for i := range all.list {
		st := &all.list[i]
		if f.Office != "" && st.Office != f.Office || !fits(&f, st.Subject, st.name, st.minor) || !ranks(&f, &st.Standing) {
			continue
		}
		if page.More = len(ids) == f.Limit; page.More {
			break
		}
		ids = append(ids, st.Subject)
	}
	l.district.ask(func(e *rules.Engine) {
		for _, id := range ids {
			if entry := e.Directory().Subject(id); entry != nil && selects(&f, entry) {
				page.Items = append(page.Items, personOf(e, entry))
			}
		}
	})
	return page, nil
}

// Names reads masked names.
func (p ports) Names(_ context.Context, s web.Scope, ids []roster.SubjectID) (map[roster.SubjectID]string, error) {
	names := map[roster.SubjectID]string{}
	l := p.d.lane(s.District)
	if l == nil {
		return names, nil
	}
	l.district.ask(func(e *rules.Engine) {
		if e.Directory() == nil {
			return
		}
		for _, id := range ids {
			if entry := e.Directory().Subject(id); entry != nil && s.Includes(s.District, entry.Office, id) {
				who := web.Person{Name: entry.Name, Minor: entry.Minor}
				names[id] = who.Masked()
			}
		}
	})
	return names, nil
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
	return f.Includes(f.District, entry.Office, entry.ID) && (f.Subject == "" || entry.ID == f.Subject) &&
		fits(f, entry.ID, entry.Name, entry.Minor)
}

// fits reports whether somebody is who is looked for, by id or by name.
func fits(f *web.SubjectFilter, id roster.SubjectID, name string, minor bool) bool {
	return f.Query == "" || strings.Contains(string(id), f.Query) || !minor && strings.Contains(name, f.Query)
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
