package roster

import (
	"fmt"
	"slices"
)

// keepChallenges is how long an expired challenge can still matter: a message
// may arrive 30 days late.
const keepChallenges = 30 * Day

// ReportedIn records that a subject has reported to the office (报到),
// 社区矫正法 Article 21.
func (d *Directory) ReportedIn(id SubjectID, day Date) error {
	return d.changeSubject(id, func(s *Subject) error { s.Reported = &day; return nil })
}

// AddCustody records that a subject is detained or in hospital.
func (d *Directory) AddCustody(id SubjectID, span Span) error {
	return d.changeSubject(id, func(s *Subject) error { s.Custody = push(s.Custody, span); return nil })
}

// GrantLeave adds an approved leave, 实施办法 Article 27.
func (d *Directory) GrantLeave(id SubjectID, l Leave) error {
	return d.changeSubject(id, func(s *Subject) error { s.Leaves = push(s.Leaves, l); return nil })
}

// ReturnLeave records when a subject came back from a leave.
func (d *Directory) ReturnLeave(id SubjectID, leave string, at Instant) error {
	return d.changeSubject(id, func(s *Subject) error {
		i := slices.IndexFunc(s.Leaves, func(l Leave) bool { return l.ID == leave })
		if i < 0 {
			return fmt.Errorf("subject %q has no leave %q", id, leave)
		}
		s.Leaves = slices.Clone(s.Leaves)
		s.Leaves[i].Returned = &Date{At: at}
		return nil
	})
}

// ReceiveReport records a report of kind health, medical_review or periodic,
// 实施办法 Article 24.
func (d *Directory) ReceiveReport(id SubjectID, kind string, day Date) error {
	return d.changeSubject(id, func(s *Subject) error {
		list := map[string]*[]Date{
			"health":         &s.Reports.Health,
			"medical_review": &s.Reports.MedicalReview,
			"periodic":       &s.Reports.Periodic,
		}[kind]
		if list == nil {
			return fmt.Errorf("report %q is unknown: write health, medical_review or periodic", kind)
		}
		*list = push(*list, day)
		return nil
	})
}

// AddVisit records a home visit (走访).
func (d *Directory) AddVisit(id SubjectID, day Date) error {
	return d.changeSubject(id, func(s *Subject) error { s.Reports.Visits = push(s.Reports.Visits, day); return nil })
}

// Admonish records an admonition (训诫), 实施办法 Article 34.
func (d *Directory) Admonish(id SubjectID, day Date) error {
	return d.changeSubject(id, func(s *Subject) error { s.Facts.Admonitions = push(s.Facts.Admonitions, day); return nil })
}

// Warn records a warning (警告), 实施办法 Article 35.
func (d *Directory) Warn(id SubjectID, day Date) error {
	return d.changeSubject(id, func(s *Subject) error { s.Facts.Warnings = push(s.Facts.Warnings, day); return nil })
}

// GrantAuthority adds an authority for electronic location, 社区矫正法 Article 29.
func (d *Directory) GrantAuthority(id DeviceID, a Authority) error {
	return d.changeDevice(id, func(dev *Device) error { dev.Authority = push(dev.Authority, a); return nil })
}

// EndAuthority ends an authority before its term, as soon as it is no longer
// necessary.
func (d *Directory) EndAuthority(id DeviceID, authority string, at Instant) error {
	return d.changeDevice(id, func(dev *Device) error {
		i := slices.IndexFunc(dev.Authority, func(a Authority) bool { return a.ID == authority })
		if i < 0 {
			return fmt.Errorf("device %q has no authority %q", id, authority)
		}
		if at >= d.Calendar().End(dev.Authority[i].Until) {
			return fmt.Errorf("authority %q has ended by then: extending one needs a new approval", authority)
		}
		dev.Authority = slices.Clone(dev.Authority)
		dev.Authority[i].Until = Date{At: at}
		return nil
	})
}

// AddChallenge records an unscheduled request to check in (抽查). A directory
// that is compiled later does not know it. It is safe while others read.
func (d *Directory) AddChallenge(id DeviceID, challengeID string, issued, expires Instant) error {
	e := d.Device(id)
	switch {
	case e == nil:
		return fmt.Errorf("device %q does not exist", id)
	case challengeID == "":
		return fmt.Errorf("challenge to device %q has no id", id)
	case expires <= issued:
		return fmt.Errorf("challenge %q expires before it is issued", challengeID)
	case slices.ContainsFunc(e.known(), func(c challenge) bool { return c.id == challengeID }):
		return fmt.Errorf("challenge %q exists already", challengeID)
	}
	kept := slices.DeleteFunc(slices.Clone(e.known()), func(c challenge) bool { return c.End+keepChallenges < issued })
	kept = append(kept, challenge{challengeID, Interval{issued, expires}})
	e.challenges.Store(&kept)
	return nil
}

// changeSubject applies a change to a copy, which replaces the subject only if
// it passes the checks of a roster.
func (d *Directory) changeSubject(id SubjectID, change func(*Subject) error) error {
	e := d.Subject(id)
	if e == nil {
		return fmt.Errorf("subject %q does not exist", id)
	}
	next := *e.Subject
	if err := change(&next); err != nil {
		return err
	}
	d.refs.problems = nil
	d.refs.subject(e.Pos, &next)
	if err := d.refs.problems.Err(); err != nil {
		return err
	}
	*e.Subject = next
	d.compileSubject(e)
	return nil
}

// changeDevice is changeSubject for devices.
func (d *Directory) changeDevice(id DeviceID, change func(*Device) error) error {
	e := d.Device(id)
	if e == nil {
		return fmt.Errorf("device %q does not exist", id)
	}
	next := *e.Device
	if err := change(&next); err != nil {
		return err
	}
	d.refs.problems = nil
	d.refs.device(e.Pos, &next)
	if err := d.refs.problems.Err(); err != nil {
		return err
	}
	*e.Device = next
	d.compileDevice(e)
	return nil
}

// push appends without touching the array of the slice it was given, which the
// caller of Compile may still hold.
func push[T any](list []T, item T) []T { return append(slices.Clip(list), item) }
