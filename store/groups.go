package store

import (
	"context"
	"fmt"
	"slices"
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
	page, err := s.groups(ctx, &f, after, limit+1)
	if err == nil && len(page.Items) > limit {
		page.Items = page.Items[:limit]
		last := &page.Items[limit-1]
		page.Next = strconv.FormatInt(int64(last.Newest), 36) + "." + string(last.Subject)
	}
	if err == nil {
		err = s.fillGroups(ctx, &f, page.Items)
	}
	if err != nil {
		return alerts.GroupPage{}, fmt.Errorf("group alerts: %w", err)
	}
	return page, nil
}

// groupLimits reads how many groups are wanted, and after which.
func groupLimits(f *alerts.Filter) (limit int, after database.Where, err error) {
	if limit = f.Limit; limit == 0 {
		limit = 50
	}
	if limit < 1 || limit > alerts.MaxPage {
		return 0, after, fmt.Errorf("limit %d is not 1 … %d", f.Limit, alerts.MaxPage)
	}
	if f.Cursor != "" {
		at, subject, ok := strings.Cut(f.Cursor, ".")
		newest, err := strconv.ParseInt(at, 36, 64)
		if err != nil || !ok {
			return 0, after, database.ErrCursor
		}
		after.Add("newest < ? OR newest = ? AND subject > ?", newest, newest, subject)
	}
	f.Cursor = ""
	return limit, after, nil
}

func (s *State) groups(ctx context.Context, f *alerts.Filter, after database.Where, limit int) (alerts.GroupPage, error) {
	page := alerts.GroupPage{Items: []alerts.Group{}}
	w, err := alertsWhere(f)
	if err != nil {
		return page, err
	}
	query := `SELECT * FROM (SELECT subject, count(*), count(*) FILTER (WHERE state = 'open'), count(*) FILTER (WHERE state = 'acknowledged'),
		min(severity), max(opened) AS newest FROM ` + seenBy(f) + w.SQL() + ` GROUP BY subject) AS people` +
		after.SQL() + " ORDER BY newest DESC, subject LIMIT ?"
	args := slices.Concat(hidden(f), w.Args, after.Args, []any{limit})
	err = s.db.Each(ctx, query, args, func(scan func(...any) error) error {
		var g alerts.Group
		err := scan(&g.Subject, &g.Count, &g.Open, &g.Acknowledged, &g.Severity, &g.Newest)
		page.Items = append(page.Items, g)
		return err
	})
	return page, err
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
	database.OneOf(w, "subject", append([]roster.SubjectID{""}, f.Hidden...))
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

// seenBy is the table of alerts in which those about hidden people are about
// nobody; its arguments are hidden(f).
func seenBy(f *alerts.Filter) string {
	if len(f.Hidden) == 0 {
		return "alerts"
	}
	return "(SELECT id, district, state, severity, kind, office, officer, opened, body, CASE WHEN subject IN (?" +
		strings.Repeat(", ?", len(f.Hidden)-1) + ") THEN '' ELSE subject END AS subject FROM alerts) AS alerts"
}

func hidden(f *alerts.Filter) []any {
	args := make([]any, len(f.Hidden))
	for i, id := range f.Hidden {
		args[i] = id
	}
	return args
}
