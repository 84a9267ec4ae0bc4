package web

import "net/http"

// surface says how a route speaks: problems as JSON, or as pages.
type surface uint8

const (
	api surface = iota
	page
)

// route is a line of the table of routes. Every request passes guard, which
// judges need before handle is called.
type route struct {
	pattern string
	need    right
	speaks  surface
	handle  func(*Server, http.ResponseWriter, *http.Request, *caller)
}

// routes is everything the server answers, and the least right each needs.
func routes() []route {
	return []route{
		{"GET /api/v1/alerts", readAlerts, api, (*Server).listAlerts},
		{"GET /api/v1/alerts/{id}", readAlerts, api, (*Server).getAlert},
		{"POST /api/v1/alerts/{id}/ack", actAlerts, api, (*Server).postAction},
		{"POST /api/v1/alerts/{id}/note", noteAlerts, api, (*Server).postAction},
		{"POST /api/v1/alerts/{id}/close", actAlerts, api, (*Server).postAction},
		{"POST /api/v1/alerts/{id}/assign", assignAlerts, api, (*Server).postAction},
		{"POST /api/v1/alerts/{id}/escalate", actAlerts, api, (*Server).postAction},
		{"POST /api/v1/alerts/{id}/reopen", actAlerts, api, (*Server).postAction},
		{"POST /api/v1/alerts/{id}/snooze", actAlerts, api, (*Server).postAction},
		{"POST /api/v1/alerts/{id}/hold", assignAlerts, api, (*Server).postAction},
		{"POST /api/v1/alerts/{id}/release", assignAlerts, api, (*Server).postAction},
		{"POST /api/v1/alerts/{id}/request-incident", actAlerts, api, (*Server).postAction},
		{"POST /api/v1/alerts/{id}/declare-lost", actAlerts, api, (*Server).postAction},
		{"POST /api/v1/alerts/{id}/declare-absconding", actAlerts, api, (*Server).postAction},
		{"POST /api/v1/alerts/{id}/attach", actAlerts, api, (*Server).postFile},
		{"GET /api/v1/alerts/{id}/files/{sha256}", readFiles, api, (*Server).getFile},
		{"POST /api/v1/alerts/{id}/evidence", readFiles, api, (*Server).postEvidence},
		{"POST /api/v1/evidence/{id}/approve", approveEvidence, api, (*Server).approveEvidence},
		{"GET /api/v1/evidence/{id}", readFiles, api, (*Server).getEvidence},
		{"GET /api/v1/subjects", readSubjects, api, (*Server).listSubjects},
		{"GET /api/v1/subjects/{id}", readSubjects, api, (*Server).getSubject},
		{"GET /api/v1/subjects/{id}/risk", readSubjects, api, (*Server).getRisk},
		{"POST /api/v1/subjects/{id}/reveal", revealNames, api, (*Server).postReveal},
		{"POST /subjects/{id}/reveal", revealNames, page, (*Server).submitReveal},
		{"GET /api/v1/rollcall", readSubjects, api, (*Server).getRollCall},
		{"GET /api/v1/overview", readAlerts, api, (*Server).getOverview},
		{"GET /api/v1/stream", readAlerts, api, (*Server).stream},
		{"GET /stream", readAlerts, api, (*Server).stream},

		{"GET /healthz", anyone, api, (*Server).healthz},
		{"GET /readyz", anyone, api, (*Server).readyz},
		{"GET /metrics", readMetrics, api, (*Server).metricsPage},

		{"GET /{$}", readAlerts, page, (*Server).listPage},
		{"GET /overview", readSubjects, page, (*Server).overviewPage},
		{"GET /risk", readSubjects, page, (*Server).riskPage},
		{"GET /subjects/{id}", readSubjects, page, (*Server).subjectPage},
		{"GET /subjects/{id}/map", readSubjects | mayLocate, page, (*Server).subjectMap},
		{"POST /subjects/{id}/{deed}", recordDeeds, page, (*Server).submitDeed},
		{"GET /rollcall", readSubjects, page, (*Server).rollCallPage},
		{"GET /alerts/{id}/row", readAlerts, page, (*Server).rowFragment},
		{"GET /counters", readAlerts, page, (*Server).countersFragment},
		{"GET /alerts/{id}", readAlerts, page, (*Server).alertPage},
		{"GET /alerts/{id}/map", readAlerts | mayLocate, page, (*Server).alertMap},
		{"GET /alerts/{id}/files/{sha256}", readFiles, page, (*Server).getFile},
		{"POST /alerts/{id}/attach", actAlerts, page, (*Server).submitFile},
		{"POST /alerts/{id}/search", noteAlerts, page, (*Server).submitStep},
		{"POST /alerts/{id}/escalate", actAlerts, page, (*Server).submitAction},
		{"POST /alerts/{id}/request-incident", actAlerts, page, (*Server).submitAction},
		{"POST /alerts/{id}/declare-lost", actAlerts, page, (*Server).submitAction},
		{"POST /alerts/{id}/declare-absconding", actAlerts, page, (*Server).submitAction},
		{"POST /alerts/{id}/ack", actAlerts, page, (*Server).submitAction},
		{"POST /alerts/{id}/note", noteAlerts, page, (*Server).submitAction},
		{"POST /alerts/{id}/close", actAlerts, page, (*Server).submitAction},
		{"POST /alerts/{id}/assign", assignAlerts, page, (*Server).submitAction},
		{"POST /alerts/{id}/reopen", actAlerts, page, (*Server).submitAction},
		{"POST /alerts/{id}/snooze", actAlerts, page, (*Server).submitAction},
		{"GET /login", anyone, page, (*Server).loginPage},
		{"POST /login", anyone, page, (*Server).signIn},
		{"GET /signin/provider", anyone, page, (*Server).beginProvider},
		{"GET /signin/provider/callback", anyone, page, (*Server).finishProvider},
		{"GET /password", signedIn, page, (*Server).passwordPage},
		{"POST /password", signedIn, page, (*Server).submitPassword},
		{"POST /logout", signedIn, page, (*Server).signOut},
		{"GET /static/{name}", anyone, page, (*Server).static},
	}
}

