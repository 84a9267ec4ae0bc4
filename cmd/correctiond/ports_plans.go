package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"correctiond/plans"
	"correctiond/registers"
	"correctiond/roster"
	"correctiond/rules"
	"correctiond/store"
	"correctiond/store/database"
	"correctiond/web"
)

var _ web.Plans = ports{}

// maxPlans bounds how many versions of a plan are shown.
const maxPlans = 200

// PlanOf reads the versions of a person's plan, and matches the templates with what
// is known of them now.
func (p ports) PlanOf(ctx context.Context, id roster.DistrictID, subject roster.SubjectID) (web.PlanFile, error) {
	t, err := p.Templates(ctx, id)
	if err != nil {
		return web.PlanFile{}, err
	}
	f := web.PlanFile{Library: t.Library.Version(), Facts: p.planFacts(id, subject)}
	f.Matched = t.Library.Match(f.Facts)
	f.Versions, err = p.d.state.Plans(ctx, id, subject, maxPlans)
	return f, err
}

func (p ports) planFacts(id roster.DistrictID, subject roster.SubjectID) (facts []plans.Fact) {
	l := p.d.lane(id)
	if l == nil {
		return nil
	}
	l.district.ask(func(e *rules.Engine) {
		risk, ok := e.Risk(subject)
		if !ok {
			return // nor has the engine anybody before its first roster
		}
		if entry := e.Directory().Subject(subject); entry != nil {
			facts = plans.FactsOf(entry, risk.Colour, p.d.cal, e.Clock())
		}
	})
	return facts
}

// AddPlan appends a version. A plan that is signed is the last step of the person's
// hand-over (衔接).
func (p ports) AddPlan(ctx context.Context, next *plans.Plan) error {
	err := p.d.state.AddPlan(ctx, next)
	if errors.Is(err, database.ErrTaken) {
		err = web.ErrStalePlan
	}
	if err == nil && next.Signed != nil {
		p.handedOver(ctx, next)
	}
	return err
}

// handedOver enters that the plan is signed where the hand-over waits for it. What
// fails here changes nothing of the plan: the step can be entered by hand.
func (p ports) handedOver(ctx context.Context, signed *plans.Plan) {
	found, err := p.d.state.RegisterRecords(ctx, store.RegisterFilter{District: signed.District, Register: "hand-overs", Subject: signed.Subject, Limit: 1})
	reg, _ := registers.Find("hand-overs")
	form, ok := reg.Form("plan-signed")
	if err == nil && ok && len(found) == 1 && reg.Follows(&found[0], &form, "") == nil {
		e := registers.Entry{
			Of: found[0].ID, District: signed.District, Office: found[0].Office, Register: reg.Name, Subject: signed.Subject,
			At: signed.Signed.At, By: signed.Signed.By, Body: registers.Body{"step": form.Name, "date": p.d.cal.Day(signed.Signed.At)},
		}
		_, err = p.d.state.EnterRegister(ctx, e, e.Key(&form))
	}
	if err != nil && !errors.Is(err, database.ErrTaken) {
		p.d.log.Error("the hand-over does not say that the plan is signed; enter it by hand", "subject", signed.Subject, "err", err)
	}
}

// Templates are those of the district, else those of the configuration.
func (p ports) Templates(ctx context.Context, id roster.DistrictID) (web.Templates, error) {
	held, err := p.d.state.PlanLibrary(ctx, id)
	if err != nil {
		return web.Templates{}, err
	}
	if len(held.Body) == 0 {
		t := web.Templates{Library: p.d.templates.Load(), Edition: held.Version, Origin: "built-in"}
		if p.d.cfg.Rules.PlansDir != "" {
			t.Origin = "files"
		}
		return t, nil
	}
	l, err := plans.Read([]plans.File{{Name: "templates of " + string(id), Data: held.Body}})
	return web.Templates{Library: l, Edition: held.Version, Origin: "district", By: held.By, At: held.At}, err
}

// SetTemplates replaces the templates of a district.
func (p ports) SetTemplates(ctx context.Context, id roster.DistrictID, t web.Templates) (web.Templates, error) {
	next, detail := store.PlanLibrary{District: id, Version: t.Edition, By: t.By, At: t.At}, "those of the configuration"
	if t.Library != nil {
		body, err := json.Marshal(t.Library)
		if err != nil {
			return t, fmt.Errorf("write templates: %w", err)
		}
		templates, measures := t.Library.Len()
		next.Body, detail = body, fmt.Sprintf("%d templates, %d measures, %s", templates, measures, t.Library.Version())
	}
	_, err := p.d.state.PutPlanLibrary(ctx, next, detail)
	if errors.Is(err, database.ErrTaken) {
		err = web.ErrStalePlan
	}
	if err != nil {
		return t, err
	}
	return p.Templates(ctx, id)
}
