package roster_test

import (
	"strings"
	"testing"
	"time"

	"correctiond/roster"
)

// What an import shows, one change at a time.
func TestCompareNamesEachChange(t *testing.T) {
	type R = roster.Roster
	for _, c := range []struct {
		want   string
		change func(*R)
	}{
		{"", func(*R) {}},
		{"", func(r *R) { r.Devices[0], r.Devices[1] = r.Devices[1], r.Devices[0] }},
		{"", func(r *R) { r.Subjects[0].Custody = []roster.Span{} }},
		{"district: change D1 (area)", func(r *R) { r.District.Area = "far" }},
		{"district: add D2, district: end D1", func(r *R) { r.District.ID = "D2" }},
		{"offices: change O1 (place)", func(r *R) { p := *r.Offices[0].Place; p.RadiusM++; r.Offices[0].Place = &p }},
		{"offices: change O1 (place)", func(r *R) { r.Offices[0].Place = nil }},
		{"officers: change F1 (notify)", func(r *R) { r.Officers[0].Notify = nil }},
		{"officers: end F1", func(r *R) { r.Officers = nil }},
		{"rollcalls: change morning (grace)", func(r *R) { r.Rollcalls[0].Grace = roster.Duration(time.Minute) }},
		{"rollcalls: change morning (windows)", func(r *R) { r.Rollcalls[0].Windows = nil }},
		{"zones: change school (approach_m)", func(r *R) { r.Zones[1].ApproachM = 400 }},
		{"subjects: change S1 (term)", func(r *R) { r.Subjects[0].Term.Until = nil }},
		{"subjects: change S1 (home)", func(r *R) { r.Subjects[0].Home = nil }},
		{"subjects: change S1 (curfew)", func(r *R) { r.Subjects[0].Curfew = nil }},
		{"subjects: change S1 (reported)", func(r *R) { r.Subjects[0].Reported = until("2026-01-16") }},
		{"subjects: change S1 (facts)", func(r *R) { r.Subjects[0].Facts.Prior = true }},
		{"subjects: change S2 (reports)", func(r *R) { r.Subjects[1].Reports.Visits = []roster.Date{day("2026-02-01")} }},
		{"subjects: change S2 (minor)", func(r *R) { r.Subjects[1].Minor = true }},
		{"devices: change W1 (interval)", func(r *R) { r.Devices[0].Interval = 0 }},
		{"devices: change W1 (authority)", func(r *R) { r.Devices[0].Authority = nil }},
		{"devices: change P2 (bindings)", func(r *R) { r.Devices[2].Bindings[0].Until = nil }},
		{"devices: add P9", func(r *R) { r.Devices = append(r.Devices, roster.Device{ID: "P9"}) }},
		{"released: end R1", func(r *R) { r.Released = nil }},
		{"released: change R1 (colour, needs)", func(r *R) { r.Released[0].Colour, r.Released[0].Needs = "red", []string{"job"} }},
	} {
		r := sample()
		c.change(r)
		diff := roster.Compare(sample(), r)
		got := strings.ReplaceAll(strings.TrimSuffix(diff.String(), "\n"), "\n", ", ")
		if got != c.want || diff.Empty() != (c.want == "") {
			t.Errorf("got %q, want %q", got, c.want)
		}
	}
}

// An act changes what it is about, in the entry it names, and nothing else.
func TestEachActChangesOneThing(t *testing.T) {
	type D = roster.Directory
	for _, c := range []struct {
		want string
		act  func(*D) error
	}{
		{"subjects: change S2 (reported)", func(d *D) error { return d.ReportedIn("S2", day("2026-01-03")) }},
		{"subjects: change S1 (custody)", func(d *D) error { return d.AddCustody("S1", span("2026-03-01", "")) }},
		{"subjects: change S1 (leaves)", func(d *D) error { return d.GrantLeave("S1", leave("L1", "2026-02-01", "2026-02-07", "office")) }},
		{"subjects: change S1 (reports)", func(d *D) error { return d.ReceiveReport("S1", "health", day("2026-02-10")) }},
		{"subjects: change S1 (reports)", func(d *D) error { return d.ReceiveReport("S1", "medical_review", day("2026-02-10")) }},
		{"subjects: change S1 (reports)", func(d *D) error { return d.ReceiveReport("S1", "periodic", day("2026-02-10")) }},
		{"subjects: change S1 (reports)", func(d *D) error { return d.AddVisit("S1", day("2026-02-10")) }},
		{"subjects: change S1 (facts)", func(d *D) error { return d.Admonish("S1", day("2026-02-10")) }},
		{"subjects: change S1 (facts)", func(d *D) error { return d.Warn("S1", day("2026-02-10")) }},
		{"devices: change W1 (authority)", func(d *D) error { return d.EndAuthority("W1", "A1", at(t, "2026-03-01 12:00:00")) }},
		{"", func(d *D) error {
			return d.AddChallenge("P1", "C1", at(t, "2026-03-01 12:00:00"), at(t, "2026-03-01 13:00:00"))
		}},
	} {
		d := compiled(t, sample())
		if err := c.act(d); err != nil {
			t.Errorf("%s: %v", c.want, err)
		}
		if got := strings.TrimSpace(roster.Compare(sample(), d.Roster()).String()); got != c.want {
			t.Errorf("got %q, want %q", got, c.want)
		}
		again, err := roster.Compile(d.Roster(), shanghai())
		if err != nil {
			t.Fatalf("%s: the roster after it is unsound: %v", c.want, err)
		}
		if diff := roster.Compare(d.Roster(), again.Roster()); !diff.Empty() {
			t.Error(diff)
		}
	}
}

// A return is recorded in one leave; others stay as they are.
func TestReturnFromOneOfTwoLeaves(t *testing.T) {
	r := sample()
	r.Subjects[0].Leaves = []roster.Leave{leave("L1", "2026-02-01", "2026-02-02", "office"), leave("L2", "2026-05-01", "2026-05-02", "office")}
	d := compiled(t, r)
	if err := d.ReturnLeave("S1", "L2", at(t, "2026-05-02 18:00:00")); err != nil {
		t.Fatal(err)
	}
	p := d.Subject("S1").Permits
	if p[0].Returned != 0 || p[1].Returned != at(t, "2026-05-02 18:00:00") || r.Subjects[0].Leaves[1].Returned != nil {
		t.Errorf("permits %+v", p)
	}
}

// A chain of leaves is judged as a whole when the last is granted.
func TestLeavesAddUpAcrossActs(t *testing.T) {
	d := compiled(t, sample())
	if err := d.GrantLeave("S1", leave("L1", "2026-03-01", "2026-03-20", "district")); err != nil {
		t.Fatal(err)
	}
	if err := d.GrantLeave("S1", leave("L2", "2026-04-10", "2026-04-20", "district")); err == nil {
		t.Error("31 days within two months need the next level up")
	}
	if err := d.GrantLeave("S1", leave("L2", "2026-04-10", "2026-04-20", "superior")); err != nil {
		t.Error(err)
	}
	if n := len(d.Subject("S1").Permits); n != 2 {
		t.Errorf("%d permits", n)
	}
}
