package store

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"correctiond/alerts"
	"correctiond/roster"
	"correctiond/store/database"
)

// Groups lists the alerts that f selects by the person they are about, the
// person with the newest alert first. Of each, up to alerts.GroupMax alerts come
// along, newest first. Alerts about nobody are one group, of no subject.
func (s *State) Groups(ctx context.Context, f alerts.Filter) (alerts.GroupPage, error) {
	limit, after, err := groupLimits(&f)
	if err != nil {
		return alerts.GroupPage{}, fmt.Errorf("group alerts: %w", err)
	}
	page, err := s.groups(ctx, &f, after, limit)
	if err == nil {
		err = s.fillGroups(ctx, &f, page.Items)
	}
	if err != nil {
		return alerts.GroupPage{}, fmt.Errorf("group alerts: %w", err)
	}
	return page, nil
}

// groupLimits reads how many groups are wanted, and after which.
func groupLimits(f *alerts.Filter) (limit int, after *newestAlert, err error) {
	if limit = f.Limit; limit == 0 {
		limit = 50
	}
	if limit < 1 || limit > alerts.MaxPage {
		return 0, after, fmt.Errorf("limit %d is not 1 … %d", f.Limit, alerts.MaxPage)
	}
	if f.Cursor != "" {
		at, id, ok := strings.Cut(f.Cursor, ".")
		opened, err := strconv.ParseInt(at, 36, 64)
		if err != nil || !ok {
			return 0, after, database.ErrCursor
		}
		after = &newestAlert{opened: roster.Instant(opened), id: id}
	}
	f.Cursor = ""
	return limit, after, nil
}

// fillGroups reads the newest alerts of each group.
func (s *State) fillGroups(ctx context.Context, f *alerts.Filter, groups []alerts.Group) error {
	var ids []roster.SubjectID
	at := make(map[roster.SubjectID]*alerts.Group, len(groups))
	for i := range groups {
		g := &groups[i]
		if g.Subject == "" {
			if err := s.fillNobody(ctx, f, g); err != nil {
				return err
			}
			continue
		}
		ids, at[g.Subject] = append(ids, g.Subject), g
	}
	w, err := alertsWhere(f)
	if err != nil || len(ids) == 0 {
		return err
	}
	database.OneOf(w, "subject", ids)
	query := `SELECT subject, id, body FROM (SELECT subject, opened, id, body,
		row_number() OVER (PARTITION BY subject ORDER BY opened DESC, id) AS n FROM alerts` + w.SQL() + `) AS numbered
		WHERE n <= ? ORDER BY opened DESC, id`
	return s.eachInGroup(ctx, query, append(w.Args, alerts.GroupMax), func(id roster.SubjectID) *alerts.Group { return at[id] })
}

// fillNobody reads the newest alerts about nobody, and about those who are hidden.
func (s *State) fillNobody(ctx context.Context, f *alerts.Filter, g *alerts.Group) error {
	w, err := alertsWhere(f)
	if err != nil {
		return err
	}
	database.OneOf(w, "subject", nobodyOf(f))
	query := "SELECT subject, id, body FROM alerts" + w.SQL() + " ORDER BY opened DESC, id LIMIT ?"
	return s.eachInGroup(ctx, query, append(w.Args, alerts.GroupMax), func(roster.SubjectID) *alerts.Group { return g })
}

// eachInGroup adds the alerts that a query selects to the groups they belong to.
func (s *State) eachInGroup(ctx context.Context, query string, args []any, of func(roster.SubjectID) *alerts.Group) error {
	return s.db.Each(ctx, query, args, func(scan func(...any) error) error {
		var (
			subject roster.SubjectID
			id      string
			body    []byte
		)
		if err := scan(&subject, &id, &body); err != nil {
			return err
		}
		a, err := s.openAlert(id, body)
		g := of(subject)
		g.Alerts = append(g.Alerts, a)
		return err
	})
}
