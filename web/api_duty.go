package web

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"time"

	"correctiond/roster"
	"correctiond/rules"
)

// Silence holds back the notices of alerts that have every property it names.
type Silence struct {
	ID          int64 // given by the store
	District    roster.DistrictID
	Kind        rules.Kind
	Subject     roster.SubjectID
	Office      roster.OfficeID
	Device      roster.DeviceID
	Reason      string
	By          string
	From, Until roster.Instant
}

// Silences holds what is silent. A mistake is a *DutyError; EndSilence leaves
// alone what is over.
type Silences interface {
	Silences(ctx context.Context, d roster.DistrictID) ([]Silence, error)
	BeginSilence(ctx context.Context, s Silence) error
	EndSilence(ctx context.Context, d roster.DistrictID, id int64, by string) error
}

// Shift is who is on duty during [From, Until).
type Shift struct {
	Post     string             `json:"post"`             // duty or leader
	Office   roster.OfficeID    `json:"office,omitempty"` // empty: the district
	From     roster.Date        `json:"from"`
	Until    roster.Date        `json:"until"`
	Officers []roster.OfficerID `json:"officers"`
}

// Rota is who is on duty in a district; version 0: there is none yet.
type Rota struct {
	District roster.DistrictID
	Version  int
	By       string
	At       roster.Instant
	Shifts   []Shift
}

// ErrStaleRota is what Rotas answers to a change of a version that is not current.
var ErrStaleRota = errors.New("the rota has been changed since")

// Rotas holds the duty rota. SaveRota replaces the version that it is given; a
// mistake is a *DutyError.
type Rotas interface {
	Rota(ctx context.Context, d roster.DistrictID) (Rota, error)
	SaveRota(ctx context.Context, r Rota) (Rota, error)
}

// DutyError says what is wrong with a field of a silence or a rota.
type DutyError struct{ Field, Detail string }

// Error is a sentence that begins with the field.
func (e *DutyError) Error() string { return e.Field + " " + e.Detail }

type silenceDocument struct {
	ID      int64            `json:"id,omitempty"`
	Kind    rules.Kind       `json:"kind,omitempty"`
	Subject roster.SubjectID `json:"subject,omitempty"`
	Office  roster.OfficeID  `json:"office,omitempty"`
	Device  roster.DeviceID  `json:"device,omitempty"`
	Reason  string           `json:"reason"`
	By      string           `json:"by,omitempty"`
	From    string           `json:"from,omitempty"`
	Until   string           `json:"until"`
}

type silenceList struct {
	Items []silenceDocument `json:"items"`
}

// silencesOf reads what is silent in the caller's district, with its ETag; it
// answers the request itself when that fails.
func (s *Server) silencesOf(w http.ResponseWriter, r *http.Request, c *caller) (silenceList, string, bool) {
	list := silenceList{Items: []silenceDocument{}}
	if s.deps.Silences == nil {
		s.fail(w, r, c, problem{Status: http.StatusNotFound, Detail: "this service keeps no silences"})
		return list, "", false
	}
	found, err := s.deps.Silences.Silences(r.Context(), c.scope.District)
	if err != nil {
		s.broken(w, r, c, err)
		return list, "", false
	}
	for i := range found {
		x := &found[i]
		if c.scope.Hidden.Has(x.Subject) {
			x.Subject = sealedMark
		}
		list.Items = append(list.Items, silenceDocument{
			x.ID, x.Kind, x.Subject, x.Office, x.Device, x.Reason, x.By, s.stamp(x.From), s.stamp(x.Until),
		})
	}
	text, err := json.Marshal(list)
	if err != nil {
		s.broken(w, r, c, err)
		return list, "", false
	}
	sum := sha256.Sum256(text)
	return list, `"` + hex.EncodeToString(sum[:8]) + `"`, true
}

func (s *Server) getSilences(w http.ResponseWriter, r *http.Request, c *caller) {
	if list, etag, ok := s.silencesOf(w, r, c); ok && !fresh(w, r, etag) {
		writeJSON(w, "application/json", http.StatusOK, list)
	}
}

// putSilences makes what is sent the whole list: what lacks an id begins now, what
// is missing ends now.
func (s *Server) putSilences(w http.ResponseWriter, r *http.Request, c *caller) {
	have, etag, ok := s.silencesOf(w, r, c)
	if !ok || !s.matchedTag(w, r, c, etag) {
		return
	}
	var want silenceList
	if status, err := readJSON(r, &want); err != nil {
		s.refuse(w, r, c, status, err)
		return
	}
	if err := s.changeSilences(r.Context(), c, have.Items, want.Items); err != nil {
		s.refuseDuty(w, r, c, err)
		return
	}
	if list, etag, ok := s.silencesOf(w, r, c); ok {
		w.Header().Set("ETag", etag)
		writeJSON(w, "application/json", http.StatusOK, list)
	}
}

