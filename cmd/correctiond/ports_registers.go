package main

import (
	"context"
	"errors"
	"time"

	"correctiond/alerts"
	"correctiond/event"
	"correctiond/journal"
	"correctiond/registers"
	"correctiond/roster"
	"correctiond/rules"
	"correctiond/store/database"
	"correctiond/store/entries"
	"correctiond/web"
)

var _ web.Registers = ports{}

// Records reads records, and by when their next steps are due.
func (p ports) Records(ctx context.Context, f web.RegisterFilter) ([]web.Kept, error) {
	found, err := p.d.state.RegisterRecords(ctx, entries.Filter{
		District: f.District, Office: f.Office, Shared: f.Register == "sweeps", Register: f.Register, Subject: f.Subject, Record: f.Record,
		From: f.From, Until: f.Until, Before: f.Before, Limit: f.Limit,
	})
	if err != nil {
		return nil, err
	}
	reg, _ := registers.Find(f.Register)
	l := p.d.lane(f.District)
	out := make([]web.Kept, 0, len(found))
	for _, rec := range found {
		if err := p.confirmed(ctx, &rec); err != nil {
			return nil, err
		}
		k := web.Kept{Record: rec, Due: reg.Due(p.d.cal, &rec)}
		if f.Register == "track-reviews" && l != nil {
			k.Due = p.nextReview(&rec, l.district.standings().colour(rec.Subject))
		}
		out = append(out, k)
	}
	return out, nil
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

// Enter adds an entry. Where an act goes with it the row is written first, hidden;
// then the journal takes the act; and the transaction in which the rules have taken
// it shows the row. So there are both or neither, whenever the daemon ends.
func (p ports) Enter(ctx context.Context, e registers.Entry, also *web.Deed) (id int64, err error) {
	act, err := p.goesWith(ctx, &e, also)
	if err == nil && act != nil && p.d.lane(e.District) == nil {
		err = &web.DeedError{Detail: "it " + errElsewhere.Error()}
	}
	if err != nil {
		return 0, err
	}
	reg, _ := registers.Find(e.Register)
	form, _ := reg.Form(e.Body.Text("step"))
	if once := e.Key(&form); act == nil {
		id, err = p.d.state.EnterRegister(ctx, e, once)
	} else {
		id, err = p.enterWith(ctx, &entries.Entering{Entry: e, Once: once}, act)
	}
	if errors.Is(err, database.ErrTaken) {
		err = web.ErrEntered
	}
	return id, err
}

// goesWith is the act that the rules have to see with an entry; nil: none.
func (p ports) goesWith(ctx context.Context, e *registers.Entry, also *web.Deed) (*event.Act, error) {
	switch {
	case also != nil:
		act, err := p.act(also)
		if err != nil {
			err = &web.DeedError{Detail: err.Error()}
		}
		return act, err
	case e.Register == "incidents":
		return p.reports(ctx, e)
	}
	return nil, nil
}

// reports is the act that tells how far the report of a grave incident has come.
func (p ports) reports(ctx context.Context, e *registers.Entry) (*event.Act, error) {
	act := &event.Act{Type: event.ActIncident, By: e.By, Alert: e.Body.Text("alert"), Result: event.IncidentDrafted}
	switch {
	case e.Of != 0 && e.Body.Text("step") != "submitted":
		return nil, nil
	case e.Of != 0:
		of, err := p.d.state.RegisterRecords(ctx, entries.Filter{District: e.District, Register: e.Register, Record: e.Of, Limit: 1})
		if err != nil || len(of) == 0 {
			return nil, err
		}
		act.Alert, act.Result = of[0].Body.Text("alert"), event.IncidentSubmitted
	}
	if act.Alert == "" {
		return nil, nil
	}
	return act, nil
}

func (p ports) enterWith(ctx context.Context, in *entries.Entering, act *event.Act) (int64, error) {
	token, answer := p.d.waiting.expect()
	defer p.d.waiting.forget(token)
	act.Token, in.Act = token, token
	id, err := p.d.state.PrepareEntry(ctx, *in)
	if err != nil {
		return 0, err
	}
	err = p.d.Append(ctx, in.District, []event.Entry{{At: nowInstant(), Act: act}})
	if errors.Is(err, journal.ErrFull) {
		return 0, errors.Join(err, p.d.state.DropEntry(ctx, token))
	}
	if err != nil {
		return 0, err // it may be in the journal; else the next start takes the row back
	}
	select {
	case r := <-answer:
		if r.err != nil {
			return 0, errors.Join(&web.DeedError{Detail: r.err.Error()}, p.d.state.DropEntry(ctx, token))
		}
		return id, nil
	case <-ctx.Done():
		return 0, ctx.Err()
	}
}
