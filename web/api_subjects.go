package web

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"math"
	"net/http"
	"net/url"
	"strings"

	"correctiond/roster"
	"correctiond/rules"
)

// equipmentDocument is the JSON form of a device bound to a person.
type equipmentDocument struct {
	Device        roster.DeviceID   `json:"device"`
	Kind          roster.DeviceKind `json:"kind"`
	AuthorityEnds *string           `json:"authority_until"`
}

// personDocument is the JSON form of a person, masked.
type personDocument struct {
	ID       roster.SubjectID    `json:"id"`
	Name     string              `json:"name"`
	Office   roster.OfficeID     `json:"office"`
	Officer  *roster.OfficerID   `json:"officer"`
	Kind     roster.SubjectKind  `json:"kind"`
	Level    *roster.Level       `json:"level"`
	Minor    bool                `json:"minor"`
	TermEnds *string             `json:"term_until"`
	Score    int                 `json:"score"`
	Colour   rules.Colour        `json:"colour"`
	Since    string              `json:"since"`
	Devices  []equipmentDocument `json:"devices"`
}

// riskDocument is the JSON form of a score with its explanation.
type riskDocument struct {
	Subject  roster.SubjectID  `json:"subject"`
	Score    int               `json:"score"`
	Colour   rules.Colour      `json:"colour"`
	Since    string            `json:"since"`
	Blocks   []blockDocument   `json:"blocks"`
	Lower    []string          `json:"lower"`
	Override *overrideDocument `json:"override"`
	History  []changeDocument  `json:"history"`
	// Proposals are for people to decide.
	Proposals []proposalDocument `json:"proposals"`
}

// proposalDocument is the JSON form of what the agency may propose by law.
type proposalDocument struct {
	Measure   rules.Measure  `json:"measure"`
	Label     string         `json:"label"`
	Article   string         `json:"article"`
	Text      string         `json:"text"`
	Since     string         `json:"since"`
	Arose     string         `json:"arose"`
	Next      *string        `json:"next"`
	Then      *rules.Measure `json:"then"`
	Evidence  []string       `json:"evidence"`
	Checklist []string       `json:"checklist,omitempty"`
}

func (s *Server) proposalDocuments(list []rules.Proposal, lang string) []proposalDocument {
	out := make([]proposalDocument, 0, len(list))
	for i := range list {
		p := &list[i]
		d := proposalDocument{
			Measure: p.Measure, Label: p.Label.In(lang), Article: p.Article, Text: p.Text.In(lang), Since: s.stamp(p.Since), Arose: s.stamp(p.Arose),
			Next: s.stampOrNull(p.Next), Then: orNull(p.Then), Evidence: append([]string{}, p.Evidence...),
		}
		for _, t := range p.Checklist {
			d.Checklist = append(d.Checklist, t.In(lang))
		}
		out = append(out, d)
	}
	return out
}

type blockDocument struct {
	Name   string         `json:"name"`
	Points float64        `json:"points"`
	Items  []itemDocument `json:"items"`
}

type itemDocument struct {
	Text     string  `json:"text"`
	Points   float64 `json:"points"`
	Evidence string  `json:"evidence"`
}

type overrideDocument struct {
	Colour rules.Colour `json:"colour"`
	Until  string       `json:"until"`
	By     string       `json:"by"`
	Reason string       `json:"reason"`
}

type changeDocument struct {
	At     string       `json:"at"`
	Colour rules.Colour `json:"colour"`
	Score  int          `json:"score"`
}

// orNull is the value, or null when it is empty.
func orNull[T comparable](v T) *T {
	if v == *new(T) {
		return nil
	}
	return &v
}

// stampOrNull writes an instant, or null for none.
func (s *Server) stampOrNull(t roster.Instant) *string {
	if t == 0 {
		return nil
	}
	return orNull(s.stamp(t))
}

func (s *Server) personDocument(p *Person) personDocument {
	d := personDocument{
		ID: p.ID, Name: p.Masked(), Office: p.Office, Officer: orNull(p.Officer), Kind: p.Kind, Level: orNull(p.Level), Minor: p.Minor,
		TermEnds: s.stampOrNull(p.TermEnds), Score: p.Risk.Score, Colour: p.Risk.Colour, Since: s.stamp(p.Risk.Since),
		Devices: make([]equipmentDocument, 0, len(p.Devices)),
	}
	for _, dev := range p.Devices {
		d.Devices = append(d.Devices, equipmentDocument{dev.Device, dev.Kind, s.stampOrNull(dev.AuthorityEnds)})
	}
	return d
}

func (s *Server) riskDocument(r *rules.Risk, lang string) riskDocument {
	d := riskDocument{
		Subject: r.Subject, Score: r.Score, Colour: r.Colour, Since: s.stamp(r.Since),
		Blocks: make([]blockDocument, 0, len(r.Blocks)), Lower: make([]string, 0, len(r.Lower)), History: make([]changeDocument, 0, len(r.History)),
	}
	for _, b := range r.Blocks {
		block := blockDocument{Name: b.Name, Points: tenth(b.Points), Items: make([]itemDocument, 0, len(b.Items))}
		for _, it := range b.Items {
			block.Items = append(block.Items, itemDocument{it.Text.In(lang), tenth(it.Points), it.Evidence})
		}
		d.Blocks = append(d.Blocks, block)
	}
	for _, t := range r.Lower {
		d.Lower = append(d.Lower, t.In(lang))
	}
	for _, h := range r.History {
		d.History = append(d.History, changeDocument{s.stamp(h.At), h.Colour, h.Score})
	}
	if o := r.Override; o != nil {
		d.Override = &overrideDocument{o.Colour, s.stamp(o.Until), o.By, o.Reason}
	}
	return d
}

