package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"correctiond/event"
	"correctiond/roster"
	"correctiond/rules"
	"correctiond/store"
	"correctiond/web"
)

var _ web.Deeds = ports{}

// deedType is the act that a path of the API names; false for an unknown one.
func deedType(what string) (event.ActType, bool) {
	t, ok := map[string]event.ActType{
		"contact": event.ActContact, "visit": event.ActVisit, "report": event.ActReportReceived,
		"leave": event.ActLeaveGranted, "return": event.ActLeaveReturned, "reported-in": event.ActReportedIn,
		"authority": event.ActAuthorityGranted, "authority-end": event.ActAuthorityEnded, "custody": event.ActCustody,
		"lost": event.ActDeclareLost, "absconding": event.ActDeclareAbscond, "found": event.ActFound,
		"challenge": event.ActChallenge, "colour": event.ActColour, "colour-confirmed": event.ActColourConfirmed,
		"admonition": event.ActAdmonition, "warning": event.ActWarning, "penalty": event.ActPenalty, "education": event.ActEducation,
	}[what]
	return t, ok
}

// Record journals a deed and waits until the rules have taken it.
func (p ports) Record(ctx context.Context, d web.Deed) error {
	act, err := p.act(&d)
	if err == nil && p.d.lane(d.District) == nil {
		err = fmt.Errorf("%s %w", d.Subject, errElsewhere)
	}
	if err != nil {
		return &web.DeedError{Detail: err.Error()}
	}
	token, answer := p.d.waiting.expect()
	defer p.d.waiting.forget(token)
	act.Token = token
	entry := event.Entry{At: roster.InstantOf(time.Now()), Act: act}
	if err := p.d.Append(ctx, d.District, []event.Entry{entry}); err != nil {
		return err
	}
	select {
	case r := <-answer:
		if r.err != nil {
			return &web.DeedError{Detail: r.err.Error()}
		}
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// act reads the body of a deed as an act. Whom it is about and who did it come
// from the request alone.
func (p ports) act(d *web.Deed) (*event.Act, error) {
	kind, ok := deedType(d.What)
	if !ok {
		return nil, fmt.Errorf("there is no deed %q", d.What)
	}
	fields := map[string]any{}
	if body := bytes.TrimSpace(d.Body); len(body) > 0 {
		dec := json.NewDecoder(bytes.NewReader(body))
		dec.UseNumber()
		if err := dec.Decode(&fields); err != nil || fields == nil {
			return nil, errors.New("the body must be a JSON object")
		}
	}
	for _, name := range []string{"type", "by", "subject", "alert", "version", "token"} {
		if _, given := fields[name]; given {
			return nil, fmt.Errorf("field %q does not belong into the body", name)
		}
	}
	fields["type"], fields["by"] = kind, d.By
	if _, ofDevice := fields["device"]; !ofDevice {
		fields["subject"] = d.Subject
	}
	return p.parse(fields, d)
}

func (p ports) parse(fields map[string]any, d *web.Deed) (*event.Act, error) {
	text, err := json.Marshal(fields)
	if err != nil {
		return nil, err
	}
	act, err := event.ParseAct(text)
	if err == nil && act.Device != "" && !p.wears(d, act.Device) {
		err = fmt.Errorf("device %q is not bound to %s", act.Device, d.Subject)
	}
	return act, err
}

// wears reports whether a device is bound to the person now.
func (p ports) wears(d *web.Deed, id roster.DeviceID) bool {
	dir := p.d.registry.district(d.District)
	if dir == nil || dir.Device(id) == nil {
		return false
	}
	b := dir.Device(id).BoundTo(nowInstant())
	return b != nil && b.SubjectID == d.Subject
}

// amended is told when acts have changed a district's roster.
func (d *daemon) amended(id roster.DistrictID) {
	select {
	case d.amendments <- id:
	default: // the one that waits finds this change, too
	}
}

// followAmendments keeps the stored roster, and the one that ingest asks, like
// the one that acts have changed in the engine.
func (d *daemon) followAmendments(ctx context.Context) error {
	for {
		select {
		case id := <-d.amendments:
			d.amendAll(ctx, d.waitingWith(id))
		case <-ctx.Done():
			return nil
		}
	}
}

func (d *daemon) amendAll(ctx context.Context, ids map[roster.DistrictID]bool) {
	for id := range ids {
		if err := d.amend(ctx, id); err != nil && ctx.Err() == nil {
			d.log.Error("the roster as officers changed it is not stored yet", "district", id, "err", err)
			time.AfterFunc(time.Second, func() { d.amended(id) })
		}
	}
}

// waitingWith is a district and those that have been named meanwhile, each once: what
// was done while a roster was stored is stored together.
func (d *daemon) waitingWith(id roster.DistrictID) map[roster.DistrictID]bool {
	all := map[roster.DistrictID]bool{id: true}
	for {
		select {
		case id := <-d.amendments:
			all[id] = true
		default:
			return all
		}
	}
}

// byActs is who stores a roster that acts have changed.
const byActs = "officers' acts"

func (d *daemon) amend(ctx context.Context, id roster.DistrictID) error {
	l := d.lane(id)
	if l == nil {
		return nil
	}
	d.storing.Lock()
	defer d.storing.Unlock()
	if l.district.awaits() {
		return nil // acts after the import tell again
	}
	mark := l.district.mark()
	if mark.edits == 0 || mark == l.district.stored {
		return nil
	}
	like, file, _ := l.district.rosterNow()
	// What messages are lawful by must not wait for the database.
	if err := d.useRoster(ctx, like, file); err != nil {
		return err
	}
	if err := d.storeRoster(ctx, file, byActs); err != nil {
		return err
	}
	l.district.stored = mark
	return nil
}

// rosterMark says which roster an engine holds: the version that it took over, and how
// many acts have changed it since.
type rosterMark struct {
	hash  string
	edits int
}

func (d *district) mark() (m rosterMark) {
	d.ask(func(e *rules.Engine) { m = rosterMark{e.RosterHash(), e.Edits()} })
	return m
}

// awaits tells whether an imported roster stands in the journal that the engine has
// not taken yet.
func (d *district) awaits() bool { return d.judged.Load() < d.imported.Load() }

// rosterNow is the roster of the engine, which acts may change further, as it is
// now, and how many acts have changed it.
func (d *district) rosterNow() (dir *roster.Directory, file *roster.Roster, edits int) {
	d.ask(func(e *rules.Engine) {
		if dir, edits = e.Directory(), e.Edits(); dir == nil {
			return
		}
		// Acts replace whole entries: a copy of the lists is a copy of all.
		now := *dir.Roster()
		now.Subjects, now.Devices = slices.Clone(now.Subjects), slices.Clone(now.Devices)
		file = &now
	})
	return dir, file, edits
}

// holds returns the roster of the engine if the stored one is that one: as it was taken
// over, or as acts have left it at some time since; nil: the stored one is another,
// which somebody has imported.
func (d *district) holds(stored *store.RosterVersion) (dir *roster.Directory, file *roster.Roster, err error) {
	dir, file, edits := d.rosterNow()
	hash := stored.Hash
	if file == nil || *d.roster.Load() == hash || stored.By == byActs {
		return dir, file, nil // further acts stand in the journal
	}
	if edits > 0 {
		var text []byte
		if text, err = json.Marshal(file); err == nil && event.RosterHash(text) == hash {
			return dir, file, nil
		}
	}
	return dir, nil, err
}
