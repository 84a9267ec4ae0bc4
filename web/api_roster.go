package web

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"path"
	"slices"
	"time"

	"correctiond/roster"
)

// Bounds of what administration sends, in bytes, and how long a slow line may take.
const (
	maxImport  = 64 << 20
	importTime = 5 * time.Minute
)

// RosterEdit is a roster that somebody wants to become that of their district.
type RosterEdit struct {
	District roster.DistrictID
	// Version that the editor saw; 0: any.
	Version int
	By      string
	Roster  *roster.Roster
	DryRun  bool // say what would change, change nothing
}

// RosterChange says what an edit changes, or would, and which version is current
// then.
type RosterChange struct {
	roster.Changes
	Version int
}

// ErrStaleRoster is what Rosters answers to an edit of a version that is not current.
var ErrStaleRoster = errors.New("the roster has been changed since")

// Rosters reads and replaces the stored rosters, with all that officers' acts have
// changed in them. Save checks the whole roster as an import does: an edit with
// mistakes is roster.Problems and changes nothing. Who changed what is recorded.
type Rosters interface {
	// Roster answers the current roster and its version; nil and 0 without one.
	Roster(ctx context.Context, d roster.DistrictID) (*roster.Roster, int, error)
	Save(ctx context.Context, e RosterEdit) (RosterChange, error)
	// Exported records that somebody took the whole roster away.
	Exported(ctx context.Context, d roster.DistrictID, by, format string) error
}

// rosterPart is a list of the roster that has a route of its own.
type rosterPart struct {
	get func(r *roster.Roster) any
	set func(r *roster.Roster, body []byte) error
}

// listPart is a list as a route reads and replaces it.
func listPart[T any](list func(*roster.Roster) *[]T) rosterPart {
	return rosterPart{
		get: func(r *roster.Roster) any { return append([]T{}, *list(r)...) },
		set: func(r *roster.Roster, body []byte) error {
			var sent struct {
				Items *[]T `json:"items"`
			}
			dec := json.NewDecoder(bytes.NewReader(body))
			dec.DisallowUnknownFields()
			if err := dec.Decode(&sent); err != nil {
				return errors.New("the body is not a list of this kind: " + err.Error())
			}
			if sent.Items == nil {
				return &fieldError{"items", "is missing: send the whole list"}
			}
			*list(r) = *sent.Items
			return nil
		},
	}
}

// partOf finds the list that the last part of a path names.
func partOf(r *http.Request) rosterPart {
	switch path.Base(r.URL.Path) {
	case "offices":
		return listPart(func(r *roster.Roster) *[]roster.Office { return &r.Offices })
	case "devices":
		return listPart(func(r *roster.Roster) *[]roster.Device { return &r.Devices })
	case "rollcalls":
		return listPart(func(r *roster.Roster) *[]roster.Rollcall { return &r.Rollcalls })
	}
	return listPart(func(r *roster.Roster) *[]roster.Zone { return &r.Zones })
}

// rosterOf reads the roster of the caller's district; it answers the request
// itself when there is none.
func (s *Server) rosterOf(w http.ResponseWriter, r *http.Request, c *caller) (*roster.Roster, int, bool) {
	if !s.maySeeWhole(w, r, c) {
		return nil, 0, false
	}
	file, version, err := s.deps.Rosters.Roster(r.Context(), c.scope.District)
	switch {
	case err != nil:
		s.broken(w, r, c, err)
	case file == nil:
		s.fail(w, r, c, problem{Status: http.StatusNotFound, Detail: "the district has no roster yet: import one"})
	default:
		return file, version, true
	}
	return nil, 0, false
}

// maySeeWhole refuses lists that name people whose file is sealed to the caller: a
// part of such a list, sent back, would remove the rest.
func (s *Server) maySeeWhole(w http.ResponseWriter, r *http.Request, c *caller) bool {
	if c.scope.Hidden == "" || !slices.Contains([]string{"devices", "export", "import"}, path.Base(r.URL.Path)) {
		return true
	}
	s.fail(w, r, c, problem{Status: http.StatusForbidden, Detail: "it names people whose file is sealed: this needs the right to see them"})
	return false
}

