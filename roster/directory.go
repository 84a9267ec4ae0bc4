package roster

import (
	"fmt"
	"slices"
	"sync/atomic"

	"correctiond/geo"
)

// Directory is a compiled roster: its entries with their times as instants and
// their places as shapes, found by id without allocation. Reading is safe for
// concurrent use while no act changes it.
type Directory struct {
	refs     *checker
	index    *geo.ZoneIndex
	subjects []*SubjectEntry // by position in the roster
	devices  []*DeviceEntry
	duties   map[string]*Schedule // by roll-call id
	paced    *pacing              // for subjects without a roll-call
	curfews  map[Window]*Schedule
}

// SubjectEntry is a compiled subject. Its pointer stays valid while acts change
// what it holds.
type SubjectEntry struct {
	*Subject
	Pos       int // dense: 0 … len(Subjects())-1
	Term      Interval
	Effective Instant // 0 when not recorded, as Reported
	Reported  Instant
	Area      int // zone where the subject may be without leave, -1 none
	Forbidden []ForbiddenRef
	Permits   []Permit
	Custody   []Interval
	Duty      *Duty     // never nil
	Nights    *Schedule // curfew hours, one window each day; nil: no curfew
	Home      geo.Point // WGS-84
	// HomeRadiusM is in metres, 150 when the roster gives none; 0: no home.
	HomeRadiusM float64
	Devices     []*DeviceEntry // ever bound
	Received    Received

	released bool
	release  Instant
}

// ForbiddenRef is a zone that an order forbids to a subject.
type ForbiddenRef struct {
	Zone      int
	ApproachM float64 // metres; the default where the zone gives none
}

// Permit is a leave, or a travel approval, with its destination.
type Permit struct {
	ID string
	Interval
	Zone     int // destination, -1 when none is named
	Travel   bool
	Returned Instant // 0: has not returned
}

// DeviceEntry is a compiled device. Its pointer stays valid while acts change
// what it holds.
type DeviceEntry struct {
	*Device
	Pos         int // dense: 0 … len(Devices())-1
	Bindings    []BindingEntry
	Authorities []AuthorityEntry
	challenges  atomic.Pointer[[]challenge] // replaced whole; nil: none yet
}

// BindingEntry says whose device it is during the interval.
type BindingEntry struct {
	SubjectID SubjectID
	Subject   *SubjectEntry // nil: known only as a released person
	Interval
	release Instant // of a person without a subject entry
}

// AuthorityEntry is a compiled authority.
type AuthorityEntry struct {
	ID     string
	Ground int // 1 … 5
	Interval
}

type challenge struct {
	id string
	Interval
}

// BoundTo returns the binding at t, nil when there is none.
func (e *DeviceEntry) BoundTo(t Instant) *BindingEntry {
	for i := range e.Bindings {
		if e.Bindings[i].Covers(t) {
			return &e.Bindings[i]
		}
	}
	return nil
}

// Authority returns an authority that covers t, nil when none does.
func (e *DeviceEntry) Authority(t Instant) *AuthorityEntry {
	for i := range e.Authorities {
		if e.Authorities[i].Covers(t) {
			return &e.Authorities[i]
		}
	}
	return nil
}

// challenged tells whether a challenge to this device is open at t.
func (e *DeviceEntry) challenged(t Instant) bool {
	return slices.ContainsFunc(e.known(), func(c challenge) bool { return c.Covers(t) })
}

func (e *DeviceEntry) known() []challenge {
	if list := e.challenges.Load(); list != nil {
		return *list
	}
	return nil
}

// Device returns a device, nil when the roster has none of that id.
func (d *Directory) Device(id DeviceID) *DeviceEntry {
	if i, ok := d.refs.devices[id]; ok {
		return d.devices[i]
	}
	return nil
}

