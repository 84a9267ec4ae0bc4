package web

import (
	"context"
	"errors"
	"net/http"
	"net/url"

	"correctiond/alerts"
)

// evidenceRow is a request for evidence as its reader can go on with it.
type evidenceRow struct {
	EvidenceRequest
	Get, Approve bool
	Stands       string
}

// fillEvidence adds the requests for the evidence of an alert, for those who may ask.
func (s *Server) fillEvidence(ctx context.Context, v *alertView, c *caller) error {
	a := &v.Row.A
	if s.deps.Evidence == nil || !c.Role.may(readFiles) || a.Episode.Evidence[sealedMark] != nil {
		return nil
	}
	v.CanAsk = true
	found, err := s.deps.Evidence.ListEvidence(ctx, a.Episode.ID)
	for i := range found {
		v.Requests = append(v.Requests, v.evidenceRow(&found[i], c))
	}
	return err
}

// evidenceRow says how a request stands, and what its reader may do.
func (v *alertView) evidenceRow(r *EvidenceRequest, c *caller) evidenceRow {
	row, own := evidenceRow{EvidenceRequest: *r}, r.Requester == c.Name
	switch {
	case r.Usable:
		row.Get = own
		row.Stands = v.T("已批准：", "approved by ") + r.Approver
	case r.Approver != "":
		row.Stands = v.T("批准已过 7 天，须重新申请", "approved more than seven days ago: ask again")
	case r.Expired:
		row.Stands = v.T("超过 7 天未批准，须重新申请", "not approved within seven days: ask again")
	case own:
		row.Stands = v.T("等待另一人批准", "waits for another person's approval")
	default:
		row.Approve = c.Role.may(approveEvidence) && v.CSRF != ""
		row.Stands = v.T("等待批准", "waits for approval")
	}
	return row
}

// said tells what the reader has just done on the page of an alert.
func (l words) said(did string) string {
	switch did {
	case "evidence":
		return l.T("已提交取证申请，等待另一人批准", "asked for the evidence: another person has to approve")
	case "approve":
		return l.T("已批准取证申请", "the request for the evidence is approved")
	}
	return l.Deed(alerts.ActionType(did))
}

// submitEvidence asks for the evidence of an alert from its page.
func (s *Server) submitEvidence(w http.ResponseWriter, r *http.Request, c *caller) {
	a, ok := s.provable(w, r, c)
	if !ok {
		return
	}
	reason, err := whyEvidence(r.PostFormValue("reason"))
	if err != nil {
		s.notAsked(w, r, c, &a, words{c.lang}.T("申请取证须写明用途和理由（不超过 1000 字）。", "Say what the evidence is for, in at most 1000 characters."))
		return
	}
	if _, err := s.deps.Evidence.AskEvidence(r.Context(), a.Episode.ID, c.Name, reason); err != nil {
		s.broken(w, r, c, err)
		return
	}
	s.backToRequests(w, r, &a, "evidence")
}

// submitApproval approves a request from the page of its alert.
func (s *Server) submitApproval(w http.ResponseWriter, r *http.Request, c *caller) {
	req, a, ok := s.findEvidence(w, r, c)
	if !ok {
		return
	}
	_, err := s.deps.Evidence.ApproveEvidence(r.Context(), req.ID, c.Name)
	switch {
	case errors.Is(err, ErrEvidence):
		s.notAsked(w, r, c, &a, words{c.lang}.T("没有批准：须由申请人以外的另一人批准，且申请未处理、未满 7 天。",
			"Not approved: it needs another person than who asked, and a request that waits and is younger than seven days."))
	case err != nil:
		s.broken(w, r, c, err)
	default:
		s.backToRequests(w, r, &a, "approve")
	}
}

// notAsked shows the page of the alert and why nothing was done.
func (s *Server) notAsked(w http.ResponseWriter, r *http.Request, c *caller, a *alerts.Alert, why string) {
	shown := s.row(s.base(r, c), c, a)
	shown.Notice = why
	s.showAlert(w, r, c, http.StatusUnprocessableEntity, shown)
}

func (s *Server) backToRequests(w http.ResponseWriter, r *http.Request, a *alerts.Alert, did string) {
	http.Redirect(w, r, "/alerts/"+url.PathEscape(a.Episode.ID)+"?did="+did+"#requests", http.StatusSeeOther)
}
