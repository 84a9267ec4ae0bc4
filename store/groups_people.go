package store

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"correctiond/alerts"
	"correctiond/roster"
	"correctiond/store/database"
)

// newestAlert is that of a group: groups come in the order of theirs, which an index
// has. One time may be that of thousands, as after an outage.
type newestAlert struct {
	subject roster.SubjectID
	opened  roster.Instant
	id      string
}

// compareNewest orders as the lists of alerts do.
func compareNewest(a, b newestAlert) int {
	return cmp.Or(cmp.Compare(b.opened, a.opened), cmp.Compare(a.id, b.id))
}

// groups finds the people with the newest alerts behind a cursor, and counts theirs: a
// page of a large district looks at its own people only.
func (s *State) groups(ctx context.Context, f *alerts.Filter, after *newestAlert, limit int) (alerts.GroupPage, error) {
	page := alerts.GroupPage{Items: []alerts.Group{}}
	found, err := s.newestOf(ctx, f, after, limit+1)
	if err != nil {
		return page, err
	}
	nobody, some, err := s.newestOfNobody(ctx, f)
	if err != nil {
		return page, err
	}
	if some && (after == nil || compareNewest(*after, nobody) < 0) {
		at, _ := slices.BinarySearchFunc(found, nobody, compareNewest)
		found = slices.Insert(found, at, nobody)
	}
	if len(found) > limit {
		found = found[:limit]
		page.Next = strconv.FormatInt(int64(found[limit-1].opened), 36) + "." + found[limit-1].id
	}
	page.Items, err = s.counted(ctx, f, found)
	return page, err
}

// counted counts the alerts of each group.
func (s *State) counted(ctx context.Context, f *alerts.Filter, found []newestAlert) ([]alerts.Group, error) {
	groups, ids := []alerts.Group{}, []roster.SubjectID{}
	var nobody map[roster.SubjectID]alerts.Group
	for i := range found {
		if found[i].subject != "" {
			ids = append(ids, found[i].subject)
			continue
		}
		var err error
		if nobody, err = s.countGroups(ctx, f, nobodyOf(f), "''"); err != nil {
			return nil, err
		}
	}
	people, err := s.countGroups(ctx, f, ids, "subject")
	for i := range found {
		if id := found[i].subject; id != "" {
			groups = append(groups, people[id])
		} else {
			groups = append(groups, nobody[id])
		}
	}
	return groups, err
}

// nobodyOf are those whose alerts are shown as about nobody.
func nobodyOf(f *alerts.Filter) []roster.SubjectID {
	return append([]roster.SubjectID{""}, f.Hidden...)
}

// newestOf lists people by their newest alert behind a cursor; those that the filter
// hides are not among them. It reads the newest alerts until there are enough.
func (s *State) newestOf(ctx context.Context, f *alerts.Filter, after *newestAlert, limit int) (list []newestAlert, err error) {
	newer, err := alertsWhere(f)
	if err != nil {
		return nil, err
	}
	newer.Add("b.subject = a.subject AND (b.opened > a.opened OR b.opened = a.opened AND b.id < a.id)")
	w, _ := alertsWhere(f) // the same filter once more
	w.Add("subject <> ''")
	if after != nil {
		w.Add("opened <= ? AND (opened < ? OR id > ?)", after.opened, after.opened, after.id)
	}
	w.Add("NOT EXISTS (SELECT 1 FROM alerts AS b"+newer.SQL()+")", newer.Args...)
	unseen := map[roster.SubjectID]bool{}
	for _, id := range f.Hidden {
		unseen[id] = true
	}
	query := "SELECT subject, opened, id FROM alerts AS a" + w.SQL() + " ORDER BY opened DESC, id"
	err = s.db.Each(ctx, query, w.Args, func(scan func(...any) error) error {
		var n newestAlert
		if err := scan(&n.subject, &n.opened, &n.id); err != nil || unseen[n.subject] {
			return err
		}
		if list = append(list, n); len(list) == limit {
			return errEnoughGroups
		}
		return nil
	})
	if errors.Is(err, errEnoughGroups) {
		err = nil
	}
	return list, err
}

var errEnoughGroups = errors.New("enough")

// newestOfNobody is the newest alert about nobody, and whether there is one.
func (s *State) newestOfNobody(ctx context.Context, f *alerts.Filter) (n newestAlert, some bool, err error) {
	w, err := alertsWhere(f)
	if err != nil {
		return n, false, err
	}
	database.OneOf(w, "subject", nobodyOf(f))
	query := "SELECT opened, id FROM alerts" + w.SQL() + " ORDER BY opened DESC, id LIMIT 1"
	err = s.db.Each(ctx, query, w.Args, func(scan func(...any) error) error {
		some = true
		return scan(&n.opened, &n.id)
	})
	return n, some, err
}

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
