package rules

import (
	"fmt"
	"slices"

	"correctiond/event"
	"correctiond/roster"
)

// NoLawfulBasis tells the manager that a device goes on sending what no law
// permits to take (社区矫正法 Article 29). It is about the agency, never about the
// person's conduct: no subject, no coordinates.
const NoLawfulBasis Kind = "no-lawful-basis"

func noLawfulBasisInfo() kindInfo {
	return kindInfo{
		KindInfo: KindInfo{Kind: NoLawfulBasis, Label: Text{"无依据定位", "location without lawful basis"}, Ending: ByPerson, Basis: "法29"},
		describe: func(_ *Engine, _ *subject, r *run) (Text, map[string]any) {
			return Text{
				fmt.Sprintf("设备当日 %d 条消息无法律依据，已拒收；请停用设备或补办审批", r.Count),
				fmt.Sprintf("%d message(s) of this device today had no lawful basis and were refused; stop the device or obtain an authority", r.Count),
			}, map[string]any{"first_reason": r.Proof.Ref}
		},
	}
}

// unlawful is a device's episode of one local day. All that nobody has closed
// are kept, in the order of their days.
type unlawful struct {
	Day roster.Instant
	Run run
}

// rejected takes the number of a refused message and counts it: one episode per
// device and local day of receipt.
func (e *Engine) rejected(rej *event.Rejection) {
	e.refusedNumber(rej)
	switch rej.Reason {
	case event.NoBasis, event.ReleasedPerson, event.OutOfTerm:
	default:
		return
	}
	day := e.cal.DayStart(e.clock)
	days := e.unlawful[rej.Device]
	if n := len(days); n == 0 || days[n-1].Day != day {
		started := rej.Time
		if started == 0 {
			started = e.clock
		}
		days = append(days, unlawful{Day: day, Run: run{
			Kind: NoLawfulBasis, Key: string(rej.Device), Device: rej.Device,
			Started: started, Steps: []Severity{P2}, Proof: proof{Ref: string(rej.Reason)},
		}})
		e.unlawful[rej.Device] = days
	}
	r := &days[len(days)-1].Run
	r.Count++
	e.sayUnlawful(r)
}

func (e *Engine) sayUnlawful(r *run) {
	r.Office = e.officeOf(r.Device)
	e.say(nil, r)
}

// closeUnlawful ends the episode of that id; false when there is none. A closed
// one is forgotten: what the device sends after it is news.
func (e *Engine) closeUnlawful(id string) bool {
	for device, days := range e.unlawful {
		i := slices.IndexFunc(days, func(u unlawful) bool { return u.Run.Said.ID == id })
		if i < 0 {
			continue
		}
		days[i].Run.Ended = max(e.clock, days[i].Run.Started)
		e.sayUnlawful(&days[i].Run)
		if e.unlawful[device] = slices.Delete(days, i, i+1); len(days) == 1 {
			delete(e.unlawful, device)
		}
		return true
	}
	return false
}

// officeOf is the office that answers for a device: its own, or that of the
// person it was bound to last.
func (e *Engine) officeOf(id roster.DeviceID) roster.OfficeID {
	dev := e.dir.Device(id)
	if dev == nil {
		return ""
	}
	for _, b := range slices.Backward(dev.Bindings) {
		if s := b.Subject; s != nil {
			return s.Office
		}
	}
	return dev.Office
}