// getRosterPart answers a list of the roster, with the version of the roster.
func (s *Server) getRosterPart(w http.ResponseWriter, r *http.Request, c *caller) {
	file, version, ok := s.rosterOf(w, r, c)
	if !ok || fresh(w, r, etagOf(version)) {
		return
	}
	writeJSON(w, "application/json", http.StatusOK, map[string]any{"items": partOf(r).get(file), "version": version})
}

// putRosterPart replaces a list of the roster, which is then checked as a whole.
func (s *Server) putRosterPart(w http.ResponseWriter, r *http.Request, c *caller) {
	file, version, ok := s.rosterOf(w, r, c)
	if !ok || !s.matched(w, r, c, version) {
		return
	}
	body, ok := s.longBody(w, r, c)
	if !ok {
		return
	}
	if err := partOf(r).set(file, body); err != nil {
		s.refuse(w, r, c, http.StatusBadRequest, err)
		return
	}
	s.saveRoster(w, r, c, RosterEdit{District: c.scope.District, Version: version, By: c.Name, Roster: file})
}

// matched tells whether If-Match names the version; else it answers the request.
func (s *Server) matched(w http.ResponseWriter, r *http.Request, c *caller, version int) bool {
	tag := r.Header.Get("If-Match")
	switch {
	case tag == "":
		s.fail(w, r, c, problem{Status: http.StatusPreconditionRequired, Field: "If-Match", Detail: "send the ETag of what was seen as If-Match"})
	case !tagged(tag, version):
		s.staleRoster(w, r, c, version)
	default:
		return true
	}
	return false
}

func (s *Server) staleRoster(w http.ResponseWriter, r *http.Request, c *caller, version int) {
	if version != 0 {
		w.Header().Set("ETag", etagOf(version))
	}
	s.fail(w, r, c, problem{Status: http.StatusPreconditionFailed, Field: "If-Match", Detail: ErrStaleRoster.Error() + ": read it again"})
}

// longBody reads a body for which the server has more patience.
func (s *Server) longBody(w http.ResponseWriter, r *http.Request, c *caller) ([]byte, bool) {
	// A server without such deadlines takes its time anyway.
	ctl := http.NewResponseController(w)
	_ = ctl.SetReadDeadline(time.Now().Add(importTime))
	_ = ctl.SetWriteDeadline(time.Now().Add(2 * importTime))
	body, err := io.ReadAll(r.Body)
	if err != nil {
		s.refuse(w, r, c, bodyStatus(err), errors.New("the body cannot be read, or is too large"))
		return nil, false
	}
	return body, true
}

// saveRoster answers what an edit changes.
func (s *Server) saveRoster(w http.ResponseWriter, r *http.Request, c *caller, e RosterEdit) {
	done, err := s.deps.Rosters.Save(r.Context(), e)
	if wrong, is := errors.AsType[roster.Problems](err); is {
		s.refuseRoster(w, r, wrong)
		return
	}
	switch {
	case errors.Is(err, ErrStaleRoster):
		s.staleRoster(w, r, c, 0)
	case err != nil:
		s.broken(w, r, c, err)
	default:
		w.Header().Set("ETag", etagOf(done.Version))
		lists := append([]roster.ListChange{}, done.Lists...)
		writeJSON(w, "application/json", http.StatusOK, map[string]any{"version": done.Version, "dry_run": e.DryRun, "changes": lists})
	}
}

// rosterProblem is a problem document that lists every mistake of a roster.
type rosterProblem struct {
	problem
	Problems []mistake `json:"problems"`
}

type mistake struct {
	Where string `json:"where"`
	What  string `json:"what"`
	Fix   string `json:"fix"`
}

