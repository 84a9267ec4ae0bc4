package ingest

import (
	"correctiond/event"
)

// maxVerifyString is the longest string inside "verify", in characters: what is
// longer can only be a recording or a template.
const maxVerifyString = 1024

// check reads what a check-in has beyond its position. Methods and verdicts of
// officers are unknown here: a device must not testify for an officer.
func (d *Decoder) check(r *reader) *event.Check {
	r.need(fMethod)
	k := &event.Check{
		Method:    oneOf(r, fMethod, "app", "kiosk"),
		Challenge: string(r.bytes(fChallenge)),
		Rooted:    r.boolean(fRooted) == event.Yes,
		DeviceFP:  string(r.bytes(fDeviceFP)),
	}
	if !r.need(fVerify) {
		return k
	}
	verify := r.raw(fVerify)
	if !isObject(verify) {
		r.fail(fVerify, "must be an object")
		return k
	}
	unknown, twice := r.members.collect(verify, d.known["verify"])
	d.metrics.unknown(unknown)
	if twice != numFields {
		r.fail(twice, "stands twice")
	}
	r.need(fKind)
	r.need(fPassed)
	k.Verify = oneOf(r, fKind, "face", "voice", "fingerprint", "pin")
	k.Passed = r.boolean(fPassed) == event.Yes
	k.Score = r.float32(fScore, 0, 1)
	k.Liveness = r.boolean(fLiveness)
	return k
}

// status reads a status message. The last will of a device may lack the time.
func (r *reader) status(draft *Draft) {
	e := draft.Event
	r.need(fEvent)
	e.Status = oneOf(r, fEvent,
		event.Heartbeat, event.Online, event.Offline, event.PowerOn, event.PowerOff, event.BatteryLow,
		event.BatteryCritical, event.Charging, event.StrapOpen, event.StrapClosed, event.CaseOpen, event.Jamming,
		event.NoFix, event.SOS)
	if e.Status == event.Offline && !r.has(fTime) {
		draft.noTime = true
		e.Time = e.Received
	}
}
