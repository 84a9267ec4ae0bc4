package web

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"reflect"
	"strconv"
	"time"

	"correctiond/alerts"
)

// Rhythm of a stream: a comment when nothing else was sent, which also asks
// whether the caller's token is still good, and how long one write may take.
const (
	heartbeat = 20 * time.Second
	writeTime = 10 * time.Second
)

// subscriber is one open stream.
type subscriber struct {
	*caller
	w    http.ResponseWriter
	ctl  *http.ResponseController
	at   int64 // id of the last change it has seen
	sent Overview
}

// stream sends alert changes within the caller's scope until either side goes.
// A reader that resumes farther back than the window gets `event: reset`: it
// has to read the list again.
func (s *Server) stream(w http.ResponseWriter, r *http.Request, c *caller) {
	sub := &subscriber{caller: c, w: w, ctl: http.NewResponseController(w)}
	from, err := begin(r, s.feed.latest())
	if err != nil {
		s.fail(w, r, c, problem{Status: http.StatusBadRequest, Field: "Last-Event-ID", Detail: err.Error()})
		return
	}
	_ = sub.ctl.SetReadDeadline(time.Time{}) // the request has been read
	w.Header().Set("Content-Type", "text/event-stream; charset=utf-8")
	w.Header().Set("X-Accel-Buffering", "no")
	w.WriteHeader(http.StatusOK)
	s.metrics.streams.Inc()
	defer s.metrics.streams.Dec()
	if err := s.open(r, sub, from); err == nil {
		err = s.feedTo(r, sub)
		if errors.Is(err, os.ErrDeadlineExceeded) {
			s.metrics.dropped.Inc()
		}
	}
}

// begin reads where to resume: Last-Event-ID, which browsers send when they
// reconnect, or ?after for a page that knows what it shows. A new stream begins
// at the newest change.
func begin(r *http.Request, last int64) (int64, error) {
	from := r.Header.Get("Last-Event-ID")
	if from == "" {
		from = r.URL.Query().Get("after")
	}
	if from == "" {
		return last, nil
	}
	id, err := strconv.ParseInt(from, 10, 64)
	if err != nil || id < 0 {
		return 0, errors.New("is the id of an event, or absent")
	}
	return id, nil
}

// open sends the first bytes: how soon to reconnect, and a reset if due.
func (s *Server) open(r *http.Request, sub *subscriber, from int64) error {
	sub.at = from
	if v := s.feed.after(from); v.lost {
		sub.at = v.last
		if err := sub.write(fmt.Appendf(nil, "id: %d\nevent: reset\ndata: {}\n\n", v.last)); err != nil {
			return err
		}
	}
	if err := sub.write([]byte("retry: 3000\n\n")); err != nil {
		return err
	}
	return s.sendOverview(r, sub, true)
}

// feedTo is the life of a stream after its beginning.
func (s *Server) feedTo(r *http.Request, sub *subscriber) error {
	beat := time.NewTicker(heartbeat)
	defer beat.Stop()
	for {
		v := s.feed.after(sub.at)
		if v.lost {
			return os.ErrDeadlineExceeded
		}
		if err := s.sendChanges(r, sub, v.changes); err != nil || v.ended {
			return err
		}
		select {
		case <-r.Context().Done():
			return nil
		case <-v.more:
		case <-beat.C:
			if !s.stillAllowed(r, sub.caller) {
				return nil
			}
			if err := sub.write([]byte(": \n\n")); err != nil {
				return err
			}
		}
	}
}

// stillAllowed asks again who the secret belongs to: a stream may outlive it.
func (s *Server) stillAllowed(r *http.Request, c *caller) bool {
	if c.session != nil && (time.Now().After(c.session.Until) || s.sessions.hasEnded(c.session.ID)) {
		return false
	}
	id, ok, err := s.deps.Tokens.Lookup(r.Context(), c.secret, false)
	if err != nil {
		return true // it is not known; the next beat asks again
	}
	scope, _, err := s.scopeOf(r.Context(), id)
	return ok && id == c.Identity && (err != nil || scope == c.scope)
}

// sendChanges writes what lies in scope, and the counters when there was any.
func (s *Server) sendChanges(r *http.Request, sub *subscriber, changes []alerts.Feed) error {
	var seen bool
	for i := range changes {
		ch := &changes[i]
		if sub.scope.Covers(&ch.Alert) {
			if err := sub.event(ch.ID, "alert", s.document(&ch.Alert, sub.caller)); err != nil {
				return err
			}
			seen = true
		}
		sub.at = ch.ID
	}
	if !seen {
		return nil
	}
	return s.sendOverview(r, sub, false)
}

// sendOverview sends the counters when they differ from those sent before. A
// source that fails costs the counters, not the alerts.
func (s *Server) sendOverview(r *http.Request, sub *subscriber, first bool) error {
	o, err := s.counted.overview(r.Context(), s.deps.Overviews, sub.scope, sub.at)
	if err != nil {
		s.log.Error("count for stream", "err", err)
		return nil
	}
	if !first && reflect.DeepEqual(o, sub.sent) {
		return nil
	}
	sub.sent = o
	return sub.event(sub.at, "overview", s.overviewDocument(o, sub.scope))
}

// event writes one server-sent event.
func (sub *subscriber) event(id int64, name string, data any) error {
	b := fmt.Appendf(nil, "id: %d\nevent: %s\ndata: ", id, name)
	body, err := json.Marshal(data)
	if err != nil {
		return fmt.Errorf("encode event: %w", err)
	}
	b = append(b, bytes.TrimSpace(body)...)
	return sub.write(append(b, "\n\n"...))
}

// write sends and flushes within the bound that keeps a slow reader from
// holding its goroutine.
func (sub *subscriber) write(b []byte) error {
	_ = sub.ctl.SetWriteDeadline(time.Now().Add(writeTime)) // not every writer has one
	if _, err := sub.w.Write(b); err != nil {
		return fmt.Errorf("write event: %w", err)
	}
	if err := sub.ctl.Flush(); err != nil {
		return fmt.Errorf("flush event: %w", err)
	}
	return nil
}
