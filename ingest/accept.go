package ingest

import (
	"math"

	"correctiond/event"
	"correctiond/roster"
)

// IDs knows which events were accepted already.
type IDs interface {
	// Seen tells whether the device's event id was accepted; at is its time.
	Seen(device roster.DeviceID, id string, at roster.Instant) bool
	// Remember records an accepted id.
	Remember(device roster.DeviceID, id string, at roster.Instant)
}

// Find returns the directory of the district a device belongs to, nil for an
// unknown device.
type Find func(roster.DeviceID) *roster.Directory

// Acceptor decides what is admitted to the journal.
type Acceptor struct {
	// Find is required.
	Find Find
	// IDs is required.
	IDs IDs
	// Policy is what a district has decided on phones; nil: no district has.
	Policy func(roster.DistrictID) roster.Policy
}

// Accept finishes a draft: it drops duplicates, asks the roster whether the law
// permits the event, and makes the entry of the journal. The entry of a
// duplicate is empty. An accepted id is remembered at once.
func (a *Acceptor) Accept(d *Draft) (event.Entry, Result) {
	dir := a.directory(d)
	if d.Rejection != nil {
		return a.rejected(d, dir)
	}
	kind := kindOf(dir, d.Event.Device)
	if claimsKiosk(d.Event) && kind != "" && kind != roster.Kiosk {
		d.reject(event.BadField, "method kiosk comes from a device that is no kiosk")
		return a.rejected(d, dir)
	}
	if d.pressed != 0 && kind == roster.App && a.policy(d.District).OwnTracksCheckins {
		d.checkin()
	}
	if a.known(d) {
		return event.Entry{}, Duplicate
	}
	v := a.basis(d, dir, kind)
	if v.Refusal != "" {
		return refuse(d, event.Reason(v.Refusal), v.Detail)
	}
	d.complete(v.Subject, kind)
	if d.Event.ID != "" {
		a.IDs.Remember(d.Event.Device, d.Event.ID, d.Event.Time)
	}
	return event.Entry{At: d.Event.Received, Event: d.Event}, Accepted
}

// policy of a district.
func (a *Acceptor) policy(d roster.DistrictID) roster.Policy {
	if a.Policy == nil {
		return roster.Policy{}
	}
	return a.Policy(d)
}

// checkin makes a check-in of a report by hand. It says what was verified: that it
// came with the password of the phone, and nothing about who held it. Its time is
// that of the press; where the phone was long before then it does not say.
func (d *Draft) checkin() {
	e := d.Event
	if d.pressed > e.Time && d.pressed <= e.Received+maxFuture {
		if d.pressed-e.Time > maxFixAge {
			e.Position = nil
		}
		e.Time = d.pressed
	}
	d.kind, d.Event.Kind = "checkin", event.Checkin
	d.Event.Check = &event.Check{Method: "app", Verify: event.VerifyDevice, Passed: true, Score: float32(math.NaN())}
}

// maxFixAge is how old a position may be when a button sends it as where the person
// checks in.
const maxFixAge = 5 * roster.Minute

// complete fills in what the roster knows about an event.
func (d *Draft) complete(subject *roster.SubjectEntry, kind roster.DeviceKind) {
	d.Event.DeviceKind = kind
	if subject != nil {
		d.Event.Subject, d.Event.Office = subject.ID, subject.Office
	}
	if kind == roster.Kiosk && d.Event.Check != nil {
		d.Event.Check.DeviceFP = "" // the same for everybody who checks in there
	}
}

// claimsKiosk tells whether a check-in says that it comes from a kiosk.
func claimsKiosk(e *event.Event) bool { return e.Check != nil && e.Check.Method == "kiosk" }

// directory finds the roster of the draft's device and names its district.
func (a *Acceptor) directory(d *Draft) *roster.Directory {
	device := d.device()
	if device == "" {
		return nil
	}
	dir := a.Find(device)
	if dir != nil {
		d.District = dir.DistrictID()
	}
	return dir
}

func (d *Draft) device() roster.DeviceID {
	if d.Event != nil {
		return d.Event.Device
	}
	return d.Rejection.Device
}

func kindOf(dir *roster.Directory, id roster.DeviceID) roster.DeviceKind {
	if dir == nil {
		return ""
	}
	if dev := dir.Device(id); dev != nil {
		return dev.Kind
	}
	return ""
}

// known tells whether the event was accepted before. A last will without id that
// the broker kept says nothing about when it happened; its first delivery told.
func (a *Acceptor) known(d *Draft) bool {
	e := d.Event
	if e.ID == "" {
		return d.retained
	}
	return a.IDs.Seen(e.Device, e.ID, e.Time)
}

// basis asks the roster for the lawful basis of an event.
func (a *Acceptor) basis(d *Draft, dir *roster.Directory, kind roster.DeviceKind) roster.Verdict {
	if dir == nil {
		return roster.Verdict{Refusal: roster.Refusal(event.UnknownDevice), Detail: "no roster holds the device"}
	}
	q := roster.Query{
		Device: d.Event.Device, Kind: d.kind, Position: d.Event.Position != nil,
		At: d.Event.Time, Received: d.Event.Received, HasTime: !d.noTime,
		Always: a.policy(d.District).AppPositions,
	}
	if kind == roster.Kiosk {
		q.Claimed = d.claimed
	}
	return dir.Basis(q)
}

// refuse makes the dead letter of an event without lawful basis: it keeps
// nothing that tells where the person was.
func refuse(d *Draft, reason event.Reason, detail string) (event.Entry, Result) {
	d.reject(reason, detail)
	d.Rejection.Payload = keep(redact(d.raw))
	return event.Entry{At: d.Rejection.Received, Rejection: d.Rejection}, Rejected
}

// rejected makes the dead letter of a message of wrong shape. It is kept whole
// for a repair only where the device may report: an unlawful position does not
// become lawful by a missing field.
func (a *Acceptor) rejected(d *Draft, dir *roster.Directory) (event.Entry, Result) {
	r := d.Rejection
	if !a.lawful(d, dir, r.Received) || r.Time != 0 && !a.lawful(d, dir, r.Time) {
		r.Payload = keep(redact(d.raw))
	}
	return event.Entry{At: r.Received, Rejection: r}, Rejected
}

// lawful tells whether a rejected message could have carried a position at that
// time. Where nothing says whose it would be it could not.
func (a *Acceptor) lawful(d *Draft, dir *roster.Directory, at roster.Instant) bool {
	r := d.Rejection
	if r.Device == "" || d.kind == "" {
		return false
	}
	whole := Draft{
		Event: &event.Event{Device: r.Device, Time: at, Received: r.Received, Position: &event.Position{}},
		kind:  d.kind, claimed: d.claimed, District: d.District,
	}
	return a.basis(&whole, dir, kindOf(dir, r.Device)).Refusal == ""
}
