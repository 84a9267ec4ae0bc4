package rules

import (
	"cmp"
	"slices"

	"correctiond/roster"
)

// fleet is the wristbands under authority, ordered by their silence, so that a
// message costs one move in a list and the longest silent is always known. What
// must outlive a restart is in the hearings; the fleet is built from them.
type fleet struct {
	posts   []post // by DeviceEntry.Pos
	queues  []queue
	total   tally
	offices map[roster.OfficeID]*tally
	recent  []loss // ascending
}

// post is the place of a wristband in the queue of its reporting interval.
type post struct {
	dev        *roster.DeviceEntry
	s          *subject // nil: not under authority
	last       *subject // whose message it sent last; nil: not known
	office     *tally
	since      roster.Instant // of its silence
	queue      int
	prev, next int32 // 0: none, else Pos + 1
}

// queue holds the wristbands that are not offline, the longest silent first.
type queue struct {
	limit       roster.Instant // of silence
	first, last int32
}

// tally counts the wristbands of the district, or of one office.
type tally struct {
	Office   roster.OfficeID
	N        int // under authority
	Recent   int // went offline a short while ago and still are
	Attached int // to the open outage
	Still    int // of these, offline
}

// loss is a wristband that went offline.
type loss struct {
	at  roster.Instant
	pos int
}

func newFleet(n int) fleet {
	return fleet{posts: make([]post, n), offices: map[roster.OfficeID]*tally{}}
}

func (f *fleet) office(id roster.OfficeID) *tally {
	t := f.offices[id]
	if t == nil {
		t = &tally{Office: id}
		f.offices[id] = t
	}
	return t
}

// push puts a wristband into its queue, behind all that were heard earlier or at
// the same time.
func (f *fleet) push(i int) {
	p := &f.posts[i]
	q := &f.queues[p.queue]
	after := q.last
	for after != 0 && f.posts[after-1].since > p.since {
		after = f.posts[after-1].prev
	}
	p.prev, p.next = after, q.first
	if after != 0 {
		p.next = f.posts[after-1].next
		f.posts[after-1].next = int32(i) + 1
	} else {
		q.first = int32(i) + 1
	}
	if p.next != 0 {
		f.posts[p.next-1].prev = int32(i) + 1
	} else {
		q.last = int32(i) + 1
	}
}

func (f *fleet) pull(i int) {
	p := &f.posts[i]
	q := &f.queues[p.queue]
	if p.prev != 0 {
		f.posts[p.prev-1].next = p.next
	} else {
		q.first = p.next
	}
	if p.next != 0 {
		f.posts[p.next-1].prev = p.prev
	} else {
		q.last = p.prev
	}
}

// queueOf is the index of the queue of a limit of silence.
func (f *fleet) queueOf(limit roster.Instant) int {
	i := slices.IndexFunc(f.queues, func(q queue) bool { return q.limit == limit })
	if i < 0 {
		i, f.queues = len(f.queues), append(f.queues, queue{limit: limit})
	}
	return i
}

// silentLimit is how long a device may be silent before it is offline.
func (e *Engine) silentLimit(dev *roster.DeviceEntry) roster.Instant {
	interval := length(dev.Interval)
	if interval <= 0 {
		interval = length(e.cfg.Outage.Interval)
	}
	return interval + length(e.cfg.Outage.Slack)
}

// station counts a wristband, whose hearing says that it is enrolled.
func (e *Engine) station(s *subject, dev *roster.DeviceEntry, h *hearing) {
	f := &e.fleet
	p := &f.posts[dev.Pos]
	*p = post{dev: dev, s: s, office: f.office(s.entry.Office), since: max(h.Enrolled, h.Received), queue: f.queueOf(e.silentLimit(dev))}
	for _, t := range []*tally{&f.total, p.office} {
		t.N++
		t.attach(h)
	}
	if h.Off == 0 {
		f.push(dev.Pos)
	}
}

// enroll brings the subject's wristbands into the fleet, and takes those out
// that nothing permits to locate any more.
func (e *Engine) enroll(c *moment) {
	for _, dev := range c.s.entry.Devices {
		if dev.Kind != roster.Wristband {
			continue
		}
		p := &e.fleet.posts[dev.Pos]
		h := c.s.hearing(dev.ID)
		since, covered := c.silentSince(dev, h)
		if p.s != nil && (p.s != c.s && covered || p.s == c.s && !covered) {
			e.withdraw(p)
		}
		if covered && p.s == nil {
			h.Enrolled = max(since, 1)
			c.s.cover(dev, since)
			e.station(c.s, dev, h)
			e.expect()
		}
	}
}

// withdraw takes a wristband out of the fleet.
func (e *Engine) withdraw(p *post) {
	h := p.s.hearing(p.dev.ID)
	if h.Off == 0 {
		e.fleet.pull(p.dev.Pos)
	}
	for _, t := range []*tally{&e.fleet.total, p.office} {
		t.N--
		t.forget(h)
	}
	total, office := &e.fleet.total, p.office
	*p = post{}
	h.leave()
	e.expect()
	e.recovered(total)
	e.recovered(office)
}

// muster builds the fleet from the hearings, after a restart or for another
// roster. Hearings of what is in the roster no more are cleared.
func (e *Engine) muster() {
	e.fleet = newFleet(len(e.dir.Devices()))
	type enrolled struct {
		s   *subject
		dev *roster.DeviceEntry
		h   *hearing
	}
	var all []enrolled
	for _, id := range e.subjectIDs() {
		s := e.subjects[id]
		for i := range s.Hearings {
			h := &s.Hearings[i]
			dev := e.dir.Device(h.Device)
			switch {
			case h.Enrolled == 0:
			case dev == nil || e.dir.Subject(id) == nil || dev.Kind != roster.Wristband:
				h.leave()
			default:
				all = append(all, enrolled{s, dev, h})
			}
		}
	}
	slices.SortStableFunc(all, func(a, b enrolled) int {
		return cmp.Compare(max(a.h.Enrolled, a.h.Received), max(b.h.Enrolled, b.h.Received))
	})
	for _, en := range all {
		e.station(en.s, en.dev, en.h)
	}
	e.recount()
}

// recount finds the recent losses again.
func (e *Engine) recount() {
	f := &e.fleet
	for i := range f.posts {
		if p := &f.posts[i]; p.s != nil {
			if h := p.s.hearing(p.dev.ID); h.Recent {
				f.recent = append(f.recent, loss{h.Off, i})
				f.total.Recent++
				p.office.Recent++
			}
		}
	}
	slices.SortStableFunc(f.recent, func(a, b loss) int { return cmp.Compare(a.at, b.at) })
}
