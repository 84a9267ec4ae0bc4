package notice

import (
	"fmt"
	"slices"
	"sync"
	"time"
)

// Pace keeps sending below a receiver's limit, where going beyond it blocks the
// channel for long, or makes messages vanish without an error.
type Pace struct {
	most int
	span time.Duration
	mu   sync.Mutex
	sent map[string][]time.Time // within the span, oldest first
}

// NewPace allows at most so many letters within any span, for each recipient.
func NewPace(most int, span time.Duration) *Pace {
	return &Pace{most: most, span: span, sent: map[string][]time.Time{}}
}

// Book counts a letter to a recipient at an instant, or says that it comes too
// early, in which case nothing is counted and nothing must be sent.
func (p *Pace) Book(to string, now time.Time) *SendError {
	p.mu.Lock()
	defer p.mu.Unlock()
	for key, times := range p.sent {
		times = slices.DeleteFunc(times, func(t time.Time) bool { return now.Sub(t) >= p.span })
		if p.sent[key] = times; len(times) == 0 {
			delete(p.sent, key)
		}
	}
	times := p.sent[to]
	if len(times) < p.most {
		p.sent[to] = append(times, now)
		return nil
	}
	return &SendError{
		Failing: Limited, After: times[0].Add(p.span).Sub(now), Code: "pace",
		Detail: fmt.Sprintf("held back: the receiver takes %d messages in %s", p.most, p.span),
	}
}
