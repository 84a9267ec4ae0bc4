package main

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"

	"correctiond/alerts"
)

// pipelineMetrics count what happens behind the journal. Labels come from
// closed sets; none names a person or a device.
type pipelineMetrics struct {
	events      prometheus.Counter
	eval        prometheus.Histogram
	episodes    *prometheus.CounterVec
	outcomes    *prometheus.CounterVec
	ack         *prometheus.HistogramVec
	written     prometheus.Counter
	retries     *prometheus.CounterVec
	refused     prometheus.Counter
	late        prometheus.Counter
	unaddressed *prometheus.CounterVec
}

func newPipelineMetrics(r prometheus.Registerer) *pipelineMetrics {
	f := promauto.With(r)
	const ns = "correctiond"
	return &pipelineMetrics{
		events: f.NewCounter(prometheus.CounterOpts{Namespace: ns, Name: "rules_events_total", Help: "Journal entries the rules have taken."}),
		eval: f.NewHistogram(prometheus.HistogramOpts{
			Namespace: ns, Name: "rules_eval_seconds", Help: "Time to judge and commit one batch of entries.",
			Buckets: prometheus.ExponentialBuckets(0.0001, 4, 8),
		}),
		episodes: f.NewCounterVec(prometheus.CounterOpts{Namespace: ns, Name: "episodes_opened_total", Help: "Episodes opened."}, []string{"kind", "severity"}),
		outcomes: f.NewCounterVec(prometheus.CounterOpts{Namespace: ns, Name: "alert_outcome_total", Help: "Alerts closed, by outcome."}, []string{"kind", "outcome"}),
		ack: f.NewHistogramVec(prometheus.HistogramOpts{
			Namespace: ns, Name: "alert_ack_seconds", Help: "From opening to acknowledgement.",
			Buckets: []float64{60, 300, 900, 1800, 3600, 14400, 86400},
		}, []string{"severity"}),
		written:     f.NewCounter(prometheus.CounterOpts{Namespace: ns, Name: "store_written_total", Help: "Events written to the track history."}),
		refused:     f.NewCounter(prometheus.CounterOpts{Namespace: ns, Name: "store_deadletter_total", Help: "Accepted events that the track history refused for good."}),
		late:        f.NewCounter(prometheus.CounterOpts{Namespace: ns, Name: "escalation_late_total", Help: "Steps of alerts carried out more than 60 s after they were due."}),
		unaddressed: f.NewCounterVec(prometheus.CounterOpts{Namespace: ns, Name: "notify_unaddressed_total", Help: "Rungs of chains for which nobody could be told."}, []string{"to"}),
		retries:     f.NewCounterVec(prometheus.CounterOpts{Namespace: ns, Name: "store_retry_total", Help: "Writes tried again, by what failed."}, []string{"class"}),
	}
}

func (m *pipelineMetrics) applied(entries int, took time.Duration) {
	m.events.Add(float64(entries))
	m.eval.Observe(took.Seconds())
}

// alert counts one changed alert.
func (m *pipelineMetrics) alert(c *change) {
	ep := &c.next.Episode
	switch alerts.Difference(c.prev, &c.next) {
	case alerts.WasOpened:
		m.episodes.WithLabelValues(string(ep.Kind), ep.Severity.String()).Inc()
	case alerts.WasAcknowledged:
		m.ack.WithLabelValues(ep.Severity.String()).Observe((c.next.Acknowledged.At - ep.Opened).Duration().Seconds())
	case alerts.WasClosed:
		m.outcomes.WithLabelValues(string(ep.Kind), string(c.next.Outcome)).Inc()
	}
}

func (m *pipelineMetrics) stored(events int) { m.written.Add(float64(events)) }
func (m *pipelineMetrics) storeFailed()      { m.retries.WithLabelValues("history").Inc() }
func (m *pipelineMetrics) stepLate()         { m.late.Inc() }
func (m *pipelineMetrics) commitFailed()     { m.retries.WithLabelValues("state").Inc() }
