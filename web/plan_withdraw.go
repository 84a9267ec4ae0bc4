package web

import (
	"errors"
	"net/http"
	"time"

	"correctiond/plans"
	"correctiond/roster"
)

// errNotYours is why somebody may not withdraw a draft.
var errNotYours = errors.New("a draft is withdrawn by who wrote it, or by who may sign it")

// withdrawn is the version that ends the draft.
func (f *PlanFile) withdrawn(c *caller) (plans.Plan, error) {
	_, draft := plans.Standing(f.Versions)
	switch {
	case draft == nil:
		return plans.Plan{}, plans.ErrConflict
	case !c.mayWithdraw(draft):
		return plans.Plan{}, errNotYours
	}
	return draft.Withdraw(plans.Stamp{At: roster.InstantOf(time.Now()), By: c.Name})
}

func (c *caller) mayWithdraw(draft *plans.Plan) bool {
	return draft != nil && c.Role.may(recordDeeds) && (draft.Made.By == c.Name || c.Role.may(signPlans))
}

// withdrawPlan takes a draft back: the plan in force, if any, stays as it is.
func (s *Server) withdrawPlan(w http.ResponseWriter, r *http.Request, c *caller) {
	_, file, ok := s.planOf(w, r, c)
	if !ok || !s.planSeen(w, r, c, etagOf(file.number())) {
		return
	}
	next, err := file.withdrawn(c)
	if err != nil {
		s.refusePlan(w, r, c, err)
		return
	}
	s.addPlan(w, r, c, &next)
}

// submitWithdrawal takes a draft back from the page.
func (s *Server) submitWithdrawal(w http.ResponseWriter, r *http.Request, c *caller) {
	p, file, ok := s.planOf(w, r, c)
	if !ok {
		return
	}
	next, err := file.withdrawn(c)
	s.submitVersion(w, r, c, &planVersion{"withdraw", &next, planRefusal{&p, &file, nil, err}})
}
