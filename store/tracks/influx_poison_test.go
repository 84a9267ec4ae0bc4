package tracks_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"correctiond/event"
	"correctiond/store/tracks"
)

// poisonAt rejects writes that hold the event of an id. What else is in such a
// write is stored, as 1.8 does it, or not.
func poisonAt(id string, status int, partly bool) func(http.ResponseWriter, *http.Request, int, []string) verdict {
	return func(w http.ResponseWriter, _ *http.Request, _ int, lines []string) verdict {
		bad := slices.IndexFunc(lines, func(line string) bool { return strings.Contains(line, `id="`+id+`"`) })
		if bad < 0 {
			return verdict{store: true}
		}
		v := refuse(w, status, "partial write: field type conflict")
		if v.store = partly && len(lines) > 1; v.store {
			lines[bad] = lines[(bad+1)%len(lines)]
		}
		return v
	}
}

func TestInfluxPoisonLine(t *testing.T) {
	for name, c := range map[string]struct {
		status int
		partly bool
	}{"422": {422, false}, "400": {400, false}, "422, the others stored": {422, true}} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				events := fixes(5000)
				bad := events[3210]
				s := newSink(t, poisonAt(bad.ID, c.status, c.partly), func(c *tracks.InfluxConfig) { c.BatchLines = 5000 })
				s.keepErr = errors.New("disk full")
				write(t, s, 1, events...)
				s.wantStored(t, events)
				if len(s.refused) != 1 {
					t.Fatalf("%d dead letters", len(s.refused))
				}
				r := s.refused[0]
				if r.Event.ID != bad.ID || r.Nth != 3210 || r.District != "D1" || r.Seq != 1 || r.Status != c.status ||
					r.Message != "partial write: field type conflict" || r.Line != tracks.InfluxLine(&bad) {
					t.Errorf("dead letter %+v", r)
				}
				if s.fake.writes > 40 || s.retries["dead_letter"] != 1 {
					t.Errorf("%d writes, retries %v", s.fake.writes, s.retries)
				}
			})
		})
	}
}

// A server that takes little gets little: its limit is found by halving, and kept.
func TestInfluxTooLarge(t *testing.T) {
	const limit = 20_000
	s := newSink(t, func(w http.ResponseWriter, _ *http.Request, _ int, lines []string) verdict {
		if len(strings.Join(lines, "")) > limit {
			return refuse(w, http.StatusRequestEntityTooLarge, "")
		}
		return verdict{store: true}
	})
	events := fixes(5000)
	write(t, s, 1, events...)
	s.wantStored(t, events)
	before := s.retries["too_large"]
	if len(s.refused) != 0 || before == 0 || before > 80 {
		t.Errorf("%d dead letters, retries %v", len(s.refused), s.retries)
	}
	write(t, s, 2, fixes(500)...)
	if s.retries["too_large"] != before {
		t.Errorf("the limit was forgotten: %v", s.retries)
	}
}

// The connection breaks after the server has stored: the second write lies on the first.
func TestInfluxResetAfterStoring(t *testing.T) {
	fake := &fakeInflux{points: map[string]string{}}
	fake.reply = func(w http.ResponseWriter, _ *http.Request, n int, lines []string) verdict {
		if n%2 == 0 {
			return verdict{store: true}
		}
		fake.keep(lines)
		conn, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			panic(err)
		}
		conn.Close()
		return verdict{answered: true}
	}
	srv := httptest.NewServer(fake)
	defer srv.Close()
	for _, gzip := range []bool{true, false} {
		s := openSink(t, fake, func(c *tracks.InfluxConfig) { c.URL, c.Gzip, c.Backoff = srv.URL, gzip, time.Millisecond })
		events := fixes(5000)
		write(t, s, 1, events...)
		s.wantStored(t, events)
		if s.retries["network"] != 5 {
			t.Errorf("retries %v", s.retries)
		}
	}
}

// Write ends with its context, and the cursor has not moved.
func TestInfluxWriteEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSink(t, first(1<<30, http.StatusForbidden, "write access denied"))
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		if err := s.Write(ctx, "D1", 1, fixes(10)); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("error %v", err)
		}
		if len(s.cursors) != 0 || s.retries["denied"] < 100 || s.retries["denied"] > 300 {
			t.Errorf("cursors %v, retries %v", s.cursors, s.retries)
		}
		st := s.Status()
		if st.Class != "denied" || !st.Person || !strings.Contains(st.Error, "write access denied") || time.Since(st.Since).Round(time.Minute) != time.Hour {
			t.Errorf("status %+v", st)
		}
	})
}

// A cursor that cannot be saved is an error; the next Write of the same entry
// writes the same points.
func TestInfluxCursorNotSaved(t *testing.T) {
	s := newSink(t, confirm)
	s.saveErr = errors.New("disk full")
	events := fixes(10)
	if err := s.Write(t.Context(), "D1", 1, events); !errors.Is(err, s.saveErr) {
		t.Errorf("error %v", err)
	}
	s.saveErr, s.stored = nil, 0
	write(t, s, 1, events...)
	s.wantStored(t, events)
	write(t, s, 1, fix(9, 9999)) // the cursor has been there
	if n := len(s.fake.ids()); n != len(events) {
		t.Errorf("%d points", n)
	}
}

// Two events of a device in one millisecond are two points.
func TestInfluxSameMillisecond(t *testing.T) {
	s := newSink(t, confirm)
	events := []event.Event{fix(1, 1), fix(1, 2), fix(1, 3)}
	for i := range events {
		events[i].Time = morning
	}
	write(t, s, 1, events...)
	s.wantStored(t, events)
}

// Waits double up to a bound, of which half is chance; a person's matter waits
// its pause; what the server asks for is obeyed.
func TestInfluxWaits(t *testing.T) {
	s := newSink(t, confirm)
	down := errors.New("connection refused")
	for attempt, most := range map[int]float64{0: 0.1, 1: 0.2, 4: 1.6, 9: 30, 1000: 30} {
		if class, wait := s.InfluxPause(down, attempt); class != "network" || wait < most/2 || wait > most {
			t.Errorf("attempt %d: %s, %v s, want %v to %v", attempt, class, wait, most/2, most)
		}
	}
}
