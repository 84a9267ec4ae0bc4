package backtest

import (
	"cmp"
	"slices"

	"correctiond/alerts"
	"correctiond/roster"
	"correctiond/rules"
)

// match finds for each alert of next the one of now that it is, by index, -1 for
// none. Equal ids are the same; of the others, one about the same kind and person
// that overlaps in time is, the nearest in its start first.
func match(now, next []alerts.Alert, until roster.Instant) []int {
	of := make([]int, len(next))
	free := map[string]int{}
	for i := range now {
		free[now[i].Episode.ID] = i
	}
	for j := range next {
		of[j] = -1
		if i, same := free[next[j].Episode.ID]; same {
			of[j] = i
			delete(free, next[j].Episode.ID)
		}
	}
	left := map[about][]int{}
	for i := range now {
		if _, unmatched := free[now[i].Episode.ID]; unmatched {
			key := aboutOf(&now[i].Episode)
			left[key] = append(left[key], i)
		}
	}
	for _, c := range candidates(now, next, of, left, until) {
		if _, unmatched := free[now[c.now].Episode.ID]; unmatched && of[c.next] < 0 {
			of[c.next] = c.now
			delete(free, now[c.now].Episode.ID)
		}
	}
	return of
}

// about is what two alerts share when they may be one.
type about struct {
	kind   rules.Kind
	person string
}

func aboutOf(e *rules.Episode) about {
	return about{e.Kind, cmp.Or(string(e.Subject), string(e.Device), string(e.Office), string(e.District))}
}

// candidate is a pair that may be one alert.
type candidate struct {
	now, next int
	apart     roster.Instant
}

// candidates lists the pairs that overlap, the nearest first.
func candidates(now, next []alerts.Alert, of []int, left map[about][]int, until roster.Instant) []candidate {
	var all []candidate
	for j := range next {
		if of[j] >= 0 {
			continue
		}
		b := &next[j].Episode
		for _, i := range left[aboutOf(b)] {
			a := &now[i].Episode
			if a.Started <= end(b, until) && b.Started <= end(a, until) {
				all = append(all, candidate{i, j, max(a.Started-b.Started, b.Started-a.Started)})
			}
		}
	}
	slices.SortFunc(all, func(x, y candidate) int {
		return cmp.Or(cmp.Compare(x.apart, y.apart), cmp.Compare(x.now, y.now), cmp.Compare(x.next, y.next))
	})
	return all
}

func end(e *rules.Episode, until roster.Instant) roster.Instant {
	if e.Ended == 0 {
		return max(until, e.Started)
	}
	return e.Ended
}
