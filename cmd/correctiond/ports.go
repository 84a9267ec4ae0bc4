package main

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"time"

	"correctiond/alerts"
	"correctiond/event"
	"correctiond/geo"
	"correctiond/ingest"
	"correctiond/journal"
	"correctiond/roster"
	"correctiond/store/database"
	"correctiond/store/tracks"
	"correctiond/web"
)

// newWeb builds the pages and the API over the daemon's parts.
func (d *daemon) newWeb() (*web.Server, error) {
	key, err := d.dir.key(sessionKeyFile)
	if err != nil {
		return nil, err
	}
	p := ports{d}
	outside, err := d.newOutside()
	if err != nil {
		return nil, err
	}
	return web.New(web.Config{
		PublicURL: d.cfg.HTTP.PublicURL, Language: d.cfg.Language, Zone: d.cal.Location(), SessionKey: key,
		MetricsHere: d.cfg.HTTP.MetricsListen == "", Tiles: web.Tiles{
			URL: d.cfg.HTTP.Tiles.URL, Attribution: d.cfg.HTTP.Tiles.Attribution, Datum: geo.Datum(d.cfg.HTTP.Tiles.Datum),
		},
		Claims: web.Claims{Role: d.cfg.HTTP.OIDC.RoleClaim, Office: d.cfg.HTTP.OIDC.OfficeClaim},
	}, web.Deps{
		Tokens: p, Alerts: p, Actor: p, Changes: changes{d}, Overviews: p, Readiness: p, Offices: p, Register: p, Deeds: p,
		Officers: p, Atlas: p, Evidence: p, Dossiers: p, Tracks: p, Rosters: p, Letters: p, Registers: p, Reports: p, Silences: p, Rotas: p, Plans: p, PlanLists: p, Zoning: p, Thresholds: p,
		Accounts: p, Provider: outside, Members: p, Audit: p, AuditLog: p, Caseload: p, Privates: p,
		Files:    d.uploads,
		Notified: d.state,
		Log:      d.log.With("component", "web"), Registry: d.prom,
	})
}

// sessionKeyFile seals the cookies of the pages.
const sessionKeyFile = "session.key"

// ports are what the pages ask of the daemon.
type ports struct{ d *daemon }

var (
	_ web.Alerts    = ports{}
	_ web.Actor     = ports{}
	_ web.Overviews = ports{}
	_ web.Readiness = ports{}
	_ web.Offices   = ports{}
	_ web.Officers  = ports{}
)

// Alerts lists alerts, newest first.
func (p ports) Alerts(ctx context.Context, f alerts.Filter) (alerts.Page, error) {
	page, err := p.d.state.Alerts(ctx, f)
	if errors.Is(err, database.ErrCursor) {
		err = web.ErrCursor
	}
	return page, p.d.markSilent(ctx, err, each(page.Items)...)
}

// Groups lists alerts by the person they are about.
func (p ports) Groups(ctx context.Context, f alerts.Filter) (alerts.GroupPage, error) {
	page, err := p.d.state.Groups(ctx, f)
	if errors.Is(err, database.ErrCursor) {
		err = web.ErrCursor
	}
	var list []*alerts.Alert
	for i := range page.Items {
		list = append(list, each(page.Items[i].Alerts)...)
	}
	return page, p.d.markSilent(ctx, err, list...)
}

// Alert reads one alert.
func (p ports) Alert(ctx context.Context, id string) (alerts.Alert, bool, error) {
	a, err := p.d.state.Alert(ctx, id)
	if errors.Is(err, database.ErrNotFound) {
		return alerts.Alert{}, false, nil
	}
	return a, err == nil, p.d.markSilent(ctx, err, &a)
}

// Act journals what a person decided and waits until it is applied and stored.
func (p ports) Act(ctx context.Context, id string, a alerts.Action) (alerts.Alert, error) {
	return p.decide(ctx, id, &a, "")
}

// Contact journals a note on a contact and what came of it as one act: the note stands
// with the alert and the rules have the contact, or neither.
func (p ports) Contact(ctx context.Context, id string, note alerts.Action, result string) (alerts.Alert, error) {
	return p.decide(ctx, id, &note, result)
}

// decide journals an action; with a result, as a contact with whom the alert is about.
func (p ports) decide(ctx context.Context, id string, a *alerts.Action, result string) (alerts.Alert, error) {
	found, err := p.d.state.Alert(ctx, id)
	if err != nil {
		return alerts.Alert{}, errors.Join(err, p.d.uploads.done(a.File, true))
	}
	if p.d.lane(found.Episode.District) == nil {
		no := &alerts.Refusal{Err: errElsewhere, Detail: errElsewhere.Error(), Current: found}
		return found, errors.Join(no, p.d.uploads.done(a.File, true))
	}
	token, answer := p.d.waiting.expect()
	defer p.d.waiting.forget(token)
	act := actOf(a, &found)
	if result != "" {
		act.Type, act.Subject, act.Result = event.ActContact, found.Episode.Subject, result
	}
	act.Token = token
	entry := event.Entry{At: roster.InstantOf(time.Now()), Act: act}
	if err := p.d.Append(ctx, found.Episode.District, []event.Entry{entry}); err != nil {
		return alerts.Alert{}, errors.Join(err, p.d.uploads.done(a.File, errors.Is(err, journal.ErrFull)))
	}
	next, err := await(ctx, answer)
	// Where nobody waits for the answer any more the act may still be accepted.
	if left := p.d.uploads.done(a.File, err != nil && ctx.Err() == nil); left != nil {
		p.d.log.Error("a file that was refused is not removed", "err", left)
	}
	return next, p.d.markSilent(ctx, err, &next)
}

