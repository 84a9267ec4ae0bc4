package web

import (
	"errors"
	"net/http"
	"net/url"
	"strconv"

	"correctiond/alerts"
)

// submitAction carries out an action from a form of the list.
func (s *Server) submitAction(w http.ResponseWriter, r *http.Request, c *caller) {
	current, ok := s.find(w, r, c)
	if !ok {
		return
	}
	version, err := strconv.Atoi(r.PostFormValue("version"))
	back, errBack := url.ParseQuery(r.PostFormValue("back"))
	if err != nil || errBack != nil || version < 1 {
		s.fail(w, r, c, problem{Status: http.StatusBadRequest, Detail: "version or back is missing"})
		return
	}
	// The list to return to: only its query is taken from the form, encoded anew.
	r.URL.RawQuery = back.Encode()
	body := actionBody{
		Text: r.PostFormValue("text"), About: alerts.About(r.PostFormValue("about")),
		Outcome: alerts.Outcome(r.PostFormValue("outcome")), Reason: r.PostFormValue("reason"), Note: r.PostFormValue("note"),
	}
	next, err := s.deps.Actor.Act(r.Context(), current.Episode.ID, body.action(r, c, version))
	if err != nil {
		s.explain(w, r, c, body, err)
		return
	}
	if isFetch(r) {
		b := s.base(r, c)
		s.render(w, r, http.StatusOK, "row", s.row(b, c, &next))
		return
	}
	// The id is one that the source of alerts knows, not merely what was sent.
	http.Redirect(w, r, "/?"+r.URL.RawQuery+"#a-"+url.PathEscape(next.Episode.ID), http.StatusSeeOther)
}

// explain shows the alert as it stands, why nothing was done, and what the
// person had typed.
func (s *Server) explain(w http.ResponseWriter, r *http.Request, c *caller, body actionBody, err error) {
	no, ok := errors.AsType[*alerts.Refusal](err)
	if !ok {
		s.broken(w, r, c, err)
		return
	}
	b := s.base(r, c)
	shown := s.row(b, c, &no.Current)
	shown.Draft = body
	status := http.StatusConflict
	switch {
	case errors.Is(err, alerts.ErrStale):
		status = http.StatusPreconditionFailed
		shown.Notice = shown.overtaken()
	case errors.Is(err, alerts.ErrInvalid):
		status = http.StatusUnprocessableEntity
		shown.Notice = shown.wanting(no.Field)
	default:
		shown.Notice = shown.overtaken()
	}
	if isFetch(r) {
		s.render(w, r, status, "row", shown)
		return
	}
	s.showList(w, r, c, status, &shown)
}

// wanting tells a person which field needs what.
func (r row) wanting(field string) string {
	switch field {
	case "reason":
		return r.T("P1、P2 告警关闭时须写明理由（至少 4 个字）。", "Closing a P1 or P2 needs a reason of at least 4 characters.")
	case "note":
		if r.Inspect() {
			return r.T("拆卸/断带告警须填写腕带查验情况后才能关闭。", "A strap alert closes only with a note on the inspected wristband.")
		}
		return r.T("P1、P2 告警认定属实须有证据：请填写核实情况。", "A confirmed P1 or P2 needs evidence: write down what was verified.")
	case "outcome":
		return r.T("请选择处置结果。", "Choose an outcome.")
	case "text":
		return r.T("备注不能为空，且不超过 4000 字。", "A note holds 1 to 4000 characters.")
	}
	return r.T("填写的内容有误，操作没有执行。", "Something in the form is not right; nothing was done.")
}
