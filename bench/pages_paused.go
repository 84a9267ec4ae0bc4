package main

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// paused lets the users wait between an answer and the next question, each time for
// another while around the pause: still faster than people read. All routes come in
// turns. What the users see is told by route, and what the daemon says it took.
func (t *town) paused(ctx context.Context, role string) error {
	all := t.chosen(ctx, role)
	o := &t.daemon.s.o
	t.first(role, all)
	before, err := t.served()
	if err != nil {
		return err
	}
	cpu, errBefore := t.daemon.cpu()
	ctx, cancel := context.WithTimeout(ctx, time.Duration(o.seconds*len(all))*time.Second)
	defer cancel()
	seen := make([]asked, len(all))
	var mu sync.Mutex
	turn := 0
	var users sync.WaitGroup
	for i := range concurrent {
		users.Go(func() {
			for wait(ctx, o.pause) {
				mu.Lock()
				at := turn % len(all)
				turn++
				mu.Unlock()
				one := asked{}
				t.one(&one, t.daemon.pages+all[at], t.token(role, i))
				mu.Lock()
				seen[at].add(&one)
				mu.Unlock()
			}
		})
	}
	users.Wait()
	after, errServed := t.served()
	now, errAfter := t.daemon.cpu()
	if err := errors.Join(errBefore, errServed, errAfter); err != nil {
		return err
	}
	sum := asked{role: role, path: "all of these, with pauses"}
	for at := range seen {
		seen[at].role, seen[at].path = role, all[at]
		seen[at].print()
		sum.add(&seen[at])
	}
	sum.cpu = float64((now - cpu).Microseconds()) / 1000 / float64(max(len(sum.ms), 1))
	sum.print()
	printServed(role, before, after)
	return nil
}

// first asks for everything once: what the daemon keeps for many readers is computed
// then, which the first of a day waits for.
func (t *town) first(role string, all []string) {
	a, slowest := asked{role: role}, 0
	for at, path := range all {
		t.one(&a, t.daemon.pages+path, t.token(role, 0))
		if a.ms[at] > a.ms[slowest] {
			slowest = at
		}
	}
	if len(all) > 0 {
		fmt.Printf("%-8s  each once: slowest %s %.0f ms\n", role, all[slowest], a.ms[slowest])
	}
}

// add takes what somebody else has seen.
func (a *asked) add(b *asked) {
	a.ms, a.failed, a.bytes = append(a.ms, b.ms...), a.failed+b.failed, max(a.bytes, b.bytes)
}

// wait is false when the time is over. Users begin and go on out of step.
func wait(ctx context.Context, pause time.Duration) bool {
	timer := time.NewTimer(pause/2 + rand.N(max(pause, 1)))
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}

// served is how long the daemon says that it took to answer, by route.
func (t *town) served() (map[string]*took, error) {
	body, err := get(t.daemon.metrics, "")
	if err != nil {
		return nil, err
	}
	all := map[string]*took{}
	for sc := bufio.NewScanner(bytes.NewReader(body)); sc.Scan(); {
		line := sc.Text()
		name, labels, ok := strings.Cut(line, `{route="`)
		route, rest, _ := strings.Cut(labels, `"`)
		value, err := strconv.ParseFloat(line[strings.LastIndexByte(line, ' ')+1:], 64)
		if !ok || err != nil || !strings.HasPrefix(name, "correctiond_web_request_seconds_") {
			continue
		}
		if all[route] == nil {
			all[route] = &took{within: map[float64]float64{}}
		}
		switch strings.TrimPrefix(name, "correctiond_web_request_seconds_") {
		case "sum":
			all[route].seconds = value
		case "count":
			all[route].n = value
		case "bucket":
			_, rest, _ = strings.Cut(rest, `le="`)
			le, _, _ := strings.Cut(rest, `"`)
			if bound, err := strconv.ParseFloat(le, 64); err == nil {
				all[route].within[bound] = value
			}
		}
	}
	return all, nil
}

// took is a histogram of the daemon: how many answers within each bound.
type took struct {
	n, seconds float64
	within     map[float64]float64
}

// less is what has come since an earlier one, nil being none.
func (h *took) less(b *took) *took {
	out := &took{n: h.n, seconds: h.seconds, within: map[float64]float64{}}
	if b == nil {
		b = &took{}
	}
	out.n, out.seconds = h.n-b.n, h.seconds-b.seconds
	for bound, n := range h.within {
		out.within[bound] = n - b.within[bound]
	}
	return out
}

func (h *took) add(b *took) {
	h.n, h.seconds = h.n+b.n, h.seconds+b.seconds
	for bound, n := range b.within {
		h.within[bound] += n
	}
}

// bound is the least of the daemon's bounds that a part of the answers kept to.
func (h *took) bound(part float64) float64 {
	bounds := make([]float64, 0, len(h.within))
	for b := range h.within {
		bounds = append(bounds, b)
	}
	slices.Sort(bounds)
	for _, b := range bounds {
		if h.within[b] >= part*h.n {
			return b
		}
	}
	return 0
}

// printServed prints the routes, the slowest first, and all of them together.
func printServed(role string, before, after map[string]*took) {
	type line struct {
		route string
		*took
	}
	sum := &took{within: map[float64]float64{}}
	var lines []line
	for route, h := range after {
		if since := h.less(before[route]); since.n > 0 {
			lines = append(lines, line{route, since})
			sum.add(since)
		}
	}
	slices.SortFunc(lines, func(a, b line) int { return cmp.Compare(b.seconds/b.n, a.seconds/a.n) })
	for _, l := range append(lines, line{"all of these", sum}) {
		fmt.Printf("%-8s  %-40s daemon: mean %6.1f ms, 99 %% within %5.0f ms, %5.0f answers\n", role, l.route, l.seconds/l.n*1000, l.bound(0.99)*1000, l.n)
	}
}
