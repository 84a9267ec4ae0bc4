package main

import (
	"context"
	"errors"
	"time"

	"correctiond/alerts"
	"correctiond/event"
	"correctiond/registers"
	"correctiond/roster"
	"correctiond/rules"
	"correctiond/store"
	"correctiond/store/database"
	"correctiond/web"
)

var _ web.Registers = ports{}

// Records reads records, and by when their next steps are due.
func (p ports) Records(ctx context.Context, f web.RegisterFilter) ([]web.Kept, error) {
	found, err := p.d.state.RegisterRecords(ctx, store.RegisterFilter{
		District: f.District, Office: f.Office, Shared: f.Register == "sweeps", Register: f.Register, Subject: f.Subject, Record: f.Record,
		From: f.From, Until: f.Until, Before: f.Before, Limit: f.Limit,
	})
	if err != nil {
		return nil, err
	}
	reg, _ := registers.Find(f.Register)
	colours := p.colours(&f)
	out := make([]web.Kept, 0, len(found))
	for _, rec := range found {
		if err := p.confirmed(ctx, &rec); err != nil {
			return nil, err
		}
		k := web.Kept{Record: rec, Due: reg.Due(p.d.cal, &rec)}
		if f.Register == "track-reviews" {
			k.Due = p.nextReview(&rec, colours[rec.Subject])
		}
		out = append(out, k)
	}
	return out, nil
}

// colours are those that the cadence of track reviews needs.
func (p ports) colours(f *web.RegisterFilter) map[roster.SubjectID]rules.Colour {
	l := p.d.lane(f.District)
	if l == nil || f.Register != "track-reviews" {
		return nil
	}
	out := map[roster.SubjectID]rules.Colour{}
	for _, st := range l.district.standings().list {
		out[st.Subject] = st.Colour
	}
	return out
}

// nextReview is when the colour asks for the next look at the track.
func (p ports) nextReview(rec *registers.Record, c rules.Colour) roster.Instant {
	until, err := roster.ParseDate(rec.Body.Text("until"))
	if err != nil {
		return 0
	}
	every := rules.Cadence(c).TrackReview
	day := p.d.cal.DayStart(p.d.cal.End(until) - 1)
	if every.Months > 0 {
		return p.d.cal.AddMonths(day, every.Months)
	}
	return p.d.cal.AddDays(day, every.Days+1)
}

// confirmed fills in when the alert of an incident turned out to be true: only a
// P1 has to be reported within a day of that.
func (p ports) confirmed(ctx context.Context, rec *registers.Record) error {
	id := rec.Body.Text("alert")
	if id == "" {
		return nil
	}
	a, ok, err := p.Alert(ctx, id)
	delete(rec.Body, "confirmed")
	if ok && a.Outcome == alerts.Confirmed && a.Closed != nil && a.Episode.Severity == rules.P1 {
		rec.Body["confirmed"] = a.Closed.At.Time(p.d.cal.Location()).Format(time.RFC3339)
	}
	return err
}

// Enter adds an entry.
func (p ports) Enter(ctx context.Context, e registers.Entry) (int64, error) {
	reg, _ := registers.Find(e.Register)
	form, _ := reg.Form(e.Body.Text("step"))
	id, err := p.d.state.EnterRegister(ctx, e, e.Key(&form))
	if errors.Is(err, database.ErrTaken) {
		return id, web.ErrEntered
	}
	if err == nil && e.Register == "incidents" {
		err = p.reported(ctx, &e)
	}
	return id, err
}

// reported tells the rules of the alert's district how far the report of a grave
// incident has come.
func (p ports) reported(ctx context.Context, e *registers.Entry) error {
	act := event.Act{Type: event.ActIncident, By: e.By, Alert: e.Body.Text("alert"), Result: event.IncidentDrafted}
	switch {
	case e.Of != 0 && e.Body.Text("step") != "submitted":
		return nil
	case e.Of != 0:
		of, err := p.d.state.RegisterRecords(ctx, store.RegisterFilter{District: e.District, Register: e.Register, Record: e.Of, Limit: 1})
		if err != nil || len(of) == 0 {
			return err
		}
		act.Alert, act.Result = of[0].Body.Text("alert"), event.IncidentSubmitted
	}
	if act.Alert == "" {
		return nil
	}
	return p.d.Append(ctx, e.District, []event.Entry{{At: nowInstant(), Act: &act}})
}

// drafts tells whether what was done with an alert asks for a report of a grave
// incident: somebody requested it, or a P1 turned out to be true.
func drafts(a *alerts.Action, now *alerts.Alert) bool {
	return a.Type == alerts.RequestIncident ||
		a.Type == alerts.Close && now.Outcome == alerts.Confirmed && now.Episode.Severity == rules.P1
}

// draft enters the draft of such a report, once for each alert. What fails here
// changes nothing of the alert: the report can be entered by hand.
func (p ports) draft(ctx context.Context, a *alerts.Action, now *alerts.Alert) {
	if !drafts(a, now) {
		return
	}
	ep := &now.Episode
	_, err := p.Enter(ctx, registers.Entry{
		District: ep.District, Office: ep.Office, Register: "incidents", Subject: ep.Subject, At: nowInstant(), By: a.By,
		Body: registers.Body{"alert": ep.ID, "title": rules.Info(ep.Kind).Label.In(p.d.cfg.Language), "what": ep.Reason.In(p.d.cfg.Language)},
	})
	if err != nil && !errors.Is(err, web.ErrEntered) {
		p.d.log.Error("no incident is drafted; enter it by hand", "alert", ep.ID, "err", err)
	}
}
