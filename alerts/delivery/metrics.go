package delivery

import (
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"
)

// Metrics count letters. Labels are names of configured channels, and results.
type Metrics struct {
	attempts *prometheus.CounterVec
	failures *prometheus.CounterVec
	alarms   *prometheus.CounterVec
	down     *prometheus.GaugeVec
}

// NewMetrics registers them.
func NewMetrics(r prometheus.Registerer) *Metrics {
	f := promauto.With(r)
	const ns = "correctiond"
	return &Metrics{
		attempts: f.NewCounterVec(prometheus.CounterOpts{
			Namespace: ns, Name: "notify_attempts_total", Help: "Letters handed to a channel, by result.",
		}, []string{"channel", "result"}),
		failures: f.NewCounterVec(prometheus.CounterOpts{
			Namespace: ns, Name: "notify_failed_total", Help: "Notices given up.",
		}, []string{"channel"}),
		alarms: f.NewCounterVec(prometheus.CounterOpts{
			Namespace: ns, Name: "notify_channel_alarms_total", Help: "Times a channel failed five times in a row.",
		}, []string{"channel"}),
		down: f.NewGaugeVec(prometheus.GaugeOpts{
			Namespace: ns, Name: "notify_channel_down", Help: "1 from five failures in a row until a delivery.",
		}, []string{"channel"}),
	}
}

func (m *Metrics) attempt(channel, result string) { m.attempts.WithLabelValues(channel, result).Inc() }
func (m *Metrics) failed(channel string)          { m.failures.WithLabelValues(channel).Inc() }

func (m *Metrics) broken(channel string, yes bool) {
	if !yes {
		m.down.WithLabelValues(channel).Set(0)
		return
	}
	m.down.WithLabelValues(channel).Set(1)
	m.alarms.WithLabelValues(channel).Inc()
}
