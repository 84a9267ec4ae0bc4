package web

import (
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// metrics of the package. Routes are patterns of the table, never paths, so the
// labels are a closed set without ids.
type metrics struct {
	requests *prometheus.CounterVec
	seconds  *prometheus.HistogramVec
	streams  prometheus.Gauge
	dropped  prometheus.Counter
	signIns  *prometheus.CounterVec
	refused  *prometheus.CounterVec
	handler  http.Handler
	gatherer prometheus.Gatherer
}

func newMetrics(reg *prometheus.Registry) *metrics {
	if reg == nil {
		reg = prometheus.NewRegistry()
	}
	f := promauto.With(reg)
	opts := func(name, help string) prometheus.CounterOpts {
		return prometheus.CounterOpts{Namespace: "correctiond", Subsystem: "web", Name: name, Help: help}
	}
	return &metrics{
		requests: f.NewCounterVec(opts("requests_total", "Requests answered."), []string{"route", "status"}),
		seconds: f.NewHistogramVec(prometheus.HistogramOpts{
			Namespace: "correctiond", Subsystem: "web", Name: "request_seconds",
			Help: "Time to answer a request; of a stream, its life.", Buckets: prometheus.ExponentialBuckets(0.001, 4, 8),
		}, []string{"route"}),
		streams: f.NewGauge(prometheus.GaugeOpts{
			Namespace: "correctiond", Subsystem: "web", Name: "streams", Help: "Open event streams.",
		}),
		dropped: f.NewCounter(opts("streams_dropped_total", "Event streams closed because the reader was too slow.")),
		signIns: f.NewCounterVec(opts("sign_ins_total", "Sign-ins on the page by result."), []string{"result"}),
		refused: f.NewCounterVec(opts("access_refused_total", "Requests that were not let through, by why."), []string{"why"}),
		handler: promhttp.HandlerFor(reg, promhttp.HandlerOpts{}), gatherer: reg,
	}
}

func (m *metrics) observe(pattern string, status int, took time.Duration) {
	m.requests.WithLabelValues(pattern, statusClass(status)).Inc()
	m.seconds.WithLabelValues(pattern).Observe(took.Seconds())
}
