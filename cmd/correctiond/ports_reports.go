package main

import (
	"context"

	"correctiond/alerts"
	"correctiond/roster"
	"correctiond/rules"
	"correctiond/web"
)

var _ web.Reports = ports{}

// Report counts people as the roster has them, and the alerts opened in the span. Many
// readers of one report cost one count.
func (p ports) Report(ctx context.Context, s web.Scope, from, until roster.Instant) (web.Report, error) {
	l := p.d.lane(s.District)
	if l == nil {
		return p.report(ctx, s, from, until)
	}
	census := &l.district.census
	return census.reports.of(countedOf{s.Office, from, until}).get(&census.renewing, 0, func() (web.Report, error) {
		return p.report(context.WithoutCancel(ctx), s, from, until)
	})
}

func (p ports) report(ctx context.Context, s web.Scope, from, until roster.Instant) (web.Report, error) {
	r := web.Report{Kinds: map[roster.SubjectKind]int{}, Raised: map[rules.Kind]web.Yield{}}
	p.countPeople(&r, s, min(until-1, nowInstant()))
	raised, err := p.d.state.Raised(ctx, alerts.Filter{District: s.District, Office: s.Office, From: from, Until: until})
	if err != nil {
		return r, err
	}
	for _, of := range raised {
		y := r.Raised[of.Kind]
		y.Add(of.Outcome, of.N)
		r.Raised[of.Kind] = y
		r.Severities.Of(of.Severity).Add(of.State, of.N, from)
	}
	ongoing, err := p.d.state.Ongoing(ctx, s.District, s.Office)
	r.Absconding = web.Running{New: r.Raised[rules.AbscondingLadder].Raised, Ongoing: ongoing[rules.AbscondingLadder]}
	r.Unregistered = web.Running{New: r.Raised[rules.ReportInOverdue].Raised, Ongoing: ongoing[rules.ReportInOverdue]}
	return r, err
}

// countPeople counts who is under supervision at an instant, and the colours of now.
func (p ports) countPeople(r *web.Report, s web.Scope, at roster.Instant) {
	l := p.d.lane(s.District)
	if l == nil {
		return
	}
	for _, st := range l.district.standings().list {
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