func (s *Server) refuseRoster(w http.ResponseWriter, r *http.Request, wrong roster.Problems) {
	p := rosterProblem{problem: problem{
		Type: "about:blank", Title: http.StatusText(http.StatusUnprocessableEntity), Status: http.StatusUnprocessableEntity,
		Detail: "the roster has mistakes, nothing is changed", Instance: r.URL.EscapedPath(), Field: wrong[0].Where,
	}}
	for _, m := range wrong {
		p.Problems = append(p.Problems, mistake(m))
	}
	writeJSON(w, "application/problem+json", p.Status, p)
}

// postImport makes a whole roster the current one, or says what that would change.
func (s *Server) postImport(w http.ResponseWriter, r *http.Request, c *caller) {
	if !s.maySeeWhole(w, r, c) {
		return
	}
	dry, err := readFlag(r.URL.Query(), "dry_run")
	if err != nil {
		s.refuse(w, r, c, http.StatusBadRequest, err)
		return
	}
	kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if !slices.Contains([]string{"application/json", "application/yaml", "application/x-yaml", "text/yaml"}, kind) {
		s.fail(w, r, c, problem{Status: http.StatusUnsupportedMediaType, Detail: "send the roster as application/yaml or application/json"})
		return
	}
	body, ok := s.longBody(w, r, c)
	if !ok {
		return
	}
	file, err := roster.Read(bytes.NewReader(body), "body")
	if wrong, is := errors.AsType[roster.Problems](err); is {
		s.refuseRoster(w, r, wrong)
		return
	}
	if err != nil {
		s.refuse(w, r, c, http.StatusBadRequest, err)
		return
	}
	if file.District.ID != c.scope.District {
		s.refuse(w, r, c, http.StatusUnprocessableEntity, &fieldError{"district.id", "is not your district"})
		return
	}
	s.importRoster(w, r, c, RosterEdit{District: c.scope.District, By: c.Name, Roster: file, DryRun: dry})
}

// importRoster saves a whole roster; If-Match may name what it replaces.
func (s *Server) importRoster(w http.ResponseWriter, r *http.Request, c *caller, e RosterEdit) {
	if r.Header.Get("If-Match") != "" {
		_, version, ok := s.rosterOf(w, r, c)
		if !ok || !s.matched(w, r, c, version) {
			return
		}
		e.Version = version
	}
	s.saveRoster(w, r, c, e)
}

// getExport answers the whole roster. It holds names and addresses: who takes it
// is recorded before.
func (s *Server) getExport(w http.ResponseWriter, r *http.Request, c *caller) {
	q := r.URL.Query()
	format := q.Get("format")
	types := map[string]string{
		"": "application/json", "json": "application/json", "yaml": "application/yaml", "subjects.csv": "text/csv", "devices.csv": "text/csv",
	}
	if types[format] == "" {
		s.refuse(w, r, c, http.StatusBadRequest, &fieldError{"format", "is json, yaml, subjects.csv or devices.csv"})
		return
	}
	file, version, ok := s.rosterOf(w, r, c)
	if !ok {
		return
	}
	text, err := exported(file, format)
	if err == nil {
		err = s.deps.Rosters.Exported(r.Context(), c.scope.District, c.Name, format)
	}
	if err != nil {
		s.broken(w, r, c, err)
		return
	}
	w.Header().Set("ETag", etagOf(version))
	w.Header().Set("Content-Type", types[format])
	_, _ = w.Write(text)
}

func exported(file *roster.Roster, format string) ([]byte, error) {
	var b bytes.Buffer
	var err error
	switch format {
	case "subjects.csv":
		err = roster.WriteCSV(&b, file, "subjects")
	case "devices.csv":
		err = roster.WriteCSV(&b, file, "devices")
	case "yaml":
		err = roster.Write(&b, file, "yaml")
	default:
		err = roster.Write(&b, file, "json")
	}
	return b.Bytes(), err
}
