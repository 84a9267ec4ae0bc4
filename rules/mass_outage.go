package rules

import (
	"fmt"
	"maps"
	"slices"

	"correctiond/roster"
)

// MassOutage is many wristbands that go offline together: a network, a broker or
// a power line, not their wearers. It stands for the silence of each of them.
const MassOutage Kind = "mass-outage"

// wholeDistrict marks a hearing that belongs to the outage of the district; no
// office can have it as id.
const wholeDistrict roster.OfficeID = "*"

func massOutageInfo() kindInfo {
	return kindInfo{
		KindInfo: KindInfo{Kind: MassOutage, Label: Text{"大面积离线", "mass outage"}, Ending: Auto, Basis: "实践"},
		describe: func(e *Engine, _ *subject, r *run) (Text, map[string]any) {
			t := e.tallyOf(r.Office)
			n := max(t.N, 1)
			ev := map[string]any{"devices": t.Attached, "under_authority": t.N, "share": round(1000*float64(t.Attached)/float64(n)) / 1000}
			zh, en := "全区", "of the district"
			if r.Office != "" {
				zh, en = "本所", "of the office"
			}
			return Text{
				fmt.Sprintf("%s %d 台在管腕带中有 %d 台同时离线，请先检查网络与平台", zh, t.N, t.Attached),
				fmt.Sprintf("%d of %d wristbands %s went offline together; check network and platform first", t.Attached, t.N, en),
			}, ev
		},
	}
}

func (e *Engine) tallyOf(office roster.OfficeID) *tally {
	if office == "" {
		return &e.fleet.total
	}
	return e.fleet.office(office)
}

// mark is how the hearings of a tally's outage are marked.
func (t *tally) mark() roster.OfficeID {
	if t.Office == "" {
		return wholeDistrict
	}
	return t.Office
}

// attach counts a hearing that belongs to the tally's outage.
func (t *tally) attach(h *hearing) {
	if h.Outage == t.mark() {
		t.Attached++
		t.Still += btoi(h.Off != 0)
	}
}

// forget is the opposite of attach, and of having gone offline lately.
func (t *tally) forget(h *hearing) {
	t.Recent -= btoi(h.Recent)
	if h.Outage == t.mark() {
		t.Attached--
		t.Still -= btoi(h.Off != 0)
	}
}

// leave clears what a hearing says of the fleet.
func (h *hearing) leave() {
	h.Enrolled, h.Off, h.Recent, h.Outage, h.Hold = 0, 0, false, "", 0
}

// heard moves a wristband behind all others.
func (e *Engine) heard(dev *roster.DeviceEntry, h *hearing) {
	f := &e.fleet
	p := &f.posts[dev.Pos]
	if p.s == nil {
		return
	}
	p.since = e.clock
	if h.Off == 0 {
		f.pull(dev.Pos)
		f.push(dev.Pos)
		return
	}
	for _, t := range []*tally{&f.total, p.office} {
		t.Recent -= btoi(h.Recent)
		t.Still -= btoi(h.Outage == t.mark())
	}
	h.Off, h.Recent = 0, false
	f.push(dev.Pos)
	e.recovered(&f.total)
	e.recovered(p.office)
}

// cutOff takes a wristband whose last will has come, or that was silent too long.
func (e *Engine) cutOff(p *post, at roster.Instant) {
	f := &e.fleet
	h := p.s.hearing(p.dev.ID)
	if h.Off != 0 {
		return
	}
	f.pull(p.dev.Pos)
	h.Off, h.Recent = at, true
	f.recent = append(f.recent, loss{at, p.dev.Pos})
	for _, t := range []*tally{&f.total, p.office} {
		t.Recent++
		t.Still += btoi(h.Outage == t.mark())
	}
	for _, t := range []*tally{&f.total, p.office} {
		if h.Outage == "" && e.districtRun(MassOutage, t.Office) != nil {
			h.Outage = t.mark()
			t.attach(h)
		}
	}
}

func massOutageDue(e *Engine) roster.Instant {
	var next roster.Instant
	for i := range e.fleet.queues {
		if q := &e.fleet.queues[i]; q.first != 0 {
			next = earlier(next, e.fleet.posts[q.first-1].since+q.limit)
		}
	}
	return next
}

