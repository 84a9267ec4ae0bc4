package plans

import "slices"

// Match merges the measures of all templates that fit the facts, in the order of
// areas and then of the library. A measure that several templates ask for comes
// once, at the strictest of their cadences, and names them all.
func (l *Library) Match(facts []Fact) []Measure {
	merged := map[string]*Measure{}
	for i := range l.form.Templates {
		t := &l.form.Templates[i]
		because, fits := t.When.because(facts)
		if !fits {
			continue
		}
		for _, u := range t.Measures {
			if m := l.merged(merged, u.Measure); m != nil {
				m.take(u, Source{Template: t.ID, Name: t.Text, Every: u.Every, Because: because})
			}
		}
	}
	list := []Measure{}
	for i := range l.form.Measures {
		if m := merged[l.form.Measures[i].ID]; m != nil {
			list = append(list, *m)
		}
	}
	byArea(list)
	return list
}

// merged finds what has been merged of a measure, or begins with nothing.
func (l *Library) merged(all map[string]*Measure, id string) *Measure {
	if all[id] == nil {
		i := slices.IndexFunc(l.form.Measures, func(d definition) bool { return d.ID == id })
		if i < 0 {
			return nil
		}
		d := &l.form.Measures[i]
		all[id] = &Measure{ID: id, Area: d.Area, Text: d.Text, Every: Once, Basis: []string{d.Basis}}
	}
	return all[id]
}

func (m *Measure) take(u use, from Source) {
	if len(m.From) == 0 || u.Every.stricter(m.Every) {
		m.Every = u.Every
	}
	if u.Basis != "" && !slices.Contains(m.Basis, u.Basis) {
		m.Basis = append(m.Basis, u.Basis)
	}
	m.From = append(m.From, from)
}

// because lists the facts that a template asks for; false when one is missing. A
// template that asks for nothing is for everyone.
func (w *when) because(facts []Fact) ([]Fact, bool) {
	found, keys := []Fact{}, known()
	for i, values := range w.asked() {
		if len(values) == 0 {
			continue
		}
		before := len(found)
		for _, f := range facts {
			if f.Key == keys[i].key && slices.Contains(values, f.Value) {
				found = append(found, f)
			}
		}
		if len(found) == before {
			return nil, false
		}
	}
	if len(found) == 0 {
		found = append(found, Fact{Key: "everyone"})
	}
	return found, true
}

// byArea sorts by area and keeps the order within.
func byArea(list []Measure) {
	areas := Areas()
	slices.SortStableFunc(list, func(a, b Measure) int { return slices.Index(areas, a.Area) - slices.Index(areas, b.Area) })
}
