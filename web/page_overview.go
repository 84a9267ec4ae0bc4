package web

import (
	"net/http"
	"time"

	"correctiond/roster"
)

// overviewView is the page of the situation.
type overviewView struct {
	base
	At       string
	Overview Overview
	Tiles    []tile
	Colours  []colourTile
	Offices  []officeRow
	Place    string
	zone     *time.Location
}

// officeRow is one office of the district.
type officeRow struct {
	OfficeOverview
	Name  string
	Tiles []colourTile
}

// Clock writes the local time of an instant.
func (v overviewView) Clock(t roster.Instant) string { return t.Time(v.zone).Format("15:04") }

// Lasting writes a length of time.
func (v overviewView) Lasting(t roster.Instant) string { return v.Age(t.Duration()) }

// Share is a part in percent.
func (v overviewView) Share(part, whole int) int {
	if whole == 0 {
		return 0
	}
	return part * 100 / whole
}

func (s *Server) overviewPage(w http.ResponseWriter, r *http.Request, c *caller) {
	o, scope, ok := s.situation(w, r, c)
	if !ok {
		return
	}
	v := overviewView{base: s.base(r, c), At: "overview", Overview: o, Colours: colourTiles(o.Colours, nil), zone: s.cfg.Zone}
	v.Tiles = s.tilesOf(&o, v.words, nil)
	if scope.Office != "" {
		v.Place = s.officeName(scope.District, scope.Office)
	}
	for _, of := range o.Offices {
		v.Offices = append(v.Offices, officeRow{of, s.officeName(scope.District, of.Office), colourTiles(of.Colours, nil)})
	}
	s.render(w, r, http.StatusOK, "overview.html", v)
}
