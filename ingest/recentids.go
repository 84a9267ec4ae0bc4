package ingest

import (
	"hash/maphash"
	"slices"
	"sync"

	"correctiond/roster"
)

// How many ids of a device RecentIDs holds: usually, and when the device sends
// large arrays.
const (
	usualRing   = 64
	largestRing = 1024
)

// History answers for what RecentIDs no longer holds, or did not yet hold when
// the daemon started. One that cannot tell says that it knows nothing: an event
// stored twice is better than one lost.
type History interface {
	// Newest returns the time of the newest event accepted from the device, 0
	// when there is none.
	Newest(device roster.DeviceID) roster.Instant
	// Accepted tells whether the device's event id was accepted.
	Accepted(device roster.DeviceID, id string) bool
}

// RecentIDs remembers the last ids of each device, as hashes in a ring. An event
// newer than all accepted ones whose id is not in the ring is new; for an older
// one the history is asked. A starting daemon must Remember the events of the
// journal that the history has not got yet, before it takes messages. Memory is
// bounded by the number of devices that had an event accepted: usually 600 bytes
// each. It is safe for concurrent use.
type RecentIDs struct {
	history History
	seed    maphash.Seed

	mu      sync.Mutex
	devices map[roster.DeviceID]*ring
}

var _ IDs = (*RecentIDs)(nil)

// ring holds the hashes of the last ids of one device.
type ring struct {
	newest roster.Instant
	hashes []uint64
	next   int // the oldest hash, once the ring is full
	limit  int
}

// NewRecentIDs returns an empty memory in front of history; nil: there is none.
func NewRecentIDs(history History) *RecentIDs {
	return &RecentIDs{history: history, seed: maphash.MakeSeed(), devices: make(map[roster.DeviceID]*ring)}
}

// Seen tells whether the event was accepted before.
func (x *RecentIDs) Seen(device roster.DeviceID, id string, at roster.Instant) bool {
	found, newest, known := x.inRing(device, id)
	switch {
	case found:
		return true
	case x.history == nil:
		return false
	case !known:
		newest = x.history.Newest(device)
	}
	return at <= newest && x.history.Accepted(device, id)
}

// inRing looks at memory only. Known tells whether there is any of the device.
func (x *RecentIDs) inRing(device roster.DeviceID, id string) (found bool, newest roster.Instant, known bool) {
	hash := maphash.String(x.seed, id)
	x.mu.Lock()
	defer x.mu.Unlock()
	r := x.devices[device]
	if r == nil {
		return false, 0, false
	}
	if slices.Contains(r.hashes, hash) {
		return true, 0, true
	}
	return false, r.newest, true
}

// Remember records an accepted id.
func (x *RecentIDs) Remember(device roster.DeviceID, id string, at roster.Instant) {
	x.remember(device, id, at, 1)
}

// remember records one of many ids that arrived together; the ring grows so
// that an array sent again is found whole.
func (x *RecentIDs) remember(device roster.DeviceID, id string, at roster.Instant, many int) {
	var before roster.Instant
	if _, _, known := x.inRing(device, id); !known && x.history != nil {
		before = x.history.Newest(device)
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	r := x.devices[device]
	if r == nil {
		r = &ring{limit: usualRing, newest: before}
		x.devices[device] = r
	}
	r.newest = max(r.newest, at)
	r.grow(min(many+usualRing, largestRing))
	r.push(maphash.String(x.seed, id))
}

// grow makes room for n hashes where many came at once.
func (r *ring) grow(n int) {
	if n <= r.limit || n <= usualRing+1 {
		return
	}
	r.hashes = append(append(make([]uint64, 0, n), r.hashes[r.next:]...), r.hashes[:r.next]...)
	r.next, r.limit = 0, n
}

func (r *ring) push(hash uint64) {
	if len(r.hashes) < r.limit {
		r.hashes = append(r.hashes, hash)
		return
	}
	r.hashes[r.next] = hash
	r.next = (r.next + 1) % r.limit
}

// stagedIDs holds the ids of a batch that is not durable yet: they are
// duplicates within the batch, but only a stored batch may make them so for
// ever.
type stagedIDs struct {
	*RecentIDs
	batch []stagedID
	seen  map[stagedKey]struct{}
	many  map[roster.DeviceID]int
}

type stagedKey struct {
	device roster.DeviceID
	id     string
}

type stagedID struct {
	stagedKey
	at roster.Instant
}

var _ IDs = (*stagedIDs)(nil)

func newStagedIDs(base *RecentIDs) *stagedIDs {
	return &stagedIDs{RecentIDs: base, seen: make(map[stagedKey]struct{}), many: make(map[roster.DeviceID]int)}
}

func (s *stagedIDs) Seen(device roster.DeviceID, id string, at roster.Instant) bool {
	if _, staged := s.seen[stagedKey{device, id}]; staged {
		return true
	}
	return s.RecentIDs.Seen(device, id, at)
}

func (s *stagedIDs) Remember(device roster.DeviceID, id string, at roster.Instant) {
	key := stagedKey{device, id}
	s.seen[key] = struct{}{}
	s.many[device]++
	s.batch = append(s.batch, stagedID{key, at})
}

// commit remembers the batch for good and begins the next one.
func (s *stagedIDs) commit() {
	for _, id := range s.batch {
		s.remember(id.device, id.id, id.at, s.many[id.device])
	}
	s.batch = s.batch[:0]
	clear(s.seen)
	clear(s.many)
}
