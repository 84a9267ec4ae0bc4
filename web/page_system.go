package web

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"correctiond/roster"
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

// systemView is the page for operations and administration. It knows of no person
// under supervision.
type systemView struct {
	base
	At     string
	Ready  bool
	Checks []Check
	Rows   []gaugeRow
	When   string
	Chain  Chain
	Said   string // what was just done
	Notice string // why something was not
	Ops    *opsView
	Admin  *adminView
	zone   *time.Location
}

// Clock writes an instant; 0 is never.
func (v *systemView) Clock(t roster.Instant) string {
	if t == 0 {
		return "—"
	}
	return t.Time(v.zone).Format("2006-01-02 15:04")
}

// Reloads tells whether the page may renew itself: nobody types or reads an answer.
func (v *systemView) Reloads() bool {
	return v.Ops != nil && v.Ops.Thresholds == nil && v.Said == "" && v.Notice == ""
}

// systemPage shows how each part does, and what the role looks after.
func (s *Server) systemPage(w http.ResponseWriter, r *http.Request, c *caller) {
	v := &systemView{}
	switch l := (words{c.lang}); r.URL.Query().Get("did") {
	case "replay":
		v.Said = l.T("已重放：消息按现在的花名册重新判定并接收。", "Replayed: judged by the roster of now, and accepted.")
	case "disable":
		v.Said = l.T("账号已停用，其会话已结束。", "The account is disabled, its sessions are over.")
	case "revoke":
		v.Said = l.T("令牌已撤销，立即失效。", "The token is revoked, and refused from now on.")
	}
	s.showSystem(w, r, c, http.StatusOK, v)
}

// showSystem fills in what the page shows beside the answer to what was done.
func (s *Server) showSystem(w http.ResponseWriter, r *http.Request, c *caller, status int, v *systemView) {
	v.base, v.At, v.zone, v.Ready = s.base(r, c), "system", s.cfg.Zone, true
	v.Checks, v.Chain = s.deps.Readiness.Checks(r.Context()), s.deps.AuditLog.AuditChain(r.Context())
	for i := range v.Checks {
		v.Ready = v.Ready && v.Checks[i].OK
	}
	v.When = time.Now().In(s.cfg.Zone).Format("2006-01-02 15:04:05")
	var err error
	if c.Role.may(readLetters) {
		err = s.fillOps(r, v)
	}
	if v.Ops == nil || v.Ops.Thresholds == nil {
		s.figures(v)
	}
	if err == nil && c.Role.may(manageAccess) {
		err = s.fillAdmin(r, v)
	}
	if err != nil {
		s.broken(w, r, c, err)
		return
	}
	s.render(w, r, status, "system.html", v)
}

// figures reads what operations look at first.
func (s *Server) figures(v *systemView) {
	read, err := s.metrics.read()
	if err != nil {
		s.log.Warn("read own metrics", "err", err)
	}
	for _, g := range gauges() {
		for _, m := range read[g.metric] {
			v.Rows = append(v.Rows, v.gaugeRow(g, m))
		}
	}
	slices.SortStableFunc(v.Rows, func(a, b gaugeRow) int { return badFirst(a.Bad) - badFirst(b.Bad) })
}

// badFirst puts what asks for attention before the rest.
func badFirst(bad bool) int {
	if bad {
		return 0
	}
	return 1
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
		if row.Value = "—"; m.value > 0 {
			row.Value = l.Age(time.Duration(m.value) * time.Second)
		}
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
