package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"sync/atomic"
	"time"
)

// soak is a mixed load with disturbances, and what is watched meanwhile.
type soak struct {
	stage  *stage
	daemon *daemon
	proxy  *httptest.Server // before InfluxDB; slow when it is told to
	delay  atomic.Int64     // ns that it adds to a request

	sent, reads, failed, closed atomic.Int64
	lastFailure                 atomic.Pointer[error]
}

// measureSoak keeps the load, disturbs, and prints a row a minute and a verdict.
// From a fifth to two fifths of the time the sink takes 2 s for an answer; in the
// middle the broker is restarted.
func measureSoak(ctx context.Context, o options) error {
	s, err := newSoak(ctx, o)
	if err != nil {
		return err
	}
	defer s.close()
	pages := s.pages()
	c, err := s.stage.client("load")
	if err != nil {
		return err
	}
	defer c.Disconnect(250)
	loading, cancel := context.WithTimeout(ctx, o.soak)
	defer cancel()
	go s.press(loading, c)
	go s.read(loading, pages)
	go s.work(loading)
	disturbed := make(chan error, 1)
	go func() { disturbed <- s.disturb(ctx, o.soak) }()
	rows, err := s.watch(loading)
	if err != nil || ctx.Err() != nil {
		return errors.Join(err, ctx.Err())
	}
	return errors.Join(<-disturbed, s.settle(ctx), verdict(rows))
}

func newSoak(ctx context.Context, o options) (*soak, error) {
	stage, err := newStage(ctx, o)
	if err != nil {
		return nil, err
	}
	s := &soak{stage: stage}
	if s.daemon, err = newDaemon(ctx, stage); err == nil && stage.influx != nil {
		err = s.between()
	}
	if err == nil {
		_, err = s.daemon.run(ctx)
	}
	if err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

// between puts the proxy between the daemon and InfluxDB.
func (s *soak) between() error {
	u, err := url.Parse(s.stage.influx.url)
	if err != nil {
		return err
	}
	forward := httputil.NewSingleHostReverseProxy(u)
	s.proxy = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		select {
		case <-time.After(time.Duration(s.delay.Load())):
		case <-r.Context().Done():
		}
		forward.ServeHTTP(w, r)
	}))
	s.daemon.sink = s.proxy.URL
	return nil
}

func (s *soak) close() {
	if s.daemon != nil {
		s.daemon.kill()
	}
	if s.proxy != nil {
		s.proxy.Close()
	}
	s.stage.close()
}

// disturb slows the sink and restarts the broker, each at its time.
func (s *soak) disturb(ctx context.Context, whole time.Duration) error {
	for _, step := range []struct {
		wait time.Duration
		what string
		do   func() error
	}{
		{whole / 5, "the sink takes 2 s for each answer", func() error { s.delay.Store(int64(2 * time.Second)); return nil }},
		{whole / 5, "the sink is quick again", func() error { s.delay.Store(0); return nil }},
		{whole / 10, "the broker is restarted", func() error { return errors.Join(s.stage.broker.stop(), s.stage.startBroker(ctx)) }},
	} {
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(step.wait):
		}
		fmt.Printf("-- %s\n", step.what)
		if err := step.do(); err != nil {
			return err
		}
	}
	return nil
}

// settle waits until what the broker still holds has come through, and checks the
// account of the whole run.
func (s *soak) settle(ctx context.Context) error {
	var all map[string]float64
	sum := func() (float64, float64) {
		const ingest = "correctiond_ingest_"
		settled := all[ingest+"accepted_total"] + all[ingest+"duplicate_total"] + total(all, ingest+"rejected_total")
		return all[ingest+"received_total"], settled
	}
	err := poll(ctx, time.Second, func() (done bool, err error) {
		all, err = s.daemon.counters()
		received, _ := sum()
		return received >= float64(s.sent.Load()) && total(all, "correctiond_journal_pending") == 0, err
	})
	received, settled := sum()
	fmt.Printf("account: %d published; %.0f received, %.0f accepted, rejected or duplicate; %.0f accepted, %.0f stored; %d pages read, %d alerts closed, %d not answered\n",
		s.sent.Load(), received, settled, all["correctiond_ingest_accepted_total"], all["correctiond_store_written_total"], s.reads.Load(), s.closed.Load(), s.failed.Load())
	if last := s.lastFailure.Load(); last != nil {
		fmt.Printf("last page not answered: %v\n", *last)
	}
	if received != settled || all["correctiond_ingest_accepted_total"] != all["correctiond_store_written_total"] {
		err = errors.Join(err, errors.New("the account does not balance"))
	}
	return err
}
