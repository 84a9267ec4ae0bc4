package web

import (
	"cmp"
	"net/url"
	"slices"
	"strings"

	"correctiond/roster"
)

// choice is an option of a filter.
type choice struct{ Value, Label string }

// maxChoices bounds what a reader picks from; of more, the id or the name is typed.
const maxChoices = 60

// choices are what a reader may pick from, or, where there is too much of it, what is
// typed.
type choices struct {
	List  []choice
	Typed bool
}

// officeChoices are the offices of a district; none for who has one.
func (s *Server) officeChoices(c *caller, o *Overview) choices {
	if len(o.Offices) > maxChoices {
		return choices{Typed: true}
	}
	var out choices
	for i := range o.Offices {
		id := o.Offices[i].Office
		out.List = append(out.List, choice{string(id), s.officeName(c.scope.District, id)})
	}
	slices.SortFunc(out.List, func(a, b choice) int { return cmp.Compare(a.Value, b.Value) })
	return out
}

// officerChoices are the officers of an office, or of all offices.
func (s *Server) officerChoices(c *caller, office roster.OfficeID) choices {
	if s.deps.Officers == nil {
		return choices{}
	}
	list := s.officersOf(c, c.scope.District, cmp.Or(office, c.scope.Office))
	if len(list) > maxChoices {
		return choices{Typed: true}
	}
	var out choices
	for _, of := range list {
		out.List = append(out.List, choice{string(of.ID), cmp.Or(of.Name, string(of.ID))})
	}
	return out
}

// typedNames turns what was typed for an office or an officer into ids; what is
// nobody's name stays as it is, and selects nothing.
func (s *Server) typedNames(c *caller, q url.Values) {
	if text := strings.TrimSpace(q.Get("office")); text != "" {
		q.Set("office", string(s.officeNamed(c, text)))
	}
	text := strings.TrimSpace(q.Get("officer"))
	if text == "" || s.deps.Officers == nil {
		return
	}
	list := s.officersOf(c, c.scope.District, cmp.Or(roster.OfficeID(q.Get("office")), c.scope.Office))
	if i := slices.IndexFunc(list, func(o roster.Officer) bool { return string(o.ID) == text }); i >= 0 {
		return
	}
	if i := slices.IndexFunc(list, func(o roster.Officer) bool { return o.Name == text }); i >= 0 {
		q.Set("officer", string(list[i].ID))
	}
}

// officeNamed finds an office by its id, its name, or the first whose name has the text
// in it.
func (s *Server) officeNamed(c *caller, text string) roster.OfficeID {
	if s.deps.Offices.OfficeName(c.scope.District, roster.OfficeID(text)) != "" {
		return roster.OfficeID(text)
	}
	if found := s.deps.Offices.OfficesNamed(c.scope.District, text); len(found) > 0 {
		return found[0]
	}
	return roster.OfficeID(text)
}
