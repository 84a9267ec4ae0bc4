package web

import (
	"context"
	"net/http"
	"slices"
	"time"

	"correctiond/registers"
	"correctiond/roster"
)

// officeProgress says how far an office is with a sweep.
type officeProgress struct {
	Office roster.OfficeID `json:"office"`
	Due    int             `json:"due"`
	Done   int             `json:"done"`
}

// addProgress says how far each office is with a sweep; of a single record, also
// who is left.
func (s *Server) addProgress(ctx context.Context, d *recordDocument, k *Kept, f *RegisterFilter) error {
	scope, ok := f.narrow(k.Office)
	if !ok {
		return nil
	}
	o, err := s.counted.overview(ctx, s.deps.Overviews, scope, 0)
	if err != nil {
		return err
	}
	done := map[roster.OfficeID]int{}
	for _, e := range k.Steps {
		if e.Body.Text("step") == "checked" {
			done[e.Office]++
		}
	}
	if scope.Office != "" {
		o.Offices = []OfficeOverview{{Office: scope.Office, Subjects: o.Subjects}}
	}
	for _, line := range o.Offices {
		d.Progress = append(d.Progress, officeProgress{line.Office, line.Subjects, done[line.Office]})
	}
	if f.Record == 0 {
		d.Steps = slices.DeleteFunc(d.Steps, func(st stepDocument) bool { return st.Step == "checked" })
		return nil
	}
	return s.addLeft(ctx, d, k, scope)
}

// maxLeft bounds how many of those left over a sweep are named.
const maxLeft = 500

// addLeft names who has not been checked.
func (s *Server) addLeft(ctx context.Context, d *recordDocument, k *Kept, scope Scope) error {
	checked := map[roster.SubjectID]bool{}
	for _, e := range k.Steps {
		checked[e.Subject] = true
	}
	f := SubjectFilter{Scope: scope, Limit: maxLeft}
	for {
		page, err := s.deps.Register.Subjects(ctx, f)
		if err != nil {
			return err
		}
		for i := range page.Items {
			if !checked[page.Items[i].ID] && len(d.Left) < maxLeft {
				d.Left = append(d.Left, string(page.Items[i].ID))
			}
		}
		if !page.More || len(page.Items) == 0 || len(d.Left) == maxLeft {
			return nil
		}
		f.After = PlaceOf(&page.Items[len(page.Items)-1].Risk)
	}
}

// sweepLine is a running sweep on the overview.
type sweepLine struct {
	ID    int64  `json:"id"`
	Title string `json:"title"`
	Until string `json:"until"`
	Due   int    `json:"due"`
	Done  int    `json:"done"`
}

// maxSweeps bounds how many sweeps the overview shows.
const maxSweeps = 20

// sweeps lists what is being swept within a scope, and how far it is. Registers
// that fail cost these lines, not the counters.
func (s *Server) sweeps(r *http.Request, scope Scope) []sweepLine {
	f := RegisterFilter{Scope: scope, Register: "sweeps", Limit: maxSweeps}
	found, err := s.records(r.Context(), f)
	if err != nil {
		s.log.Error("read sweeps for overview", "err", err)
		return nil
	}
	reg, _ := registers.Find("sweeps")
	now := roster.InstantOf(time.Now())
	var out []sweepLine
	for i := range found {
		k := &found[i]
		if reg.State(&k.Record) != "open" || k.Due <= now {
			continue
		}
		d := recordDocument{}
		if err := s.addProgress(r.Context(), &d, k, &f); err != nil {
			s.log.Error("count sweep", "record", k.ID, "err", err)
			continue
		}
		line := sweepLine{ID: k.ID, Title: k.Body.Text("title"), Until: s.stamp(k.Due)}
		for _, p := range d.Progress {
			line.Due += p.Due
			line.Done += p.Done
		}
		out = append(out, line)
	}
	return out
}
