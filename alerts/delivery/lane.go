package delivery

import (
	"context"
	"sync"
	"time"

	"correctiond/alerts/notice"
	"correctiond/roster"
)

// lane sends the letters of one channel, or refuses those of unknown ones.
type lane struct {
	w     *Worker
	claim notice.Claim
	wake  chan struct{}
	slots chan struct{}
	trouble
}

func newLane(w *Worker, claim notice.Claim) *lane {
	return &lane{w: w, claim: claim, wake: make(chan struct{}, 1), slots: make(chan struct{}, parallel)}
}

// label names the lane in metrics.
func (l *lane) label() string {
	if l.claim.Channel == "" {
		return "unknown"
	}
	return l.claim.Channel
}

func (l *lane) nudge() {
	select {
	case l.wake <- struct{}{}:
	default: // it is awake already
	}
}

// run takes letters as long as there are some and slots are free.
func (l *lane) run(ctx context.Context) {
	var sending sync.WaitGroup
	defer sending.Wait()
	for l.slot(ctx) {
		began := time.Now()
		p, err := l.take(ctx, began)
		if err == nil && len(p.Notices) > 0 {
			sending.Go(func() {
				defer l.free()
				l.deliver(ctx, &p, began)
			})
			continue
		}
		<-l.slots
		if err != nil && ctx.Err() == nil {
			l.w.Log.Error("notices are not read yet", "channel", l.label(), "err", err)
		}
		if !l.rest(ctx, look) {
			return
		}
	}
}

// slot waits for a free one; false: ctx has ended.
func (l *lane) slot(ctx context.Context) bool {
	if ctx.Err() != nil {
		return false
	}
	select {
	case l.slots <- struct{}{}:
		return true
	case <-ctx.Done():
		return false
	}
}

// free gives a slot back. The recipient may get the next letter now.
func (l *lane) free() {
	<-l.slots
	l.nudge()
}

// rest waits until it is time to look again; false: ctx has ended.
func (l *lane) rest(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-l.wake:
	case <-t.C:
	}
	return true
}

func (l *lane) take(ctx context.Context, now time.Time) (notice.Parcel, error) {
	c := l.claim
	c.At = roster.InstantOf(now)
	c.Until = c.At + roster.Length(claimTime)
	return l.w.Queue.TakeParcel(ctx, c)
}