// Checks tells whether every part can do its work.
func (p ports) Checks(ctx context.Context) []web.Check {
	broker := web.Check{Name: "ingest", OK: true}
	if sub := p.d.subscribe.Load(); sub == nil || !p.d.admitted.Load() {
		broker = web.Check{Name: "ingest", Detail: "starting"}
	} else if err := sub.Ready(); err != nil {
		broker = web.Check{Name: "ingest", Detail: ingestTrouble(err)}
	}
	state := web.Check{Name: "state", OK: true}
	if _, err := p.d.state.LastChange(ctx); err != nil {
		state = web.Check{Name: "state", Detail: "the state database does not answer"}
	}
	log := web.Check{Name: "journal", OK: true}
	for _, l := range p.d.lanes() {
		if _, _, err := l.district.log.Bounds(ctx); err != nil {
			log = web.Check{Name: "journal", Detail: "the journal does not answer"}
		}
	}
	return []web.Check{broker, log, state}
}

// ingestTrouble says what is wrong with the intake, without addresses and paths.
func ingestTrouble(err error) string {
	for _, known := range []error{ingest.ErrTakeover, ingest.ErrNotShared} {
		if errors.Is(err, known) {
			return known.Error()
		}
	}
	return "no messages are taken"
}

// OfficeName is what an office is called.
func (p ports) OfficeName(id roster.DistrictID, office roster.OfficeID) string {
	if dir := p.d.registry.district(id); dir != nil {
		if o := dir.Office(office); o != nil {
			return o.Name
		}
	}
	return ""
}

// OfficesNamed finds offices by a part of their name.
func (p ports) OfficesNamed(id roster.DistrictID, text string) (found []roster.OfficeID) {
	dir := p.d.registry.district(id)
	if dir == nil {
		return nil
	}
	for i := range dir.Roster().Offices {
		switch o := &dir.Roster().Offices[i]; {
		case o.Name == text:
			found = slices.Insert(found, 0, o.ID)
		case strings.Contains(o.Name, text):
			found = append(found, o.ID)
		}
	}
	return found
}

// OfficersOf lists who alerts of an office can be assigned to: its own officers and
// those of the district. An empty office lists all.
func (p ports) OfficersOf(id roster.DistrictID, office roster.OfficeID) []roster.Officer {
	dir := p.d.registry.district(id)
	if dir == nil {
		return nil
	}
	var list []roster.Officer
	for i := range dir.Roster().Officers {
		if o := &dir.Roster().Officers[i]; office == "" || o.Office == "" || o.Office == office {
			list = append(list, *o)
		}
	}
	return list
}

// accepted answers ingest from what waits for the track history, and from the
// history, which holds every other id.
type accepted struct {
	unwritten *unwritten
	history   trackHistory
	// started bounds the time of events accepted before: no later one was taken.
	started roster.Instant
	log     *slog.Logger
	// newest is the time of each device's newest event in the history at the
	// start; nil: not known.
	newest map[roster.DeviceID]roster.Instant
}

var _ ingest.History = accepted{}

const (
	historyPatience = 10 * time.Second
	clockTolerance  = 5 * roster.Minute // how far ahead a device's clock may be
)

// Newest bounds the times of the events accepted from the device before the
// start: ids of older events are looked up, newer events are new.
func (a accepted) Newest(device roster.DeviceID) roster.Instant {
	if a.newest != nil {
		return a.newest[device]
	}
	return a.started + clockTolerance
}

// away tells whether a history on another server does not work at present.
func (a accepted) away() bool {
	r, ok := a.history.(interface{ Status() tracks.SinkStatus })
	return ok && r.Status().Class != ""
}

// Accepted tells whether the device's event was accepted. While a history on
// another server is away nobody waits for it: a repeat of an event that it took
// before is then stored over itself, and the rules know it from its id.
func (a accepted) Accepted(device roster.DeviceID, id string) bool {
	if a.unwritten.has(device, id) {
		return true
	}
	if a.away() {
		return false
	}
	ctx, cancel := context.WithTimeout(context.Background(), historyPatience)
	defer cancel()
	seen, err := a.history.Seen(ctx, device, id)
	if err != nil {
		a.log.Error("track history does not tell whether an event was accepted", "err", err)
	}
	return seen
}
