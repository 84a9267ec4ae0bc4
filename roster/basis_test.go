package roster_test

import (
	"strings"
	"testing"

	"correctiond/roster"
	"pgregory.net/rapid"
)

// released is the sample with a former subject S3, released after 31 March 2026,
// who still has the phone P3; and the wristband W9 that R9 never gave back.
func released() *roster.Roster {
	r := sample()
	r.Subjects = append(r.Subjects, roster.Subject{ID: "S3", Office: "O1", Kind: roster.Parole, Term: span("2025-04-01", "2026-03-31")})
	r.Devices = append(
		r.Devices,
		roster.Device{ID: "P3", Kind: roster.App, Bindings: []roster.Binding{{Subject: "S3", From: day("2025-05-01")}}},
		roster.Device{ID: "W9", Kind: roster.Wristband, Bindings: []roster.Binding{{Subject: "R9", From: day("2025-05-01")}}},
	)
	r.Released = append(r.Released, roster.Released{ID: "S3"}, roster.Released{ID: "R9", Since: until("2026-02-01")})
	return r
}

func TestBasis(t *testing.T) {
	d := compiled(t, released())
	if err := d.AddChallenge("P1", "C1", at(t, "2026-03-02 15:00:00"), at(t, "2026-03-02 16:00:00")); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, device, kind, at, claimed string
		want                            roster.Refusal
		subject                         roster.SubjectID
	}{
		{name: "unknown device", device: "W7", kind: "location", at: "2026-03-02 08:00:00", want: "unknown_device"},
		{name: "before the binding", device: "W1", kind: "location", at: "2026-01-19 23:59:59", want: "unbound"},
		{name: "first moment of binding and authority", device: "W1", kind: "location", at: "2026-01-20 00:00:00", subject: "S1"},
		{name: "bare end of a binding is not included", device: "P2", kind: "status", at: "2026-06-01 00:00:00", want: "unbound"},
		{name: "last moment of a binding", device: "P2", kind: "status", at: "2026-05-31 23:59:59", subject: "S2"},
		{name: "authority's last second", device: "W1", kind: "location", at: "2026-04-19 23:59:59", subject: "S1"},
		{name: "authority over", device: "W1", kind: "location", at: "2026-04-20 00:00:00", want: "no_basis"},
		{name: "status needs no authority", device: "W1", kind: "status", at: "2026-04-20 00:00:00", subject: "S1"},
		{name: "nor a check-in without position", device: "W1", kind: "checkin", at: "2026-04-20 00:00:00", subject: "S1"},
		{name: "term's last second", device: "W1", kind: "status", at: "2027-01-09 23:59:59", subject: "S1"},
		{name: "term over", device: "W1", kind: "location", at: "2027-01-10 00:00:00", want: "out_of_term"},
		{name: "phone before its window", device: "P1", kind: "location", at: "2026-03-02 07:29:59", want: "no_basis"},
		{name: "phone in its window", device: "P1", kind: "location", at: "2026-03-02 07:30:00", subject: "S1"},
		{name: "phone within the grace", device: "P1", kind: "location", at: "2026-03-02 09:59:59", subject: "S1"},
		{name: "phone after the grace", device: "P1", kind: "location", at: "2026-03-02 10:00:00", want: "no_basis"},
		{name: "phone in an open challenge", device: "P1", kind: "location", at: "2026-03-02 15:00:00", subject: "S1"},
		{name: "challenge expired", device: "P1", kind: "location", at: "2026-03-02 16:00:00", want: "no_basis"},
		{name: "check-in at any time", device: "P1", kind: "checkin", at: "2026-03-02 11:00:00", subject: "S1"},
		{name: "green window", device: "P2", kind: "location", at: "2026-03-02 21:29:59", subject: "S2"},
		{name: "kiosk names a subject", device: "K1", kind: "checkin", at: "2026-03-02 11:00:00", claimed: "S2", subject: "S2"},
		{name: "kiosk names nobody", device: "K1", kind: "checkin", at: "2026-03-02 11:00:00", want: "unbound"},
		{name: "kiosk names a stranger", device: "K1", kind: "checkin", at: "2026-03-02 11:00:00", claimed: "S99", want: "unbound"},
		{name: "kiosk names a released person", device: "K1", kind: "checkin", at: "2026-03-02 11:00:00", claimed: "R1", want: "released_person"},
		{name: "a phone's claim counts for nothing", device: "P1", kind: "checkin", at: "2026-03-02 11:00:00", claimed: "S2", subject: "S1"},
		{name: "former subject, last second", device: "P3", kind: "status", at: "2026-03-31 23:59:59", subject: "S3"},
		{name: "former subject, released", device: "P3", kind: "status", at: "2026-04-01 00:00:00", want: "released_person"},
		{name: "only released, before", device: "W9", kind: "location", at: "2026-01-31 23:59:59", want: "out_of_term"},
		{name: "only released, after", device: "W9", kind: "status", at: "2026-02-01 00:00:00", want: "released_person"},
	} {
		v := d.Basis(roster.Query{
			Device: roster.DeviceID(c.device), Kind: c.kind, At: at(t, c.at), HasTime: true, Claimed: roster.SubjectID(c.claimed),
		})
		if v.Refusal != c.want || (v.Detail == "") != (c.want == "") {
			t.Errorf("%s: %q (%s), want %q", c.name, v.Refusal, v.Detail, c.want)
		}
		if v.Subject != d.Subject(c.subject) {
			t.Errorf("%s: about %v, want %q", c.name, v.Subject, c.subject)
		}
	}
}

