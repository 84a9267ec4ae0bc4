package store

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"correctiond/alerts"
	"correctiond/roster"
	"correctiond/store/database"
)

// groupCursor is the last group of the page before.
type groupCursor struct {
	newest  roster.Instant
	subject roster.SubjectID
}

// before tells whether a group comes behind the cursor; nil is before all.
func (c *groupCursor) before(g *alerts.Group) bool {
	return c == nil || g.Newest < c.newest || g.Newest == c.newest && g.Subject > c.subject
}

// groups finds the people with the newest alerts, and counts theirs: a page of a large
// district looks at its own people only.
func (s *State) groups(ctx context.Context, f *alerts.Filter, after *groupCursor, limit int) (alerts.GroupPage, error) {
	page := alerts.GroupPage{Items: []alerts.Group{}}
	found, err := s.newestOf(ctx, f, after, limit)
	if err != nil {
		return page, err
	}
	nobody, err := s.countGroups(ctx, f, append([]roster.SubjectID{""}, f.Hidden...), "''")
	if err != nil {
		return page, err
	}
	if g, some := nobody[""]; some && after.before(&g) {
		found = append(found, "")
	}
	counted, err := s.countGroups(ctx, f, found, "subject")
	if err != nil {
		return page, err
	}
	for _, id := range found {
		g := counted[id]
		if id == "" {
			g = nobody[id]
		}
		page.Items = append(page.Items, g)
	}
	slices.SortFunc(page.Items, func(a, b alerts.Group) int {
		return cmp.Or(cmp.Compare(b.Newest, a.Newest), cmp.Compare(a.Subject, b.Subject))
	})
	page.Items = page.Items[:min(len(page.Items), limit)]
	return page, nil
}

// newestOf lists people by their newest alert behind a cursor; those that the filter
// hides are not among them. It reads the newest alerts until there are enough.
func (s *State) newestOf(ctx context.Context, f *alerts.Filter, after *groupCursor, limit int) (ids []roster.SubjectID, err error) {
	newer, err := alertsWhere(f)
	if err != nil {
		return nil, err
	}
	newer.Add("b.subject = a.subject AND (b.opened > a.opened OR b.opened = a.opened AND b.id < a.id)")
	w, _ := alertsWhere(f) // the same filter once more
	w.Add("subject <> ''")
	if after != nil {
		w.Add("opened <= ? AND (opened < ? OR subject > ?)", after.newest, after.newest, after.subject)
	}
	w.Add("NOT EXISTS (SELECT 1 FROM alerts AS b"+newer.SQL()+")", newer.Args...)
	unseen := map[roster.SubjectID]bool{}
	for _, id := range f.Hidden {
		unseen[id] = true
	}
	// Ordered by the time alone, which an index gives; who is equal is ordered after.
	query := "SELECT subject, opened FROM alerts AS a" + w.SQL() + " ORDER BY opened DESC"
	var last roster.Instant
	err = s.db.Each(ctx, query, w.Args, func(scan func(...any) error) error {
		var id roster.SubjectID
		var opened roster.Instant
		if err := scan(&id, &opened); err != nil || unseen[id] {
			return err
		}
		if len(ids) >= limit && opened < last {
			return errEnoughGroups
		}
		ids, last = append(ids, id), opened
		return nil
	})
	if errors.Is(err, errEnoughGroups) {
		err = nil
	}
	return ids, err
}

var errEnoughGroups = errors.New("enough")

// countGroups counts the alerts about some people, by what an expression makes of each.
func (s *State) countGroups(ctx context.Context, f *alerts.Filter, of []roster.SubjectID, as string) (map[roster.SubjectID]alerts.Group, error) {
	out := map[roster.SubjectID]alerts.Group{}
	w, err := alertsWhere(f)
	if err != nil || len(of) == 0 {
		return out, err
	}
	database.OneOf(w, "subject", of)
	query := fmt.Sprintf(`SELECT %s AS person, count(*), count(*) FILTER (WHERE state = 'open'), count(*) FILTER (WHERE state = 'acknowledged'),
		min(severity), max(opened) FROM alerts%s GROUP BY 1`, as, w.SQL())
	err = s.db.Each(ctx, query, w.Args, func(scan func(...any) error) error {
		var g alerts.Group
		err := scan(&g.Subject, &g.Count, &g.Open, &g.Acknowledged, &g.Severity, &g.Newest)
		out[g.Subject] = g
		return err
	})
	return out, err
}
