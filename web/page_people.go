package web

import (
	"cmp"
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"time"

	"correctiond/roster"
	"correctiond/rules"
)

// colourTile is the counter of one colour.
type colourTile struct {
	Colour rules.Colour
	N      int
	Picked bool
}

// personRow is someone on the page of risk tiers.
type personRow struct {
	Person
	words
	OfficeName string
	Handler    string           // name of the officer
	Why        []rules.RiskItem // the weightiest first, at most three
	Details    bool
	zone       *time.Location
	now        time.Time
}

// Label of an item in the reader's language.
func (p personRow) Says(t rules.Text) string { return t.In(p.Lang) }

// SinceDay is the local day since which the colour holds.
func (p personRow) SinceDay() string { return p.Risk.Since.Time(p.zone).Format(time.DateOnly) }

// Lasts is how long the colour has held.
func (p personRow) Lasts() string { return p.Age(p.now.Sub(p.Risk.Since.Time(p.zone))) }

// Moment writes the local minute of an instant.
func (p personRow) Moment(t roster.Instant) string { return t.Time(p.zone).Format("2006-01-02 15:04") }

// Day writes the local day of an instant.
func (p personRow) Day(t roster.Instant) string { return t.Time(p.zone).Format(time.DateOnly) }

// Left is how many days remain until an instant, rounded up.
func (p personRow) Left(t roster.Instant) int {
	return int((t - roster.InstantOf(p.now) + roster.Day - 1) / roster.Day)
}

// Points rounds points as people read them.
func (p personRow) Points(v float64) float64 { return tenth(v) }

// Bars are the blocks in which something counts.
func (p personRow) Bars() []rules.RiskBlock {
	return slices.DeleteFunc(slices.Clone(p.Risk.Blocks), func(b rules.RiskBlock) bool { return len(b.Items) == 0 })
}

// Beyond is what the items of a block come to where its bound counts less of them;
// 0 where all of them count.
func (p personRow) Beyond(b rules.RiskBlock) float64 {
	sum := 0.0
	for _, item := range b.Items {
		sum += item.Points
	}
	if tenth(sum) <= tenth(b.Points) {
		return 0
	}
	return tenth(sum)
}

func (s *Server) personRow(c *caller, p *Person) personRow {
	return personRow{
		Person: *p, words: words{c.lang}, OfficeName: s.officeName(p.District, p.Office), Handler: s.officerName(c, p), Why: weightiest(&p.Risk, 3),
		zone: s.cfg.Zone, now: time.Now(),
	}
}

// officersOf lists who alerts of an office can be assigned to. A page asks for the
// same offices with each of its rows: what was found is kept with the request.
func (s *Server) officersOf(c *caller, d roster.DistrictID, o roster.OfficeID) []roster.Officer {
	at := [2]string{string(d), string(o)}
	list, known := c.officers[at]
	if !known {
		if c.officers == nil {
			c.officers = map[[2]string][]roster.Officer{}
		}
		list = s.deps.Officers.OfficersOf(d, o)
		c.officers[at] = list
	}
	return list
}

// officerName is what a person's officer is called, else the id.
func (s *Server) officerName(c *caller, p *Person) string {
	if s.deps.Officers != nil {
		for _, o := range s.officersOf(c, p.District, p.Office) {
			if o.ID == p.Officer && o.Name != "" {
				return o.Name
			}
		}
	}
	return string(p.Officer)
}

func (s *Server) officeName(d roster.DistrictID, o roster.OfficeID) string {
	if name := s.deps.Offices.OfficeName(d, o); name != "" {
		return name
	}
	return string(o)
}

// weightiest are the reasons to show first: what happened before what someone
// is, and of these what counts most.
func weightiest(r *rules.Risk, n int) []rules.RiskItem {
	var happened, standing []rules.RiskItem
	for _, b := range r.Blocks {
		if b.Name == "standing" {
			standing = append(standing, b.Items...)
		} else {
			happened = append(happened, b.Items...)
		}
	}
	for _, list := range [][]rules.RiskItem{happened, standing} {
		slices.SortStableFunc(list, func(a, b rules.RiskItem) int { return cmp.Compare(b.Points, a.Points) })
	}
	items := slices.DeleteFunc(append(happened, standing...), func(it rules.RiskItem) bool { return it.Points <= 0 })
	return items[:min(n, len(items))]
}

// riskView is the page of risk tiers.
type riskView struct {
	base
	At     string // which page of the navigation
	Tiles  []colourTile
	Rows   []personRow
	Search string
	Office string
	Picked string
	More   template.URL
}

func (s *Server) riskPage(w http.ResponseWriter, r *http.Request, c *caller) {
	found, f, ok := s.people(w, r, c)
	if !ok {
		return
	}
	o, err := s.deps.Overviews.Overview(r.Context(), c.scope)
	if err != nil {
		s.broken(w, r, c, err)
		return
	}
	q := r.URL.Query()
	v := riskView{base: s.base(r, c), At: "risk", Search: f.Query, Office: q.Get("office"), Picked: q.Get("colour")}
	v.Tiles = colourTiles(o.Colours, f.Colours)
	for i := range found.Items {
		v.Rows = append(v.Rows, s.personRow(c, &found.Items[i]))
	}
	if next := found.after(); next != "" {
		more := url.Values{"cursor": {next}}
		for _, k := range []string{"colour", "q", "office"} {
			if q.Get(k) != "" {
				more[k] = q[k]
			}
		}
		v.More = template.URL(more.Encode())
	}
	s.render(w, r, http.StatusOK, "risk.html", v)
}

// colourTiles are the four counters, the reddest first.
func colourTiles(n [4]int, picked []rules.Colour) []colourTile {
	var out []colourTile
	for _, c := range []rules.Colour{rules.Red, rules.Orange, rules.Yellow, rules.Green} {
		out = append(out, colourTile{c, n[c], len(picked) == 1 && picked[0] == c})
	}
	return out
}
