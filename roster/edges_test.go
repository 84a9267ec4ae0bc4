package roster_test

import (
	"testing"

	"correctiond/roster"
)

// Every boundary of the law's intervals, to the millisecond: [from, until).
func TestBasisChangesExactlyAtItsBoundaries(t *testing.T) {
	d := compiled(t, released())
	if err := d.AddChallenge("P1", "C1", at(t, "2026-03-02 15:00:00"), at(t, "2026-03-02 16:00:00")); err != nil {
		t.Fatal(err)
	}
	const lawful = roster.Refusal("")
	for _, c := range []struct {
		edge          string // local time
		device        roster.DeviceID
		kind          string
		before, after roster.Refusal
	}{
		// Bindings: bare days begin and end at 00:00, the end is not included.
		{"2026-01-20 00:00:00", "W1", "location", "unbound", lawful},
		{"2026-01-15 00:00:00", "P1", "checkin", "unbound", lawful},
		{"2026-06-01 00:00:00", "P2", "checkin", lawful, "unbound"},
		// Authorities: the named last day is included.
		{"2026-04-20 00:00:00", "W1", "location", lawful, "no_basis"},
		// Terms: the named last day is included, for every kind of message.
		{"2027-01-10 00:00:00", "W1", "status", lawful, "out_of_term"},
		{"2027-01-10 00:00:00", "P1", "checkin", lawful, "out_of_term"},
		{"2027-01-10 00:00:00", "W1", "location", "no_basis", "out_of_term"},
		// Roll-call windows and their grace, for phones.
		{"2026-03-02 07:30:00", "P1", "location", "no_basis", lawful},
		{"2026-03-02 10:00:00", "P1", "location", lawful, "no_basis"},
		{"2026-03-02 19:00:00", "P2", "location", "no_basis", lawful},
		{"2026-03-02 21:30:00", "P2", "location", lawful, "no_basis"},
		// Challenges are to one device.
		{"2026-03-02 15:00:00", "P1", "location", "no_basis", lawful},
		{"2026-03-02 16:00:00", "P1", "location", lawful, "no_basis"},
		{"2026-03-02 15:00:00", "P2", "location", "no_basis", "no_basis"},
		// Release: with the end of the term for former subjects, from the
		// registered day for those who are known as released only.
		{"2026-04-01 00:00:00", "P3", "checkin", lawful, "released_person"},
		{"2026-02-01 00:00:00", "W9", "status", "out_of_term", "released_person"},
	} {
		edge := at(t, c.edge)
		for moment, want := range map[roster.Instant]roster.Refusal{edge - 1: c.before, edge: c.after} {
			v := d.Basis(roster.Query{Device: c.device, Kind: c.kind, At: moment, HasTime: true})
			if v.Refusal != want {
				t.Errorf("%s of %s, %d ms from %s: %q, want %q", c.kind, c.device, moment-edge, c.edge, v.Refusal, want)
			}
		}
	}
}

// One message can lack several things; the first of the wire format's order is named.
func TestTheFirstFailingTestDecides(t *testing.T) {
	d := compiled(t, released())
	for _, c := range []struct {
		name    string
		device  roster.DeviceID
		claimed roster.SubjectID
		at      string
		want    roster.Refusal
	}{
		{"unknown before everything", "W7", "R1", "2030-01-01 00:00:00", "unknown_device"},
		{"unbound before out of term", "P2", "", "2030-01-01 00:00:00", "unbound"},
		{"released before out of term", "P3", "", "2030-01-01 00:00:00", "released_person"},
		{"out of term before no basis", "W1", "", "2030-01-01 00:00:00", "out_of_term"},
		{"a kiosk is bound to nobody", "K1", "", "2030-01-01 00:00:00", "unbound"},
		{"a kiosk's subject has a term as well", "K1", "S1", "2030-01-01 00:00:00", "out_of_term"},
		{"and may be released", "K1", "S3", "2026-04-01 00:00:00", "released_person"},
		{"but not before", "K1", "S3", "2026-03-31 23:59:59", ""},
	} {
		v := d.Basis(roster.Query{Device: c.device, Kind: "location", At: at(t, c.at), HasTime: true, Claimed: c.claimed})
		if v.Refusal != c.want {
			t.Errorf("%s: %q, want %q", c.name, v.Refusal, c.want)
		}
	}
}

// A person who returns to supervision is not refused for an older release.
func TestReleasedAndSentencedAgain(t *testing.T) {
	r := sample()
	r.Released = append(r.Released, roster.Released{ID: "S1", Since: until("2020-01-01")})
	d := compiled(t, r)
	q := roster.Query{Device: "W1", Kind: "location", At: at(t, "2026-02-01 00:00:00"), HasTime: true}
	if v := d.Basis(q); v.Refusal != "" {
		t.Errorf("within the new term: %q", v.Refusal)
	}
	q.At = at(t, "2027-01-10 00:00:00")
	if v := d.Basis(q); v.Refusal != "released_person" {
		t.Errorf("after the new term: %q", v.Refusal)
	}
}

// What an officer does decides what is lawful from then on.
func TestActsMoveTheBasis(t *testing.T) {
	noon := "2026-05-02 12:00:00"
	for _, c := range []struct {
		name   string
		device roster.DeviceID
		act    func(*roster.Directory) error
		want   roster.Refusal
	}{
		{"nothing", "W1", func(*roster.Directory) error { return nil }, "no_basis"},
		{"authority granted", "W1", func(d *roster.Directory) error {
			return d.GrantAuthority("W1", roster.Authority{ID: "A2", Ground: 5, From: day("2026-05-02"), Until: day("2026-05-02")})
		}, ""},
		{"authority granted and ended at noon", "W1", func(d *roster.Directory) error {
			if err := d.GrantAuthority("W1", roster.Authority{ID: "A2", Ground: 5, From: day("2026-05-01"), Until: day("2026-06-02")}); err != nil {
				return err
			}
			return d.EndAuthority("W1", "A2", at(t, noon))
		}, "no_basis"},
		{"challenge to the phone", "P1", func(d *roster.Directory) error {
			return d.AddChallenge("P1", "C1", at(t, noon), at(t, noon)+roster.Hour)
		}, ""},
		{"challenge to another phone", "P1", func(d *roster.Directory) error {
			return d.AddChallenge("P2", "C1", at(t, noon), at(t, noon)+roster.Hour)
		}, "no_basis"},
	} {
		d := compiled(t, sample())
		if err := c.act(d); err != nil {
			t.Fatal(err)
		}
		v := d.Basis(roster.Query{Device: c.device, Kind: "location", At: at(t, noon), HasTime: true})
		if v.Refusal != c.want {
			t.Errorf("%s: %q, want %q", c.name, v.Refusal, c.want)
		}
	}
}
