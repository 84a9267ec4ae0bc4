package tracks

import (
	"sync"
	"time"
)

// SinkStatus is how a sink fares. Class is empty while it takes writes, else a
// class of SinkObserver with the error and the time since which it lasts.
type SinkStatus struct {
	Class string
	Error string
	Since time.Time
	// Person: it will not recover before somebody does something.
	Person bool
}

type health struct {
	mu  sync.Mutex
	now SinkStatus
}

// Status tells whether the server takes writes.
func (x *Influx) Status() SinkStatus {
	x.health.mu.Lock()
	defer x.health.mu.Unlock()
	return x.health.now
}

// report remembers a failure and logs it when it is news.
func (x *Influx) report(f failure) {
	h := &x.health
	h.mu.Lock()
	news := h.now.Class != f.class
	if h.now.Class == "" {
		h.now.Since = time.Now()
	}
	h.now.Class, h.now.Person, h.now.Error = f.class, f.person, f.err.Error()
	if f.class == rejected || f.class == tooLarge || f.class == refusing {
		h.now.Error = "the server refuses what it is sent"
	}
	status := h.now
	h.mu.Unlock()
	if !news {
		return
	}
	log := x.cfg.Log.Warn
	if f.person {
		log = x.cfg.Log.Error
	}
	log("track history is not written yet", "class", status.Class, "err", status.Error)
}

// recovered remembers a success.
func (x *Influx) recovered() {
	h := &x.health
	h.mu.Lock()
	before := h.now
	h.now = SinkStatus{}
	h.mu.Unlock()
	if before.Class != "" {
		x.cfg.Log.Info("track history is written again", "class", before.Class, "after", time.Since(before.Since).Round(time.Second))
	}
}
