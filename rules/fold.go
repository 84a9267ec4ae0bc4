package rules

import (
	"slices"

	"correctiond/event"
	"correctiond/roster"
)

// fold is the state of the folded kinds of one subject after a number of
// observations in the order in which they happened.
type fold struct {
	Devices []deviceFold
	// Runs are open, or ended within the tail.
	Runs []run
	// Nights are the curfews that were broken, ascending.
	Nights []absence
	// by is the fix that is being taken; one that waited may be judged by it.
	by *observation
	// Known is the last good fix of any device.
	Known *observation
	// Failed is when the last failed check-in happened, since the last good one.
	Failed roster.Instant
	// Hugs are the last counting check-ins, the oldest first.
	Hugs []hug
	// Carrier is set when the fold is of two people: who carries the order.
	Carrier roster.SubjectID
	// Answers are check-ins that a wristband's next fix may be compared with.
	Answers []*observation
	// Fired is the latest instant at which something completed by the clock, Next
	// when the next thing will; 0: nothing. Both follow every apply and expire.
	Fired, Next roster.Instant
}

// deviceFold is what the folded kinds remember of one device.
type deviceFold struct {
	From     *sender
	Prev     *observation // last good fix that was evaluated
	Held     *observation // fix that jumped; the next one tells whether it counts
	Good     *observation // last one precise enough to tell a speed, if Prev is not
	Machines []machine
	Power    powerState
	Battery  batteryState
	Near     []nearFold // of a fold of two people: the other's devices
	Same     streak     // fixes of a moving device with the very same coordinates
	Band     *bandFold  // nil: no wristband
}

// foldRule is a kind that judges observations in the order of their time.
type foldRule struct {
	// step takes one observation of a device.
	step func(c *Config, f *fold, d *deviceFold, o *observation)
	// due is the next instant at which expire has something to do; nil: never.
	due    func(f *fold, d *deviceFold) roster.Instant
	expire func(c *Config, f *fold, d *deviceFold, at roster.Instant)
	// custody: judges fixes of someone in custody, too.
	custody bool
}

// clone copies what step changes; observations are shared, they never change.
func (f *fold) clone() fold {
	c := *f
	c.Devices, c.Runs = slices.Clone(f.Devices), slices.Clone(f.Runs)
	for i := range c.Devices {
		c.Devices[i].Machines = slices.Clone(c.Devices[i].Machines)
		c.Devices[i].Near = slices.Clone(c.Devices[i].Near)
		c.Devices[i].Band = c.Devices[i].Band.clone()
	}
	return c
}

func (f *fold) device(from *sender) *deviceFold {
	for i := range f.Devices {
		if d := &f.Devices[i]; d.From == from || d.From.Device == from.Device {
			return d
		}
	}
	f.Devices = append(f.Devices, deviceFold{From: from})
	return &f.Devices[len(f.Devices)-1]
}

// current returns the open run of a kind and key, the latest if several are.
func (f *fold) current(k Kind, key string) *run {
	for i := len(f.Runs) - 1; i >= 0; i-- {
		if r := &f.Runs[i]; r.Kind == k && r.Key == key && r.open() {
			return r
		}
	}
	return nil
}

// resumable returns the run of a kind and key that ended, or not, but may go on.
func (f *fold) resumable(k Kind, key string) *run {
	i := slices.IndexFunc(f.Runs, func(r run) bool { return r.Resumable && r.Kind == k && r.Key == key })
	if i < 0 {
		return nil
	}
	return &f.Runs[i]
}

// begin opens a run at the first observation of its condition. The completed
// one is nil when a timer completed the trigger.
func (f *fold) begin(c *Config, r run, first, completed *observation) *run {
	r.Started, r.Count = first.At, max(r.Count, 1)
	r.Proof.First, r.Proof.Completed = first, completed
	if completed == nil {
		completed = first
	}
	r.Late = completed.late(c)
	f.Runs = append(f.Runs, r)
	return &f.Runs[len(f.Runs)-1]
}

