package main

import (
	"context"
	"errors"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"correctiond/store/audit"
	"correctiond/web"
)

// How the audit chain is watched: new records every minute, all of them at the
// start and once a day, in pieces with pauses, so that others read, too.
const (
	auditLook  = time.Minute
	auditWhole = 24 * time.Hour
	auditPiece = 5_000
	auditPause = 50 * time.Millisecond
)

// auditWatch verifies the audit chain as it grows.
type auditWatch struct {
	d     *daemon
	gauge *prometheus.Desc
	at    audit.Checkpoint
	began time.Time // of the last pass over everything
}

var _ prometheus.Collector = (*auditWatch)(nil)

// watchAudit adds the metric; run does the work.
func (d *daemon) watchAudit() *auditWatch {
	w := &auditWatch{d: d, gauge: prometheus.NewDesc("correctiond_audit_chain_ok", "Whether the audit chain verifies; absent until it is known.", nil, nil)}
	d.prom.MustRegister(w)
	return w
}

// Describe lists the one metric.
func (w *auditWatch) Describe(out chan<- *prometheus.Desc) { out <- w.gauge }

// Collect tells what is known of the chain.
func (w *auditWatch) Collect(out chan<- prometheus.Metric) {
	chain := w.d.chain.Load()
	if chain == nil {
		return
	}
	whole := 1.0
	if chain.Broken != 0 {
		whole = 0
	}
	out <- prometheus.MustNewConstMetric(w.gauge, prometheus.GaugeValue, whole)
}

// run looks until ctx ends.
func (w *auditWatch) run(ctx context.Context) error {
	t := time.NewTicker(auditLook)
	defer t.Stop()
	for {
		if err := w.look(ctx); err != nil && ctx.Err() == nil {
			w.found(err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-t.C:
		}
	}
}

// found logs what was wrong. A chain that does not answer is not a broken one.
func (w *auditWatch) found(err error) {
	if broken, ok := errors.AsType[*audit.ChainError](err); ok {
		w.d.chain.Store(&web.Chain{Known: true, Verified: w.at.N, At: nowInstant(), Broken: broken.N, Why: broken.Why})
	}
	w.d.log.Error("audit chain does not verify", "err", err)
	w.began = time.Time{} // look at everything again: it may be put right
}

// look verifies what is new, or everything when that is due.
func (w *auditWatch) look(ctx context.Context) error {
	start, err := w.d.state.AuditStart(ctx)
	if err != nil {
		return err
	}
	if time.Since(w.began) > auditWhole || w.at.N < start.N {
		w.at, w.began = start, time.Now()
	}
	pause := time.NewTicker(auditPause)
	defer pause.Stop()
	for {
		before := w.at.N
		if w.at, err = w.d.state.VerifyAuditOn(ctx, w.at, auditPiece); err != nil {
			return err
		}
		if w.at.N-before < auditPiece {
			w.d.chain.Store(&web.Chain{Known: true, Verified: w.at.N, Hash: w.at.Hash, At: nowInstant()})
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-pause.C:
		}
	}
}
