package web

import (
	"net"
	"net/http"
	"net/netip"
	"sync"
	"time"
)

// Bounds of sign-in: so many failures of one address within the span, and so
// many addresses remembered.
const (
	maxFailures  = 10
	failureSpan  = 5 * time.Minute
	maxAddresses = 10_000
)

// limiter counts failed sign-ins per address. Its memory is bounded: when it is
// full of fresh failures, new addresses are refused until the span is over.
type limiter struct {
	mu   sync.Mutex
	seen map[netip.Prefix]failures
}

type failures struct {
	count int
	until time.Time
}

// wait answers how long the address has to wait; 0 when it may try.
func (l *limiter) wait(from netip.Prefix, now time.Time) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	f, known := l.seen[from]
	switch {
	case known && now.After(f.until):
		delete(l.seen, from)
	case known && f.count >= maxFailures:
		return f.until.Sub(now)
	case !known && len(l.seen) >= maxAddresses:
		return l.sweep(now)
	}
	return 0
}

// failed notes a failure.
func (l *limiter) failed(from netip.Prefix, now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.seen == nil {
		l.seen = map[netip.Prefix]failures{}
	}
	f, known := l.seen[from]
	if !known {
		f.until = now.Add(failureSpan)
	}
	f.count++
	l.seen[from] = f
}

// sweep forgets what is over and answers how long to wait if that was nothing.
func (l *limiter) sweep(now time.Time) time.Duration {
	for a, f := range l.seen {
		if now.After(f.until) {
			delete(l.seen, a)
		}
	}
	if len(l.seen) >= maxAddresses {
		return failureSpan
	}
	return 0
}

// address of the peer: one IPv4 address, or the /64 an IPv6 host commands.
func address(r *http.Request) netip.Prefix {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return netip.Prefix{}
	}
	ip, err := netip.ParseAddr(host)
	if err != nil {
		return netip.Prefix{}
	}
	ip = ip.Unmap().WithZone("")
	bits := 32
	if ip.Is6() {
		bits = 64
	}
	p, err := ip.Prefix(bits)
	if err != nil {
		return netip.Prefix{}
	}
	return p
}