// endAll ends every open run of a kind and key.
func (f *fold) endAll(k Kind, key string, at roster.Instant) {
	for r := f.current(k, key); r != nil; r = f.current(k, key) {
		r.Ended = max(at, r.Started)
	}
}

// apply takes one observation.
func (f *fold) apply(rs *ruleSet, c *Config, o *observation) {
	f.expire(rs, c, o.At-1)
	if o.From == nil {
		f.close(o)
	} else {
		f.step(rs, c, o)
	}
	f.Next = f.due(rs)
}

// step passes an event to the kinds.
func (f *fold) step(rs *ruleSet, c *Config, o *observation) {
	d := f.device(o.From)
	for i := range rs.events {
		rs.events[i].step(c, f, d, o)
	}
	if o.good(c) {
		f.locate(rs, c, d, o)
	}
	if o.Custody && o.Placed {
		d.pause()
	}
}

// close ends a run, or what would become one by the clock.
func (f *fold) close(o *observation) {
	f.endAll(o.More.CloseKind, o.More.CloseKey, o.At)
	for i := range f.Devices {
		d := &f.Devices[i]
		if d.From.Key == o.More.CloseKey {
			d.drop(o.More.CloseKind, o.At)
		}
	}
}

// locate passes a good fix on to the position kinds, unless it jumped: then it
// waits for the next fix of its device. If that one returns, the jump was an
// outlier; if it stays, both count.
func (f *fold) locate(rs *ruleSet, c *Config, d *deviceFold, o *observation) {
	held := d.Held
	d.Held, f.by = nil, o
	if held != nil && c.stays(d.Prev, held, o) {
		f.evaluate(rs, c, d, held)
	}
	if d.Prev != nil && c.tooFast(d.Prev, o) {
		d.Held = o
		return
	}
	f.evaluate(rs, c, d, o)
}

func (f *fold) evaluate(rs *ruleSet, c *Config, d *deviceFold, o *observation) {
	for i := range rs.fixes {
		if r := &rs.fixes[i]; !o.Custody || r.custody {
			r.step(c, f, d, o)
		}
	}
	d.Prev = o
	if !o.Custody && (f.Known == nil || compare(f.Known, o) < 0) {
		f.Known = o
	}
}

// pause breaks the rows of fixes: what the device shows after a custody does not
// continue what it showed before.
func (d *deviceFold) pause() {
	for i := range d.Machines {
		d.Machines[i].pause()
	}
}

// due is the next instant at which a pending condition completes by itself.
func (f *fold) due(rs *ruleSet) roster.Instant {
	var next roster.Instant
	for i := range f.Devices {
		for _, r := range rs.timed {
			next = earlier(next, r.due(f, &f.Devices[i]))
		}
	}
	return next
}

// expire completes what is pending up to the instant, the earliest first, and
// returns when the next is due.
func (f *fold) expire(rs *ruleSet, c *Config, until roster.Instant) roster.Instant {
	for f.Next != 0 && f.Next <= until {
		f.Fired = f.Next
		f.complete(rs, c, f.Fired)
		f.Next = f.due(rs)
	}
	return f.Next
}

func (f *fold) complete(rs *ruleSet, c *Config, at roster.Instant) {
	for i := range f.Devices {
		for _, r := range rs.timed {
			if r.due(f, &f.Devices[i]) == at {
				r.expire(c, f, &f.Devices[i], at)
			}
		}
	}
}

// earlier is the earlier of two instants of which zero means none.
func earlier(a, b roster.Instant) roster.Instant {
	if a == 0 || b != 0 && b < a {
		return b
	}
	return a
}

// wristbandStatus reports whether o is the given status of a wristband that is
// lawfully located at that time.
func wristbandStatus(o *observation, kinds ...event.StatusKind) bool {
	return o.Located && o.Kind == event.Status && slices.Contains(kinds, o.Status)
}

// deviceKey is the key of kinds of which a subject can have one per device.
func deviceKey(subject roster.SubjectID, device roster.DeviceID) string {
	return string(subject) + "/" + string(device)
}
