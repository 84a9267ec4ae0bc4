package web

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"correctiond/roster"
)

// Recorded is one line for the audit chain: who did what to which object, and why.
// It holds no secret. District and Subject are whose matter it is; without them it
// is found out from Object as far as that tells.
type Recorded struct {
	Actor, Action, Object, Reason, Detail string
	District                              roster.DistrictID
	Subject                               roster.SubjectID
}

// Audit appends to the audit chain; the record is durable when it answers.
type Audit interface {
	Append(ctx context.Context, r Recorded) error
}

// Bounds of what strangers can make the audit hold: one record of a kind per
// source and minute, and so many per minute in all.
const (
	noiseSpan    = time.Minute
	noiseMost    = 20
	trespassMost = 200 // of people who are signed in; strangers do not use it up
)

// noise bounds records of refusals. What it keeps out is counted, and the next
// record says how many.
type noise struct {
	mu      sync.Mutex
	began   time.Time
	seen    map[string]bool
	dropped int
}

// admits tells whether a refusal is to be recorded, and how many before were not.
func (n *noise) admits(key string, most int, now time.Time) (dropped int, ok bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if now.Sub(n.began) >= noiseSpan {
		n.began, n.seen = now, map[string]bool{}
	}
	if n.seen[key] || len(n.seen) >= most {
		n.dropped++
		return 0, false
	}
	n.seen[key] = true
	dropped, n.dropped = n.dropped, 0
	return dropped, true
}

// TrackRefused is the action of a record that somebody did not get a track: for the
// reason Unreasoned, or because it is outside what they may read.
const (
	TrackRefused = "track.refuse"
	Unreasoned   = "unreasoned"
)

// refuseAccess records that someone was not let through. Strangers are told apart
// by their address alone; what they sent is not kept.
func (s *Server) refuseAccess(r *http.Request, c *caller, why string) {
	s.metrics.refused.WithLabelValues(why).Inc()
	record := Recorded{Action: "access.refuse", Object: r.Pattern, Reason: why}
	if c.Name == "" {
		s.recordStranger(r, record)
		return
	}
	record.Actor, record.Detail, record.District = c.Name, c.whence(), c.District
	if id := r.PathValue("id"); why == "scope" && id != "" {
		record.Object, record.Detail = id[:min(len(id), 64)], record.Detail+", "+r.Pattern
	}
	if strings.HasSuffix(r.Pattern, "/track") || strings.HasSuffix(r.Pattern, "/map") {
		record.Action = TrackRefused
	}
	s.recordNoise(r, &s.trespass, trespassMost, record)
}

// recordStranger appends a record that anybody can cause.
func (s *Server) recordStranger(r *http.Request, record Recorded) {
	record.Actor = "unknown, " + address(r).String()
	s.recordNoise(r, &s.noise, noiseMost, record)
}

func (s *Server) recordNoise(r *http.Request, n *noise, most int, record Recorded) {
	if s.deps.Audit == nil {
		return
	}
	key := strings.Join([]string{record.Actor, record.Action, record.Object, record.Reason}, "\n")
	dropped, ok := n.admits(key, most, time.Now())
	if !ok {
		return
	}
	if dropped > 0 {
		record.Detail = strings.TrimPrefix(fmt.Sprintf("%s, %d more before this were not recorded", record.Detail, dropped), ", ")
	}
	s.record(r, record)
}

// record appends a record. A database that does not take it keeps nobody out; what
// must not happen unrecorded does not go through here.
func (s *Server) record(r *http.Request, record Recorded) {
	if s.deps.Audit == nil {
		return
	}
	if err := s.deps.Audit.Append(r.Context(), record); err != nil {
		s.log.Error("an action is not recorded", "action", record.Action, "err", err)
	}
}

// kept reports whether the audit chain has taken what is to be done or read; else
// it answers the request itself.
func (s *Server) kept(w http.ResponseWriter, r *http.Request, c *caller, record Recorded) bool {
	if s.deps.Audit == nil {
		return true
	}
	record.Actor, record.District = c.Name, c.District
	if err := s.deps.Audit.Append(r.Context(), record); err != nil {
		s.broken(w, r, c, err)
		return false
	}
	return true
}
