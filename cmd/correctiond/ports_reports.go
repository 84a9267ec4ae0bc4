package main

import (
	"context"

	"correctiond/alerts"
	"correctiond/roster"
	"correctiond/rules"
	"correctiond/web"
)

var _ web.Reports = ports{}

// Report counts people as the roster has them, and the alerts opened in the span.
func (p ports) Report(ctx context.Context, s web.Scope, from, until roster.Instant) (web.Report, error) {
	r := web.Report{Kinds: map[roster.SubjectKind]int{}, Raised: map[rules.Kind]web.Yield{}}
	p.countPeople(&r, s, min(until-1, nowInstant()))
	f := alerts.Filter{District: s.District, Office: s.Office, From: from, Until: until}
	err := p.eachAlert(ctx, f, func(a *alerts.Alert) {
		y := r.Raised[a.Episode.Kind]
		y.Add(a)
		r.Raised[a.Episode.Kind] = y
		r.Severities.Of(a.Episode.Severity).Add(a.State, 1, a.Episode.Opened)
	})
	if err != nil {
		return r, err
	}
	r.Absconding.New, r.Unregistered.New = r.Raised[rules.AbscondingLadder].Raised, r.Raised[rules.ReportInOverdue].Raised
	for kind, n := range map[rules.Kind]*int{rules.AbscondingLadder: &r.Absconding.Ongoing, rules.ReportInOverdue: &r.Unregistered.Ongoing} {
		err := p.eachAlert(ctx, alerts.Filter{District: s.District, Office: s.Office, Kind: kind}, func(a *alerts.Alert) {
			if a.Condition() == "active" {
				*n++
			}
		})
		if err != nil {
			return r, err
		}
	}
	return r, nil
}

// countPeople counts who is under supervision at an instant, and the colours of now.
func (p ports) countPeople(r *web.Report, s web.Scope, at roster.Instant) {
	l := p.d.lane(s.District)
	if l == nil {
		return
	}
	for _, st := range l.district.standings() {
		if s.Office == "" || st.Office == s.Office {
			r.Colours[st.Colour]++
		}
	}
	l.district.ask(func(e *rules.Engine) {
		if e.Directory() == nil {
			return
		}
		for _, entry := range e.Directory().Subjects() {
			if (s.Office == "" || entry.Office == s.Office) && entry.Term.Covers(at) {
				r.Subjects++
				r.Kinds[entry.Kind]++
			}
		}
	})
}

// eachAlert visits every alert that a filter selects, page by page.
func (p ports) eachAlert(ctx context.Context, f alerts.Filter, visit func(*alerts.Alert)) error {
	f.Limit = alerts.MaxPage
	for {
		page, err := p.d.state.Alerts(ctx, f)
		if err != nil {
			return err
		}
		for i := range page.Items {
			visit(&page.Items[i])
		}
		if f.Cursor = page.Next; f.Cursor == "" {
			return nil
		}
	}
}
