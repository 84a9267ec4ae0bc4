package roster

import (
	"bytes"
	"slices"

	"correctiond/geo"
)

// Distances in metres.
const (
	defaultApproachM = 300
	minHomeM         = 150
	areaReachM       = 700 // beyond the exit buffer and a fix's own error
	watchReachM      = 250
)

// fences says for each zone how far from its edge rules need exact distances.
func fences(c *checker) []geo.Fence {
	out := make([]geo.Fence, len(c.shapes))
	for i, shape := range c.shapes {
		out[i] = geo.Fence{Shape: shape, ReachM: reach(&c.r.Zones[i])}
	}
	return out
}

// indexLike shares the index when every zone is the same.
func indexLike(like *Directory, c *checker) (*geo.ZoneIndex, error) {
	if like == nil || !slices.Equal(like.refs.shapes, c.shapes) {
		return geo.NewZoneIndex(fences(c))
	}
	for i := range c.r.Zones {
		if reach(&c.r.Zones[i]) != reach(like.Zone(i)) {
			return geo.NewZoneIndex(fences(c))
		}
	}
	return like.index, nil
}

// shapeOf reads the polygon of a zone, or shares the one of a directory, which may
// be nil, that has the same.
func (d *Directory) shapeOf(z *Zone) (*geo.Shape, error) {
	if d != nil {
		i, known := d.refs.zones[z.ID]
		if known && d.Zone(i).Datum == z.Datum && bytes.Equal(d.Zone(i).Geometry, z.Geometry) {
			return d.refs.shapes[i], nil
		}
	}
	return geo.ParseShape(z.Geometry, z.Datum)
}

func reach(z *Zone) float64 {
	switch z.Kind {
	case AreaZone:
		return areaReachM
	case ForbiddenZone:
		return approach(z) + watchReachM
	}
	return watchReachM
}

func approach(z *Zone) float64 {
	if z.ApproachM > 0 {
		return z.ApproachM
	}
	return defaultApproachM
}

func (d *Directory) compileEntries() {
	r := d.refs.r
	subjects := make([]SubjectEntry, len(r.Subjects))
	d.subjects = make([]*SubjectEntry, len(r.Subjects))
	for i := range subjects {
		e := &subjects[i]
		e.Subject, e.Pos = &r.Subjects[i], i
		d.subjects[i] = e
		d.compileSubject(e)
	}
	devices := make([]DeviceEntry, len(r.Devices))
	d.devices = make([]*DeviceEntry, len(r.Devices))
	for i := range devices {
		e := &devices[i]
		e.Device, e.Pos = &r.Devices[i], i
		d.devices[i] = e
		d.compileDevice(e)
		for j := range e.Bindings {
			e.Bindings[j].Subject.hold(e)
		}
	}
}

// hold notes a device that was ever bound to the subject, once.
func (e *SubjectEntry) hold(dev *DeviceEntry) {
	if e == nil || len(e.Devices) > 0 && e.Devices[len(e.Devices)-1] == dev {
		return
	}
	e.Devices = append(e.Devices, dev)
}

// compileSubject derives what can be derived from the subject's file form.
func (d *Directory) compileSubject(e *SubjectEntry) {
	s, cal := e.Subject, d.refs.cal
	e.Term = cal.interval(s.Term.From, s.Term.Until, true)
	e.Effective, e.Reported = cal.optional(s.Effective), cal.optional(s.Reported)
	e.Area = d.zone(s.Area)
	if s.Area == "" {
		e.Area = d.zone(d.refs.r.District.Area)
	}
	if e.Duty == nil { // acts change the subject, not its pace
		e.Duty = &Duty{paced: d.paced}
	}
	e.Duty.named = d.duties[s.Rollcall]
	e.Nights = d.curfew(s.Curfew)
	e.Received = cal.received(&s.Reports)
	e.release, e.released = d.refs.release(s.ID)
	d.compilePlaces(e)
	d.compilePermits(e)
	e.Custody = nil
	for _, span := range s.Custody {
		e.Custody = append(e.Custody, cal.interval(span.From, span.Until, false))
	}
}

func (d *Directory) compilePlaces(e *SubjectEntry) {
	e.HomeRadiusM, e.Home = 0, geo.Point{}
	if home := e.Subject.Home; home != nil {
		e.Home, e.HomeRadiusM = home.wgs84(), home.RadiusM
		if home.RadiusM == 0 {
			e.HomeRadiusM = minHomeM
		}
	}
	e.Forbidden = nil
	for _, id := range e.Subject.Forbidden {
		i := d.zone(id)
		e.Forbidden = append(e.Forbidden, ForbiddenRef{Zone: i, ApproachM: approach(d.Zone(i))})
	}
}

func (d *Directory) compilePermits(e *SubjectEntry) {
	cal := d.refs.cal
	e.Permits = nil
	for i := range e.Leaves {
		l := &e.Leaves[i]
		e.Permits = append(e.Permits, Permit{
			ID: l.ID, Interval: cal.interval(l.From, &l.Until, true), Zone: d.zone(l.Area),
			Returned: cal.optional(l.Returned),
		})
	}
	for i := range e.Travel {
		t := &e.Travel[i]
		e.Permits = append(e.Permits, Permit{
			ID: t.ID, Interval: cal.interval(t.From, &t.Until, true), Zone: d.zone(t.Area), Travel: true,
		})
	}
}

func (d *Directory) compileDevice(e *DeviceEntry) {
	cal := d.refs.cal
	e.Bindings = make([]BindingEntry, len(e.Device.Bindings))
	for i, b := range e.Device.Bindings {
		release, _ := d.refs.release(b.Subject)
		e.Bindings[i] = BindingEntry{
			SubjectID: b.Subject, Subject: d.Subject(b.Subject),
			Interval: cal.interval(b.From, b.Until, false), release: release,
		}
	}
	e.Authorities = make([]AuthorityEntry, len(e.Device.Authority))
	for i := range e.Device.Authority {
		a := &e.Device.Authority[i]
		e.Authorities[i] = AuthorityEntry{ID: a.ID, Ground: a.Ground, Interval: cal.interval(a.From, &a.Until, true)}
	}
}

func (d *Directory) zone(id ZoneID) int {
	if i, ok := d.refs.zones[id]; ok {
		return i
	}
	return -1
}

// curfew shares the schedules of equal hours: most curfews are the same.
func (d *Directory) curfew(w *Window) *Schedule {
	if w == nil {
		return nil
	}
	s := d.curfews[*w]
	if s == nil {
		cw, err := w.clock(true)
		if err != nil {
			return nil // refused by the checks
		}
		s = &Schedule{cal: d.refs.cal, windows: []clockWindow{cw}, days: [7]bool{true, true, true, true, true, true, true}}
		d.curfews[*w] = s
	}
	return s
}

// optional returns the start of a date that may be absent.
func (c *Calendar) optional(d *Date) Instant {
	if d == nil {
		return 0
	}
	return c.Start(*d)
}
