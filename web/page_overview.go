package web

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"correctiond/roster"
)

// overviewView is the page of the situation: of a district by office, of an office by
// officer.
type overviewView struct {
	base
	At       string
	Overview Overview
	Tiles    []tile
	Colours  []colourTile
	Trend    *trend
	Place    string
	Office   roster.OfficeID
	// Offices are a page of the district's; Search selects among them, More is the
	// number of the next page, 0: there is none.
	Offices  []officeRow
	Search   string
	All      int
	Page     int
	More     int
	Officers []officerRow
	People   []personRow // the reddest of an office
	zone     *time.Location
}

// officeRow is one office of the district.
type officeRow struct {
	OfficeOverview
	Name  string
	Tiles []colourTile
}

// officerRow is one officer of the office.
type officerRow struct {
	OfficerOverview
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

// Frame is the width and height of the chart with its labels, and where those of the
// days stand.
func (v overviewView) Frame() [3]float64 {
	return [3]float64{v.Trend.Width + 52, v.Trend.Height + 54, v.Trend.Height + 20}
}

// trendDays is how far back the page looks, reddest how many people of an office it
// names.
const (
	trendDays = 30
	reddest   = 10
)

func (s *Server) overviewPage(w http.ResponseWriter, r *http.Request, c *caller) {
	o, scope, ok := s.situation(w, r, c)
	if !ok {
		return
	}
	v := overviewView{base: s.base(r, c), At: "overview", Overview: o, Colours: colourTiles(o.Colours, nil), zone: s.cfg.Zone}
	v.Tiles, v.Office = s.tilesOf(&o, v.words, nil), scope.Office
	days, err := s.deps.Overviews.Trend(r.Context(), scope, trendDays)
	if err == nil {
		v.Trend = v.trendOf(days, s.cfg.Zone)
		if scope.Office == "" {
			s.fillOffices(r, c, &v)
		} else {
			err = s.fillOffice(r, c, &v, scope)
		}
	}
	if err != nil {
		s.broken(w, r, c, err)
		return
	}
	s.render(w, r, http.StatusOK, "overview.html", v)
}

// fillOffices adds a page of the offices: the most pressing first.
func (s *Server) fillOffices(r *http.Request, c *caller, v *overviewView) {
	v.Search = strings.TrimSpace(r.URL.Query().Get("q"))
	v.Page, _ = strconv.Atoi(r.URL.Query().Get("page")) // anything else is the first
	v.Page = max(v.Page, 1)
	list := v.Overview.Offices
	if v.Search != "" {
		list = slices.DeleteFunc(slices.Clone(list), func(o OfficeOverview) bool {
			return string(o.Office) != v.Search && !strings.Contains(s.officeName(c.scope.District, o.Office), v.Search)
		})
	}
	v.All = len(list)
	list = list[min(len(list), (v.Page-1)*maxOffices):]
	if len(list) > maxOffices {
		list, v.More = list[:maxOffices], v.Page+1
	}
	for _, of := range list {
		v.Offices = append(v.Offices, officeRow{of, s.officeName(c.scope.District, of.Office), colourTiles(of.Colours, nil)})
	}
}

// fillOffice adds the officers of an office, and its people who need a look first.
func (s *Server) fillOffice(r *http.Request, c *caller, v *overviewView, scope Scope) error {
	v.Place = s.officeName(scope.District, scope.Office)
	list, err := s.deps.Overviews.OfficerOverviews(r.Context(), scope)
	if err != nil {
		return err
	}
	for _, of := range list {
		name := s.officerCalled(c, scope.Office, of.Officer)
		if of.Officer == "" {
			name = v.T("未指定", "nobody")
		}
		v.Officers = append(v.Officers, officerRow{of, name, colourTiles(of.Colours, nil)})
	}
	found, err := s.readPeople(r, SubjectFilter{Scope: scope, Limit: reddest})
	for i := range found.Items {
		v.People = append(v.People, s.personRow(c, &found.Items[i]))
	}
	return err
}

// officerCalled is the name of an officer of an office, else the id.
func (s *Server) officerCalled(c *caller, office roster.OfficeID, id roster.OfficerID) string {
	return s.officerName(c, &Person{District: c.scope.District, Office: office, Officer: id})
}