// mux builds the handler of the main listener.
func (s *Server) mux() http.Handler {
	mux := http.NewServeMux()
	for _, rt := range allRoutes() {
		mux.Handle(rt.pattern, s.guard(rt))
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.secure(w.Header())
		h, pattern := mux.Handler(r)
		if pattern == "" {
			s.unknown(w, r, h)
			return
		}
		mux.ServeHTTP(w, r)
	})
}

// unknown answers what no route matches: ServeMux knows whether another method
// would, and says so in its own answer.
func (s *Server) unknown(w http.ResponseWriter, r *http.Request, h http.Handler) {
	probe := &probe{header: http.Header{}, status: http.StatusNotFound}
	h.ServeHTTP(probe, r)
	status := http.StatusNotFound
	if probe.status == http.StatusMethodNotAllowed {
		status = probe.status
		w.Header().Set("Allow", probe.header.Get("Allow"))
	}
	s.metrics.requests.WithLabelValues("unknown", statusClass(status)).Inc()
	c := &caller{lang: s.language(r), speaks: surfaceOf(r)}
	s.fail(w, r, c, problem{Status: status})
}

// surfaceOf guesses who asks for an unknown path: browsers want a page.
func surfaceOf(r *http.Request) surface {
	if wantsHTML(r) {
		return page
	}
	return api
}

// probe keeps the status and headers of an answer and drops its body.
type probe struct {
	header http.Header
	status int
}

func (p *probe) Header() http.Header         { return p.header }
func (p *probe) WriteHeader(status int)      { p.status = status }
func (p *probe) Write(b []byte) (int, error) { return len(b), nil }
