package web_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"correctiond/roster"
	"correctiond/rules"
	"correctiond/web"
)

// requests keeps requests for evidence in memory.
type requests struct{ list []web.EvidenceRequest }

func (q *requests) AskEvidence(_ context.Context, alert, by, reason string) (web.EvidenceRequest, error) {
	q.list = append(q.list, web.EvidenceRequest{ID: int64(len(q.list) + 1), Alert: alert, Requester: by, Reason: reason})
	return q.list[len(q.list)-1], nil
}

func (q *requests) ApproveEvidence(_ context.Context, id int64, by string) (web.EvidenceRequest, error) {
	r := &q.list[id-1]
	if r.Requester == by {
		return *r, fmt.Errorf("%w: it needs another person", web.ErrEvidence)
	}
	r.Approver, r.Usable = by, true
	return *r, nil
}

func (q *requests) FindEvidence(_ context.Context, id int64) (web.EvidenceRequest, bool, error) {
	if id < 1 || id > int64(len(q.list)) {
		return web.EvidenceRequest{}, false, nil
	}
	return q.list[id-1], true, nil
}

func (q *requests) ListEvidence(_ context.Context, alert string) (list []web.EvidenceRequest, _ error) {
	for _, r := range slices.Backward(q.list) {
		if r.Alert == alert {
			list = append(list, r)
		}
	}
	return list, nil
}

func (q *requests) WriteEvidence(_ context.Context, w io.Writer, id int64) error {
	_, err := fmt.Fprintf(w, "package %d", id)
	return err
}

func TestEvidenceByTwoPersons(t *testing.T) {
	s := newSite(t)
	s.raise(episode("a1", rules.P2, "O1"))
	ep := episode("a2", rules.P2, "O1")
	ep.District = roster.DistrictID("D2")
	s.raise(ep)
	reason := body("application/json", `{"reason":"检察院调取"}`)
	for _, c := range []struct {
		line, token string
		with        setting
		status      int
		says        string
	}{
		{"POST /api/v1/alerts/a1/evidence", "officer", header("X", "x"), 422, `"field":"reason"`},
		{"POST /api/v1/alerts/a2/evidence", "officer", reason, 404, "no such alert"},
		{"POST /api/v1/alerts/a1/evidence", "social_worker", reason, 403, "may not"},
		{"POST /api/v1/alerts/a1/evidence", "officer", reason, 201, `"id":1`},
		{"GET /api/v1/evidence/1", "officer", reason, 403, "another person has approved"},
		{"POST /api/v1/evidence/1/approve", "officer", reason, 403, "may not"},
		{"POST /api/v1/evidence/1/approve", "elsewhere", reason, 403, "may not"},
		{"POST /api/v1/evidence/9/approve", "office_head", reason, 404, "no such request"},
		{"POST /api/v1/evidence/x/approve", "office_head", reason, 404, "no such request"},
		{"POST /api/v1/evidence/1/approve", "office_head", reason, 200, `"approver":"office_head-1"`},
		{"GET /api/v1/evidence/1", "office_head", reason, 403, "only who asked"},
		{"GET /api/v1/evidence/1", "elsewhere", reason, 404, "no such request"},
		{"GET /api/v1/evidence/1", "officer", reason, 200, "package 1"},
		{"POST /api/v1/alerts/a1/evidence", "office_head", reason, 201, `"id":2`},
		{"POST /api/v1/evidence/2/approve", "office_head", reason, 409, "another person"},
		{"POST /api/v1/evidence/2/approve", "procurator", reason, 200, `"usable":true`},
	} {
		rec := s.do(c.line, bearer("token-"+c.token), c.with)
		if rec.Code != c.status || !strings.Contains(rec.Body.String(), c.says) {
			t.Errorf("%s as %s: %d %s, want %d with %q", c.line, c.token, rec.Code, rec.Body, c.status, c.says)
		}
	}
	rec := s.do("GET /api/v1/evidence/1", bearer("token-officer"))
	if got := rec.Header().Get("Content-Disposition"); rec.Code != http.StatusOK || got != "attachment; filename=evidence-a1.zip" {
		t.Errorf("%d %q", rec.Code, got)
	}
}
