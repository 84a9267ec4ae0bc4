package web

import (
	"context"
	"sync"
	"time"

	"correctiond/alerts"
)

// Bounds of the live feed.
const (
	keptChanges = 4096 // a subscriber farther behind is dropped
	readAtOnce  = 512
	lookEvery   = time.Second // finds what another node wrote
)

// feed holds the latest changes in a window that all subscribers read at their
// own pace: nobody's slowness holds up anyone else.
type feed struct {
	poke chan struct{}

	mu      sync.Mutex
	kept    []alerts.Feed // rising ids
	floor   int64         // id before the oldest kept
	last    int64
	changed chan struct{} // closed at the next change, or at the end
	ended   bool
}

func newFeed() *feed {
	return &feed{poke: make(chan struct{}, 1), changed: make(chan struct{})}
}

func (f *feed) wake() {
	select {
	case f.poke <- struct{}{}:
	default: // a look is due already
	}
}

// add appends changes and forgets the oldest beyond the window.
func (f *feed) add(changes []alerts.Feed) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.kept = append(f.kept, changes...)
	if over := len(f.kept) - keptChanges; over > 0 {
		f.floor = f.kept[over-1].ID
		f.kept = append([]alerts.Feed(nil), f.kept[over:]...)
	}
	f.last = changes[len(changes)-1].ID
	f.signal()
}

// begin sets where the window starts.
func (f *feed) begin(floor int64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.floor, f.last = floor, floor
}

// end lets every subscriber go.
func (f *feed) end() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.ended = true
	f.signal()
}

func (f *feed) signal() {
	close(f.changed)
	f.changed = make(chan struct{})
}

// latest answers the id of the newest change known.
func (f *feed) latest() int64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.last
}

// view is what a subscriber finds behind its place.
type view struct {
	changes []alerts.Feed
	last    int64
	lost    bool // the place has left the window
	ended   bool
	more    <-chan struct{}
}

// after answers what follows the change of that id.
func (f *feed) after(id int64) view {
	f.mu.Lock()
	defer f.mu.Unlock()
	v := view{last: f.last, ended: f.ended, more: f.changed, lost: id < f.floor || id > f.last}
	if v.lost {
		return v
	}
	i := len(f.kept)
	for i > 0 && f.kept[i-1].ID > id {
		i--
	}
	v.changes = f.kept[i:len(f.kept):len(f.kept)]
	return v
}

// pump follows the durable order of changes until ctx ends. It begins a window
// back, so that streams resume over a restart.
func (s *Server) pump(ctx context.Context) {
	defer s.feed.end()
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	begun := false
	for {
		if err := s.follow(ctx, &begun); err != nil && ctx.Err() == nil {
			s.log.Error("follow alert changes", "err", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		case <-s.feed.poke:
		}
	}
}

// follow reads what is new.
func (s *Server) follow(ctx context.Context, begun *bool) error {
	if !*begun {
		last, err := s.deps.Changes.LastChange(ctx)
		if err != nil {
			return err
		}
		s.feed.begin(max(0, last-keptChanges))
		*begun = true
	}
	for {
		changes, err := s.deps.Changes.Changes(ctx, s.feed.latest(), readAtOnce)
		if err != nil || len(changes) == 0 {
			return err
		}
		s.feed.add(changes)
	}
}
