package web

import (
	"cmp"
	"context"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"

	"correctiond/alerts"
	"correctiond/roster"
	"correctiond/rules"
)

// Moment is something that happened to a person, or was done about them. What
// is the name of the fact, such as leave, authority or visit.
type Moment struct {
	At    roster.Instant
	Until roster.Instant // of what lasts; 0: does not count
	What  string
	ID    string
	By    string
	Text  string
}

// Dossiers holds what is known of a person beside alerts and colours: permits,
// reports, measures and what registers say. It knows no scope: the server asks
// only for persons within it.
type Dossiers interface {
	Dossier(ctx context.Context, d roster.DistrictID, id roster.SubjectID) ([]Moment, error)
}

// momentDocument is the JSON form of a line of a person's timeline.
type momentDocument struct {
	At       string          `json:"at"`
	What     string          `json:"what"`
	ID       string          `json:"id,omitempty"`
	By       string          `json:"by,omitempty"`
	Kind     rules.Kind      `json:"kind,omitempty"`
	Severity *rules.Severity `json:"severity,omitempty"`
	State    alerts.State    `json:"state,omitempty"`
	Colour   *rules.Colour   `json:"colour,omitempty"`
	Until    *string         `json:"until,omitempty"`
	Text     string          `json:"text,omitempty"`

	at roster.Instant
}

// mark is where a line stands: newest first, then by what and id.
type mark struct {
	At   roster.Instant `json:"a"`
	What string         `json:"w"`
	ID   string         `json:"i"`
}

func (d *momentDocument) mark() mark { return mark{d.at, d.What, d.ID} }

func (m mark) compare(o mark) int {
	return cmp.Or(cmp.Compare(o.At, m.At), cmp.Compare(m.What, o.What), cmp.Compare(m.ID, o.ID))
}

// span is a part of a list: from when until when, and which page.
type span struct {
	from, until roster.Instant
	limit       int
	after       *mark
}

// parseTimeline reads which part of a timeline is asked for.
func parseTimeline(q url.Values) (p span, err error) {
	if p.from, err = readTime(q, "from"); err != nil {
		return p, err
	}
	if p.until, err = readTime(q, "until"); err != nil {
		return p, err
	}
	if p.limit, err = readLimit(q); err != nil {
		return p, err
	}
	if cursor := q.Get("cursor"); cursor != "" {
		p.after = new(mark)
		text, err := base64.RawURLEncoding.DecodeString(cursor)
		if err != nil || json.Unmarshal(text, p.after) != nil || p.after.What == "" {
			return p, &fieldError{"cursor", "is not one of this list"}
		}
	}
	return p, nil
}

func (p *span) holds(d *momentDocument) bool {
	return d.at >= p.from && (p.until == 0 || d.at < p.until) && (p.after == nil || p.after.compare(d.mark()) < 0)
}

// getTimeline answers what happened to and around a person, newest first.
func (s *Server) getTimeline(w http.ResponseWriter, r *http.Request, c *caller) {
	p, ok := s.person(w, r, c)
	if !ok {
		return
	}
	part, err := parseTimeline(r.URL.Query())
	if err != nil {
		s.refuse(w, r, c, http.StatusBadRequest, err)
		return
	}
	lines, err := s.lifeOf(r.Context(), &p, c)
	if err != nil {
		s.broken(w, r, c, err)
		return
	}
	lines = slices.DeleteFunc(lines, func(d momentDocument) bool { return !part.holds(&d) })
	slices.SortFunc(lines, func(a, b momentDocument) int { return a.mark().compare(b.mark()) })
	answer := struct {
		Items []momentDocument `json:"items"`
		Next  *string          `json:"next"`
	}{Items: lines}
	if len(lines) > part.limit {
		answer.Items = lines[:part.limit]
		answer.Next = nextMark(lines[part.limit-1].mark())
	}
	writeJSON(w, "application/json", http.StatusOK, answer)
}

func nextMark(m mark) *string {
	text, err := json.Marshal(m)
	if err != nil {
		return nil
	}
	return orNull(base64.RawURLEncoding.EncodeToString(text))
}

// lifeOf joins alerts, colours and the dossier of a person.
func (s *Server) lifeOf(ctx context.Context, p *Person, c *caller) ([]momentDocument, error) {
	lines, err := s.alertsAbout(ctx, p.ID, c)
	if err != nil {
		return nil, err
	}
	for i := range p.Risk.History {
		h := &p.Risk.History[i]
		lines = append(lines, momentDocument{at: h.At, At: s.stamp(h.At), What: "colour", Colour: &h.Colour})
	}
	moments, err := s.deps.Dossiers.Dossier(ctx, p.District, p.ID)
	for _, m := range moments {
		lines = append(lines, momentDocument{
			at: m.At, At: s.stamp(m.At), What: m.What, ID: m.ID, By: m.By, Until: s.stampOrNull(m.Until), Text: m.Text,
		})
	}
	return lines, err
}

// alertsAbout reads every alert about a person within the caller's scope.
func (s *Server) alertsAbout(ctx context.Context, id roster.SubjectID, c *caller) ([]momentDocument, error) {
	lines := []momentDocument{}
	f := alerts.Filter{Subject: id, Limit: alerts.MaxPage}
	for {
		page, err := s.list(ctx, f, c.scope)
		if err != nil {
			return nil, err
		}
		for i := range page.Items {
			a := &page.Items[i]
			ep := &a.Episode
			lines = append(lines, momentDocument{
				at: ep.Opened, At: s.stamp(ep.Opened), What: "alert", ID: ep.ID, Kind: ep.Kind, Severity: &ep.Severity,
				State: a.State, Until: s.stampOrNull(ep.Ended), Text: ep.Reason.In(c.lang),
			})
		}
		if f.Cursor = page.Next; f.Cursor == "" {
			return lines, nil
		}
	}
}
