package web_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"

	"correctiond/alerts"
	"correctiond/plans"
	"correctiond/roster"
	"correctiond/rules"
	"correctiond/web"
)

// world is everything the server needs, in memory.
type world struct {
	mu       sync.Mutex
	alerts   map[string]alerts.Alert
	changes  []alerts.Feed
	tokens   map[string]web.Identity
	checks   []web.Check
	broken   error
	people   []web.Person
	duties   []web.Duty
	leak     bool // the register ignores the scope
	overview web.Overview
	officers []web.OfficerOverview
	deeds    []web.Deed
	contacts []string // noted on alerts: with whom, and what came of it
	refusal  error
	files    map[string][]byte
	members  map[string]*member
	vouched  vouched
	issued   []web.IssuedToken
	changed  []string // accounts and tokens: by whom, what
	audit    []web.Recorded
	chain    web.Chain
	evidence requests
	assigned []roster.SubjectID
	opened   int // sessions
	uses     int // look-ups by which a person was there

	dossiers  map[roster.SubjectID][]web.Moment
	readings  []web.TrackQuery
	trackStep roster.Instant

	rosters  map[roster.DistrictID]*roster.Roster
	version  int
	exported []string
	letters  []web.Letter
	fate     web.Fate

	kept    []*web.Kept
	entered int64
	due     roster.Instant
	entry   error
	report  web.Report
	asked   [2]roster.Instant

	silences []web.Silence
	rota     web.Rota

	plans      map[roster.SubjectID][]plans.Plan
	facts      []plans.Fact
	lib        web.Templates
	zones      []web.MapZone
	compared   []web.Comparing
	comparison error
	fixes      []web.MapFix
}

var (
	_ web.Tokens    = (*world)(nil)
	_ web.Alerts    = (*world)(nil)
	_ web.Actor     = (*world)(nil)
	_ web.Changes   = (*world)(nil)
	_ web.Overviews = (*world)(nil)
	_ web.Readiness = (*world)(nil)
	_ web.Offices   = (*world)(nil)
	_ web.Register  = (*world)(nil)
	_ web.Deeds     = (*world)(nil)
	_ web.Officers  = (*world)(nil)
	_ web.Files     = (*world)(nil)
	_ web.Dossiers  = (*world)(nil)
	_ web.Tracks    = (*world)(nil)
	_ web.Rosters   = (*world)(nil)
	_ web.Letters   = (*world)(nil)
	_ web.Registers = (*world)(nil)
	_ web.Reports   = (*world)(nil)
	_ web.Silences  = (*world)(nil)
	_ web.Rotas     = (*world)(nil)
	_ web.Plans     = (*world)(nil)
)

func newWorld() *world {
	w := &world{alerts: map[string]alerts.Alert{}, tokens: map[string]web.Identity{}, files: map[string][]byte{}, trackStep: roster.Hour}
	for _, r := range []web.Role{
		web.Officer, web.SocialWorker, web.OfficeHead, web.District, web.Procurator, web.Ops, web.Admin,
	} {
		w.tokens["token-"+string(r)] = web.Identity{Name: string(r) + "-1", Role: r, District: "D1", Office: "O1"}
	}
	w.tokens["token-colleague"] = web.Identity{Name: "陈晓燕", Role: web.Officer, District: "D1", Office: "O1"}
	w.tokens["token-elsewhere"] = web.Identity{Name: "officer-9", Role: web.Officer, District: "D1", Office: "O2"}
	return w
}

func (w *world) deps() web.Deps {
	return web.Deps{
		Tokens: w, Accounts: w, Provider: w, Members: w, Audit: w, AuditLog: w, Caseload: w, Privates: w, Alerts: w, Actor: w, Changes: w, Overviews: w, Readiness: w,
		Offices: w, Register: w, Deeds: w, Officers: w, Files: w, Dossiers: w, Tracks: w, Rosters: w, Letters: w, Atlas: w, Registers: w, Reports: w, Silences: w, Rotas: w, Plans: w, PlanLists: w, Zoning: w, Thresholds: w, Evidence: &w.evidence,
	}
}

// raise opens an alert about an episode, or changes the one there is.
func (w *world) raise(ep rules.Episode) alerts.Alert {
	w.mu.Lock()
	defer w.mu.Unlock()
	if ep.District == "" {
		ep.District = "D1"
	}
	var prev *alerts.Alert
	if have, ok := w.alerts[ep.ID]; ok {
		prev = &have
	}
	next, _ := alerts.Observe(prev, ep, rules.ByEvent, ep.Opened)
	w.keep(next)
	return next
}

func (w *world) keep(a alerts.Alert) {
	w.alerts[a.Episode.ID] = a
	w.changes = append(w.changes, alerts.Feed{ID: int64(len(w.changes) + 1), At: a.Episode.Opened, Alert: a})
}

func (w *world) withdraw(token string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.tokens, token)
}

