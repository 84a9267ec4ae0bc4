package main

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"

	"correctiond/alerts"
	"correctiond/roster"
	"correctiond/web"
)

// uploads are files on their way to alerts: what is refused leaves none behind.
type uploads struct {
	files
	mu     sync.Mutex
	claims map[string]*claim // by hash
}

// claim is a content that requests are attaching.
type claim struct {
	requests int
	fresh    bool // it was not there before
	kept     bool // one of them succeeded, or may still
}

var _ web.Files = (*uploads)(nil)

func newUploads(f files) *uploads { return &uploads{files: f, claims: map[string]*claim{}} }

// Keep stores a content durably, as files does, until done tells what became of it.
func (u *uploads) Keep(_ context.Context, content io.Reader) (alerts.File, error) {
	tmp, kept, err := u.stage(content)
	if err != nil {
		return alerts.File{}, err
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	c := u.claims[kept.SHA256]
	if c == nil {
		_, missing := os.Stat(u.path(kept.SHA256))
		c = &claim{fresh: errors.Is(missing, fs.ErrNotExist)}
		u.claims[kept.SHA256] = c
	}
	if err := u.place(tmp, kept.SHA256); err != nil {
		if c.requests == 0 {
			delete(u.claims, kept.SHA256)
		}
		return alerts.File{}, err
	}
	c.requests++
	return kept, nil
}

// done ends the claim of a request whose act was refused, or else keeps the content.
// The last request removes what only refused ones have brought.
func (u *uploads) done(f *alerts.File, refused bool) error {
	if f == nil {
		return nil
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	c := u.claims[f.SHA256]
	if c == nil {
		return nil
	}
	c.kept = c.kept || !refused
	if c.requests--; c.requests > 0 {
		return nil
	}
	delete(u.claims, f.SHA256)
	if c.kept || !c.fresh {
		return nil
	}
	return os.Remove(u.path(f.SHA256))
}

// orphanRest is how old a file must be for the sweep: a younger one may be of a
// request that is under way.
const orphanRest = time.Hour

// sweep removes the files from before an instant of which unused says that no alert
// names them, and what a broken upload has left. It returns how many there were.
func (u *uploads) sweep(before roster.Instant, unused func([]string) ([]string, error)) (removed int, err error) {
	named, gone, err := u.olderThan(before)
	if err == nil && len(named) > 0 {
		named, err = unused(named)
	}
	if err != nil {
		return 0, err
	}
	gone = append(gone, named...)
	for _, name := range gone {
		did, err := u.removeOld(name, before)
		if err != nil {
			return removed, err
		}
		if did {
			removed++
		}
	}
	return removed, nil
}

// olderThan lists the files from before an instant: attached ones, and others.
func (u *uploads) olderThan(before roster.Instant) (named, others []string, err error) {
	list, err := os.ReadDir(u.dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil, nil
	}
	for _, entry := range list {
		switch info, err := entry.Info(); {
		case err != nil || !info.Mode().IsRegular() || roster.InstantOf(info.ModTime()) > before:
		case isHash(entry.Name()):
			named = append(named, entry.Name())
		default:
			others = append(others, entry.Name())
		}
	}
	return named, others, err
}

// removeOld removes a file unless it was written after an instant, or is claimed.
func (u *uploads) removeOld(name string, after roster.Instant) (did bool, err error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.claims[name] != nil {
		return false, nil
	}
	return removeOld(filepath.Join(u.dir, name), after)
}

// isHash tells an attached file from one that is being written.
func isHash(name string) bool {
	const digits = 64
	if len(name) != digits {
		return false
	}
	for _, c := range name {
		if (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}

// sweepFiles removes files that no alert names, once the rules have taken all of the
// journals: an act there may name one. It reports whether it is done.
func (d *daemon) sweepFiles(ctx context.Context) bool {
	for _, l := range d.lanes() {
		if l.district.behind(ctx) {
			return false
		}
	}
	n, err := d.uploads.sweep(nowInstant()-roster.Length(orphanRest), func(names []string) ([]string, error) {
		return d.state.UnusedFiles(ctx, names)
	})
	d.pruned("files that nothing names", n, err)
	return err == nil
}
