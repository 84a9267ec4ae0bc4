package roster_test

import (
	"testing"

	"correctiond/roster"
)

func TestActsChangeTheDirectoryInPlace(t *testing.T) {
	r := sample()
	d := compiled(t, r)
	s, w := d.Subject("S1"), d.Device("W1")
	for name, err := range map[string]error{
		"reported":  d.ReportedIn("S1", day("2026-01-16")),
		"custody":   d.AddCustody("S1", span("2026-03-01", "2026-03-05")),
		"leave":     d.GrantLeave("S1", leave("L1", "2026-02-01", "2026-02-05", "office")),
		"health":    d.ReceiveReport("S1", "health", day("2026-02-10")),
		"review":    d.ReceiveReport("S1", "medical_review", day("2026-02-11")),
		"periodic":  d.ReceiveReport("S1", "periodic", day("2026-02-12")),
		"visit":     d.AddVisit("S1", day("2026-02-13")),
		"admonish":  d.Admonish("S1", day("2026-02-14")),
		"warn":      d.Warn("S1", day("2026-02-15")),
		"authority": d.GrantAuthority("W1", roster.Authority{ID: "A2", Ground: 1, From: day("2026-04-20"), Until: day("2026-07-19")}),
	} {
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := d.ReturnLeave("S1", "L1", at(t, "2026-02-04 18:00:00")); err != nil {
		t.Error(err)
	}
	if s != d.Subject("S1") || w != d.Device("W1") {
		t.Fatal("pointers of entries must stay valid")
	}
	if s.Reported != at(t, "2026-01-16 00:00:00") || s.Custody[0].End != at(t, "2026-03-05 00:00:00") {
		t.Errorf("reported %v, custody %v", s.Reported, s.Custody)
	}
	p := s.Permits[0]
	if p.ID != "L1" || p.End != at(t, "2026-02-06 00:00:00") || p.Returned != at(t, "2026-02-04 18:00:00") || p.Zone != -1 {
		t.Errorf("leave compiled to %+v", p)
	}
	if a := w.Authority(at(t, "2026-07-19 23:59:59")); a == nil || a.ID != "A2" {
		t.Errorf("new authority: %+v", a)
	}
	got := roster.Compare(r, d.Roster())
	want := "subjects: change S1 (reported, leaves, custody, reports, facts)\ndevices: change W1 (authority)\n"
	if got.String() != want {
		t.Errorf("the file form must show the acts and the original must not:\n%s", got)
	}
	if ps := roster.Check(d.Roster(), shanghai()); len(ps) > 0 {
		t.Error(ps)
	}
}

func TestEndedAuthority(t *testing.T) {
	d := compiled(t, sample())
	when := at(t, "2026-03-01 12:00:00")
	if err := d.EndAuthority("W1", "A1", when); err != nil {
		t.Fatal(err)
	}
	w := d.Device("W1")
	if w.Authority(when-1) == nil || w.Authority(when) != nil {
		t.Error("the authority must end at that instant")
	}
	if err := d.EndAuthority("W1", "A1", when+roster.Hour); err == nil {
		t.Error("ending it later would extend it without approval")
	}
}

func TestRefusedActsChangeNothing(t *testing.T) {
	d := compiled(t, sample())
	before := written(t, d.Roster(), "json")
	now := at(t, "2026-03-01 12:00:00")
	for name, err := range map[string]error{
		"unknown subject":         d.ReportedIn("S9", day("2026-01-16")),
		"no day":                  d.AddVisit("S1", roster.Date{Day: "soon"}),
		"custody backwards":       d.AddCustody("S1", span("2026-03-05", "2026-03-01")),
		"long leave by office":    d.GrantLeave("S1", leave("L1", "2026-02-01", "2026-02-08", "office")),
		"leave to nowhere":        d.GrantLeave("S1", roster.Leave{ID: "L1", From: day("2026-02-01"), Until: day("2026-02-02"), Area: "none"}),
		"return of no leave":      d.ReturnLeave("S1", "L7", now),
		"unknown report":          d.ReceiveReport("S1", "weekly", day("2026-01-16")),
		"unknown device":          d.GrantAuthority("W9", roster.Authority{}),
		"authority of four month": d.GrantAuthority("W1", roster.Authority{ID: "A2", Ground: 1, From: day("2026-04-20"), Until: day("2026-08-19")}),
		"authority of a phone":    d.GrantAuthority("P1", roster.Authority{ID: "A2", Ground: 1, From: day("2026-04-20"), Until: day("2026-05-19")}),
		"same authority again":    d.GrantAuthority("W1", d.Device("W1").Device.Authority[0]),
		"end of no authority":     d.EndAuthority("W1", "A7", now),
		"end before begin":        d.EndAuthority("W1", "A1", at(t, "2026-01-01 00:00:00")),
		"challenge to nobody":     d.AddChallenge("P9", "C1", now, now+roster.Hour),
		"challenge without id":    d.AddChallenge("P1", "", now, now+roster.Hour),
		"challenge backwards":     d.AddChallenge("P1", "C1", now, now),
	} {
		if err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	if after := written(t, d.Roster(), "json"); after != before {
		t.Error("a refused act changed the roster")
	}
}

func TestSameChallengeTwice(t *testing.T) {
	d := compiled(t, sample())
	now := at(t, "2026-03-01 12:00:00")
	if err := d.AddChallenge("P1", "C1", now, now+roster.Hour); err != nil {
		t.Fatal(err)
	}
	if err := d.AddChallenge("P1", "C1", now, now+roster.Hour); err == nil {
		t.Error("an id stands for one challenge")
	}
	if err := d.AddChallenge("P1", "C1", now+40*roster.Day, now+41*roster.Day); err == nil {
		t.Error("even long after")
	}
}
