package web_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"correctiond/rules"
)

// quiet is a listener to which nobody connects.
type quiet struct{ done chan struct{} }

func (q quiet) Accept() (net.Conn, error) { <-q.done; return nil, net.ErrClosed }
func (q quiet) Close() error              { close(q.done); return nil }
func (q quiet) Addr() net.Addr            { return &net.TCPAddr{} }

// wire is the far end of a stream.
type wire struct {
	mu     sync.Mutex
	b      bytes.Buffer
	h      http.Header
	status int
	stuck  bool // the reader takes nothing more
}

func (w *wire) Header() http.Header { return w.h }

func (w *wire) WriteHeader(status int) { w.status = status }

func (w *wire) Flush() {}

func (w *wire) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.stuck {
		return 0, os.ErrDeadlineExceeded
	}
	return w.b.Write(p)
}

// take answers what has arrived since the last call.
func (w *wire) take() string {
	synctest.Wait()
	w.mu.Lock()
	defer w.mu.Unlock()
	defer w.b.Reset()
	return w.b.String()
}

func (w *wire) jam() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.stuck = true
}

// listen opens a stream in the bubble; done is closed when it is over.
func (s *site) listen(ctx context.Context, token, last string) (w *wire, done chan struct{}) {
	r := httptest.NewRequestWithContext(ctx, "GET", "http://monitor.test/api/v1/stream", nil)
	r.Header.Set("Authorization", "Bearer "+token)
	if last != "" {
		r.Header.Set("Last-Event-ID", last)
	}
	w, done = &wire{h: http.Header{}}, make(chan struct{})
	go func() {
		defer close(done)
		s.srv.Handler().ServeHTTP(w, r)
	}()
	synctest.Wait()
	return w, done
}

// streams runs a test in a bubble with a running server.
func streams(t *testing.T, test func(t *testing.T, s *site, ctx context.Context)) {
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t)
		ctx, cancel := context.WithCancel(t.Context())
		over := make(chan error, 1)
		go func() { over <- s.srv.Run(ctx, quiet{make(chan struct{})}) }()
		synctest.Wait()
		test(t, s, ctx)
		cancel()
		if err := <-over; err != nil {
			t.Errorf("run: %v", err)
		}
	})
}

func expect(t *testing.T, got string, parts ...string) {
	t.Helper()
	for _, p := range parts {
		if !strings.Contains(got, p) {
			t.Errorf("%q is missing in %q", p, got)
		}
	}
}

func TestStreamSendsChangesOfTheScope(t *testing.T) {
	streams(t, func(t *testing.T, s *site, ctx context.Context) {
		here, _ := s.listen(ctx, "token-officer", "")
		there, _ := s.listen(ctx, "token-elsewhere", "")
		expect(t, here.take(), "event: overview", `"open":0`)
		there.take()
		s.raise(episode("a1", rules.P1, "O1"))
		s.srv.Wake()
		expect(t, here.take(), "id: 1\nevent: alert\ndata: {\"id\":\"a1\"", "id: 1\nevent: overview", `"open":1`)
		if got := there.take(); got != "" {
			t.Errorf("another office heard %q", got)
		}
		if here.h.Get("Content-Type") != "text/event-stream; charset=utf-8" {
			t.Errorf("content type %q", here.h.Get("Content-Type"))
		}
	})
}

func TestStreamFindsWhatNobodyAnnounced(t *testing.T) {
	streams(t, func(t *testing.T, s *site, ctx context.Context) {
		w, _ := s.listen(ctx, "token-officer", "")
		w.take()
		s.raise(episode("a1", rules.P1, "O1")) // as by another node: no Wake
		<-time.After(2 * time.Second)
		expect(t, w.take(), "event: alert")
	})
}

func TestStreamResumes(t *testing.T) {
	streams(t, func(t *testing.T, s *site, ctx context.Context) {
		for _, id := range []string{"a1", "a2", "a3"} {
			s.raise(episode(id, rules.P2, "O1"))
		}
		s.srv.Wake()
		synctest.Wait()
		w, _ := s.listen(ctx, "token-officer", "1")
		got := w.take()
		expect(t, got, "id: 2\nevent: alert", "id: 3\nevent: alert")
		if strings.Contains(got, `"id":"a1"`) {
			t.Error("a1 was sent again")
		}
		fresh, _ := s.listen(ctx, "token-officer", "")
		if got := fresh.take(); strings.Contains(got, "event: alert") {
			t.Errorf("a new stream begins with the past: %q", got)
		}
		// An id of another database: there is nothing to resume from.
		w, _ = s.listen(ctx, "token-officer", "99")
		expect(t, w.take(), "id: 3\nevent: reset")
		w, done := s.listen(ctx, "token-officer", "x\r\ny")
		<-done
		if w.status != http.StatusBadRequest {
			t.Errorf("status %d", w.status)
		}
	})
}

func TestStreamResumesOverARestart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t)
		s.raise(episode("a1", rules.P2, "O1"))
		s.raise(episode("a2", rules.P2, "O1"))
		ctx, cancel := context.WithCancel(t.Context())
		over := make(chan error, 1)
		go func() { over <- s.srv.Run(ctx, quiet{make(chan struct{})}) }()
		synctest.Wait()
		w, _ := s.listen(ctx, "token-officer", "1")
		expect(t, w.take(), "id: 2\nevent: alert")
		cancel()
		<-over
	})
}

func TestStreamBeats(t *testing.T) {
	streams(t, func(t *testing.T, s *site, ctx context.Context) {
		w, done := s.listen(ctx, "token-officer", "")
		w.take()
		<-time.After(21 * time.Second)
		expect(t, w.take(), ": \n\n")
		s.withdraw("token-officer")
		<-time.After(21 * time.Second)
		synctest.Wait()
		select {
		case <-done:
		default:
			t.Error("the stream outlived its token")
		}
	})
}

