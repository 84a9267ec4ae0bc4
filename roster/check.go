package roster

import (
	"fmt"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync"

	"correctiond/geo"
)

// Check returns every problem of a roster at once; none means that it may be
// compiled.
func Check(r *Roster, cal *Calendar) Problems { return newChecker(r, cal).run() }

// checker holds what the entries of a roster refer to. It serves whole rosters
// and, inside a Directory, the single entry that an act changes.
type checker struct {
	cal       *Calendar
	r         *Roster
	offices   map[OfficeID]int
	officers  map[OfficerID]int
	rollcalls map[string]int
	zones     map[ZoneID]int
	shapes    []*geo.Shape // by zone; nil where the polygon is broken
	subjects  map[SubjectID]int
	devices   map[DeviceID]int
	released  map[SubjectID]int
	problems  Problems
	like      *Directory // may have the shapes already; nil: none has
}

func newChecker(r *Roster, cal *Calendar) *checker {
	c := &checker{cal: cal, r: r, shapes: make([]*geo.Shape, len(r.Zones))}
	c.offices = index(c, "offices", r.Offices, func(o *Office) OfficeID { return o.ID })
	c.officers = index(c, "officers", r.Officers, func(o *Officer) OfficerID { return o.ID })
	c.rollcalls = index(c, "rollcalls", r.Rollcalls, func(o *Rollcall) string { return o.ID })
	c.zones = index(c, "zones", r.Zones, func(z *Zone) ZoneID { return z.ID })
	c.subjects = index(c, "subjects", r.Subjects, func(s *Subject) SubjectID { return s.ID })
	c.devices = index(c, "devices", r.Devices, func(d *Device) DeviceID { return d.ID })
	c.released = index(c, "released", r.Released, func(p *Released) SubjectID { return p.ID })
	return c
}

// index maps the ids of a list to positions and reports missing and repeated ones.
func index[T any, ID ~string](c *checker, list string, items []T, id func(*T) ID) map[ID]int {
	m := make(map[ID]int, len(items))
	for i := range items {
		k := id(&items[i])
		first, twice := m[k]
		switch {
		case k == "":
			c.add(fmt.Sprintf("%s[%d].id", list, i), "is missing", "give it an id of its own")
		case twice:
			c.add(entryPath(list, k, i)+".id", fmt.Sprintf("is used twice, by entries %d and %d", first, i), "rename one or merge the two")
		default:
			m[k] = i
		}
	}
	return m
}

// entryPath writes the path of a list entry, by its id where it has one.
func entryPath[ID ~string](list string, id ID, i int) string {
	if id == "" {
		return fmt.Sprintf("%s[%d]", list, i)
	}
	return list + "[" + string(id) + "]"
}

func (c *checker) run() Problems {
	r := c.r
	if r.Version != 1 {
		c.add("version", fmt.Sprintf("is %d", r.Version), "write version: 1, the only one there is")
	}
	for i, wrong := range c.readShapes() {
		c.zone(i, wrong)
	}
	c.district(&r.District)
	for i := range r.Offices {
		c.place(entryPath("offices", r.Offices[i].ID, i)+".place", r.Offices[i].Place)
	}
	for i := range r.Officers {
		c.officer(entryPath("officers", r.Officers[i].ID, i), &r.Officers[i])
	}
	for i := range r.Rollcalls {
		c.rollcall(entryPath("rollcalls", r.Rollcalls[i].ID, i), &r.Rollcalls[i])
	}
	c.each(len(r.Subjects), func(c *checker, i int) { c.subject(i, &r.Subjects[i]) })
	c.each(len(r.Devices), func(c *checker, i int) { c.device(i, &r.Devices[i]) })
	for i := range r.Released {
		c.releasedPerson(entryPath("released", r.Released[i].ID, i), &r.Released[i])
	}
	return c.problems
}

// each checks the entries of a long list, on as many cores as there are; their
// problems stay in the order of the list.
func (c *checker) each(n int, check func(*checker, int)) {
	share := n/runtime.GOMAXPROCS(0) + 1
	var parts []*checker
	var work sync.WaitGroup
	for from := 0; from < n; from += share {
		part := *c // what it refers to is only read
		part.problems = nil
		parts = append(parts, &part)
		work.Go(func() {
			for i := from; i < min(from+share, n); i++ {
				check(&part, i)
			}
		})
	}
	work.Wait()
	for _, part := range parts {
		c.problems = append(c.problems, part.problems...)
	}
}

func (c *checker) district(d *District) {
	if d.ID == "" {
		c.add("district.id", "is missing", "write the id of the district")
	}
	c.zoneRef("district.area", d.Area, AreaZone)
}

func (c *checker) officer(path string, o *Officer) {
	ref(c, path+".office", o.Office, c.offices, "offices")
	c.oneOf(path+".role", o.Role, "officer social_worker office_head district procurator ops admin")
	for i, n := range o.Notify {
		if n.Channel == "" || n.To == "" {
			c.add(fmt.Sprintf("%s.notify[%d]", path, i), "lacks its channel or address", "write both channel and to")
		}
	}
}

func (c *checker) releasedPerson(path string, p *Released) {
	ref(c, path+".office", p.Office, c.offices, "offices")
	c.oneOf(path+".colour", p.Colour, "red orange yellow green")
	c.optionalDate(path+".next_visit", p.NextVisit)
	c.optionalDate(path+".since", p.Since)
}

func (c *checker) add(where, what, fix string) { c.problems.add(where, what, fix) }

// oneOf allows an empty value: whoever requires one checks that itself.
func (c *checker) oneOf(path, value, allowed string) {
	if value != "" && !slices.Contains(strings.Fields(allowed), value) {
		c.add(path, fmt.Sprintf("%q is unknown", value), "write one of: "+strings.ReplaceAll(allowed, " ", ", "))
	}
}

func (c *checker) required(path, value, allowed string) {
	if value == "" {
		c.add(path, "is missing", "write one of: "+strings.ReplaceAll(allowed, " ", ", "))
	}
	c.oneOf(path, value, allowed)
}

// ref checks that a reference, if there is one, leads to an entry of a list.
func ref[ID ~string](c *checker, path string, id ID, known map[ID]int, list string) bool {
	if id == "" {
		return false
	}
	_, ok := known[id]
	if !ok {
		c.add(path, fmt.Sprintf("%q does not exist", id), "add it to "+list+" or correct the id")
	}
	return ok
}

func (c *checker) zoneRef(path string, id ZoneID, kind ZoneKind) {
	if !ref(c, path, id, c.zones, "zones") {
		return
	}
	if have := c.r.Zones[c.zones[id]].Kind; have != kind {
		c.add(path, fmt.Sprintf("zone %q is of kind %s", id, have), "name a zone of kind "+string(kind))
	}
}

// deviceID is the pattern of ids that may stand in a topic.
var deviceID = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)
