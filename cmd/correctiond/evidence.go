package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"correctiond/alerts"
	"correctiond/evidence"
	"correctiond/roster"
	"correctiond/rules"
	"correctiond/store/access"
	"correctiond/store/audit"
	"correctiond/store/database"
)

// How much of a track belongs to an alert, and how long it is at most.
const (
	evidenceAround = roster.Hour
	evidenceSpan   = 31 * roster.Day
)

// writeEvidence makes the package of an approved request, after the export is recorded.
func (st *openState) writeEvidence(ctx context.Context, w io.Writer, r *access.EvidenceRequest) error {
	now := nowInstant()
	if !r.Usable(now) {
		return errors.New("the request is not approved, or that was more than seven days ago")
	}
	err := st.state.AppendAudit(ctx, audit.Record{
		At: now, Actor: r.Requester, Action: "evidence.export", Object: r.Alert, Reason: r.Reason,
		Detail: fmt.Sprintf("request %d, approved by %s", r.ID, r.Approver),
	})
	if err != nil {
		return err
	}
	c, err := st.evidence(ctx, r, now)
	if err != nil {
		return err
	}
	return evidence.Write(w, c)
}

// evidence collects what belongs to an alert.
func (st *openState) evidence(ctx context.Context, r *access.EvidenceRequest, now roster.Instant) (*evidence.Case, error) {
	a, err := st.state.Alert(ctx, r.Alert)
	if err != nil {
		return nil, err
	}
	loc := st.cal.Location()
	c := &evidence.Case{Alert: a, Label: rules.Info(a.Episode.Kind).Label, Zone: loc, Export: evidence.Export{
		Request: r.ID, Requester: r.Requester, Reason: r.Reason, Approver: r.Approver,
		Approved: r.ApprovedAt.Time(loc).Format(time.RFC3339), Made: now.Time(loc).Format(time.RFC3339),
	}}
	if c.Thresholds, err = st.state.Rules(ctx, a.Episode.Rules); err != nil && !errors.Is(err, database.ErrNotFound) {
		return nil, err
	}
	if c.Notices, err = st.state.Told(ctx, r.Alert); err != nil {
		return nil, err
	}
	for _, collect := range []func(context.Context, *evidence.Case) error{st.evidenceTrack, st.evidenceFacts, st.evidenceAudit, st.evidenceFiles} {
		if err := collect(ctx, c); err != nil {
			return nil, err
		}
	}
	return c, nil
}

func (st *openState) evidenceTrack(ctx context.Context, c *evidence.Case) error {
	ep := &c.Alert.Episode
	if ep.Subject == "" {
		return nil
	}
	from, until := ep.Started-evidenceAround, ep.Started+evidenceSpan
	if ep.Ended != 0 {
		until = min(until, ep.Ended+evidenceAround)
	}
	for ev, err := range st.history.Track(ctx, ep.Subject, from, until) {
		if err != nil {
			return err
		}
		c.Events = append(c.Events, ev)
	}
	return nil
}

// evidenceFacts are what the roster held about the person when the alert was opened.
func (st *openState) evidenceFacts(ctx context.Context, c *evidence.Case) error {
	ep := &c.Alert.Episode
	v, err := st.state.RosterAt(ctx, ep.District, ep.Opened)
	if errors.Is(err, database.ErrNotFound) {
		return nil
	}
	var file roster.Roster
	if err == nil {
		err = json.Unmarshal(v.JSON, &file)
	}
	if err != nil {
		return fmt.Errorf("read roster of then: %w", err)
	}
	c.Facts = factsOf(&file, ep)
	c.Facts.Version, c.Facts.Hash = v.Version, v.Hash
	return nil
}

func factsOf(file *roster.Roster, ep *rules.Episode) evidence.Facts {
	f := evidence.Facts{Devices: []roster.Device{}, Zones: []roster.Zone{}}
	if i := slices.IndexFunc(file.Offices, func(o roster.Office) bool { return o.ID == ep.Office }); i >= 0 {
		f.Office = &file.Offices[i]
	}
	if i := slices.IndexFunc(file.Officers, func(o roster.Officer) bool { return o.ID == ep.Officer }); i >= 0 {
		f.Officer = &file.Officers[i]
	}
	zones := []roster.ZoneID{file.District.Area}
	if i := slices.IndexFunc(file.Subjects, func(s roster.Subject) bool { return s.ID == ep.Subject }); i >= 0 && ep.Subject != "" {
		f.Subject = &file.Subjects[i]
		zones = append(append(zones, f.Subject.Area), f.Subject.Forbidden...)
	}
	for _, d := range file.Devices {
		bound := slices.ContainsFunc(d.Bindings, func(b roster.Binding) bool { return ep.Subject != "" && b.Subject == ep.Subject })
		if bound || d.ID == ep.Device {
			f.Devices = append(f.Devices, d)
		}
	}
	for _, z := range file.Zones {
		if slices.Contains(zones, z.ID) {
			f.Zones = append(f.Zones, z)
		}
	}
	return f
}

// evidenceAudit takes the records about the alert and the person since it began, and
// the end of the chain they are part of.
func (st *openState) evidenceAudit(ctx context.Context, c *evidence.Case) error {
	ep := &c.Alert.Episode
	for _, object := range slices.Compact([]string{ep.ID, string(ep.Subject)}) {
		if object == "" {
			continue
		}
		for r, err := range st.state.AuditOf(ctx, object) {
			if err != nil {
				return err
			}
			if r.At < ep.Started {
				continue
			}
			line, err := json.Marshal(exported(&r, c.Zone))
			if err != nil {
				return err
			}
			c.Audit = append(c.Audit, line)
			c.Export.Chain = max(c.Export.Chain, fmt.Sprintf("%012d %s", r.N, r.Hash))
		}
	}
	return nil
}

func (st *openState) evidenceFiles(_ context.Context, c *evidence.Case) error {
	from := files{st.dir.file("files"), st.vault}
	seen := map[string]bool{}
	for _, f := range c.Alert.Files() {
		if seen[f.SHA256] {
			continue
		}
		seen[f.SHA256] = true
		data, err := from.read(f.SHA256)
		if err != nil {
			return fmt.Errorf("attached file: %w", err)
		}
		c.Attached = append(c.Attached, evidence.Attached{SHA256: f.SHA256, Content: data})
	}
	return nil
}

// inScope tells whether a person of a district and office may deal with an alert.
func inScope(a *alerts.Alert, district roster.DistrictID, office roster.OfficeID) bool {
	return a.Episode.District == district && (office == "" || office == a.Episode.Office)
}