func TestBasisOfWristbandCheckinWithPosition(t *testing.T) {
	d := compiled(t, sample())
	q := roster.Query{Device: "W1", Kind: "checkin", At: at(t, "2026-04-20 00:00:00"), HasTime: true, Position: true}
	if v := d.Basis(q); v.Refusal != "no_basis" {
		t.Errorf("a wristband's position without authority: %q", v.Refusal)
	}
	q.Device = "P1"
	if v := d.Basis(q); v.Refusal != "" {
		t.Errorf("a phone's check-in with position: %q", v.Refusal)
	}
}

func TestBasisWithoutTimeUsesReceipt(t *testing.T) {
	d := compiled(t, sample())
	q := roster.Query{Device: "W1", Kind: "status", Received: at(t, "2026-02-01 00:00:00")}
	if v := d.Basis(q); v.Refusal != "" {
		t.Errorf("last will within the term: %q", v.Refusal)
	}
	q.Received = at(t, "2027-02-01 00:00:00")
	if v := d.Basis(q); v.Refusal != "out_of_term" {
		t.Errorf("last will after the term: %q", v.Refusal)
	}
}

func TestBasisAlways(t *testing.T) {
	d := compiled(t, sample())
	q := roster.Query{Device: "P1", Kind: "location", At: at(t, "2026-05-02 11:00:00"), HasTime: true, Always: true}
	if v := d.Basis(q); v.Refusal != "" {
		t.Errorf("phone under the policy always: %q", v.Refusal)
	}
	q.Device = "W1"
	if v := d.Basis(q); v.Refusal != "no_basis" {
		t.Errorf("the policy is about phones, not wristbands: %q", v.Refusal)
	}
}

// Whatever is asked: a lawful location of a wristband has binding, term and
// authority, and a refusal names nobody and tells no coordinates or names.
func TestBasisProperties(t *testing.T) {
	d := compiled(t, released())
	ids := []roster.DeviceID{"W1", "P1", "P2", "P3", "W9", "K1", "none"}
	rapid.Check(t, func(t *rapid.T) {
		q := roster.Query{
			Device: rapid.SampledFrom(ids).Draw(t, "device"), HasTime: true,
			Kind:    rapid.SampledFrom([]string{"location", "checkin", "status"}).Draw(t, "kind"),
			At:      roster.Instant(rapid.Int64Range(1_735_000_000_000, 1_800_000_000_000).Draw(t, "at")),
			Claimed: rapid.SampledFrom([]roster.SubjectID{"", "S1", "S2", "S3", "R1"}).Draw(t, "claimed"),
		}
		v := d.Basis(q)
		if v.Refusal != "" {
			if v.Subject != nil || v.Detail == "" || strings.Contains(v.Detail, "示例") {
				t.Fatalf("%+v", v)
			}
			return
		}
		if !v.Subject.Term.Covers(q.At) {
			t.Fatal("accepted outside the term")
		}
		if v.Device.Kind != roster.Kiosk && v.Device.BoundTo(q.At).Subject != v.Subject {
			t.Fatal("accepted for somebody else")
		}
		if v.Device.Kind == roster.Wristband && q.Kind == "location" && v.Device.Authority(q.At) == nil {
			t.Fatal("located without authority")
		}
	})
}

func BenchmarkBasis(b *testing.B) {
	d := compiled(b, large(50_000))
	in, out := at(b, "2026-03-02 08:00:00"), at(b, "2026-03-02 11:00:00")
	queries := []roster.Query{
		{Device: "W1", Kind: "location", At: in, HasTime: true},
		{Device: "P-040000", Kind: "location", At: in, HasTime: true},
		{Device: "P-030000", Kind: "location", At: out, HasTime: true},
		{Device: "P-020000", Kind: "checkin", At: out, HasTime: true},
	}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		d.Basis(queries[i%len(queries)])
	}
}

func TestBasisDoesNotAllocate(t *testing.T) {
	d := compiled(t, sample())
	q := roster.Query{Device: "P1", Kind: "location", At: at(t, "2026-03-02 11:00:00"), HasTime: true}
	if n := testing.AllocsPerRun(100, func() { d.Basis(q) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
