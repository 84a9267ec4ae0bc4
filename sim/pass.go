package sim

import (
	"cmp"
	"math/rand/v2"
	"slices"

	"correctiond/event"
	"correctiond/roster"
)

// never is later than everything.
const never = roster.Instant(1) << 60

// pass is one run through the period for one person: the diary, the devices'
// state and the messages under way.
type pass struct {
	s       *Sim
	p       *person
	days    *rand.Rand
	noise   *rand.Rand
	diary   diary
	drift   drift
	bands   []unit
	phones  []unit
	pending []Line // by receive time; the first is next
	head    int
	watch   *oracle // nil unless truth is wanted
}

func (s *Sim) begin(p *person) *pass {
	r := &pass{s: s, p: p, days: s.random(string(p.ID), forDays), noise: s.random(string(p.ID), forNoise)}
	for _, u := range p.bands {
		u := *u
		u.live = slices.Clone(u.live)
		p.scripts.prepare(&u, s.cfg.Until)
		u.next = u.firstTick(s.cfg.From)
		r.bands = append(r.bands, u)
	}
	for _, u := range p.phones {
		u := *u
		// Windows that are open at the start are answered as well.
		u.windows = s.cfg.From - 3*roster.Hour
		r.phones = append(r.phones, u)
	}
	for _, a := range s.paperwork(p) {
		r.push(a)
	}
	r.duties()
	for _, sc := range p.scripts {
		if len(r.phones) > 0 {
			r.phones[0].insert(sc.checks...)
		}
		for _, a := range sc.desk {
			r.push(a)
		}
	}
	return r
}

func (u *unit) insert(tasks ...task) {
	u.tasks = append(u.tasks, tasks...)
	slices.SortStableFunc(u.tasks, func(a, b task) int { return cmp.Compare(a.t, b.t) })
}

// due returns when the unit acts next.
func (u *unit) due() roster.Instant {
	t := never
	if u.next != 0 {
		t = u.next
	}
	if len(u.tasks) > 0 {
		t = min(t, u.tasks[0].t)
	}
	return t
}

// frontier is a lower bound of the receive times of all messages to come.
func (r *pass) frontier() (roster.Instant, *unit) {
	at, unit := never, (*unit)(nil)
	for i := range r.bands {
		if t := r.bands[i].due(); t < at {
			at, unit = t, &r.bands[i]
		}
	}
	for i := range r.phones {
		if t := r.phones[i].due(); t < at {
			at, unit = t, &r.phones[i]
		}
	}
	return at, unit
}

// fill makes messages until the first pending one cannot be preceded by
// another; false when there are no more.
func (r *pass) fill() bool {
	for {
		at, u := r.frontier()
		if r.head < len(r.pending) && r.pending[r.head].Received <= at {
			return true
		}
		if at > r.s.cfg.Until {
			return r.head < len(r.pending)
		}
		r.step(u, at)
	}
}

// take returns the first pending line; fill said that there is one.
func (r *pass) take() Line {
	l := r.pending[r.head]
	r.pending[r.head] = Line{}
	r.head++
	if r.head == len(r.pending) {
		r.pending, r.head = r.pending[:0], 0
	}
	return l
}

// push keeps a line until its receive time; lines mostly come in order.
func (r *pass) push(l Line) {
	r.pending = append(r.pending, l)
	for i := len(r.pending) - 1; i > r.head && r.pending[i-1].Received > l.Received; i-- {
		r.pending[i-1], r.pending[i] = r.pending[i], r.pending[i-1]
	}
}

// step lets a unit do what is due at t.
func (r *pass) step(u *unit, t roster.Instant) {
	for r.diary.end == 0 || t >= r.diary.end {
		r.diary.plan(r.s, r.p, max(t, r.diary.end), r.days)
	}
	if len(u.tasks) > 0 && u.tasks[0].t == t {
		do := u.tasks[0]
		u.tasks = u.tasks[1:]
		r.perform(u, do)
		if do.duty {
			r.duties()
		}
		return
	}
	u.next = u.firstTick(t + 1)
	if !r.p.scripts.silent(u, t) {
		r.regular(u, t)
	}
}

// perform does a task, if the law permits it: devices of well-run offices do
// not send what it forbids.
func (r *pass) perform(u *unit, do task) {
	if !covered(u.live, do.t) {
		return
	}
	switch do.kind {
	case event.Status:
		r.status(u, do.t, do.status)
	case event.Checkin:
		r.checkin(u, do)
	case event.Location:
		r.location(u, do.t)
	}
}

// duties plans the check-ins of the next window in which the person has a device
// to check in with.
func (r *pass) duties() {
	if len(r.phones) == 0 || r.p.Reported == 0 {
		return
	}
	first := &r.phones[0]
	for planned := false; !planned; {
		w, ok := r.p.nextWindow(r.s, first.windows)
		if !ok || w.From > r.s.cfg.Until {
			return
		}
		first.windows = w.From + 1
		planned = r.planWindow(w)
	}
}

func (r *pass) planWindow(w window) bool {
	t := r.p.checkTime(r.s, w)
	u := r.means(t)
	if u == nil || t < r.s.cfg.From || t < r.p.Reported || r.p.scripts.excuses(w, t) || r.detained(t) {
		return false
	}
	u.insert(task{t: t, kind: event.Checkin, passed: true, duty: true})
	if extra := t + minutes(r.days, 1, 4); u.dev.Kind == roster.App && extra < w.Until && w.duty && len(r.p.scripts) == 0 && r.days.Float64() < 0.2 {
		u.insert(task{t: extra, kind: event.Location})
	}
	return true
}

// means returns what the person checks in with at t: the app, now and then or
// without one the kiosk; nil when there is neither.
func (r *pass) means(t roster.Instant) *unit {
	var app, kiosk *unit
	for i := range r.phones {
		u := &r.phones[i]
		switch {
		case !covered(u.live, t):
		case u.dev.Kind == roster.Kiosk:
			kiosk = u
		case app == nil:
			app = u
		}
	}
	if app == nil || kiosk != nil && len(r.bands) == 0 && len(r.p.scripts) == 0 && r.days.Float64() < 0.05 {
		return kiosk
	}
	return app
}

func (r *pass) detained(t roster.Instant) bool { return covered(r.p.Custody, t) }