func (w *world) breakDown(err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.broken = err
}

func (w *world) Lookup(_ context.Context, secret string, used bool) (web.Identity, bool, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if used {
		w.uses++
	}
	id, ok := w.tokens[secret]
	return id, ok, nil
}

func (w *world) Alerts(_ context.Context, f alerts.Filter) (alerts.Page, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.broken != nil {
		return alerts.Page{}, w.broken
	}
	from := 0
	if f.Cursor != "" {
		n, err := strconv.Atoi(f.Cursor)
		if err != nil {
			return alerts.Page{}, fmt.Errorf("read %q: %w", f.Cursor, web.ErrCursor)
		}
		from = n
	}
	var found []alerts.Alert
	for _, a := range w.alerts {
		if selected(&f, &a) {
			found = append(found, a)
		}
	}
	slices.SortFunc(found, func(a, b alerts.Alert) int {
		return cmp.Or(cmp.Compare(b.Episode.Opened, a.Episode.Opened), cmp.Compare(a.Episode.ID, b.Episode.ID))
	})
	page := alerts.Page{Items: found[min(from, len(found)):min(from+f.Limit, len(found))]}
	if from+f.Limit < len(found) {
		page.Next = strconv.Itoa(from + f.Limit)
	}
	return page, nil
}

func selected(f *alerts.Filter, a *alerts.Alert) bool {
	ep := &a.Episode
	return (f.District == "" || f.District == ep.District) &&
		(f.Office == "" || f.Office == ep.Office) &&
		(f.Officer == "" || f.Officer == a.Officer()) &&
		(f.Subject == "" || f.Subject == ep.Subject) && (len(f.Subjects) == 0 || slices.Contains(f.Subjects, ep.Subject)) &&
		(f.Kind == "" || f.Kind == ep.Kind) &&
		(len(f.States) == 0 || slices.Contains(f.States, a.State)) &&
		(len(f.Severities) == 0 || slices.Contains(f.Severities, ep.Severity)) &&
		ep.Opened >= f.From && (f.Until == 0 || ep.Opened < f.Until)
}

func (w *world) Alert(_ context.Context, id string) (alerts.Alert, bool, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	a, ok := w.alerts[id]
	return a, ok, w.broken
}

func (w *world) Act(_ context.Context, id string, a alerts.Action) (alerts.Alert, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	prev, ok := w.alerts[id]
	if !ok {
		return prev, errors.New("no such alert")
	}
	next, err := alerts.Act(prev, rules.ByEvent, a)
	if err == nil {
		w.keep(next)
	}
	return next, err
}

// Contact notes and remembers what came of it, or does neither.
func (w *world) Contact(ctx context.Context, id string, note alerts.Action, result string) (alerts.Alert, error) {
	if w.refusal != nil {
		return alerts.Alert{}, w.refusal
	}
	next, err := w.Act(ctx, id, note)
	if err == nil {
		w.contacts = append(w.contacts, string(next.Episode.Subject)+" "+result)
	}
	return next, err
}

func (w *world) Changes(_ context.Context, after int64, limit int) ([]alerts.Feed, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	after = min(after, int64(len(w.changes)))
	return slices.Clone(w.changes[after:min(after+int64(limit), int64(len(w.changes)))]), w.broken
}

func (w *world) LastChange(context.Context) (int64, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return int64(len(w.changes)), w.broken
}

func (w *world) Overview(_ context.Context, s web.Scope) (web.Overview, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	o := w.overview
	if o.Subjects == 0 {
		o.Subjects = 267
	}
	for _, a := range w.alerts {
		if s.Covers(&a) {
			o.Alerts.Of(a.Episode.Severity).Add(a.State, 1, a.Episode.Opened)
		}
	}
	return o, w.broken
}

func (w *world) Checks(context.Context) []web.Check { return w.checks }

func (w *world) OfficeName(_ roster.DistrictID, o roster.OfficeID) string {
	switch o {
	case "O1":
		return "示范路司法所"
	case "O2":
		return "示范镇司法所"
	}
	return ""
}

func (w *world) OfficesNamed(d roster.DistrictID, text string) (found []roster.OfficeID) {
	for _, id := range []roster.OfficeID{"O1", "O2"} {
		if strings.Contains(w.OfficeName(d, id), text) {
			found = append(found, id)
		}
	}
	return found
}

func (w *world) OfficerOverviews(_ context.Context, _ web.Scope) ([]web.OfficerOverview, error) {
	return w.officers, w.broken
}

func (w *world) Trend(_ context.Context, _ web.Scope, days int) (list []web.DayCount, _ error) {
	for day := range days {
		list = append(list, web.DayCount{Day: roster.InstantOf(today()) - roster.Instant(days-1-day)*roster.Day, Raised: [4]int{day % 3, 1, 0, 2}})
	}
	return list, w.broken
}
