package web_test

import (
	"context"
	"fmt"

	"correctiond/web"
)

var _ web.Provider = (*world)(nil)

// vouched is what the provider of the world does next.
type vouched struct {
	id     web.Identity
	err    error
	errand web.Errand // of the last sign-in
	codes  []string   // that were to be exchanged
	begun  int
}

// BeginOutside leads to the provider.
func (w *world) BeginOutside(context.Context) (string, web.Errand, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.vouched.err != nil {
		return "", web.Errand{}, w.vouched.err
	}
	w.vouched.begun++
	n := w.vouched.begun
	w.vouched.errand = web.Errand{State: fmt.Sprintf("state-%d", n), Nonce: fmt.Sprintf("nonce-%d", n), Verifier: fmt.Sprintf("verifier-%d", n)}
	return "https://id.example/authorize?state=" + w.vouched.errand.State, w.vouched.errand, nil
}

// SignInOutside opens a session for whom it vouches.
func (w *world) SignInOutside(_ context.Context, e web.Errand, code string) (string, web.Identity, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.vouched.codes = append(w.vouched.codes, code+" "+e.Nonce+" "+e.Verifier)
	if w.vouched.err != nil {
		return "", web.Identity{}, w.vouched.err
	}
	return w.open(&member{id: w.vouched.id}), w.vouched.id, nil
}
