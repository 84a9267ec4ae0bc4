package delivery

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"correctiond/alerts/notice"
	"correctiond/roster"
)

// deliver sends one letter and writes down how that ended.
func (l *lane) deliver(ctx context.Context, p *notice.Parcel, began time.Time) {
	sending, done := l.sending(ctx, began)
	defer done()
	receipt, err := l.send(sending, p)
	if err != nil && ctx.Err() != nil {
		return // cut off: the next start sends it again as it was
	}
	now := roster.InstantOf(time.Now())
	failure := explained(err)
	ending := judge(p, failure, now, rand.Float64())
	ending.Receipt = answered(receipt, failure)
	l.w.Metrics.attempt(l.label(), ending.Result)
	l.count(ctx, p, failure, now)
	l.skip(ctx, p, &ending)
	l.finish(ctx, p, &ending)
}

// sending bounds a send by the time since the claim, so that a process which was
// frozen in between sends nothing that another one may have taken over. The end
// of ctx leaves it a short grace.
func (l *lane) sending(ctx context.Context, began time.Time) (context.Context, func()) {
	sending, cancel := context.WithDeadline(context.WithoutCancel(ctx), began.Add(sendTime))
	stop := context.AfterFunc(ctx, func() {
		t := time.NewTimer(grace)
		defer t.Stop()
		select {
		case <-t.C:
			cancel()
		case <-sending.Done():
		}
	})
	return sending, func() { stop(); cancel() }
}

// send addresses the letter and hands it to its channel.
func (l *lane) send(ctx context.Context, p *notice.Parcel) (notice.Receipt, error) {
	to := l.w.Channels[p.Channel]
	if to == nil {
		return notice.Receipt{}, refused("no such channel", fmt.Sprintf("channel %q is not configured", p.Channel))
	}
	letter := p.Letter()
	letter.Lang, letter.Zone = l.w.Lang, l.w.Zone
	if p.Officer != "" {
		var err error
		if letter.To, err = l.w.Addresses.Address(ctx, p.District, p.Officer, p.Channel); err != nil {
			return notice.Receipt{}, fmt.Errorf("find address: %w", err)
		}
		if letter.To == "" {
			return notice.Receipt{}, refused("no address", fmt.Sprintf("%s has no address in channel %q", p.Officer, p.Channel))
		}
	}
	if err := ctx.Err(); err != nil {
		return notice.Receipt{}, err
	}
	return to.Send(ctx, letter)
}

func refused(code, detail string) error {
	return &notice.SendError{Failing: notice.Refused, Code: code, Detail: detail}
}

// explained makes every error one of sending; what a channel does not explain
// may pass.
func explained(err error) *notice.SendError {
	if err == nil {
		return nil
	}
	if known, ok := errors.AsType[*notice.SendError](err); ok {
		return known
	}
	return &notice.SendError{Code: "error", Detail: err.Error()}
}

// judge decides what becomes of the notices. They share what is random: what
// travelled together comes due together.
func judge(p *notice.Parcel, failure *notice.SendError, now roster.Instant, random float64) notice.Ending {
	e := notice.Ending{At: now, Result: notice.DeliveredResult, Fates: make([]notice.Fate, len(p.Notices))}
	if failure != nil {
		e.Result = failure.Failing.String()
	}
	for i := range p.Notices {
		n := &p.Notices[i]
		e.Fates[i] = notice.Fate{State: notice.Sent}
		if failure != nil {
			e.Fates[i] = after(try{n: n.Tries, first: n.First, ended: now, why: failure}, random)
		}
	}
	if failure != nil && failure.Failing == notice.Limited {
		for _, f := range e.Fates {
			e.Hold = max(e.Hold, f.Due)
		}
	}
	return e
}

// answered is what is kept of the answer.
func answered(r notice.Receipt, failure *notice.SendError) notice.Receipt {
	if failure != nil {
		r.Answer = failure.Error()
	}
	return notice.Receipt{Request: shortened(r.Request), Answer: shortened(r.Answer)}
}

func shortened(text string) string {
	const most = 300
	if runes := []rune(text); len(runes) > most {
		return string(runes[:most]) + "…"
	}
	return text
}

// skip has the next step run at once where asking somebody has failed. That is
// done before the failure is written down: in between it would be forgotten.
func (l *lane) skip(ctx context.Context, p *notice.Parcel, e *notice.Ending) {
	ctx = context.WithoutCancel(ctx)
	for i := range p.Notices {
		n := &p.Notices[i]
		if e.Fates[i].State != notice.Failed {
			continue
		}
		l.w.Metrics.failed(l.label())
		l.w.Log.Error("notice is not delivered", "alert", n.Alert, "step", n.Step, "channel", p.Channel, "tries", n.Tries, "answer", e.Answer)
		if !n.Why.Stops() || l.w.Steps == nil {
			continue
		}
		if err := l.w.Steps.Failed(ctx, n.District, n.Alert, n.Step); err != nil {
			l.w.Log.Error("next step is not begun yet", "alert", n.Alert, "err", err)
			e.Fates[i] = notice.Fate{State: notice.Pending, Due: e.At + backoff(n.Tries, 0)}
		}
	}
}

// finish writes down the end of the attempt, until that succeeds. When the worker
// is stopped it is tried once more; then the letter is sent again.
func (l *lane) finish(ctx context.Context, p *notice.Parcel, e *notice.Ending) {
	for wait := look; ; wait = min(2*wait, 30*time.Second) {
		last := ctx.Err() != nil
		writing, cancel := context.WithTimeout(context.WithoutCancel(ctx), grace)
		err := l.w.Queue.FinishParcel(writing, *p, *e)
		cancel()
		if err == nil {
			return
		}
		l.w.Log.Error("end of an attempt is not stored yet", "channel", p.Channel, "alert", p.Notices[0].Alert, "err", err)
		if last {
			return
		}
		t := time.NewTimer(wait)
		select {
		case <-ctx.Done():
		case <-t.C:
		}
		t.Stop()
	}
}
