package ingest

import (
	"correctiond/event"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"
)

// Metrics counts what ingest does. Received equals accepted, rejected and
// duplicate together; elements of an array count one by one. A nil *Metrics
// counts nothing.
type Metrics struct {
	received, accepted, duplicate, fields prometheus.Counter
	sessionLost, takeovers                prometheus.Counter
	rejected                              *prometheus.CounterVec
	lag                                   prometheus.Histogram
}

// NewMetrics registers the metrics; with nil they are counted but not shown.
func NewMetrics(r prometheus.Registerer) *Metrics {
	f := promauto.With(r)
	counter := func(name, help string) prometheus.Counter {
		return f.NewCounter(prometheus.CounterOpts{Namespace: "correctiond", Subsystem: "ingest", Name: name, Help: help})
	}
	return &Metrics{
		received:    counter("received_total", "Events received from devices, before any check."),
		accepted:    counter("accepted_total", "Events accepted and stored in the journal."),
		duplicate:   counter("duplicate_total", "Events received again and dropped."),
		fields:      counter("unknown_fields_total", "Members of messages that the wire format does not name."),
		sessionLost: counter("session_lost_total", "Log-ins at which the broker had lost our session, and what waited in it."),
		takeovers:   counter("takeover_suspected_total", "Connections that ended as if another client used our client id."),
		rejected: f.NewCounterVec(prometheus.CounterOpts{
			Namespace: "correctiond", Subsystem: "ingest", Name: "rejected_total", Help: "Events not accepted, by reason.",
		}, []string{"reason"}),
		lag: f.NewHistogram(prometheus.HistogramOpts{
			Namespace: "correctiond", Subsystem: "ingest", Name: "lag_seconds",
			Help:    "Time from receipt of the oldest message of a batch until the batch was durable.",
			Buckets: prometheus.ExponentialBuckets(0.001, 4, 10),
		}),
	}
}

func (m *Metrics) lostSession() {
	if m != nil {
		m.sessionLost.Inc()
	}
}

func (m *Metrics) takeover() {
	if m != nil {
		m.takeovers.Inc()
	}
}

func (m *Metrics) unknown(n int) {
	if m != nil && n > 0 {
		m.fields.Add(float64(n))
	}
}

// tally is what one batch adds to the counters.
type tally struct {
	accepted, duplicate int
	rejected            map[event.Reason]int
}

func (t *tally) add(result Result, e *event.Entry) {
	switch result {
	case Accepted:
		t.accepted++
	case Duplicate:
		t.duplicate++
	case Rejected:
		if t.rejected == nil {
			t.rejected = make(map[event.Reason]int)
		}
		t.rejected[e.Rejection.Reason]++
	}
}

// count adds a batch that is durable.
func (m *Metrics) count(t *tally, lagSeconds float64) {
	if m == nil {
		return
	}
	received := t.accepted + t.duplicate
	for reason, n := range t.rejected {
		m.rejected.WithLabelValues(string(reason)).Add(float64(n))
		received += n
	}
	m.received.Add(float64(received))
	m.accepted.Add(float64(t.accepted))
	m.duplicate.Add(float64(t.duplicate))
	m.lag.Observe(lagSeconds)
}
