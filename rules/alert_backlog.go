package rules

import (
	"cmp"
	"fmt"
	"slices"

	"correctiond/roster"
)

// AlertBacklog is an office that does not get round to its alerts. It is about
// the agency, never about a person.
const AlertBacklog Kind = "alert-backlog"

func alertBacklogInfo() kindInfo {
	return kindInfo{
		KindInfo: KindInfo{Kind: AlertBacklog, Label: Text{"告警积压", "alert backlog"}, Ending: Auto, Basis: "实践"},
		describe: func(e *Engine, _ *subject, r *run) (Text, map[string]any) {
			n := e.backlog.overdue[r.Office]
			if n == 0 {
				return Text{"积压的预警已处置", "the alerts that waited have been dealt with"}, map[string]any{"alerts": n}
			}
			return Text{
				fmt.Sprintf("%d 条预警或重大事项报告超时未处置", n), fmt.Sprintf("%d alert(s) or incident report(s) wait longer than they may", n),
			}, map[string]any{"alerts": n}
		},
	}
}

// backlogConfig says how long an alert may wait: unacknowledged by severity, and
// open at all; and how long the report on a confirmed P1.
type backlogConfig struct {
	P1   roster.Duration `yaml:"p1" json:"p1"`
	P2   roster.Duration `yaml:"p2" json:"p2"`
	Open roster.Duration `yaml:"open" json:"open"`
	// Incident counts from the confirmation to the submission to the district.
	Incident roster.Duration `yaml:"incident" json:"incident"`
}

func defaultBacklog() backlogConfig {
	const hour = roster.Duration(3600e9)
	return backlogConfig{P1: hour / 2, P2: 4 * hour, Open: 7 * 24 * hour, Incident: 24 * hour}
}

func (c *backlogConfig) requirements() []requirement {
	ok := length(c.P1) > 0 && length(c.P2) > 0 && length(c.Open) > 0 && length(c.Incident) > 0
	return []requirement{{ok, "alert_backlog: p1, p2, open and incident longer than 0s"}}
}

// backlog follows the alerts that wait. It is rebuilt from the records after a
// restart.
type backlog struct {
	waiting map[string]waiting // open and unreported alerts by id
	overdue map[roster.OfficeID]int
	// queue holds when alerts become overdue, the earliest first. Entries that no
	// longer hold are passed over.
	queue overdueHeap
}

type waiting struct {
	office  roster.OfficeID
	due     roster.Instant
	overdue bool
}

// due is when the alert begins to be overdue. One that came back to be open waits
// from then on.
func (c *backlogConfig) due(r *record) roster.Instant {
	if r.unreported() {
		return r.Closed + length(c.Incident)
	}
	due := max(r.Opened, r.Reopened) + length(c.Open)
	switch {
	case r.Acked != 0:
	case r.Severity == P1:
		due = min(due, max(r.Urgent, r.Returned)+length(c.P1))
	case r.Severity == P2:
		due = min(due, max(r.Urgent, r.Returned)+length(c.P2))
	}
	return due
}

// await enters an alert as it stands now.
func (e *Engine) await(s *subject, r *record) {
	if r.Kind == AlertBacklog {
		return
	}
	b, office := &e.backlog, r.Office
	if s != nil {
		office = s.entry.Office
	}
	old, known := b.waiting[r.ID]
	if !r.waits() {
		if known {
			delete(b.waiting, r.ID)
			e.relieve(old)
		}
		return
	}
	due := e.cfg.Backlog.due(r)
	if known && old.due == due && old.office == office {
		return
	}
	next := waiting{office: office, due: due, overdue: due < e.clock}
	b.waiting[r.ID] = next
	if next.overdue {
		e.burden(office)
	} else {
		b.queue.push(due, r.ID)
	}
	if known {
		e.relieve(old)
	}
}

// moveAlerts follows a subject to another office.
func (e *Engine) moveAlerts(s *subject) {
	for i := range s.Attention.Records {
		e.await(s, &s.Attention.Records[i])
	}
}

// burden counts an overdue alert of an office, relieve takes one back.
func (e *Engine) burden(office roster.OfficeID) {
	e.backlog.overdue[office]++
	if e.districtRun(AlertBacklog, office) == nil {
		e.begin(run{Kind: AlertBacklog, Office: office, Started: e.clock, Steps: []Severity{P2}})
	}
}

func (e *Engine) relieve(w waiting) {
	if !w.overdue {
		return
	}
	e.backlog.overdue[w.office]--
	if e.backlog.overdue[w.office] == 0 {
		delete(e.backlog.overdue, w.office)
		e.finish(AlertBacklog, w.office)
	}
}

func alertBacklogDue(e *Engine) roster.Instant {
	q := &e.backlog.queue
	for len(*q) > 0 {
		w, open := e.backlog.waiting[(*q)[0].id]
		if open && !w.overdue && w.due == (*q)[0].at {
			return w.due
		}
		q.pop()
	}
	return 0
}

func alertBacklogExpire(e *Engine, at roster.Instant) {
	for due := alertBacklogDue(e); due != 0 && due <= at; due = alertBacklogDue(e) {
		id := e.backlog.queue.pop()
		w := e.backlog.waiting[id]
		w.overdue = true
		e.backlog.waiting[id] = w
		e.burden(w.office)
	}
}

// reviveBacklog counts what waits after a restart. The runs are those of the
// snapshot: nothing begins or ends by it.
func (e *Engine) reviveBacklog() {
	b := &e.backlog
	for id, s := range e.owners {
		r := e.record(id)
		if r == nil || !r.waits() || r.Kind == AlertBacklog {
			continue
		}
		w := waiting{office: r.Office, due: e.cfg.Backlog.due(r)}
		if s != nil {
			w.office = s.entry.Office
		}
		if w.overdue = w.due < e.clock; w.overdue {
			b.overdue[w.office]++
		} else {
			b.queue = append(b.queue, queued{w.due, id})
		}
		b.waiting[id] = w
	}
	slices.SortFunc(b.queue, queued.compare) // a sorted slice is a heap
}

// queued is one alert in the queue.
type queued struct {
	at roster.Instant
	id string
}

func (a queued) compare(b queued) int {
	return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.id, b.id))
}

// overdueHeap is a binary heap.
type overdueHeap []queued

func (q *overdueHeap) push(at roster.Instant, id string) {
	*q = append(*q, queued{at, id})
	h := *q
	for i := len(h) - 1; i > 0; {
		up := (i - 1) / 2
		if h[up].compare(h[i]) <= 0 {
			return
		}
		h[up], h[i] = h[i], h[up]
		i = up
	}
}

func (q *overdueHeap) pop() string {
	h := *q
	first, last := h[0].id, len(h)-1
	h[0], h[last] = h[last], queued{}
	*q = h[:last]
	q.sink()
	return first
}

// sink moves the first one down to its place.
func (q *overdueHeap) sink() {
	h := *q
	for i := 0; ; {
		least := i
		for _, down := range []int{2*i + 1, 2*i + 2} {
			if down < len(h) && h[down].compare(h[least]) < 0 {
				least = down
			}
		}
		if least == i {
			return
		}
		h[i], h[least] = h[least], h[i]
		i = least
	}
}
