package roster_test

import (
	"testing"

	"correctiond/roster"
	"pgregory.net/rapid"
)

// 社区矫正法 Article 29: three months at most, the named last day included.
func TestAuthorityLastsThreeMonths(t *testing.T) {
	for _, c := range []struct {
		from, until string
		legal       bool
	}{
		{"2026-01-20", "2026-04-19", true},
		{"2026-01-20", "2026-04-20", false},
		{"2026-01-20", "2026-04-20T00:00:00+08:00", true},
		{"2026-01-20", "2026-04-20T00:00:01+08:00", false},
		{"2026-01-20T10:00:00+08:00", "2026-04-20T10:00:00+08:00", true},
		{"2026-01-20T10:00:00+08:00", "2026-04-20", false},
		{"2026-01-31", "2026-04-29", true},
		{"2026-01-31", "2026-04-30", false},
		{"2025-11-30", "2026-02-27", true},
		{"2025-11-30", "2026-02-28", false},
		{"2026-04-19", "2026-04-19", true},
		{"2026-04-19", "2026-04-18", false},
	} {
		r := sample()
		r.Devices[0].Authority[0].From, r.Devices[0].Authority[0].Until = day(c.from), day(c.until)
		if ps := roster.Check(r, shanghai()); (len(ps) == 0) != c.legal {
			t.Errorf("authority %s to %s: legal %v\n%v", c.from, c.until, !c.legal, ps)
		}
	}
}

// 实施办法 Article 29: an approval for repeated trips lasts six months.
func TestTravelLastsSixMonths(t *testing.T) {
	for until, legal := range map[string]bool{"2026-08-31": true, "2026-09-01": false} {
		r := sample()
		r.Subjects[0].Travel = []roster.Travel{{ID: "T1", From: day("2026-03-01"), Until: day(until), Area: "far"}}
		if ps := roster.Check(r, shanghai()); (len(ps) == 0) != legal {
			t.Errorf("travel from 1 March until %s: %v", until, ps)
		}
	}
}

func leave(id, from, until, approver string) roster.Leave {
	return roster.Leave{ID: id, From: day(from), Until: day(until), Approver: approver}
}

// 实施办法 Article 27: up to 7 days the office, up to 30 the district agency,
// beyond the next level up; "超过" excludes the number itself.
func TestLeaveNeedsItsApprover(t *testing.T) {
	for _, c := range []struct {
		until string
		least string // lowest approver who may grant it from 1 March on
	}{
		{"2026-03-07", ""},
		{"2026-03-08", "district"},
		{"2026-03-30", "district"},
		{"2026-03-31", "superior"},
	} {
		ranks := []string{"", "office", "district", "superior"}
		enough := false
		for _, who := range ranks {
			enough = enough || who == c.least
			r := sample()
			r.Subjects[0].Leaves = []roster.Leave{leave("L1", "2026-03-01", c.until, who)}
			if ps := roster.Check(r, shanghai()); (len(ps) == 0) != enough {
				t.Errorf("leave until %s approved by %q: %v", c.until, who, ps)
			}
		}
	}
}

func TestLeavesWithinTwoMonths(t *testing.T) {
	for _, c := range []struct {
		name   string
		leaves []roster.Leave
		path   string // "" means legal
	}{
		{"20 + 10 days", []roster.Leave{leave("A", "2026-03-01", "2026-03-20", "district"), leave("B", "2026-04-01", "2026-04-10", "district")}, ""},
		{"20 + 11 days", []roster.Leave{leave("A", "2026-03-01", "2026-03-20", "district"), leave("B", "2026-04-01", "2026-04-11", "district")}, "subjects[S1].leaves[B].approver"},
		{"20 + 11 days, written in any order", []roster.Leave{leave("B", "2026-04-01", "2026-04-11", "district"), leave("A", "2026-03-01", "2026-03-20", "district")}, "subjects[S1].leaves[B].approver"},
		{"20 + 11 days, superior", []roster.Leave{leave("A", "2026-03-01", "2026-03-20", "district"), leave("B", "2026-04-01", "2026-04-11", "superior")}, ""},
		{"the 11 days are two months later", []roster.Leave{leave("A", "2026-03-01", "2026-03-20", "district"), leave("B", "2026-05-20", "2026-05-30", "district")}, ""},
		{"the last of the 31 days falls out of the span", []roster.Leave{leave("A", "2026-03-01", "2026-03-20", "district"), leave("B", "2026-04-21", "2026-05-01", "district")}, ""},
		{"the 31 days just fit the span", []roster.Leave{leave("A", "2026-03-01", "2026-03-20", "district"), leave("B", "2026-04-20", "2026-04-30", "district")}, "subjects[S1].leaves[B].approver"},
		{"overlapping days count once", []roster.Leave{leave("A", "2026-03-01", "2026-03-20", "district"), leave("B", "2026-03-11", "2026-03-30", "district")}, ""},
		{"a long one from above, then a short one", []roster.Leave{leave("A", "2026-03-01", "2026-04-05", "superior"), leave("B", "2026-04-20", "2026-04-21", "office")}, "subjects[S1].leaves[B].approver"},
		{"id twice", []roster.Leave{leave("A", "2026-03-01", "2026-03-02", ""), leave("A", "2026-05-01", "2026-05-02", "")}, "subjects[S1].leaves[A].id"},
		{"unknown approver", []roster.Leave{leave("A", "2026-03-01", "2026-03-02", "mayor")}, "subjects[S1].leaves[A].approver"},
	} {
		r := sample()
		r.Subjects[0].Leaves = c.leaves
		ps := roster.Check(r, shanghai())
		if (c.path == "") != (len(ps) == 0) || len(ps) > 0 && ps[0].Where != c.path {
			t.Errorf("%s: want %q, got %v", c.name, c.path, ps)
		}
	}
}

// A leave that is one of several needs the next level up exactly when counting
// day by day finds a span of two months with more than 30 days.
func TestLeaveTotalEqualsCountingDays(t *testing.T) {
	cal := shanghai()
	start := cal.Start(day("2025-12-01"))
	rapid.Check(t, func(t *rapid.T) {
		r := sample()
		first := rapid.IntRange(0, 60).Draw(t, "first")
		length := rapid.IntRange(1, 25).Draw(t, "length")
		gap := rapid.IntRange(0, 70).Draw(t, "gap")
		second := rapid.IntRange(1, 25).Draw(t, "second")
		on := map[string]bool{}
		add := func(id string, from, n int) {
			for i := range n {
				on[cal.Day(cal.AddDays(start, from+i))] = true
			}
			r.Subjects[0].Leaves = append(r.Subjects[0].Leaves,
				leave(id, cal.Day(cal.AddDays(start, from)), cal.Day(cal.AddDays(start, from+n-1)), "district"))
		}
		add("A", first, length)
		add("B", first+length+gap, second)
		most := 0
		for d := range 220 {
			from, n := cal.AddDays(start, d-20), 0
			for x := from; x < cal.AddMonths(from, 2); x = cal.AddDays(x, 1) {
				if on[cal.Day(x)] {
					n++
				}
			}
			most = max(most, n)
		}
		if ps := roster.Check(r, cal); (len(ps) > 0) != (most > 30) {
			t.Fatalf("%d days within two months: %v", most, ps)
		}
	})
}
