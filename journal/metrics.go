package journal

import (
	"context"
	"errors"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// metrics of the journal. journal_pending is the consumers' to export: only
// they know their cursors.
type metrics struct {
	reg     prometheus.Registerer
	bytes   prometheus.GaugeFunc
	broker  prometheus.GaugeFunc
	seconds prometheus.Histogram
	failed  *prometheus.CounterVec
	refused *prometheus.CounterVec
}

func newMetrics(s *Server) *metrics {
	m := &metrics{
		reg: s.cfg.Metrics,
		bytes: prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Namespace: "correctiond", Subsystem: "journal", Name: "bytes",
			Help: "Bytes kept in the logs of all districts.",
		}, s.logBytes),
		broker: prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Namespace: "correctiond", Subsystem: "journal", Name: "broker_bytes",
			Help: "Bytes of messages in the embedded broker that a subscriber has not acknowledged.",
		}, s.brokerBytes),
		seconds: prometheus.NewHistogram(prometheus.HistogramOpts{
			Namespace: "correctiond", Subsystem: "journal", Name: "append_seconds",
			Help:    "Time to store one batch, with sync.",
			Buckets: prometheus.ExponentialBuckets(0.0001, 2.5, 10),
		}),
		failed: prometheus.NewCounterVec(prometheus.CounterOpts{
			Namespace: "correctiond", Subsystem: "journal", Name: "append_failures_total",
			Help: "Batches not stored, by reason: full or error.",
		}, []string{"reason"}),
		refused: prometheus.NewCounterVec(prometheus.CounterOpts{
			Namespace: "correctiond", Subsystem: "journal", Name: "broker_refused_total",
			Help: "Log-ins refused by the embedded broker, by reason.",
		}, []string{"reason"}),
	}
	m.each(func(c prometheus.Collector) { m.reg.MustRegister(c) })
	return m
}

func (m *metrics) each(do func(prometheus.Collector)) {
	if m.reg == nil {
		return
	}
	for _, c := range []prometheus.Collector{m.bytes, m.broker, m.seconds, m.failed, m.refused} {
		do(c)
	}
}

// unregister frees the names, so that a journal can be opened again.
func (m *metrics) unregister() {
	m.each(func(c prometheus.Collector) { m.reg.Unregister(c) })
}

func (m *metrics) appended(took time.Duration, err error) {
	switch {
	case err == nil:
		m.seconds.Observe(took.Seconds())
	case errors.Is(err, ErrFull):
		m.failed.WithLabelValues("full").Inc()
	default:
		m.failed.WithLabelValues("error").Inc()
	}
}

// logBytes is Bytes as a metric.
func (s *Server) logBytes() float64 { return float64(s.Bytes()) }

// Bytes is what the open logs take on disk; one that does not answer in time is
// left out.
func (s *Server) Bytes() uint64 {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	var sum uint64
	for _, l := range s.openLogs() {
		if state, err := l.state(ctx); err == nil {
			sum += state.Bytes
		}
	}
	return sum
}

func (s *Server) openLogs() []*Log {
	s.mu.Lock()
	defer s.mu.Unlock()
	logs := make([]*Log, 0, len(s.logs))
	for _, l := range s.logs {
		logs = append(logs, l)
	}
	return logs
}

func (s *Server) brokerBytes() float64 {
	if s.broker == nil {
		return 0
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	stream, err := s.js.Stream(ctx, brokerStream)
	if err != nil {
		return 0
	}
	return float64(stream.CachedInfo().State.Bytes)
}
