package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

// group runs the long-lived parts of a process. The first to return ends all;
// wait returns when every one has.
type group struct {
	ctx    context.Context
	cancel context.CancelFunc
	wg     sync.WaitGroup

	mu  sync.Mutex
	err error
}

func newGroup(ctx context.Context) *group {
	ctx, cancel := context.WithCancel(ctx)
	return &group{ctx: ctx, cancel: cancel}
}

// add starts a part. Its error names it, and so does its end before the group's.
func (g *group) add(name string, run func(context.Context) error) {
	g.wg.Go(func() {
		err := run(g.ctx)
		if err != nil && !errors.Is(err, context.Canceled) {
			g.fail(fmt.Errorf("%s: %w", name, err))
		}
		g.cancel()
	})
}

func (g *group) fail(err error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.err == nil {
		g.err = err
	}
}

// wait returns the first error, nil after an orderly end.
func (g *group) wait() error {
	g.wg.Wait()
	g.cancel()
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.err
}

// repeat calls do every interval until ctx ends.
func repeat(ctx context.Context, interval time.Duration, do func()) error {
	t := time.NewTicker(interval)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-t.C:
			do()
		}
	}
}
