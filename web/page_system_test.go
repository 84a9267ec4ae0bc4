package web_test

import (
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"correctiond/rules"
	"correctiond/web"
)

func TestOperationsSeeHowThePartsDoAndNobodysData(t *testing.T) {
	w := newWorld()
	deps := w.deps()
	deps.Registry = prometheus.NewRegistry()
	figures := prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "correctiond_deadletters", Help: "x"}, []string{"reason"})
	figures.WithLabelValues("no_basis").Set(12)
	up := prometheus.NewGauge(prometheus.GaugeOpts{Name: "correctiond_store_up", Help: "x"})
	overdue := prometheus.NewGauge(prometheus.GaugeOpts{Name: "correctiond_escalation_overdue", Help: "x"})
	overdue.Set(3)
	oldest := prometheus.NewGauge(prometheus.GaugeOpts{Name: "correctiond_alerts_oldest_open_seconds", Help: "x"})
	oldest.Set(5400)
	deps.Registry.MustRegister(figures, up, overdue, oldest)
	srv, err := web.New(web.Config{PublicURL: "http://monitor.test", SessionKey: make([]byte, 32)}, deps)
	if err != nil {
		t.Fatal(err)
	}
	s := &site{t: t, world: w, srv: srv}
	s.raise(episode("a1", rules.P1, "O1"))
	s.checks = []web.Check{{Name: "ingest", OK: true}, {Name: "state", Detail: "the state database does not answer"}, {Name: "new", OK: true}}
	page := s.do("GET /system", bearer("token-ops"), header("Accept-Language", "zh"))
	want(t, page, 200, "有部分不能工作", "接入", "状态库", "does not answer", "no_basis", ">12<", `class="num bad">否`, `class="num bad">3`, "1 小时 30 分")
	lacks(t, page, "S0001", "/rollcall")
	s.checks = s.checks[:1]
	want(t, s.do("GET /system", bearer("token-ops"), header("Accept-Language", "en")), 200, "Every part works", "ingest")
	up.Set(1)
	want(t, s.do("GET /system", bearer("token-ops")), 200, `class="num">是`)
	want(t, s.do("GET /system", bearer("token-district")), 403)
	want(t, s.do("GET /", bearer("token-ops"), header("Accept", "text/html")), 403, `href="/system"`)
}