// matchedTag tells whether If-Match names the ETag; else it answers the request.
func (s *Server) matchedTag(w http.ResponseWriter, r *http.Request, c *caller, etag string) bool {
	sent := r.Header.Get("If-Match")
	switch {
	case sent == "":
		s.fail(w, r, c, problem{Status: http.StatusPreconditionRequired, Field: "If-Match", Detail: "send the ETag of what was seen as If-Match"})
	case sent != etag && sent != "*":
		w.Header().Set("ETag", etag)
		s.fail(w, r, c, problem{Status: http.StatusPreconditionFailed, Field: "If-Match", Detail: "it has been changed since: read it again"})
	default:
		return true
	}
	return false
}

func (s *Server) changeSilences(ctx context.Context, c *caller, have, want []silenceDocument) error {
	now := roster.InstantOf(time.Now())
	for i := range want {
		d := &want[i]
		if d.ID != 0 {
			if !slices.ContainsFunc(have, func(h silenceDocument) bool { return h.ID == d.ID }) {
				return &DutyError{"id", "is not on the list; leave it out of what begins"}
			}
			continue
		}
		until, err := instantOf("until", d.Until)
		if err != nil {
			return err
		}
		one := Silence{
			District: c.scope.District, Kind: d.Kind, Subject: d.Subject, Office: d.Office, Device: d.Device,
			Reason: d.Reason, By: c.Name, From: now, Until: until,
		}
		if err := s.deps.Silences.BeginSilence(ctx, one); err != nil {
			return err
		}
	}
	for i := range have {
		if slices.ContainsFunc(want, func(d silenceDocument) bool { return d.ID == have[i].ID }) {
			continue
		}
		if err := s.deps.Silences.EndSilence(ctx, c.scope.District, have[i].ID, c.Name); err != nil {
			return err
		}
	}
	return nil
}

// refuseDuty answers why a silence or a rota is not taken.
func (s *Server) refuseDuty(w http.ResponseWriter, r *http.Request, c *caller, err error) {
	if wrong, is := errors.AsType[*DutyError](err); is {
		err = &fieldError{wrong.Field, wrong.Detail}
	}
	if _, is := errors.AsType[*fieldError](err); is {
		s.refuse(w, r, c, http.StatusUnprocessableEntity, err)
		return
	}
	if errors.Is(err, ErrStaleRota) {
		s.fail(w, r, c, problem{Status: http.StatusPreconditionFailed, Field: "If-Match", Detail: err.Error()})
		return
	}
	s.broken(w, r, c, err)
}

type rotaDocument struct {
	Version int     `json:"version"`
	By      string  `json:"by"`
	At      *string `json:"at"`
	Shifts  []Shift `json:"shifts"`
}

func (s *Server) rotaDocument(r *Rota) rotaDocument {
	return rotaDocument{r.Version, r.By, s.stampOrNull(r.At), append([]Shift{}, r.Shifts...)}
}

// rotaOf reads the rota of the caller's district; it answers the request itself when
// there is none to read.
func (s *Server) rotaOf(w http.ResponseWriter, r *http.Request, c *caller) (Rota, bool) {
	if s.deps.Rotas == nil {
		s.fail(w, r, c, problem{Status: http.StatusNotFound, Detail: "this service keeps no rota"})
		return Rota{}, false
	}
	rota, err := s.deps.Rotas.Rota(r.Context(), c.scope.District)
	if err != nil {
		s.broken(w, r, c, err)
	}
	return rota, err == nil
}

func (s *Server) getRota(w http.ResponseWriter, r *http.Request, c *caller) {
	rota, ok := s.rotaOf(w, r, c)
	if ok && !fresh(w, r, etagOf(rota.Version)) {
		writeJSON(w, "application/json", http.StatusOK, s.rotaDocument(&rota))
	}
}

// putRota replaces the rota of the district.
func (s *Server) putRota(w http.ResponseWriter, r *http.Request, c *caller) {
	rota, ok := s.rotaOf(w, r, c)
	if !ok || !s.matchedTag(w, r, c, etagOf(rota.Version)) {
		return
	}
	var sent struct {
		Shifts *[]Shift `json:"shifts"`
	}
	if status, err := readJSON(r, &sent); err != nil {
		s.refuse(w, r, c, status, err)
		return
	}
	if sent.Shifts == nil {
		s.refuse(w, r, c, http.StatusUnprocessableEntity, &fieldError{"shifts", "is missing: send the whole rota"})
		return
	}
	rota.Shifts, rota.By, rota.At = *sent.Shifts, c.Name, roster.InstantOf(time.Now())
	saved, err := s.deps.Rotas.SaveRota(r.Context(), rota)
	if err != nil {
		s.refuseDuty(w, r, c, err)
		return
	}
	w.Header().Set("ETag", etagOf(saved.Version))
	writeJSON(w, "application/json", http.StatusOK, s.rotaDocument(&saved))
}
