package web

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// gauge is a figure of the page for operations, one row for each of its labels.
type gauge struct {
	metric string // as Prometheus has it
	zh, en string
	kind   figure
}

// figure says how a figure is written, and when it asks for attention.
type figure uint8

const (
	count  figure = iota
	zero          // should be 0
	truth         // should be 1
	length        // seconds
)

// gauges are what operations look at first.
func gauges() []gauge {
	return []gauge{
		{"correctiond_store_up", "轨迹库可写", "track history takes data", truth},
		{"correctiond_journal_pending", "日志待处理批次", "journal batches not yet taken", count},
		{"correctiond_deadletters", "未处理的拒收消息", "rejected messages kept", count},
		{"correctiond_store_deadletter_total", "轨迹库拒收的事件", "events the track history refused", zero},
		{"correctiond_gap_events_missing", "设备缺失的消息", "messages missing by their numbers", count},
		{"correctiond_escalation_overdue", "逾期未执行的上报步骤", "overdue steps of alerts", zero},
		{"correctiond_alerts_open", "未关闭告警", "alerts not closed", count},
		{"correctiond_alerts_oldest_open_seconds", "最久未确认", "oldest unacknowledged", length},
		{"correctiond_authorities_expiring", "定位审批将到期（天内）", "authorities ending within days", count},
		{"correctiond_web_streams", "在线页面", "open pages", count},
		{"correctiond_build_info", "版本", "build", count},
	}
}

// gaugeRow is a figure with its labels.
type gaugeRow struct {
	Label, Of, Value string
	Bad              bool
}

// systemView is the page for operations. It knows of no person.
type systemView struct {
	base
	At     string
	Ready  bool
	Checks []Check
	Rows   []gaugeRow
	When   string
}

// systemPage shows how each part does, and the figures to look at first.
func (s *Server) systemPage(w http.ResponseWriter, r *http.Request, c *caller) {
	v := &systemView{base: s.base(r, c), At: "system", Ready: true, Checks: s.deps.Readiness.Checks(r.Context())}
	for i := range v.Checks {
		v.Ready = v.Ready && v.Checks[i].OK
	}
	v.When = time.Now().In(s.cfg.Zone).Format("2006-01-02 15:04:05")
	read, err := s.metrics.read()
	if err != nil {
		s.log.Warn("read own metrics", "err", err)
	}
	for _, g := range gauges() {
		for _, m := range read[g.metric] {
			v.Rows = append(v.Rows, v.gaugeRow(g, m))
		}
	}
	s.render(w, r, http.StatusOK, "system.html", v)
}

// sample is one value of a metric.
type sample struct {
	of    string // values of its labels
	value float64
}

// read gathers counters and gauges by name. What cannot be gathered is left out.
func (m *metrics) read() (map[string][]sample, error) {
	families, err := m.gatherer.Gather()
	out := map[string][]sample{}
	for _, f := range families {
		for _, one := range f.GetMetric() {
			var labels []string
			for _, l := range one.GetLabel() {
				labels = append(labels, l.GetValue())
			}
			value := one.GetGauge().GetValue() + one.GetCounter().GetValue()
			out[f.GetName()] = append(out[f.GetName()], sample{strings.Join(labels, " "), value})
		}
	}
	return out, err
}

func (l words) gaugeRow(g gauge, m sample) gaugeRow {
	row := gaugeRow{Label: l.T(g.zh, g.en), Of: m.of, Value: strconv.FormatFloat(m.value, 'f', -1, 64)}
	switch g.kind {
	case zero:
		row.Bad = m.value > 0
	case truth:
		row.Bad = m.value == 0
		row.Value = l.T("是", "yes")
		if row.Bad {
			row.Value = l.T("否", "no")
		}
	case length:
		row.Value = l.Age(time.Duration(m.value) * time.Second)
	}
	return row
}

// Part names a part of the daemon.
func (l words) Part(name string) string {
	parts := []struct{ name, zh, en string }{
		{"ingest", "接入", "ingest"}, {"journal", "日志", "journal"}, {"state", "状态库", "state database"},
	}
	if i := slices.IndexFunc(parts, func(p struct{ name, zh, en string }) bool { return p.name == name }); i >= 0 {
		return l.T(parts[i].zh, parts[i].en)
	}
	return name
}

// Trouble says in Chinese what is wrong with a part; the words of the log stand beside.
func (l words) Trouble(detail string) string {
	for _, t := range []saying{
		{"starting", "正在启动", ""},
		{"no messages are taken", "没有接收消息", ""},
		{"the state database does not answer", "状态库没有响应", ""},
		{"the journal does not answer", "日志没有响应", ""},
	} {
		if t.name == detail {
			return l.T(t.zh, t.en)
		}
	}
	return ""
}
