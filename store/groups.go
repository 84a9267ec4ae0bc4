package store

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"correctiond/alerts"
	"correctiond/roster"
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
func groupLimits(f *alerts.Filter) (limit int, after where, err error) {
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
			return 0, after, ErrCursor
		}
		after.add("newest < ? OR newest = ? AND subject > ?", newest, newest, subject)
	}
	f.Cursor = ""
	return limit, after, nil
}

func (s *State) groups(ctx context.Context, f *alerts.Filter, after where, limit int) (alerts.GroupPage, error) {
	page := alerts.GroupPage{Items: []alerts.Group{}}
	w, err := alertsWhere(f)
	if err != nil {
		return page, err
	}
	query := `SELECT * FROM (SELECT subject, count(*), sum(state = 'open'), sum(state = 'acknowledged'),
		min(severity), max(opened) AS newest FROM alerts` + w.sql() + ` GROUP BY subject)` +
		after.sql() + " ORDER BY newest DESC, subject LIMIT ?"
	args := append(append(w.args, after.args...), limit)
	err = s.db.each(ctx, query, args, func(scan func(...any) error) error {
		var g alerts.Group
		err := scan(&g.Subject, &g.Count, &g.Open, &g.Acknowledged, &g.Severity, &g.Newest)
		page.Items = append(page.Items, g)
		return err
	})
	return page, err
}

// fillGroups reads the newest alerts of each group.
func (s *State) fillGroups(ctx context.Context, f *alerts.Filter, groups []alerts.Group) error {
	if len(groups) == 0 {
		return nil
	}
	w, err := alertsWhere(f)
	if err != nil {
		return err
	}
	var ids []roster.SubjectID
	at := make(map[roster.SubjectID]int, len(groups))
	for i := range groups {
		ids = append(ids, groups[i].Subject)
		at[groups[i].Subject] = i
	}
	oneOf(w, "subject", ids)
	query := `SELECT subject, body FROM (SELECT subject, opened, id, body,
		row_number() OVER (PARTITION BY subject ORDER BY opened DESC, id) AS n FROM alerts` + w.sql() + `)
		WHERE n <= ? ORDER BY opened DESC, id`
	return s.db.each(ctx, query, append(w.args, alerts.GroupMax), func(scan func(...any) error) error {
		var (
			subject roster.SubjectID
			body    []byte
		)
		if err := scan(&subject, &body); err != nil {
			return err
		}
		a, err := decodeAlert(body)
		g := &groups[at[subject]]
		g.Alerts = append(g.Alerts, a)
		return err
	})
}