// Subject returns a subject, nil when the roster has none of that id.
func (d *Directory) Subject(id SubjectID) *SubjectEntry {
	if i, ok := d.refs.subjects[id]; ok {
		return d.subjects[i]
	}
	return nil
}

// Office returns an office, nil when the roster has none of that id.
func (d *Directory) Office(id OfficeID) *Office {
	if i, ok := d.refs.offices[id]; ok {
		return &d.refs.r.Offices[i]
	}
	return nil
}

// Officer returns an officer, nil when the roster has none of that id.
func (d *Directory) Officer(id OfficerID) *Officer {
	list := d.refs.r.Officers
	if i := slices.IndexFunc(list, func(o Officer) bool { return o.ID == id }); i >= 0 {
		return &list[i]
	}
	return nil
}

// Subjects returns all subjects by Pos; do not change the slice.
func (d *Directory) Subjects() []*SubjectEntry { return d.subjects }

// Devices returns all devices by Pos; do not change the slice.
func (d *Directory) Devices() []*DeviceEntry { return d.devices }

// Roster returns the current file form, with what acts have changed; do not
// change it.
func (d *Directory) Roster() *Roster { return d.refs.r }

// DistrictID returns the district of the roster.
func (d *Directory) DistrictID() DistrictID { return d.refs.r.District.ID }

// Calendar returns the calendar that all times were compiled with.
func (d *Directory) Calendar() *Calendar { return d.refs.cal }

// Zones returns the index over all zones; its numbers are those of Zone.
func (d *Directory) Zones() *geo.ZoneIndex { return d.index }

// Zone returns the i-th zone of the roster.
func (d *Directory) Zone(i int) *Zone { return &d.refs.r.Zones[i] }

// Shape returns the polygon of the i-th zone.
func (d *Directory) Shape(i int) *geo.Shape { return d.refs.shapes[i] }

// Compile checks a roster and makes its directory; the error is Problems when a
// check failed. The roster itself is never changed, later acts work on a copy.
func Compile(r *Roster, cal *Calendar) (*Directory, error) { return CompileLike(nil, r, cal) }

// CompileLike is Compile for a roster that has much in common with one compiled
// before, such as its next version; nil: none. Zones that are the same share their
// polygons, which never change and take most of the time.
func CompileLike(like *Directory, r *Roster, cal *Calendar) (*Directory, error) {
	own := *r
	own.Subjects = slices.Clone(r.Subjects)
	own.Devices = slices.Clone(r.Devices)
	refs := newChecker(&own, cal)
	refs.like = like
	if err := refs.run().Err(); err != nil {
		return nil, err
	}
	refs.like = nil
	ix, err := indexLike(like, refs)
	if err != nil {
		return nil, fmt.Errorf("index zones: %w", err)
	}
	return newDirectory(refs, ix), nil
}

func newDirectory(refs *checker, ix *geo.ZoneIndex) *Directory {
	d := &Directory{
		refs:    refs,
		index:   ix,
		duties:  make(map[string]*Schedule),
		paced:   newPacing(refs.cal),
		curfews: make(map[Window]*Schedule),
	}
	for i := range refs.r.Rollcalls {
		d.duties[refs.r.Rollcalls[i].ID] = compileRollcall(&refs.r.Rollcalls[i], refs.cal)
	}
	d.compileEntries()
	return d
}

// At returns a directory of its own of what Roster gave at some time, its lists copied
// while no act ran. It shares what acts never change. Nothing is checked again: the
// roster was, and so was each act. Challenges and pace it does not know.
func (d *Directory) At(then *Roster) *Directory {
	own := *then
	refs := &checker{
		cal: d.refs.cal, r: &own, offices: d.refs.offices, officers: d.refs.officers, rollcalls: d.refs.rollcalls, zones: d.refs.zones,
		shapes: d.refs.shapes, subjects: d.refs.subjects, devices: d.refs.devices, released: d.refs.released,
	}
	return newDirectory(refs, d.index)
}
