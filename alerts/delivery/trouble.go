package delivery

import (
	"context"
	"slices"
	"sync"

	"correctiond/alerts/notice"
	"correctiond/roster"
)

// broken is after how many failures in a row operations are told of a channel.
const broken = 5

// trouble counts the failures of a channel since it last delivered.
type trouble struct {
	mu    sync.Mutex
	inRow int
	told  bool
}

// failed counts a failure and tells whether it is time to say so.
func (t *trouble) failed() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.inRow++
	tell := t.inRow >= broken && !t.told
	t.told = t.told || tell
	return tell
}

// delivered ends the trouble and tells whether there was some to speak of.
func (t *trouble) delivered() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	was := t.told
	t.inRow, t.told = 0, false
	return was
}

// untold has the next failure tell again.
func (t *trouble) untold() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.told = false
}

func (t *trouble) broken() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.told
}

// count keeps the account of the channel and raises the alarm about it.
func (l *lane) count(ctx context.Context, p *notice.Parcel, failure *notice.SendError, now roster.Instant) {
	log := l.w.Log.With("channel", p.Channel)
	if failure == nil {
		if l.delivered() {
			log.Info("channel delivers again")
			l.w.Metrics.broken(l.label(), false)
		}
		return
	}
	log.Warn("letter is not delivered", "alert", p.Notices[0].Alert, "try", p.Notices[0].Tries, "result", failure.Failing.String(), "answer", failure.Error())
	if !l.failed() {
		return
	}
	log.Error("channel does not deliver", "failures", broken)
	l.w.Metrics.broken(l.label(), true)
	if err := l.w.alarm(ctx, p, now); err != nil && ctx.Err() == nil {
		log.Error("operations are not told of the channel", "err", err)
		l.untold()
	}
}

// alarm tells operations through another channel, if there is one.
func (w *Worker) alarm(ctx context.Context, p *notice.Parcel, now roster.Instant) error {
	to := w.operator(p.Channel)
	if to == nil || w.Alarms == nil {
		w.Log.Error("nobody can be told of a channel that does not deliver: no other channel for operations", "channel", p.Channel)
		return nil
	}
	about := &p.Notices[0].Notice
	n := notice.Notice{
		// A step below zero is none of the chain; it differs from outage to outage.
		Alert: about.Alert, District: about.District, Step: -int(now / roster.Second), Why: notice.ToOperate,
		Channel: to.Channel, Officer: to.Officer, Due: now, Message: about.Message,
	}
	n.Message.Why, n.Message.At, n.Message.Name = notice.ToOperate, now/roster.Minute*roster.Minute, ""
	n.Message.Kind = "通知渠道 " + p.Channel + " 无法送达"
	if w.Lang == "en" {
		n.Message.Kind = "channel " + p.Channel + " does not deliver"
	}
	if err := w.Alarms.Tell(context.WithoutCancel(ctx), n, now); err != nil {
		return err
	}
	w.Wake()
	return nil
}

// operator is who is told of a broken channel: rather through one that works.
func (w *Worker) operator(channel string) *Recipient {
	var last *Recipient
	for i := range w.Operators {
		to := &w.Operators[i]
		if to.Channel == channel || w.Channels[to.Channel] == nil {
			continue
		}
		if !w.isBroken(to.Channel) {
			return to
		}
		last = to
	}
	return last
}

func (w *Worker) isBroken(channel string) bool {
	return slices.ContainsFunc(w.lanes, func(l *lane) bool { return l.claim.Channel == channel && l.trouble.broken() })
}
