package main

import (
	"context"
	"runtime/debug"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"correctiond/alerts"
	"correctiond/rules"
	"correctiond/store/tracks"
)

// registerGauges adds what is read from the state at each scrape.
func (d *daemon) registerGauges() {
	d.prom.MustRegister(stateCollector{
		d:        d,
		open:     prometheus.NewDesc("correctiond_alerts_open", "Alerts not closed.", []string{"severity"}, nil),
		oldest:   prometheus.NewDesc("correctiond_alerts_oldest_open_seconds", "Age of the oldest unacknowledged alert.", []string{"severity"}, nil),
		pending:  prometheus.NewDesc("correctiond_journal_pending", "Journal batches not yet taken.", []string{"consumer"}, nil),
		expiring: prometheus.NewDesc("correctiond_authorities_expiring", "Location authorities that end within so many days.", []string{"days"}, nil),
		letters:  prometheus.NewDesc("correctiond_deadletters", "Rejected messages kept and not replayed.", []string{"reason"}, nil),
		storeUp:  prometheus.NewDesc("correctiond_store_up", "Whether the track history takes what it is given.", nil, nil),
		missing:  prometheus.NewDesc("correctiond_gap_events_missing", "Messages that devices numbered and that have not arrived.", nil, nil),
		silent:   prometheus.NewDesc("correctiond_unmonitored_seconds_total", "Time of people under location authority that nobody can tell about.", []string{"reason"}, nil),
		windows:  prometheus.NewDesc("correctiond_checkin_windows_total", "Roll-call windows whose deadline has passed.", []string{"result"}, nil),
		subjects: prometheus.NewDesc("correctiond_subjects", "Subjects by attention colour.", []string{"colour"}, nil),
		overdue:  prometheus.NewDesc("correctiond_escalation_overdue", "Steps of alerts due for more than 60 s and not carried out.", nil, nil),
		build:    prometheus.NewDesc("correctiond_build_info", "The build; always 1.", []string{"version", "commit"}, nil),
	})
}

// stateCollector answers scrapes from the databases and the journal.
type stateCollector struct {
	d                                                                                            *daemon
	open, oldest, pending, expiring, letters, storeUp, missing, silent, windows, subjects, build *prometheus.Desc
	overdue                                                                                      *prometheus.Desc
}

var _ prometheus.Collector = stateCollector{}

// Describe lists what Collect gives.
func (c stateCollector) Describe(out chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{c.open, c.oldest, c.pending, c.expiring, c.letters, c.storeUp, c.missing, c.silent, c.windows, c.subjects, c.build, c.overdue} {
		out <- d
	}
}

// Collect reads the state; what does not answer in time is left out.
func (c stateCollector) Collect(out chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	b := readBuild(debug.ReadBuildInfo())
	out <- prometheus.MustNewConstMetric(c.build, prometheus.GaugeValue, 1, b.version, b.commit)
	for _, days := range []int{1, 7, 15} {
		n := c.d.registry.expiring(nowInstant(), days)
		out <- prometheus.MustNewConstMetric(c.expiring, prometheus.GaugeValue, float64(n), strconv.Itoa(days))
	}
	letters, err := c.d.state.DeadLetterCounts(ctx)
	if err == nil {
		for reason, n := range letters {
			out <- prometheus.MustNewConstMetric(c.letters, prometheus.GaugeValue, float64(n), string(reason))
		}
	}
	if n, err := c.d.state.OverdueSteps(ctx, nowInstant()-stepLate); err == nil {
		out <- prometheus.MustNewConstMetric(c.overdue, prometheus.GaugeValue, float64(n))
	}
	up := 1.0
	if r, ok := c.d.history.(interface{ Status() tracks.SinkStatus }); ok && r.Status().Class != "" {
		up = 0
	}
	out <- prometheus.MustNewConstMetric(c.storeUp, prometheus.GaugeValue, up)
	c.alerts(ctx, out)
	c.journal(ctx, out)
}

func (c stateCollector) alerts(ctx context.Context, out chan<- prometheus.Metric) {
	open, oldest := map[rules.Severity]int{}, map[rules.Severity]float64{}
	ids, err := c.d.state.Districts(ctx)
	if err != nil {
		return
	}
	now := nowInstant()
	for _, id := range append(ids, nobody) {
		sum, err := c.d.state.SummaryOf(ctx, alerts.Filter{District: id, States: []alerts.State{alerts.Open, alerts.Acknowledged}})
		if err != nil {
			return
		}
		for sev := rules.P1; sev <= rules.P4; sev++ {
			t := sum.Total.Of(sev)
			open[sev] += t.Open + t.Acknowledged
			if t.Oldest != 0 {
				oldest[sev] = max(oldest[sev], (now - t.Oldest).Duration().Seconds())
			}
		}
	}
	for sev := rules.P1; sev <= rules.P4; sev++ {
		out <- prometheus.MustNewConstMetric(c.open, prometheus.GaugeValue, float64(open[sev]), sev.String())
		out <- prometheus.MustNewConstMetric(c.oldest, prometheus.GaugeValue, oldest[sev], sev.String())
	}
}

func (c stateCollector) journal(ctx context.Context, out chan<- prometheus.Metric) {
	var rulesBehind, historyBehind float64
	var sum rules.Counts
	var colours [rules.Red + 1]int
	for _, l := range c.d.lanes() {
		_, last, err := l.district.log.Bounds(ctx)
		if err != nil {
			return
		}
		rulesBehind += float64(last) - float64(l.district.applied.Load())
		historyBehind += float64(last) - float64(l.recorder.written.Load())
		n := l.district.counts.Load()
		sum.Missing, sum.Unmonitored = sum.Missing+n.Missing, sum.Unmonitored+n.Unmonitored
		sum.Answered, sum.Missed = sum.Answered+n.Answered, sum.Missed+n.Missed
		for colour, of := range n.Subjects {
			colours[colour] += of
		}
	}
	for colour, n := range colours {
		out <- prometheus.MustNewConstMetric(c.subjects, prometheus.GaugeValue, float64(n), rules.Colour(colour).String())
	}
	out <- prometheus.MustNewConstMetric(c.missing, prometheus.GaugeValue, float64(sum.Missing))
	out <- prometheus.MustNewConstMetric(c.silent, prometheus.CounterValue, sum.Unmonitored.Duration().Seconds(), "device_offline")
	out <- prometheus.MustNewConstMetric(c.windows, prometheus.CounterValue, float64(sum.Answered), "answered")
	out <- prometheus.MustNewConstMetric(c.windows, prometheus.CounterValue, float64(sum.Missed), "missed")
	out <- prometheus.MustNewConstMetric(c.pending, prometheus.GaugeValue, max(rulesBehind, 0), "rules")
	out <- prometheus.MustNewConstMetric(c.pending, prometheus.GaugeValue, max(historyBehind, 0), "history")
}
