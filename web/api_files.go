package web

import (
	"bytes"
	"errors"
	"io"
	"mime"
	"net/http"
	"time"

	"correctiond/alerts"
	"correctiond/roster"
)

// Bounds of an upload: the largest body, with room for its wrapping (as JSON a
// file grows by a third), and how long a slow line may take.
const (
	maxUpload  = 14 << 20
	uploadTime = 3 * time.Minute
)

// upload is a file as it was sent.
type upload struct {
	name, note string
	content    io.Reader
}

// postFile attaches a file to the version named by If-Match: as multipart/form-data
// with the part "file", or as JSON with name and content in base64.
func (s *Server) postFile(w http.ResponseWriter, r *http.Request, c *caller) {
	current, ok := s.seen(w, r, c)
	if !ok {
		return
	}
	// A server without such deadlines takes its time anyway.
	_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(uploadTime))
	up, status, err := readUpload(r)
	if err != nil {
		s.refuse(w, r, c, status, err)
		return
	}
	file, err := s.deps.Files.Keep(r.Context(), up.content)
	switch {
	case errors.Is(err, ErrTooLarge) || bodyStatus(err) == http.StatusRequestEntityTooLarge:
		s.refuse(w, r, c, http.StatusRequestEntityTooLarge, ErrTooLarge)
		return
	case err != nil:
		s.broken(w, r, c, err)
		return
	}
	file.Name = up.name
	s.act(w, r, c, &current, alerts.Action{
		Type: alerts.Attach, By: c.Name, At: roster.InstantOf(time.Now()), Version: current.Version, Text: up.note, File: &file,
	})
}

// readUpload finds the file in the body; the status is that of the answer when
// there is none.
func readUpload(r *http.Request) (*upload, int, error) {
	kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if kind == "multipart/form-data" {
		return readForm(r)
	}
	var body struct {
		Name    string `json:"name"`
		Content []byte `json:"content"`
		Note    string `json:"note"`
	}
	if status, err := readJSON(r, &body); err != nil {
		return nil, status, err
	}
	return &upload{name: body.Name, note: body.Note, content: bytes.NewReader(body.Content)}, 0, nil
}

// readForm takes the parts in their order: a note comes before the file.
func readForm(r *http.Request) (*upload, int, error) {
	parts, err := r.MultipartReader()
	if err != nil {
		return nil, http.StatusBadRequest, errors.New("the form cannot be read")
	}
	up := &upload{}
	for {
		part, err := parts.NextPart()
		switch {
		case errors.Is(err, io.EOF):
			return nil, http.StatusUnprocessableEntity, &fieldError{"file", "is missing"}
		case err != nil:
			return nil, bodyStatus(err), errors.New("the form cannot be read, or is too large")
		case part.FormName() == "file":
			up.name, up.content = part.FileName(), part
			return up, 0, nil
		case part.FormName() == "note":
			text, err := io.ReadAll(io.LimitReader(part, maxBody))
			if err != nil {
				return nil, bodyStatus(err), errors.New("the form cannot be read")
			}
			up.note = string(text)
		}
	}
}

// getFile sends an attached file as a download: a browser never shows it as a page
// of this service.
func (s *Server) getFile(w http.ResponseWriter, r *http.Request, c *caller) {
	current, ok := s.find(w, r, c)
	if !ok {
		return
	}
	file := current.File(r.PathValue("sha256"))
	if file == nil {
		s.fail(w, r, c, problem{Status: http.StatusNotFound, Detail: "the alert has no such file"})
		return
	}
	if !s.kept(w, r, c, Recorded{Action: "file.read", Object: current.Episode.ID, Detail: file.SHA256}) {
		return
	}
	content, err := s.deps.Files.Open(r.Context(), file.SHA256)
	if err != nil {
		s.broken(w, r, c, err)
		return
	}
	defer content.Close()
	h := w.Header()
	h.Set("Content-Type", file.Type)
	h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": file.Name}))
	h.Set("Content-Security-Policy", "default-src 'none'; sandbox")
	h.Set("ETag", `"`+file.SHA256+`"`)
	http.ServeContent(w, r, "", time.Time{}, content)
}