// tenth rounds points as people read them.
func tenth(points float64) float64 { return math.Round(points*10) / 10 }

// parsePeople reads the parameters of a list of people.
func parsePeople(q url.Values) (SubjectFilter, error) {
	f := SubjectFilter{Query: strings.TrimSpace(q.Get("q")), Limit: defaultLimit}
	for _, v := range values(q, "colour") {
		c, ok := parseColour(v)
		if !ok {
			return f, &fieldError{"colour", "is red, orange, yellow or green"}
		}
		f.Colours = append(f.Colours, c)
	}
	if len(f.Query) > 64 {
		return f, &fieldError{"q", "is at most 64 bytes"}
	}
	var err error
	if f.Limit, err = readLimit(q); err != nil {
		return f, err
	}
	if cursor := q.Get("cursor"); cursor != "" {
		b, err := base64.RawURLEncoding.DecodeString(cursor)
		if err != nil || json.Unmarshal(b, &f.After) != nil || f.After.Subject == "" {
			return f, &fieldError{"cursor", "is not one of this list"}
		}
	}
	return f, nil
}

func parseColour(s string) (rules.Colour, bool) {
	for c := rules.Green; c <= rules.Red; c++ {
		if c.String() == s {
			return c, true
		}
	}
	return 0, false
}

// people reads a page of the register within the caller's scope; false when the
// request is answered already.
func (s *Server) people(w http.ResponseWriter, r *http.Request, c *caller) (People, SubjectFilter, bool) {
	f, err := parsePeople(r.URL.Query())
	if err != nil {
		s.refuse(w, r, c, http.StatusBadRequest, err)
		return People{}, f, false
	}
	var ok bool
	if f.Scope, ok = c.scope.narrow(roster.OfficeID(r.URL.Query().Get("office"))); !ok {
		return People{}, f, true // an office outside the scope has nobody
	}
	f.Limit = c.rows(r, f.Limit)
	found, err := s.readPeople(r, f)
	if err != nil {
		s.broken(w, r, c, err)
	}
	return found, f, err == nil
}

// pagePeople are how many people a page has, where nobody asks for another number.
const pagePeople = 25

// rows is how many people an answer has: fewer on a page than in the API.
func (c *caller) rows(r *http.Request, asked int) int {
	if c.speaks == page && !r.URL.Query().Has("limit") {
		return pagePeople
	}
	return asked
}

// readPeople reads within scope. What the source hands out beyond it is a fault
// and never leaves the server.
func (s *Server) readPeople(r *http.Request, f SubjectFilter) (People, error) {
	found, err := s.deps.Register.Subjects(r.Context(), f)
	if err != nil {
		return People{}, err
	}
	for i := range found.Items {
		if p := &found.Items[i]; !f.Includes(p.District, p.Office, p.ID) {
			return People{}, errors.New("the source of subjects ignored the scope")
		}
	}
	return found, nil
}

// after is the cursor of the page that follows, empty when there is none.
func (p *People) after() string {
	if !p.More || len(p.Items) == 0 {
		return ""
	}
	b, err := json.Marshal(PlaceOf(&p.Items[len(p.Items)-1].Risk))
	if err != nil {
		return ""
	}
	return base64.RawURLEncoding.EncodeToString(b)
}

func (s *Server) listSubjects(w http.ResponseWriter, r *http.Request, c *caller) {
	found, _, ok := s.people(w, r, c)
	if !ok {
		return
	}
	answer := struct {
		Items []personDocument `json:"items"`
		Next  *string          `json:"next"`
	}{Items: make([]personDocument, 0, len(found.Items)), Next: orNull(found.after())}
	for i := range found.Items {
		answer.Items = append(answer.Items, s.personDocument(&found.Items[i]))
	}
	writeJSON(w, "application/json", http.StatusOK, answer)
}

// person reads the subject of the path; it answers the request itself when there
// is none in the caller's scope.
func (s *Server) person(w http.ResponseWriter, r *http.Request, c *caller) (Person, bool) {
	found, err := s.readPeople(r, SubjectFilter{Scope: c.scope, Subject: roster.SubjectID(r.PathValue("id")), Limit: 1})
	switch {
	case err != nil:
		s.broken(w, r, c, err)
	case len(found.Items) == 0:
		s.refuseAccess(r, c, "scope")
		s.fail(w, r, c, problem{Status: http.StatusNotFound, Detail: "there is no such subject"})
	default:
		return found.Items[0], true
	}
	return Person{}, false
}

func (s *Server) getSubject(w http.ResponseWriter, r *http.Request, c *caller) {
	if safe(r.Method) && asksToReveal(r) {
		s.getRevealed(w, r, c)
		return
	}
	if p, ok := s.person(w, r, c); ok {
		writeJSON(w, "application/json", http.StatusOK, s.personDocument(&p))
	}
}

func (s *Server) getRisk(w http.ResponseWriter, r *http.Request, c *caller) {
	if p, ok := s.person(w, r, c); ok {
		d := s.riskDocument(&p.Risk, c.lang)
		d.Proposals = s.proposalDocuments(p.Proposals, c.lang)
		writeJSON(w, "application/json", http.StatusOK, d)
	}
}
