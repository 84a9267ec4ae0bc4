package main

import (
	"context"
	"crypto/rand"
	"sync"

	"correctiond/alerts"
)

// waiters lets a request wait until its act, on its way through the journal,
// has been applied and stored.
type waiters struct {
	mu sync.Mutex
	by map[string]chan result
}

// result is what became of an act.
type result struct {
	token string
	alert alerts.Alert
	err   error
}

func newWaiters() *waiters { return &waiters{by: map[string]chan result{}} }

// expect registers a new token; forget must be called.
func (w *waiters) expect() (token string, answer <-chan result) {
	token = rand.Text()
	ch := make(chan result, 1)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.by[token] = ch
	return token, ch
}

func (w *waiters) forget(token string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.by, token)
}

// deliver answers those who still wait; it never blocks.
func (w *waiters) deliver(results []result) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, r := range results {
		if ch, ok := w.by[r.token]; ok {
			ch <- r
			delete(w.by, r.token)
		}
	}
}

func await(ctx context.Context, answer <-chan result) (alerts.Alert, error) {
	select {
	case r := <-answer:
		return r.alert, r.err
	case <-ctx.Done():
		return alerts.Alert{}, ctx.Err()
	}
}
