package plans

import "slices"

// Difference is how a plan that is proposed differs from another. It is for people
// to decide: nothing carries it out.
type Difference struct {
	Added, Dropped []Measure
	Changed        []Change
	// Gained and Lost are the facts that have changed.
	Gained, Lost []Fact
}

// Change is a measure that is in both plans, and otherwise in the second.
type Change struct{ Before, After Measure }

// Empty tells that no measure differs; facts may.
func (d *Difference) Empty() bool { return len(d.Added)+len(d.Dropped)+len(d.Changed) == 0 }

// Review is how the plan would differ if it were made now, from these facts and
// what the templates give for them, with the same edits.
func (p *Plan) Review(facts []Fact, matched []Measure) Difference {
	before, _ := p.Measures()
	after, _ := Apply(matched, p.Edits)
	d := compare(before, after)
	d.Gained, d.Lost = without(facts, p.Facts), without(p.Facts, facts)
	return d
}

// Against is how the plan differs from an earlier one, nil: from nothing.
func (p *Plan) Against(earlier *Plan) Difference {
	if earlier == nil {
		earlier = &Plan{}
	}
	before, _ := earlier.Measures()
	after, _ := p.Measures()
	d := compare(before, after)
	d.Gained, d.Lost = without(p.Facts, earlier.Facts), without(earlier.Facts, p.Facts)
	return d
}

func compare(before, after []Measure) Difference {
	d := Difference{Added: []Measure{}, Dropped: []Measure{}, Changed: []Change{}}
	for _, m := range before {
		if find(after, m.ID) == nil {
			d.Dropped = append(d.Dropped, m)
		}
	}
	for _, m := range after {
		switch old := find(before, m.ID); {
		case old == nil:
			d.Added = append(d.Added, m)
		case old.Area != m.Area || old.Text != m.Text || old.Every != m.Every || !slices.Equal(old.Basis, m.Basis):
			d.Changed = append(d.Changed, Change{*old, m})
		}
	}
	return d
}

func find(list []Measure, id string) *Measure {
	i := slices.IndexFunc(list, func(m Measure) bool { return m.ID == id })
	if i < 0 {
		return nil
	}
	return &list[i]
}

// without are the facts of a list that another does not have.
func without(list, other []Fact) []Fact {
	out := []Fact{}
	for _, f := range list {
		if !slices.Contains(other, f) {
			out = append(out, f)
		}
	}
	return out
}
