package roster

import "fmt"

func (c *checker) device(i int, d *Device) {
	path := entryPath("devices", d.ID, i)
	if d.ID != "" && !deviceID.MatchString(string(d.ID)) {
		c.add(path+".id", "cannot stand in a topic", "use 1 to 64 of the characters A-Z a-z 0-9 _ -")
	}
	c.required(path+".kind", string(d.Kind), "wristband app kiosk")
	ref(c, path+".office", d.Office, c.offices, "offices")
	if d.Interval < 0 {
		c.add(path+".interval", "is negative", "write a length such as 5m")
	}
	if d.Kind == Kiosk {
		c.kiosk(path, d)
	}
	c.bindings(path, d)
	c.authorities(path, d)
}

func (c *checker) kiosk(path string, d *Device) {
	if d.Office == "" {
		c.add(path+".office", "is missing", "name the office in which the kiosk stands")
	}
	if len(d.Bindings) > 0 {
		c.add(path+".bindings", "a kiosk belongs to no subject", "remove them; its check-ins name the subject")
	}
}

// bindings checks that a device belongs to one person at a time and to nobody
// after release: no law permits to locate a released person.
func (c *checker) bindings(path string, d *Device) {
	spans := make([]Interval, len(d.Bindings))
	for i := range d.Bindings {
		b := &d.Bindings[i]
		where := fmt.Sprintf("%s.bindings[%d]", path, i)
		iv, ok := c.span(where, b.From, b.Until, false)
		if !ok {
			continue
		}
		spans[i] = iv
		c.boundPerson(where, b.Subject, iv)
		for j, other := range spans[:i] {
			if other.From != 0 && d.Bindings[j].Subject != b.Subject && other.overlaps(iv) {
				c.add(where, fmt.Sprintf("overlaps bindings[%d] of another subject", j), "end one binding before the other begins")
			}
		}
	}
}

func (c *checker) boundPerson(path string, id SubjectID, iv Interval) {
	_, subject := c.subjects[id]
	release, released := c.release(id)
	switch {
	case id == "":
		c.add(path+".subject", "is missing", "name the subject who wears or holds the device")
	case released && iv.From >= release:
		c.add(path+".subject", fmt.Sprintf("%q is a released person", id), "remove the binding: released persons are never located")
	case !subject && !released:
		c.add(path+".subject", fmt.Sprintf("%q does not exist", id), "add it to subjects or correct the id")
	}
}

// release returns the instant from which a person is released; false for those
// who are not in the register of released persons. The end of the term decides,
// or an earlier registered day within the term; without either the person
// counts as released all along.
func (c *checker) release(id SubjectID) (Instant, bool) {
	i, ok := c.released[id]
	if !ok {
		return 0, false
	}
	var since Instant
	if d := c.r.Released[i].Since; d != nil {
		since = c.cal.Start(*d)
	}
	pos, ok := c.subjects[id]
	if !ok {
		return since, true
	}
	term := c.r.Subjects[pos].Term
	iv := c.cal.interval(term.From, term.Until, true)
	if iv.End == 0 || since >= iv.From && since < iv.End {
		return since, true
	}
	return iv.End, true
}

// authorities checks 社区矫正法 Article 29: wristbands only, one of five
// grounds, three months each.
func (c *checker) authorities(path string, d *Device) {
	if len(d.Authority) > 0 && d.Kind != Wristband {
		c.add(path+".authority", "electronic location is for wristbands only", "remove it, or correct the device's kind")
	}
	ids(c, path+".authority", d.Authority, func(a *Authority) string { return a.ID })
	for i := range d.Authority {
		a := &d.Authority[i]
		where := entryPath(path+".authority", a.ID, i)
		if a.Ground < 1 || a.Ground > 5 {
			c.add(where+".ground", fmt.Sprintf("%d is no ground of Article 29", a.Ground), "write 1, 2, 3, 4 or 5")
		}
		iv, ok := c.span(where, a.From, &a.Until, true)
		if ok && iv.End > c.cal.plusMonths(iv.From, 3) {
			c.add(where+".until", "is more than three months after from", "an authority lasts three months at most; approve a new one then")
		}
	}
}
