package main

import (
	"cmp"
	"context"
	"fmt"
	"strconv"

	"correctiond/event"
	"correctiond/registers"
	"correctiond/roster"
	"correctiond/rules"
	"correctiond/store"
	"correctiond/store/audit"
	"correctiond/web"
)

var (
	_ web.Dossiers = ports{}
	_ web.Tracks   = ports{}
)

// Dossier lists what the roster, as acts have changed it, holds of a person.
func (p ports) Dossier(ctx context.Context, id roster.DistrictID, subject roster.SubjectID) ([]web.Moment, error) {
	l := p.d.lane(id)
	if l == nil {
		return nil, nil
	}
	f := facts{cal: p.d.cal, until: nowInstant()}
	l.district.ask(func(e *rules.Engine) {
		if e.Directory() == nil {
			return
		}
		if entry := e.Directory().Subject(subject); entry != nil {
			f.of(entry)
		}
	})
	kept, err := p.d.state.RegisterRecords(ctx, store.RegisterFilter{District: id, Subject: subject, Limit: maxKept})
	for i := range kept {
		f.kept(&kept[i])
	}
	return f.list, err
}

// maxKept bounds how many register records a timeline shows.
const maxKept = 1000

// kept is a record of a register; a visit is a fact of the roster already.
func (f *facts) kept(rec *registers.Record) {
	if rec.Register == "visits" {
		return
	}
	f.add(web.Moment{
		At: rec.At, What: rec.Register, ID: strconv.FormatInt(rec.ID, 10), By: rec.By,
		Text: cmp.Or(rec.Body.Text("result"), rec.Body.Text("finding"), rec.Body.Text("title")),
	})
}

// facts collects dated facts of a person; what lies ahead is left out.
type facts struct {
	cal   *roster.Calendar
	until roster.Instant
	list  []web.Moment
}

func (f *facts) add(m web.Moment) {
	if m.At > 0 && m.At <= f.until {
		f.list = append(f.list, m)
	}
}

func (f *facts) days(what string, days []roster.Date) {
	for _, d := range days {
		f.add(web.Moment{At: f.cal.Start(d), What: what})
	}
}

// of lists the facts of one person. The entry changes: it is read under ask only.
func (f *facts) of(entry *roster.SubjectEntry) {
	f.add(web.Moment{At: entry.Term.From, Until: entry.Term.End, What: "term"})
	f.add(web.Moment{At: entry.Reported, What: "reported-in"})
	for i := range entry.Leaves {
		l := &entry.Leaves[i]
		f.add(web.Moment{At: f.cal.Start(l.From), Until: f.cal.End(l.Until), What: "leave", ID: l.ID, Text: l.Reason})
		if l.Returned != nil {
			f.add(web.Moment{At: f.cal.Start(*l.Returned), What: "return", ID: l.ID})
		}
	}
	for i := range entry.Travel {
		t := &entry.Travel[i]
		f.add(web.Moment{At: f.cal.Start(t.From), Until: f.cal.End(t.Until), What: "travel", ID: t.ID})
	}
	for _, c := range entry.Custody {
		f.add(web.Moment{At: c.From, Until: c.End, What: "custody"})
	}
	f.days("visit", entry.Reports.Visits)
	f.days("report-health", entry.Reports.Health)
	f.days("report-medical-review", entry.Reports.MedicalReview)
	f.days("report-periodic", entry.Reports.Periodic)
	f.days("admonition", entry.Facts.Admonitions)
	f.days("warning", entry.Facts.Warnings)
	f.devices(entry)
}

// devices lists under which authority somebody was located, and with what.
func (f *facts) devices(entry *roster.SubjectEntry) {
	for _, dev := range entry.Devices {
		for i := range dev.Device.Bindings {
			b := &dev.Device.Bindings[i]
			if b.Subject != entry.ID {
				continue
			}
			m := web.Moment{At: f.cal.Start(b.From), What: "device", ID: string(dev.ID), Text: string(dev.Kind)}
			if b.Until != nil {
				m.Until = f.cal.Start(*b.Until)
			}
			f.add(m)
			f.authorities(dev, &m)
		}
	}
}

// authorities are those that begin while the device is bound to the person.
func (f *facts) authorities(dev *roster.DeviceEntry, bound *web.Moment) {
	for i := range dev.Device.Authority {
		a := &dev.Device.Authority[i]
		from, end := f.cal.Start(a.From), f.cal.End(a.Until)
		if end > bound.At && (bound.Until == 0 || from < bound.Until) {
			f.add(web.Moment{At: from, Until: end, What: "authority", ID: a.ID, Text: a.Document})
		}
	}
}

// Track hands out a person's positions once the reading is in the audit log and, unless
// it is of an alert, in the journal.
func (p ports) Track(ctx context.Context, q web.TrackQuery, yield func(web.TrackPoint) error) error {
	r := audit.Record{
		At: nowInstant(), Actor: q.By, Action: "track.read", Object: string(q.Subject), Reason: q.Reason,
		Detail: fmt.Sprintf("%d to %d", q.From, q.Until), District: q.District, Subject: q.Subject,
	}
	if q.OfAlert {
		r.Purpose = audit.PurposeAlert
	}
	if err := p.d.state.AppendAudit(ctx, r); err != nil {
		return err
	}
	if !q.OfAlert {
		read := event.Act{By: q.By, Subject: q.Subject, Result: event.QueryRead}
		if err := p.d.queried(ctx, q.District, read); err != nil {
			return err
		}
	}
	for ev, err := range p.d.history.Track(ctx, q.Subject, q.From, q.Until) {
		if err != nil {
			return err
		}
		if ev.Position == nil {
			continue
		}
		if err := yield(trackPointOf(&ev)); err != nil {
			return err
		}
	}
	return nil
}

func trackPointOf(ev *event.Event) web.TrackPoint {
	kinds := map[event.Kind]string{event.Location: "location", event.Checkin: "checkin", event.Status: "status"}
	pos := ev.Position
	p := web.TrackPoint{
		Time: ev.Time, Received: ev.Received, Device: ev.Device, Kind: kinds[ev.Kind],
		Lat: pos.Lat, Lng: pos.Lng, AccuracyM: pos.AccuracyM, Source: string(pos.Source), Mock: pos.Mock,
	}
	if ev.Check != nil {
		p.Verify = ev.Check.Verify
	}
	return p
}
