package main

import (
	"context"
	"maps"
	"sort"
	"strings"

	"correctiond/plans"
	"correctiond/roster"
	"correctiond/rules"
	"correctiond/store"
	"correctiond/web"
)

var _ web.PlanLists = ports{}

// listedVersions are read of each plan on a page: the newest, and what a draft follows.
const listedVersions = 5

// planStands is how it stands with everybody's plan in a district, and the digest of
// what the templates give for each set of facts: few of them are many people's, and
// each is matched once.
type planStands struct {
	of      map[roster.SubjectID]plans.Stand
	digests map[string]string
}

// PlanList reads a page of people with how it stands with their plans, in the order of
// attention, and counts them all.
func (p ports) PlanList(ctx context.Context, f web.PlanFilter) (page web.PlanPage, err error) {
	l := p.d.lane(f.District)
	if l == nil {
		return page, nil
	}
	t, err := p.Templates(ctx, f.District)
	if err != nil {
		return page, err
	}
	stands, err := p.stands(ctx, l.district, t.Library)
	if err != nil {
		return page, err
	}
	ids := l.district.standings().plansOf(&f, stands, &page)
	l.district.ask(func(e *rules.Engine) {
		for _, id := range ids {
			if entry := e.Directory().Subject(id); entry != nil {
				page.Items = append(page.Items, web.PlanRow{Person: personOf(e, entry)})
			}
		}
	})
	for i := range page.Items {
		if err := p.fillPlan(ctx, t.Library, stands, &page.Items[i]); err != nil {
			return page, err
		}
	}
	return page, nil
}

// stands is how it stands with everybody's plan, computed once for many readers.
func (p ports) stands(ctx context.Context, d *district, l *plans.Library) (*planStands, error) {
	return d.census.plans.of(l).get(&d.census.renewing, 0, func() (*planStands, error) {
		return p.planStands(context.WithoutCancel(ctx), d, l)
	})
}

// matchPlans compares everybody's plan with the templates before anybody asks: what
// each set of facts gives is known from then on.
func (d *daemon) matchPlans(ctx context.Context) error {
	p := ports{d}
	for _, l := range d.lanes() {
		t, err := p.Templates(ctx, l.district.id)
		if err == nil {
			_, err = p.stands(ctx, l.district, t.Library)
		}
		if err != nil && ctx.Err() == nil {
			d.log.Warn("plans are compared when somebody asks", "district", l.district.id, "err", err)
		}
	}
	<-ctx.Done()
	return nil
}

// planOrder is a scope's people in order, as places of the list of all, and how many
// there are of each stand.
type planOrder struct {
	seats  []int32
	counts map[plans.Stand]int
}

// planOrderOf is what an order is made of, besides the list that keeps it.
type planOrderOf struct {
	scope  web.Scope
	stands *planStands
}

// plansOf chooses the people of a page, and counts all that the filter's scope has: that
// is done once for each scope while the list stands.
func (r *ranked) plansOf(f *web.PlanFilter, stands *planStands, page *web.PlanPage) (ids []roster.SubjectID) {
	order, _ := r.plans.of(planOrderOf{f.Scope, stands}).get(nil, forever, func() (*planOrder, error) {
		return r.planOrder(&f.Scope, stands), nil
	})
	page.Counts = maps.Clone(order.counts)
	first := sort.Search(len(order.seats), func(i int) bool { return f.After.Before(placeAt(&r.list[order.seats[i]])) })
	for _, at := range order.seats[first:] {
		st := &r.list[at]
		if f.Stand != "" && stands.of[st.Subject] != f.Stand {
			continue
		}
		if page.More = len(ids) == f.Limit; page.More {
			break
		}
		ids = append(ids, st.Subject)
	}
	return ids
}

func placeAt(s *seat) web.Place {
	return web.PlaceOf(&rules.Risk{Subject: s.Subject, Score: s.Score, Colour: s.Colour})
}

func (r *ranked) planOrder(s *web.Scope, stands *planStands) *planOrder {
	out := &planOrder{counts: map[plans.Stand]int{}}
	within := peopleIn(s)
	for i := range r.list {
		if st := &r.list[i]; within(st.Office, st.Subject) {
			out.seats = append(out.seats, int32(i))
			out.counts[stands.of[st.Subject]]++
		}
	}
	return out
}

// peopleIn tells who is in a scope, by hash: it is asked for everyone in a district.
func peopleIn(s *web.Scope) func(roster.OfficeID, roster.SubjectID) bool {
	hidden, only := setOf(s.Hidden), setOf(s.Only)
	return func(o roster.OfficeID, id roster.SubjectID) bool {
		return (s.Office == "" || o == s.Office) && !hidden[id] && (!s.Limited || only[id])
	}
}

// fillPlan reads how it stands with one plan, exactly.
func (p ports) fillPlan(ctx context.Context, l *plans.Library, known *planStands, row *web.PlanRow) error {
	versions, err := p.d.state.Plans(ctx, row.District, row.ID, listedVersions)
	if err != nil {
		return err
	}
	facts := p.planFacts(row.District, row.ID)
	digest, matched := known.digests[factsKey(facts)]
	if !matched {
		digest = plans.Digest(l.Match(facts))
	}
	row.Stand = plans.StandOf(versions, digest)
	if len(versions) > 0 {
		row.Newest = &versions[0]
	}
	return nil
}

// planStands compares everybody's plan with what the templates give.
func (p ports) planStands(ctx context.Context, d *district, l *plans.Library) (*planStands, error) {
	heads, err := p.d.state.PlanHeads(ctx, d.id)
	if err != nil {
		return nil, err
	}
	out := &planStands{map[roster.SubjectID]plans.Stand{}, map[string]string{}}
	known := map[string]string{} // from the time before: those of facts that nobody has any more go
	if last := d.census.plans.of(l).kept.Load(); last != nil {
		known = last.value.digests
	}
	all := d.standings()
	d.inParts(func(e *rules.Engine, ids []roster.SubjectID) {
		for _, id := range ids {
			entry := e.Directory().Subject(id)
			if entry == nil {
				continue
			}
			facts := plans.FactsOf(entry, all.colour(id), p.d.cal, e.Clock())
			key := factsKey(facts)
			if out.digests[key] == "" {
				if out.digests[key] = known[key]; out.digests[key] == "" {
					out.digests[key] = plans.Digest(l.Match(facts))
				}
			}
			out.of[id] = standOf(heads[id], out.digests[key])
		}
	})
	return out, nil
}

func factsKey(facts []plans.Fact) string {
	var b strings.Builder
	for _, f := range facts {
		b.WriteString(f.Key)
		b.WriteByte(' ')
		b.WriteString(f.Value)
		b.WriteByte('\n')
	}
	return b.String()
}

// standOf is plans.StandOf of what lists know.
func standOf(heads []store.PlanHead, digest string) plans.Stand {
	if len(heads) > 0 && heads[0].State == plans.Draft {
		return plans.Waits
	}
	for _, h := range heads {
		if h.State == plans.Signed {
			if h.Digest != digest {
				return plans.Changed
			}
			return plans.InForce
		}
	}
	return plans.NoPlan
}
