package roster_test

import (
	"testing"

	"correctiond/roster"
)

// Which instants an interval of the roster covers: bare last days of terms,
// authorities, leaves and travel are included, those of bindings and custody are
// not; full times are what they say.
func TestWhereIntervalsOfTheRosterEnd(t *testing.T) {
	d := compiled(t, readFixture(t, full))
	s, w := d.Subject("S0001"), d.Device("W1")
	for _, c := range []struct {
		name     string
		interval roster.Interval
		from     string
		end      string // the first instant that is not covered; "": open
	}{
		{"term", s.Term, "2026-01-10 00:00:00", "2027-01-10 00:00:00"},
		{"open term", d.Subject("S0002").Term, "2026-01-10 00:00:00", ""},
		{"leave", s.Permits[0].Interval, "2026-02-01 00:00:00", "2026-02-06 00:00:00"},
		{"travel", s.Permits[2].Interval, "2026-03-01 00:00:00", "2026-09-01 00:00:00"},
		{"custody", s.Custody[0], "2026-06-01 00:00:00", "2026-06-10 00:00:00"},
		{"custody without end", s.Custody[1], "2026-12-01 00:00:00", ""},
		{"binding", w.Bindings[0].Interval, "2026-01-20 00:00:00", "2026-06-01 00:00:00"},
		{"open binding", w.Bindings[1].Interval, "2026-06-01 00:00:00", ""},
		{"authority", w.Authorities[0].Interval, "2026-01-20 00:00:00", "2026-04-20 00:00:00"},
		{"authority by the hour", w.Authorities[1].Interval, "2026-04-20 10:00:00", "2026-07-20 10:00:00"},
	} {
		from := at(t, c.from)
		if c.interval.Covers(from-1) || !c.interval.Covers(from) {
			t.Errorf("%s does not begin at %s", c.name, c.from)
		}
		switch {
		case c.end == "":
			if !c.interval.Covers(from + 1000*roster.Day) {
				t.Errorf("%s is not open", c.name)
			}
		case !c.interval.Covers(at(t, c.end)-1) || c.interval.Covers(at(t, c.end)):
			t.Errorf("%s does not end at %s", c.name, c.end)
		}
	}
}

// A device changes hands at one instant: nobody and no two people have it then.
func TestADeviceChangesHands(t *testing.T) {
	d := compiled(t, readFixture(t, full))
	change := at(t, "2026-06-01 00:00:00")
	for moment, want := range map[roster.Instant]roster.SubjectID{change - 1: "S0001", change: "S0002"} {
		if b := d.Device("W1").BoundTo(moment); b == nil || b.SubjectID != want || b.Subject != d.Subject(want) {
			t.Errorf("%d ms from the change: bound to %+v, want %s", moment-change, b, want)
		}
	}
	if b := d.Device("W1").BoundTo(at(t, "2026-01-19 23:59:59")); b != nil {
		t.Errorf("before its first binding: %+v", b)
	}
	for _, id := range []roster.SubjectID{"S0001", "S0002"} {
		if devices := d.Subject(id).Devices; devices[0] != d.Device("W1") {
			t.Errorf("%s ever wore %v", id, devices)
		}
	}
}

// Defaults of the roster: area of the district, 300 m of approach, 150 m of
// home, the windows of green.
func TestDefaults(t *testing.T) {
	r := readFixture(t, full)
	r.Subjects[0].Area, r.Subjects[0].Home.RadiusM, r.Zones[2].ApproachM, r.Subjects[0].Rollcall = "", 0, 0, ""
	d := compiled(t, r)
	s := d.Subject("S0001")
	if d.Zone(s.Area).ID != "city" || s.HomeRadiusM != 150 || s.Forbidden[0].ApproachM != 300 {
		t.Errorf("area %d, home %g m, approach %g m", s.Area, s.HomeRadiusM, s.Forbidden[0].ApproachM)
	}
	if w, ok := s.Duty.Next(at(t, "2026-03-02 00:00:00")); !ok || w.From != at(t, "2026-03-02 19:00:00") {
		t.Errorf("first window %+v", w)
	}
	r.District.Area = ""
	if area := compiled(t, r).Subject("S0001").Area; area != -1 {
		t.Errorf("area %d, though none is named", area)
	}
}

// Importing a file once adds what is in it; a second time it changes nothing.
func TestImportIsIdempotent(t *testing.T) {
	r := readFixture(t, full)
	first := roster.Compare(nil, r).String()
	want := "district: add D1\noffices: add O1\nofficers: add F1\nrollcalls: add three-a-day\n" +
		"zones: add city\nzones: add next\nzones: add school\nzones: add port\n" +
		"subjects: add S0001\nsubjects: add S0002\ndevices: add W1\ndevices: add P1\ndevices: add K1\nreleased: add R1\n"
	if first != want {
		t.Errorf("the first import:\n%s", first)
	}
	if again := roster.Compare(compiled(t, r).Roster(), readFixture(t, full)); !again.Empty() {
		t.Errorf("the second import:\n%s", again)
	}
}