func TestSlowReaderIsDroppedAndHoldsUpNobody(t *testing.T) {
	streams(t, func(t *testing.T, s *site, ctx context.Context) {
		slow, done := s.listen(ctx, "token-officer", "")
		quick, _ := s.listen(ctx, "token-officer", "")
		quick.take()
		slow.jam()
		s.raise(episode("a1", rules.P1, "O1"))
		s.srv.Wake()
		expect(t, quick.take(), "event: alert")
		<-done
		want(t, s.metrics(), 200, "correctiond_web_streams_dropped_total 1", "correctiond_web_streams 1")
	})
}

func TestReaderBehindTheWindowStartsAnew(t *testing.T) {
	streams(t, func(t *testing.T, s *site, ctx context.Context) {
		for range 5000 {
			s.raise(episode("a1", rules.P2, "O1"))
			ep := episode("a1", rules.P2, "O1")
			ep.Count = len(s.changes) + 1
			s.raise(ep)
		}
		s.srv.Wake()
		synctest.Wait()
		w, _ := s.listen(ctx, "token-officer", "2")
		expect(t, w.take(), "event: reset")
	})
}

func TestStreamSurvivesABrokenSource(t *testing.T) {
	streams(t, func(t *testing.T, s *site, ctx context.Context) {
		w, _ := s.listen(ctx, "token-officer", "")
		w.take()
		s.breakDown(errors.New("locked"))
		s.raise(episode("a1", rules.P1, "O1"))
		<-time.After(3 * time.Second)
		w.take()
		s.breakDown(nil)
		<-time.After(3 * time.Second)
		expect(t, w.take(), "event: alert")
	})
}

func TestStreamsEndWithTheServer(t *testing.T) {
	streams(t, func(t *testing.T, s *site, ctx context.Context) {
		// The request's context outlives the server's: only the feed tells it.
		_, done := s.listen(context.WithoutCancel(ctx), "token-officer", "")
		t.Cleanup(func() { <-done })
	})
}

func TestPageResumesFromWhatItShows(t *testing.T) {
	streams(t, func(t *testing.T, s *site, ctx context.Context) {
		jar, _ := s.signIn("token-officer")
		want(t, s.do("GET /", cookies(jar)), 200, `data-after="0"`)
		s.raise(episode("a1", rules.P1, "O1")) // between the page and its stream
		s.srv.Wake()
		synctest.Wait()
		r := httptest.NewRequestWithContext(ctx, "GET", "http://monitor.test/stream?after=0", nil)
		cookies(jar)(r)
		w := &wire{h: http.Header{}}
		done := make(chan struct{})
		go func() {
			defer close(done)
			s.srv.Handler().ServeHTTP(w, r)
		}()
		expect(t, w.take(), "event: alert", `"id":"a1"`)
		want(t, s.do("GET /", cookies(jar)), 200, `data-after="1"`)
		<-time.After(12*time.Hour + time.Minute)
		select {
		case <-done:
		default:
			t.Error("the stream outlived its session")
		}
	})
}

func TestStreamOfADistrictHearsAllItsOfficesAndNoOther(t *testing.T) {
	streams(t, func(t *testing.T, s *site, ctx context.Context) {
		w, _ := s.listen(ctx, "token-district", "")
		w.take()
		s.raise(episode("a1", rules.P1, "O1"))
		s.raise(episode("a2", rules.P2, "O2"))
		s.raise(episode("a3", rules.P3, ""))
		foreign := episode("a4", rules.P1, "O1")
		foreign.District = "D2"
		s.raise(foreign)
		s.srv.Wake()
		got := w.take()
		expect(t, got, `"id":"a1"`, `"id":"a2"`, `"id":"a3"`)
		if strings.Contains(got, `"id":"a4"`) {
			t.Error("the stream leaves its district")
		}
	})
}

func TestStreamSpeaksTheCallersLanguage(t *testing.T) {
	streams(t, func(t *testing.T, s *site, ctx context.Context) {
		r := httptest.NewRequestWithContext(ctx, "GET", "http://monitor.test/api/v1/stream", nil)
		r.Header.Set("Authorization", "Bearer token-officer")
		r.Header.Set("Accept-Language", "en")
		w := &wire{h: http.Header{}}
		go s.srv.Handler().ServeHTTP(w, r)
		w.take()
		s.raise(episode("a1", rules.P1, "O1"))
		s.srv.Wake()
		expect(t, w.take(), "1.2 km outside the city")
	})
}

// What a stream sends is what the document says, under ids that never fall.
func TestStreamIsAsDescribed(t *testing.T) {
	streams(t, func(t *testing.T, s *site, ctx context.Context) {
		here, _ := s.listen(ctx, "token-officer", "")
		text := here.take()
		for _, id := range []string{"a1", "a2", "a3"} {
			s.raise(episode(id, rules.P2, "O1"))
			s.srv.Wake()
			text += here.take()
		}
		d, seen, last := document(t), map[string]int{}, 0
		for event := range strings.SplitSeq(text, "\n\n") {
			var id int
			var name, data string
			if n, _ := fmt.Sscanf(event, "id: %d\nevent: %s\ndata: ", &id, &name); n != 2 {
				continue
			}
			_, data, _ = strings.Cut(event, "data: ")
			if bad := d.misfit(map[string]string{"alert": "Alert", "overview": "Overview"}[name], data); bad != "" || id < last {
				t.Errorf("%s %d after %d: %s", name, id, last, bad)
			}
			seen[name], last = seen[name]+1, id
		}
		if seen["alert"] != 3 || seen["overview"] != 4 || last != 3 {
			t.Errorf("heard %v, the last is %d", seen, last)
		}
	})
}
