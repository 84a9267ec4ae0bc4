package main

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"correctiond/store"
	"correctiond/store/entries"
)

// contacts enters contacts until ctx ends, several at once, and counts those that the
// daemon has confirmed.
func (w *world) contacts(ctx context.Context) (confirmed int) {
	var mu sync.Mutex
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for ctx.Err() == nil {
				body := strings.NewReader(`{"subject":"S0001","way":"call","result":"reached"}`)
				req, err := http.NewRequestWithContext(ctx, http.MethodPost, w.api.base+"/api/v1/contacts", body)
				if err != nil {
					return
				}
				req.Header.Set("Authorization", "Bearer "+w.api.token)
				req.Header.Set("Content-Type", "application/json")
				resp, err := w.api.http.Do(req)
				if err != nil {
					wait(ctx, time.Millisecond)
					continue
				}
				resp.Body.Close()
				if resp.StatusCode == http.StatusCreated {
					mu.Lock()
					confirmed++
					mu.Unlock()
				}
			}
		})
	}
	all.Wait()
	return confirmed
}

// An entry of a register and its act are both there or both missing, wherever kill -9
// ends the daemon between them.
func TestLiveEntriesGoWithTheirActsThroughKills(t *testing.T) {
	w := newWorld(t)
	w.importRoster(rosterOf(t, person{subject: "S0001", device: "W1"}))
	w.signIn("--role", "officer", "--office", "O1", "--name", "F1")
	confirmed := 0
	for _, lives := range []time.Duration{100, 230, 370, 510} {
		d := w.serve()
		ctx, cancel := context.WithCancel(t.Context())
		sum := make(chan int)
		go func() { sum <- w.contacts(ctx) }()
		wait(t.Context(), lives*time.Millisecond)
		d.kill()
		cancel()
		confirmed += <-sum
	}
	d := w.serve()
	w.answers("POST", "contacts", `{"subject":"S0001","way":"call","result":"reached"}`, http.StatusCreated)
	w.answers("POST", "contacts", `{"subject":"S0001","way":"call","result":"reached","with":""}`, http.StatusCreated)
	confirmed += 2
	if code, _ := d.stop(15 * time.Second); code != 0 {
		t.Errorf("exit %d", code)
	}
	w.withState(func(st *store.State) {
		list, err := st.RegisterRecords(t.Context(), entries.Filter{District: "D1", Register: "contacts", Limit: 1 << 20})
		if err != nil {
			t.Fatal(err)
		}
		done := map[string]int{}
		for r, err := range st.Audit(t.Context(), 0) {
			if err != nil {
				t.Fatal(err)
			}
			done[r.Action]++
		}
		rows := len(list)
		if rows < confirmed || rows != done["subject.contact"] || rows != done["register.contacts"] {
			t.Errorf("%d rows, %d confirmed, audit %v", rows, confirmed, done)
		}
		untold, err := st.Untold(t.Context(), "D1")
		if err != nil || len(untold) > 0 {
			t.Errorf("left over: %+v %v", untold, err)
		}
		t.Logf("%d rows, %d confirmed", rows, confirmed)
	})
}
