package tracks_test

import (
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"correctiond/store/tracks"
)

// TestInfluxLosesNothing gives the sink the loads with which the InfluxDB client
// loses events when it is left to batch and retry by itself (A to D; it is used
// as in E), and the faults of a server and of what stands before it. Whatever
// happens, every event is stored once or a dead letter.
func TestInfluxLosesNothing(t *testing.T) {
	unavailable := func(w http.ResponseWriter) verdict { return refuse(w, http.StatusServiceUnavailable, "down") }
	for name, c := range map[string]struct {
		events  int
		reply   func(http.ResponseWriter, *http.Request, int, []string) verdict
		retries map[string]int
		least   time.Duration
		most    time.Duration
	}{
		"A: the first five batches answered 422": {
			events: 10_000, reply: first(5, http.StatusUnprocessableEntity, "partial write: points dropped"),
			retries: map[string]int{"rejected": 5},
		},
		"B: the first five batches answered 400": {
			events: 10_000, reply: first(5, http.StatusBadRequest, "unable to parse"), retries: map[string]int{"rejected": 5},
		},
		"C: two seconds of 503": {
			events: 200_040, reply: downFor(2*time.Second, unavailable), least: 2 * time.Second, most: 6 * time.Second,
		},
		"D: the first write answered 503": {
			events: 5000, reply: first(1, http.StatusServiceUnavailable, ""), retries: map[string]int{"server": 1}, most: time.Second,
		},
		"E: every write confirmed": {events: 5000, reply: confirm, retries: map[string]int{}, most: time.Millisecond},
		"down for an hour":         {events: 5000, reply: downFor(time.Hour, unavailable), least: time.Hour, most: time.Hour + time.Minute},
		"401 for ten minutes": {
			events: 5000, reply: downFor(10*time.Minute, func(w http.ResponseWriter) verdict {
				return refuse(w, http.StatusUnauthorized, "unauthorized access")
			}),
			least: 10 * time.Minute, most: 11 * time.Minute,
		},
		"a proxy answers everything with 400": {
			events: 5000, reply: downFor(10*time.Minute, func(w http.ResponseWriter) verdict {
				return refuse(w, http.StatusBadRequest, "malformed")
			}),
			least: 10 * time.Minute, most: 11 * time.Minute,
		},
		"a portal answers 200 with a page": {
			events: 5000, reply: first(3, http.StatusOK, "<html>"), retries: map[string]int{"refused": 3},
		},
		"redirected": {events: 5000, reply: first(1, http.StatusMovedPermanently, ""), retries: map[string]int{"refused": 1}},
		"too many series for the server": {
			events: 5000, reply: first(2, http.StatusBadRequest, "partial write: max-values-per-tag limit exceeded (100000/100000)"),
			retries: map[string]int{"refused": 2},
		},
		"429 asks for a minute": {
			events: 5000, reply: func(w http.ResponseWriter, _ *http.Request, n int, _ []string) verdict {
				if n == 1 {
					w.Header().Set("Retry-After", "60")
					return refuse(w, http.StatusTooManyRequests, "")
				}
				return verdict{store: true}
			},
			retries: map[string]int{"busy": 1}, least: time.Minute, most: 67 * time.Second,
		},
		"slow: stores, answers after 50 s": {
			events: 2000, reply: func(_ http.ResponseWriter, r *http.Request, _ int, _ []string) verdict {
				select {
				case <-r.Context().Done():
				case <-time.After(50 * time.Second):
				}
				return verdict{store: true}
			},
			// 20 s and 40 s are too short, then each write takes its 50 s.
			retries: map[string]int{"network": 4}, least: 220 * time.Second, most: 225 * time.Second,
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s, events, began := newSink(t, c.reply), fixes(c.events), time.Now()
				write(t, s, 1, events...)
				took := time.Since(began)
				s.wantStored(t, events)
				if len(s.refused) != 0 {
					t.Errorf("%d dead letters", len(s.refused))
				}
				if c.most > 0 && (took < c.least || took > c.most) {
					t.Errorf("took %v, want %v to %v", took, c.least, c.most)
				}
				wantRetries(t, s.retries, c.retries)
				if st := s.Status(); st != (tracks.SinkStatus{}) {
					t.Errorf("status %+v", st)
				}
			})
		})
	}
}

func wantRetries(t *testing.T, got, want map[string]int) {
	t.Helper()
	if want == nil {
		return
	}
	for class := range want {
		if got[class] != want[class] {
			t.Errorf("retries %v, want %v", got, want)
		}
	}
	if len(got) != len(want) {
		t.Errorf("retries %v, want %v", got, want)
	}
}

// first answers the first n writes with a status and confirms the rest.
func first(n, status int, message string) func(http.ResponseWriter, *http.Request, int, []string) verdict {
	return func(w http.ResponseWriter, _ *http.Request, nth int, _ []string) verdict {
		if nth <= n {
			return refuse(w, status, message)
		}
		return verdict{store: true}
	}
}
