package main

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"
)

// The daemon's own times are those since the measure began, of each route.
func TestServedReadsTheDaemonsHistogram(t *testing.T) {
	text := `correctiond_web_requests_total{route="GET /{$}",status="2xx"} 7
correctiond_web_request_seconds_bucket{route="GET /{$}",le="0.064"} 98
correctiond_web_request_seconds_bucket{route="GET /{$}",le="0.256"} 100
correctiond_web_request_seconds_bucket{route="GET /{$}",le="+Inf"} 101
correctiond_web_request_seconds_sum{route="GET /{$}"} 2.5
correctiond_web_request_seconds_count{route="GET /{$}"} 101
`
	site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(text)) }))
	defer site.Close()
	town := &town{daemon: &daemon{metrics: site.URL}}
	after, err := town.served()
	if err != nil || len(after) != 1 {
		t.Fatal(after, err)
	}
	h := after["GET /{$}"]
	if h.bound(0.97) != 0.064 || h.bound(0.99) != 0.256 {
		t.Errorf("within %v and %v", h.bound(0.97), h.bound(0.99))
	}
	before := &took{n: 1, seconds: 0.5, within: map[float64]float64{0.064: 0, 0.256: 0}}
	if since := h.less(before); since.n != 100 || since.seconds != 2 || since.bound(1) != 0.256 {
		t.Errorf("since: %+v", since)
	}
	if all := h.less(nil); all.n != 101 {
		t.Errorf("of a new route: %+v", all)
	}
}

func TestAUserWhoseTimeIsOverDoesNotWait(t *testing.T) {
	if ctx := t.Context(); !wait(ctx, time.Millisecond) {
		t.Error("a pause ends the time")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if wait(ctx, time.Hour) {
		t.Error("goes on when the time is over")
	}
}
