// Package delivery sends the notices that stand in the state database. Who is
// told, when and of what is decided before; here is only how often it is tried,
// and what travels together.
//
// Nothing is remembered in memory that could be lost: a worker claims a letter,
// writes down that an attempt begins, sends, and writes down how it ended. A
// process that dies in between leaves an attempt without an end, and the letter
// is sent again as it was, under the same key. Each channel has its own turn: one
// that hangs keeps no other waiting.
package delivery

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"time"

	"correctiond/alerts/notice"
	"correctiond/roster"
)

// Bounds of sending.
const (
	look     = time.Second      // how often the queue is asked when nobody wakes it
	sendTime = 15 * time.Second // one letter, all in all
	// claimTime outlives a send: who loses a claim has given up before.
	claimTime = time.Minute
	// grace is what letters that are being sent have left when the worker is stopped.
	grace = 5 * time.Second
	// parallel letters of one channel, each for another recipient.
	parallel = 4
)

// Queue holds what is to be sent, durably. Other processes may use the same.
type Queue interface {
	TakeParcel(ctx context.Context, c notice.Claim) (notice.Parcel, error)
	FinishParcel(ctx context.Context, p notice.Parcel, e notice.Ending) error
	ReleaseParcels(ctx context.Context, worker string) error
}

// Notifier delivers letters through one channel; its errors are
// *alerts.SendError. It returns soon after ctx ends.
type Notifier interface {
	Send(ctx context.Context, l notice.Letter) (notice.Receipt, error)
}

// Addresses knows where an officer is reached in a channel; "" when nowhere.
type Addresses interface {
	Address(ctx context.Context, d roster.DistrictID, o roster.OfficerID, channel string) (string, error)
}

// Steps hears that a notice which asks somebody to act has failed for good, so
// that the next step of the alert runs at once. It may hear so of one step more
// than once, and is asked again when it answers an error.
type Steps interface {
	Failed(ctx context.Context, d roster.DistrictID, alert string, step int) error
}

// Alarms puts a notice into the queue that no step of an alert asked for.
type Alarms interface {
	Tell(ctx context.Context, n notice.Notice, at roster.Instant) error
}

// Recipient is an officer in a channel, or the group behind it.
type Recipient struct {
	Channel string
	Officer roster.OfficerID
}

// Config is what a worker works with.
type Config struct {
	// Name tells the processes of one queue apart. It stays over restarts.
	Name      string
	Queue     Queue
	Channels  map[string]Notifier // by the names that notices carry
	Addresses Addresses
	Steps     Steps  // nil: nobody listens
	Alarms    Alarms // nil: nobody is told of broken channels
	// Operators are told of channels that do not deliver; the first who is reached
	// through another one is.
	Operators []Recipient
	Lang      string         // of letters: "zh" or "en"
	Zone      *time.Location // of times in letters
	Metrics   *Metrics
	Log       *slog.Logger
}

// Worker sends what is due.
type Worker struct {
	Config
	lanes []*lane
}

// New makes a worker; Run starts it.
func New(c Config) *Worker {
	w := &Worker{Config: c}
	var names []string
	for name := range c.Channels {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		w.lanes = append(w.lanes, newLane(w, notice.Claim{Worker: c.Name, Channel: name}))
	}
	w.lanes = append(w.lanes, newLane(w, notice.Claim{Worker: c.Name, Except: names}))
	return w
}

// Wake says that notices were stored. It never waits.
func (w *Worker) Wake() {
	for _, l := range w.lanes {
		l.nudge()
	}
}

// Run sends until ctx ends, and then for a few seconds what it had begun.
func (w *Worker) Run(ctx context.Context) error {
	if err := w.Queue.ReleaseParcels(ctx, w.Name); err != nil && ctx.Err() == nil {
		w.Log.Warn("notices begun before the start wait until their claims end", "err", err)
	}
	var lanes sync.WaitGroup
	for _, l := range w.lanes {
		lanes.Go(func() { l.run(ctx) })
	}
	lanes.Wait()
	return nil
}
