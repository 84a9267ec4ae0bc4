package web

import (
	"context"
	"encoding/base64"
	"net/http"
	"net/url"
	"strconv"

	"correctiond/roster"
)

// Letter is what operations may know of a rejected message: not what it said,
// for that may be where a person was.
type Letter struct {
	ID       int64
	Received roster.Instant
	District roster.DistrictID // empty: of a device that no roster knows
	Device   roster.DeviceID
	Kind     string // location, check-in …: the end of the topic
	Index    int    // position in an array
	Reason   string
	Replayed roster.Instant // 0: not yet
}

// LetterFilter selects rejected messages; an empty field selects all.
type LetterFilter struct {
	Reason string
	Device roster.DeviceID
	// Waiting: only those that were not replayed.
	Waiting bool
	Before  int64 // only smaller ids; 0: from the newest
	Limit   int
}

// Fate is what became of a message that was judged again.
type Fate struct {
	Done bool // it waits no longer
	Text string
}

// Letters lists rejected messages, newest first, and judges them again by the
// roster of now. LetterCounts counts those that wait by reason. Replay answers false
// for an unknown id.
type Letters interface {
	Letters(ctx context.Context, f LetterFilter) ([]Letter, error)
	LetterCounts(ctx context.Context) (map[string]int, error)
	Replay(ctx context.Context, id int64, by string) (Fate, bool, error)
}

type letterDocument struct {
	ID       int64           `json:"id"`
	Received string          `json:"received"`
	District *string         `json:"district"`
	Device   roster.DeviceID `json:"device"`
	Kind     string          `json:"kind"`
	Index    int             `json:"index"`
	Reason   string          `json:"reason"`
	Replayed *string         `json:"replayed"`
}

func parseLetters(q url.Values) (LetterFilter, error) {
	f := LetterFilter{Reason: q.Get("reason"), Device: roster.DeviceID(q.Get("device"))}
	var err error
	if f.Limit, err = readLimit(q); err != nil || q.Get("cursor") == "" {
		return f, err
	}
	text, err := base64.RawURLEncoding.DecodeString(q.Get("cursor"))
	if err == nil {
		f.Before, err = strconv.ParseInt(string(text), 10, 64)
	}
	if err != nil || f.Before < 1 {
		return f, &fieldError{"cursor", "is not one of this list"}
	}
	return f, nil
}

// listLetters answers rejected messages without what they said.
func (s *Server) listLetters(w http.ResponseWriter, r *http.Request, c *caller) {
	f, err := parseLetters(r.URL.Query())
	if err != nil {
		s.refuse(w, r, c, http.StatusBadRequest, err)
		return
	}
	asked := f.Limit
	f.Limit++ // one more tells whether there is a next page
	found, err := s.deps.Letters.Letters(r.Context(), f)
	if err != nil {
		s.broken(w, r, c, err)
		return
	}
	answer := struct {
		Items []letterDocument `json:"items"`
		Next  *string          `json:"next"`
	}{Items: []letterDocument{}}
	for i := range found[:min(asked, len(found))] {
		l := &found[i]
		answer.Items = append(answer.Items, letterDocument{
			l.ID, s.stamp(l.Received), orNull(string(l.District)), l.Device, l.Kind, l.Index, l.Reason, s.stampOrNull(l.Replayed),
		})
	}
	if len(found) > asked {
		answer.Next = orNull(nextCursor(strconv.FormatInt(found[asked-1].ID, 10)))
	}
	writeJSON(w, "application/json", http.StatusOK, answer)
}

// replayLetter judges one rejected message again.
func (s *Server) replayLetter(w http.ResponseWriter, r *http.Request, c *caller) {
	id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	if err != nil {
		s.fail(w, r, c, problem{Status: http.StatusNotFound, Detail: "there is no such dead letter"})
		return
	}
	fate, ok, err := s.deps.Letters.Replay(r.Context(), id, c.Name)
	switch {
	case err != nil:
		s.broken(w, r, c, err)
	case !ok:
		s.fail(w, r, c, problem{Status: http.StatusNotFound, Detail: "there is no such dead letter"})
	case !fate.Done:
		s.fail(w, r, c, problem{Status: http.StatusConflict, Detail: "the dead letter stays: " + fate.Text})
	default:
		writeJSON(w, "application/json", http.StatusOK, map[string]any{"id": id, "result": fate.Text})
	}
}
