package main

import (
	"cmp"
	"context"
	"slices"

	"correctiond/alerts"
	"correctiond/roster"
	"correctiond/rules"
	"correctiond/web"
)

// Trend counts the alerts opened on each of some local days up to today.
func (p ports) Trend(ctx context.Context, s web.Scope, days int) ([]web.DayCount, error) {
	first := p.d.cal.AddDays(p.d.cal.DayStart(nowInstant()), 1-days)
	f := alerts.Filter{District: s.District, Office: s.Office, From: first}
	if s.Limited {
		if f.Subjects = s.Only.IDs(); len(f.Subjects) == 0 {
			f.Until = first // nobody: nothing
		}
	}
	l := p.d.lane(s.District)
	if l == nil || s.Limited {
		return p.trend(ctx, f, days)
	}
	census := &l.district.census
	return census.trends.of(countedOf{s.Office, first, first + roster.Instant(days)}).get(&census.renewing, 0, func() ([]web.DayCount, error) {
		return p.trend(context.WithoutCancel(ctx), f, days)
	})
}

func (p ports) trend(ctx context.Context, f alerts.Filter, days int) ([]web.DayCount, error) {
	counted, err := p.d.state.Opened(ctx, f)
	if err != nil {
		return nil, err
	}
	list := make([]web.DayCount, days)
	for i := range list {
		list[i].Day = p.d.cal.AddDays(f.From, i)
		for sev, n := range counted[i] {
			list[i].Raised[sev-rules.P1] = n
		}
	}
	return list, nil
}

// OfficerOverviews counts people and waiting alerts of an office by officer, those with
// the most to do first.
func (p ports) OfficerOverviews(ctx context.Context, s web.Scope) ([]web.OfficerOverview, error) {
	l := p.d.lane(s.District)
	if l == nil || s.Office == "" {
		return nil, nil
	}
	waiting, err := p.waiting(ctx, &s)
	if err != nil {
		return nil, err
	}
	by := map[roster.OfficerID]*web.OfficerOverview{}
	of := func(id roster.OfficerID) *web.OfficerOverview {
		if by[id] == nil {
			by[id] = &web.OfficerOverview{Officer: id}
		}
		return by[id]
	}
	for id, n := range waiting {
		of(id).Open = n
	}
	all := l.district.standings()
	for i := range all.list {
		if st := &all.list[i]; st.Office == s.Office && (!s.Limited || s.Only.Has(st.Subject)) {
			o := of(st.officer)
			o.Subjects++
			o.Colours[st.Colour]++
		}
	}
	var list []web.OfficerOverview
	for _, o := range by {
		list = append(list, *o)
	}
	slices.SortFunc(list, func(a, b web.OfficerOverview) int {
		return cmp.Or(cmp.Compare(b.Open, a.Open), cmp.Compare(b.Subjects, a.Subjects), cmp.Compare(a.Officer, b.Officer))
	})
	return list, nil
}

// waiting counts the alerts of an office that nobody has acknowledged, by officer.
func (p ports) waiting(ctx context.Context, s *web.Scope) (map[roster.OfficerID]int, error) {
	f := alerts.Filter{District: s.District, Office: s.Office, States: []alerts.State{alerts.Open}}
	if s.Limited {
		if f.Subjects = s.Only.IDs(); len(f.Subjects) == 0 {
			return nil, nil
		}
	}
	return p.d.state.Waiting(ctx, f)
}
