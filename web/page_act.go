package web

import (
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"correctiond/alerts"
	"correctiond/roster"
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
	body := s.formBody(r)
	a, err := body.action(r, c, version)
	if err != nil {
		s.refuse(w, r, c, http.StatusBadRequest, err)
		return
	}
	next, err := s.deps.Actor.Act(r.Context(), current.Episode.ID, a)
	if err != nil {
		s.explain(w, r, c, body, err)
		return
	}
	if isFetch(r) {
		b := s.base(r, c)
		s.render(w, r, http.StatusOK, "row", s.row(b, c, &next))
		return
	}
	if alone(r) {
		s.backToAlert(w, r, &next)
		return
	}
	// The id is one that the source of alerts knows, not merely what was sent.
	http.Redirect(w, r, "/?"+r.URL.RawQuery+"#a-"+url.PathEscape(next.Episode.ID), http.StatusSeeOther)
}

// formBody is what a form of the list holds. A snooze is chosen by its hours.
func (s *Server) formBody(r *http.Request) actionBody {
	body := actionBody{
		Text: r.PostFormValue("text"), About: alerts.About(r.PostFormValue("about")),
		Outcome: alerts.Outcome(r.PostFormValue("outcome")), Reason: r.PostFormValue("reason"), Note: r.PostFormValue("note"),
		Officer: roster.OfficerID(r.PostFormValue("officer")), Until: r.PostFormValue("until"), Date: r.PostFormValue("date"),
	}
	if hours, err := strconv.Atoi(r.PostFormValue("hours")); err == nil {
		body.Until = time.Now().Add(time.Duration(hours) * time.Hour).Format(time.RFC3339)
	}
	return body
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
		if t := actionType(r); t == alerts.Hold || t == alerts.Release {
			shown.Notice = shown.T("依法保全和解除保全都须写明理由。", "A legal hold, and its end, need a reason.")
		}
	default:
		shown.Notice = shown.overtaken()
	}
	if isFetch(r) {
		s.render(w, r, status, "row", shown)
		return
	}
	if alone(r) {
		s.showAlert(w, r, c, status, shown)
		return
	}
	s.showList(w, r, c, status, shown)
}

// wanting tells a person which field needs what.
func (r *row) wanting(field string) string {
	switch field {
	case "officer":
		return r.T("请选择花名册中的工作人员。", "Choose an officer of the roster.")
	case "until":
		return r.T("暂缓不得超过 24 小时。", "An alert can be put off for at most 24 hours.")
	case "reason":
		if r.A.State == alerts.Closed {
			return r.T("请写明重新打开的理由。", "Say why the alert is opened again.")
		}
		return r.T("P1、P2 告警关闭时须写明理由（至少 4 个字）。", "Closing a P1 or P2 needs a reason of at least 4 characters.")
	case "note":
		if r.Inspect() {
			return r.T("拆卸/断带告警须填写腕带查验情况后才能关闭。", "A strap alert closes only with a note on the inspected wristband.")
		}
		return r.T("P1、P2 告警认定属实须有证据：请填写核实情况。", "A confirmed P1 or P2 needs evidence: write down what was verified.")
	case "outcome":
		return r.T("请选择处置结果。", "Choose an outcome.")
	case "file", "name", "sha256":
		return r.T("文件不能为空，且不超过 10 MB。", "A file holds something, and at most 10 MB.")
	case "text":
		return r.T("备注不能为空，且不超过 4000 字。", "A note holds 1 to 4000 characters.")
	}
	return r.T("填写的内容有误，操作没有执行。", "Something in the form is not right; nothing was done.")
}
