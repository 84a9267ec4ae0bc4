package web_test

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"

	"correctiond/alerts"
	"correctiond/roster"
	"correctiond/web"
)

// OfficersOf gives each office two officers of its own.
func (w *world) OfficersOf(_ roster.DistrictID, o roster.OfficeID) []roster.Officer {
	return []roster.Officer{{ID: "F1", Name: "王明", Office: o}, {ID: "F2", Office: o}}
}

// Keep holds a file in memory.
func (w *world) Keep(_ context.Context, content io.Reader) (alerts.File, error) {
	data, err := io.ReadAll(io.LimitReader(content, alerts.MaxFile+1))
	if err != nil {
		return alerts.File{}, err
	}
	if len(data) > alerts.MaxFile {
		return alerts.File{}, web.ErrTooLarge
	}
	sum := sha256.Sum256(data)
	hash := hex.EncodeToString(sum[:])
	w.mu.Lock()
	defer w.mu.Unlock()
	w.files[hash] = data
	return alerts.File{Type: http.DetectContentType(data), Size: int64(len(data)), SHA256: hash}, nil
}

// held is a content that can be closed.
type held struct{ *bytes.Reader }

func (held) Close() error { return nil }

func (w *world) Open(_ context.Context, hash string) (io.ReadSeekCloser, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	data, ok := w.files[hash]
	if !ok {
		return nil, errors.New("the content is gone")
	}
	return held{bytes.NewReader(data)}, nil
}

// Groups knows no pages.
func (w *world) Groups(_ context.Context, f alerts.Filter) (alerts.GroupPage, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if f.Cursor != "" {
		return alerts.GroupPage{}, web.ErrCursor
	}
	by := map[roster.SubjectID]*alerts.Group{}
	var page alerts.GroupPage
	for _, a := range w.alerts {
		ep := &a.Episode
		if !selected(&f, &a) {
			continue
		}
		about := ep.Subject
		if slices.Contains(f.Hidden, about) {
			about = ""
		}
		g := by[about]
		if g == nil {
			g = &alerts.Group{Subject: about, Severity: ep.Severity}
			by[about] = g
		}
		g.Count, g.Severity, g.Alerts = g.Count+1, min(g.Severity, ep.Severity), append(g.Alerts, a)
	}
	for _, g := range by {
		slices.SortFunc(g.Alerts, func(a, b alerts.Alert) int { return cmp.Compare(b.Episode.Opened, a.Episode.Opened) })
		page.Items = append(page.Items, *g)
	}
	slices.SortFunc(page.Items, func(a, b alerts.Group) int { return strings.Compare(string(a.Subject), string(b.Subject)) })
	return page, w.broken
}
