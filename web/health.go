package web

import "net/http"

// healthz answers as long as the process can answer at all.
func (s *Server) healthz(w http.ResponseWriter, _ *http.Request, _ *caller) {
	writeJSON(w, "application/json", http.StatusOK, map[string]string{"status": "ok"})
}

// part is one check in the answer of readyz.
type part struct {
	Name   string `json:"name"`
	OK     bool   `json:"ok"`
	Detail string `json:"detail,omitempty"`
}

// readyz answers 503 and which part fails when one does.
func (s *Server) readyz(w http.ResponseWriter, r *http.Request, _ *caller) {
	answer := struct {
		Status string `json:"status"`
		Checks []part `json:"checks"`
	}{"ok", []part{}}
	status := http.StatusOK
	for _, c := range s.deps.Readiness.Checks(r.Context()) {
		answer.Checks = append(answer.Checks, part(c))
		if !c.OK {
			answer.Status, status = "unavailable", http.StatusServiceUnavailable
		}
	}
	writeJSON(w, "application/json", status, answer)
}

// metricsPage serves the metrics on the main listener when that is configured.
func (s *Server) metricsPage(w http.ResponseWriter, r *http.Request, c *caller) {
	if !s.cfg.MetricsHere {
		s.fail(w, r, c, problem{Status: http.StatusNotFound})
		return
	}
	s.metrics.handler.ServeHTTP(w, r)
}
