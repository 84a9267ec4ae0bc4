package main

import (
	"context"
	"sort"

	"correctiond/roster"
	"correctiond/rules"
	"correctiond/web"
)

// RollCall reads a page of a day's duties, and counts them all.
func (p ports) RollCall(_ context.Context, f web.RollFilter) (web.Roll, error) {
	l := p.d.lane(f.District)
	if l == nil {
		return web.Roll{}, nil
	}
	all := l.district.roll(f.Day, p.d.cal.AddDays(f.Day, 1))
	var roll web.Roll
	turns := all.of(f.Office)
	wanted := wantedTurns(&f)
	if f.Limited {
		roll.Counts = attendances(turns, wanted)
	} else {
		roll.Counts = countsOf(all.countsWithout(f.Hidden), &f)
	}
	var page []rules.Turn
	for _, turn := range turns[placeOf(turns, f.After):] {
		if !wanted(&turn) {
			continue
		}
		if roll.More = len(page) == f.Limit; roll.More {
			break
		}
		page = append(page, turn)
	}
	l.district.ask(func(e *rules.Engine) {
		for i := range page {
			if entry := e.Directory().Subject(page[i].Subject); entry != nil {
				who := web.Person{Name: entry.Name, Minor: entry.Minor}
				roll.Duties = append(roll.Duties, web.Duty{Turn: page[i], Name: who.Masked(), Officer: entry.Officer})
			}
		}
	})
	return roll, nil
}

// placeOf is where a list goes on behind a turn; at its beginning without one.
func placeOf(turns []rules.Turn, after *rules.Turn) int {
	if after == nil {
		return 0
	}
	return sort.Search(len(turns), func(i int) bool { return rules.CompareTurns(turns[i], *after) > 0 })
}

// wantedTurns tells the duties that a filter selects. Sets of a scope are asked for
// everyone in a district: hence by hash.
func wantedTurns(f *web.RollFilter) func(*rules.Turn) bool {
	hidden, only := setOf(f.Hidden), setOf(f.Only)
	return func(t *rules.Turn) bool {
		return (f.Office == "" || t.Office == f.Office) && (f.Begins == 0 || t.From == f.Begins) &&
			!hidden[t.Subject] && (!f.Limited || only[t.Subject])
	}
}

func setOf(s web.SubjectSet) map[roster.SubjectID]bool {
	set := map[roster.SubjectID]bool{}
	for _, id := range s.IDs() {
		set[id] = true
	}
	return set
}

func countsOf(counts []rules.Attendance, f *web.RollFilter) (out []rules.Attendance) {
	for i := range counts {
		if a := &counts[i]; (f.Office == "" || a.Office == f.Office) && (f.Begins == 0 || a.From == f.Begins) {
			out = append(out, *a)
		}
	}
	return out
}