// massOutageExpire takes all that are offline by the instant, and only then
// weighs them: a district that falls silent at once is one outage, not one of
// each office.
func massOutageExpire(e *Engine, at roster.Instant) {
	var lost []*tally
	for i := range e.fleet.queues {
		q := &e.fleet.queues[i]
		for q.first != 0 && e.fleet.posts[q.first-1].since+q.limit <= at {
			p := &e.fleet.posts[q.first-1]
			e.cutOff(p, p.since+q.limit)
			if n := len(lost); n == 0 || lost[n-1] != p.office {
				lost = append(lost, p.office)
			}
		}
	}
	e.weigh(lost)
}

// weigh opens an outage if enough went offline lately.
func (e *Engine) weigh(offices []*tally) {
	c, f := &e.cfg.Outage, &e.fleet
	e.trim(e.clock - length(c.Within))
	if e.districtRun(MassOutage, "") != nil {
		return
	}
	if t := &f.total; t.Recent >= c.DistrictMin && float64(t.Recent) >= c.DistrictShare*float64(t.N) {
		e.outage(t)
		return
	}
	for _, t := range offices {
		if t.N >= c.OfficeMin && t.Recent == t.N && e.districtRun(MassOutage, t.Office) == nil {
			e.outage(t)
		}
	}
}

// trim drops the losses before an instant.
func (e *Engine) trim(before roster.Instant) {
	f := &e.fleet
	n := 0
	for ; n < len(f.recent) && f.recent[n].at < before; n++ {
		p := &f.posts[f.recent[n].pos]
		if p.s == nil {
			continue
		}
		if h := p.s.hearing(p.dev.ID); h.Recent && h.Off == f.recent[n].at {
			h.Recent = false
			f.total.Recent--
			p.office.Recent--
		}
	}
	f.recent = f.recent[n:]
}

// outage opens one. That of the district takes over from those of its offices.
func (e *Engine) outage(t *tally) {
	started := e.clock
	for i := range e.fleet.posts {
		p := &e.fleet.posts[i]
		if p.s == nil || t.Office != "" && p.office != t {
			continue
		}
		h := p.s.hearing(p.dev.ID)
		if !h.Recent && (h.Off == 0 || h.Outage == "") {
			continue
		}
		started = min(started, h.Off)
		if p.office != t {
			p.office.leave(h)
		}
		h.Outage = t.mark()
		t.attach(h)
	}
	e.begin(run{Kind: MassOutage, Office: t.Office, Started: started, Steps: []Severity{P2}})
	if t.Office == "" {
		for _, office := range e.openOutages() {
			e.restored(e.fleet.office(office))
		}
	}
}

func (t *tally) leave(h *hearing) {
	if h.Outage == t.mark() {
		t.Attached--
		t.Still--
	}
}

// openOutages are the offices that have one open.
func (e *Engine) openOutages() []roster.OfficeID {
	all := slices.Sorted(maps.Keys(e.district[MassOutage]))
	return slices.DeleteFunc(all, func(id roster.OfficeID) bool { return id == "" })
}

// recovered ends the outage of a tally when most of its devices are back.
func (e *Engine) recovered(t *tally) {
	if e.districtRun(MassOutage, t.Office) == nil {
		return
	}
	if t.Attached == 0 || float64(t.Still) < e.cfg.Outage.EndShare*float64(t.Attached) {
		e.restored(t)
	}
}

// restored ends an outage. Those still silent have a while to come back before
// each of them is told of by itself.
func (e *Engine) restored(t *tally) {
	e.finish(MassOutage, t.Office)
	hold := e.clock + length(e.cfg.Outage.Hold)
	for i := range e.fleet.posts {
		p := &e.fleet.posts[i]
		if p.s == nil {
			continue
		}
		h := p.s.hearing(p.dev.ID)
		if h.Outage != t.mark() {
			continue
		}
		h.Spared = hold
		if h.Outage = ""; h.Off != 0 {
			h.Hold = hold
		}
		e.wake(p.s, hold)
	}
	t.Attached, t.Still = 0, 0
}
