package main

import (
	"cmp"
	"context"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"correctiond/alerts"
	"correctiond/alerts/duty"
	"correctiond/alerts/notice"
	"correctiond/roster"
)

// dutyPatience bounds how long a batch waits for the rota and the silences.
const dutyPatience = 5 * time.Second

// dutyBook is where the state database says who is on duty and what is silent.
type dutyBook interface {
	Silences(ctx context.Context, at roster.Instant) ([]alerts.Silence, error)
	Rota(ctx context.Context, district roster.DistrictID) (duty.Rota, error)
}

// escalation is what the districts share: how alerts move along their chains, and
// how people are reached.
type escalation struct {
	plan     atomic.Pointer[plan] // of the files
	duty     dutyBook
	channels []alerts.Channel
	url      string
	lang     string
	metrics  *pipelineMetrics
	logger   *slog.Logger
}

// newEscalation reads the chains and the calendar.
func (d *daemon) newEscalation() (*escalation, error) {
	e := &escalation{
		duty: d.state, channels: d.cfg.Alerts.reach(), url: strings.TrimRight(d.cfg.HTTP.PublicURL, "/"),
		lang: d.cfg.Language, metrics: d.metrics, logger: d.log.With("component", "escalation"),
	}
	p, err := d.cfg.readPlan(d.cal)
	if err != nil {
		return nil, err
	}
	e.plan.Store(p)
	if len(e.channels) == 0 {
		e.logger.Warn("no channel is configured: nobody is notified, alerts stand on the pages only")
	}
	return e, nil
}

// reach is whom the configured channels reach: people, or groups that are told
// once. A channel that does not decode was refused when the file was read.
func (a *alertsConfig) reach() []alerts.Channel {
	var list []alerts.Channel
	for i := range a.Channels {
		c := &a.Channels[i]
		_, options, err := c.decode()
		group := err == nil && c.ownRecipient(options)
		list = append(list, alerts.Channel{Name: c.Name, Group: group, Office: c.Office, Severities: c.Severities})
	}
	return list
}

// climber plans the notices of one district. One goroutine uses it.
type climber struct {
	*escalation
	// planned are the rounds of the batch by alert: of one that changes again, and a
	// batch may hold thousands, only its own are looked at.
	planned  map[string][]plannedRound
	rounds   int // planned so far
	silences []alerts.Silence
	asked    bool // silences have been read for this batch
}

func newClimber(e *escalation) *climber {
	return &climber{escalation: e, planned: map[string][]plannedRound{}}
}

type plannedRound struct {
	nth   int // of its batch
	alert string
	round alerts.Round
}

// follow moves a changed alert along its chain. What was planned in the same batch
// and has become pointless is dropped, as the store does with earlier notices.
func (c *climber) follow(prev, next *alerts.Alert, at roster.Instant) {
	id := next.Episode.ID
	list := slices.DeleteFunc(c.planned[id], func(p plannedRound) bool { return next.Stops(p.round.Why) })
	now := c.plan.Load()
	policy := alerts.Policy{Chains: now.chains, Hours: now.hours, Silenced: c.silenced}
	for _, r := range policy.Follow(prev, next, at) {
		c.rounds++
		list = append(list, plannedRound{c.rounds, id, r})
	}
	c.planned[id] = list
}

// silenced asks the silences once for each batch. When they cannot be read,
// nothing is silent.
func (c *climber) silenced(a *alerts.Alert, at roster.Instant) roster.Instant {
	if !c.asked {
		ctx, cancel := context.WithTimeout(context.Background(), dutyPatience)
		defer cancel()
		var err error
		if c.silences, err = c.duty.Silences(ctx, at); err != nil {
			c.logger.Error("silences are not read: nothing is held back", "err", err)
		}
		c.asked = true
	}
	return alerts.SilencedUntil(c.silences, &a.Episode, at)
}

// notices are what the batch wants people to be told, in the order in which its
// alerts changed.
func (c *climber) notices(id roster.DistrictID, of *desk, at roster.Instant) (list []notice.Notice) {
	planned := slices.Concat(slices.Collect(maps.Values(c.planned))...)
	slices.SortFunc(planned, func(a, b plannedRound) int { return cmp.Compare(a.nth, b.nth) })
	clear(c.planned)
	c.rounds, c.silences, c.asked = 0, nil, false
	if len(planned) == 0 || len(c.channels) == 0 {
		return nil
	}
	book := c.book(id, of.engine.Directory())
	for i := range planned {
		p := &planned[i]
		k, known := of.at[p.alert]
		if !known {
			continue
		}
		about := &of.changed[k].next
		told, missing := book.Notices(about, &p.round, at)
		list = append(list, told...)
		c.missed(about, missing)
	}
	return list
}

// book reads who is on duty. When that cannot be read, those above are told.
func (c *climber) book(id roster.DistrictID, dir *roster.Directory) *alerts.Book {
	ctx, cancel := context.WithTimeout(context.Background(), dutyPatience)
	defer cancel()
	b := &alerts.Book{Dir: dir, Channels: c.channels, URL: c.url, Lang: c.lang}
	rota, err := c.duty.Rota(ctx, id)
	if err != nil {
		c.logger.Error("the rota is not read: heads and the district are told instead", "district", id, "err", err)
		return b
	}
	b.Rota = &rota
	return b
}

// missed counts and logs whom nobody stands for.
func (c *climber) missed(a *alerts.Alert, targets []duty.Target) {
	for _, t := range targets {
		c.metrics.unaddressed.WithLabelValues(string(t)).Inc()
		c.logger.Error("nobody can be told of an alert: add channels to the officers' notify lists",
			"alert", a.Episode.ID, "severity", a.Episode.Severity, "to", t)
	}
}
