package main

import (
	"context"
	"crypto/rand"
	"time"

	"correctiond/alerts"
	"correctiond/event"
	"correctiond/registers"
	"correctiond/rules"
	"correctiond/store/entries"
)

// drafts tells whether what was done with an alert asks for a report of a grave
// incident: somebody requested it, or a P1 turned out to be true.
func drafts(a *event.Act, now *alerts.Alert) bool {
	return a.Type == event.ActRequestIncident ||
		a.Type == event.ActClose && now.Outcome == alerts.Confirmed && now.Episode.Severity == rules.P1
}

// draft is the draft of such a report, which is written in the transaction of the
// act; nil: the act asks for none. There is one for each alert.
func (d *district) draft(entry *event.Entry) *entries.Entering {
	if t := entry.Act.Type; t != event.ActRequestIncident && t != event.ActClose {
		return nil
	}
	now, err := d.desk.alert(entry.Act.Alert)
	if err != nil || now == nil || !drafts(entry.Act, now) {
		return nil
	}
	ep := &now.Episode
	e := registers.Entry{
		District: ep.District, Office: ep.Office, Register: "incidents", Subject: ep.Subject, At: entry.At, By: entry.Act.By,
		Body: registers.Body{"alert": ep.ID, "title": rules.Info(ep.Kind).Label.In(d.language), "what": ep.Reason.In(d.language)},
	}
	reg, _ := registers.Find(e.Register)
	return &entries.Entering{Entry: e, Once: e.Key(&reg.New), Act: rand.Text()}
}

// settlePause is how long settle waits after a failure.
const settlePause = 5 * time.Second

// settle journals the acts that tell the rules of drafts. At the start, once the
// rules have taken all of the journal, it takes back the entries whose act never got
// there.
func (d *district) settle(ctx context.Context) {
	if time.Now().Before(d.settleAfter) || !d.unsettled.Swap(false) {
		return
	}
	if err := d.tryToSettle(ctx); err != nil {
		d.unsettled.Store(true)
		d.settleAfter = time.Now().Add(settlePause)
		if ctx.Err() == nil {
			d.logger.Error("drafts of incidents wait for the rules", "district", d.id, "err", err)
		}
	}
}

func (d *district) tryToSettle(ctx context.Context) error {
	if d.behind(ctx) {
		d.unsettled.Store(true)
		return ctx.Err()
	}
	if err := d.state.DropHidden(ctx, d.id, d.started); err != nil {
		return err
	}
	untold, err := d.state.Untold(ctx, d.id)
	if err != nil || len(untold) == 0 {
		return err
	}
	var list []event.Entry
	for i := range untold {
		e := &untold[i]
		list = append(list, event.Entry{At: nowInstant(), Act: &event.Act{
			Type: event.ActIncident, By: e.By, Alert: e.Body.Text("alert"), Result: event.IncidentDrafted, Token: e.Act,
		}})
	}
	return d.append(ctx, list)
}
