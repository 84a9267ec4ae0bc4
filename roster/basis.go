package roster

// Query asks whether the law permits a message.
type Query struct {
	Device DeviceID
	Kind   string // location | checkin | status
	// Position is set for a check-in that says where the device is. Locations
	// say so by their kind.
	Position bool
	At       Instant // the event's own time
	HasTime  bool    // false for a last will without a time: Received counts
	Received Instant
	Claimed  SubjectID // whom a kiosk's check-in names
	// Always permits positions of phones outside windows and challenges: a
	// district's recorded policy.
	Always bool
}

// Policy is what a district has decided, by a recorded document, beyond what holds
// everywhere. The zero Policy is none.
type Policy struct {
	// AppPositions: phones may report where they are outside windows and
	// challenges, too.
	AppPositions bool
	// OwnTracksCheckins: who presses the report button of OwnTracks checks in.
	OwnTracksCheckins bool
}

// Refusal says why the law does not permit a message; "" when it does. The
// values are those of the wire format.
type Refusal string

const (
	unknownDevice  Refusal = "unknown_device"
	unbound        Refusal = "unbound"
	releasedPerson Refusal = "released_person"
	outOfTerm      Refusal = "out_of_term"
	noBasis        Refusal = "no_basis"
)

// Verdict is the answer to a Query.
type Verdict struct {
	// Subject is whom a lawful message is about; nil for a refused one, which
	// must not be held against anybody.
	Subject *SubjectEntry
	Device  *DeviceEntry // nil: unknown
	Refusal Refusal
	Detail  string // one sentence for the dead letter, empty when lawful
}

// Basis is the lawful-basis decision, 社区矫正法 Articles 26, 29 and 44: a
// message is accepted only if its device is bound to a subject within the
// correction term, and a position only under an authority (wristbands) or
// within a spot check (phones). The first failing test decides.
func (d *Directory) Basis(q Query) Verdict {
	if !q.HasTime {
		q.At = q.Received
	}
	v := Verdict{Device: d.Device(q.Device)}
	if v.Device == nil {
		v.refuse(unknownDevice, "the device is not in the roster")
		return v
	}
	p := d.holder(v.Device, &q)
	switch {
	case !p.known:
		v.refuse(unbound, "nobody of the roster holds the device at that time, or its message names nobody")
	case p.released && q.At >= p.release:
		v.refuse(releasedPerson, "the device is bound to a released person, whom no law permits to locate")
	case p.subject == nil || !p.subject.Term.Covers(q.At):
		v.refuse(outOfTerm, "the time lies outside the correction term")
	default:
		v.locate(&q, p.subject)
	}
	return v
}

// locate judges whether the position in a message of a known subject is lawful.
func (v *Verdict) locate(q *Query, s *SubjectEntry) {
	switch dev := v.Device; {
	case dev.Kind == Wristband && q.located() && dev.Authority(q.At) == nil:
		v.refuse(noBasis, "no authority for electronic location covers the time")
	case dev.Kind == App && q.Kind == "location" && !q.spotCheck(dev, s):
		v.refuse(noBasis, "a phone may be located only within roll-call windows and open challenges")
	default:
		v.Subject = s
	}
}

func (v *Verdict) refuse(r Refusal, detail string) { v.Refusal, v.Detail = r, detail }

func (q *Query) located() bool { return q.Kind == "location" || q.Position }

func (q *Query) spotCheck(dev *DeviceEntry, s *SubjectEntry) bool {
	return q.Always || s.Duty.Contains(q.At, true) || dev.challenged(q.At)
}

// holder is the person a message is about, in either register.
type holder struct {
	known    bool
	subject  *SubjectEntry // nil: only a released person
	released bool
	release  Instant
}

func (d *Directory) holder(dev *DeviceEntry, q *Query) holder {
	if dev.Kind == Kiosk {
		return d.claimed(q.Claimed)
	}
	b := dev.BoundTo(q.At)
	switch {
	case b == nil:
		return holder{}
	case b.Subject == nil:
		return holder{known: true, released: true, release: b.release}
	}
	return b.Subject.holder()
}

func (d *Directory) claimed(id SubjectID) holder {
	if s := d.Subject(id); s != nil {
		return s.holder()
	}
	release, released := d.refs.release(id)
	return holder{known: released, released: released, release: release}
}

func (e *SubjectEntry) holder() holder {
	return holder{known: true, subject: e, released: e.released, release: e.release}
}
