package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"correctiond/roster"
)

// concurrent is how many users ask at once.
const concurrent = 20

// asked is what is known of one list page or list of the API.
type asked struct {
	role, path string
	ms         []float64
	failed     int
	cpu        float64 // ms of the daemon for an answer
	bytes      int     // of the longest answer
}

// measurePages fills a district with people, alerts and register entries, and
// measures how long the daemon takes to answer when all users ask without a pause:
// each route by itself, then all of them in turns. With -pause they pause.
func measurePages(ctx context.Context, o options) error {
	o.influxd = ""
	s, err := newStage(ctx, o)
	if err != nil {
		return err
	}
	defer s.close()
	began := time.Now()
	town, err := seedPages(ctx, s)
	if err != nil {
		return err
	}
	seeded := time.Since(began)
	began = time.Now()
	if _, err := town.daemon.run(ctx); err != nil {
		return err
	}
	defer func() { town.daemon.kill() }()
	fmt.Printf("%d subjects in %d offices, %d alerts, %d register entries; filled in %.0f s, ready in %.1f s; load %s\n",
		len(town.people.Subjects), len(town.people.Offices), o.alerts, entriesOf(o), seeded.Seconds(), time.Since(began).Seconds(), loadAverage())
	if err := town.settle(ctx); err != nil {
		return err
	}
	for _, role := range []string{"district", "officer"} {
		ask := town.measure
		if o.pause > 0 {
			ask = town.paused
		}
		if err := ask(ctx, role); err != nil {
			return err
		}
	}
	rss, err := town.daemon.memory("VmHWM")
	fmt.Printf("peak memory %.0f MiB, load %s\n", rss, loadAverage())
	return err
}

// town is a district that is filled, and the daemon that serves it.
type town struct {
	daemon *daemon
	people *roster.Roster
	tokens map[string][]string // by role
	client http.Client         // keeps a connection for each user
}

// settle waits until the engine has worked off what the start gave it, and the daemon
// does nothing: what it does for itself would count as the pages' cost.
func (t *town) settle(ctx context.Context) error {
	began, before := time.Now(), time.Duration(0)
	err := poll(ctx, time.Second, func() (bool, error) {
		asked := time.Now()
		_, err := t.read(t.daemon.pages+"/api/v1/rollcall?limit=1", t.token("officer", 0))
		if err != nil || time.Since(asked) > time.Second {
			return false, err
		}
		now, err := t.daemon.cpu()
		idle := now-before < 200*time.Millisecond
		before = now
		return idle, err
	})
	fmt.Printf("settled after %.0f s\n", time.Since(began).Seconds())
	return err
}

// measure asks as a role.
func (t *town) measure(ctx context.Context, role string) error {
	all := t.chosen(ctx, role)
	for _, path := range all {
		a := asked{role: role, path: path}
		if err := t.ask(ctx, &a, func(int) string { return path }); err != nil {
			return err
		}
		a.print()
	}
	a := asked{role: role, path: "all of these in turns"}
	if err := t.ask(ctx, &a, func(n int) string { return all[n%len(all)] }); err != nil {
		return err
	}
	a.print()
	return nil
}

// chosen are the routes to measure.
func (t *town) chosen(ctx context.Context, role string) []string {
	return slices.DeleteFunc(t.routes(ctx, role), func(path string) bool { return !strings.Contains(path, t.daemon.s.o.only) })
}

func (a *asked) print() {
	fmt.Printf("%-8s  %-55s p50 %6.0f ms  p99 %6.0f ms  %5d answers  %6.1f ms CPU  %7.1f KB  %d failed\n",
		a.role, a.path, quantile(a.ms, 0.5), quantile(a.ms, 0.99), len(a.ms), a.cpu, float64(a.bytes)/1000, a.failed)
}

// ask lets all users ask for some seconds.
func (t *town) ask(ctx context.Context, a *asked, path func(n int) string) error {
	ctx, cancel := context.WithTimeout(ctx, time.Duration(t.daemon.s.o.seconds)*time.Second)
	defer cancel()
	before, errBefore := t.daemon.cpu()
	users := make([]asked, concurrent)
	var turn atomic.Int64
	var all sync.WaitGroup
	for i := range users {
		all.Go(func() {
			for ctx.Err() == nil {
				t.one(&users[i], t.daemon.pages+path(int(turn.Add(1))), t.token(a.role, i))
			}
		})
	}
	all.Wait()
	after, errAfter := t.daemon.cpu()
	for i := range users {
		a.ms = append(a.ms, users[i].ms...)
		a.bytes, a.failed = max(a.bytes, users[i].bytes), a.failed+users[i].failed
	}
	a.cpu = float64((after - before).Microseconds()) / 1000 / float64(max(len(a.ms), 1))
	return errors.Join(errBefore, errAfter)
}

// one asks once. An answer that has begun is waited for: the slow ones count.
func (t *town) one(a *asked, address, token string) {
	began := time.Now()
	n, err := t.read(address, token)
	a.ms = append(a.ms, float64(time.Since(began).Microseconds())/1000)
	a.bytes = max(a.bytes, n)
	if err != nil {
		a.failed++
	}
}

// read asks for a page and counts its bytes.
func (t *town) read(address, token string) (int, error) {
	req, err := http.NewRequest(http.MethodGet, address, http.NoBody)
	if err != nil {
		return 0, err
	}
	req.Header.Set("Authorization", "Bearer "+token)
	resp, err := t.client.Do(req)
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	n, err := io.Copy(io.Discard, resp.Body)
	if err == nil && resp.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s answers %s", req.URL.RequestURI(), resp.Status)
	}
	return int(n), err
}

func (t *town) token(role string, user int) string {
	list := t.tokens[role]
	return list[user%len(list)]
}

// routes are the list pages, the lists of the API, and a single record of each.
func (t *town) routes(ctx context.Context, role string) []string {
	who := t.people.Subjects[0]
	id := t.oneAlert(ctx, role)
	day := time.Now().AddDate(0, 0, -1)
	next := time.Now().AddDate(0, 0, 1).Format(time.DateOnly) // everybody has duties then
	span := "from=" + day.AddDate(0, 0, -7).Format(time.DateOnly) + "T00:00:00Z&until=" + day.Format(time.DateOnly) + "T00:00:00Z"
	return []string{
		"/", "/?group=subject", "/?state=all", "/?state=closed&severity=P4", "/counters",
		"/overview", "/overview?office=" + string(who.Office), "/plans", "/plans?plan=none", "/risk", "/risk?q=S04", "/risk?colour=yellow", "/rollcall?date=" + next, "/alerts/" + id, "/subjects/" + string(who.ID),
		"/api/v1/alerts", "/api/v1/alerts?limit=500", "/api/v1/alerts?state=open", "/api/v1/alerts?state=closed&severity=P1",
		"/api/v1/alerts?kind=checkin-missed", "/api/v1/alerts?kind=absconding-ladder&state=open", "/api/v1/alerts?office=" + string(who.Office),
		"/api/v1/alerts?officer=" + string(who.Officer), "/api/v1/alerts?subject=" + string(who.ID), "/api/v1/alerts?" + span,
		"/api/v1/alerts?state=open&severity=P1,P2&" + span, "/api/v1/alerts?group=subject", "/api/v1/alerts/" + id,
		"/api/v1/overview", "/api/v1/plans/people", "/api/v1/subjects", "/api/v1/subjects?limit=500", "/api/v1/subjects?q=S04", "/api/v1/subjects?q=nobody",
		"/api/v1/subjects?colour=red", "/api/v1/subjects/" + string(who.ID), "/api/v1/subjects/" + string(who.ID) + "/risk",
		"/api/v1/subjects/" + string(who.ID) + "/timeline", "/api/v1/rollcall?date=" + next, "/api/v1/rollcall?date=" + next + "&office=" + string(who.Office),
		"/api/v1/reports/daily?date=" + day.Format(time.DateOnly), "/api/v1/reports/weekly", "/api/v1/reports/monthly?date=" + day.Format(time.DateOnly),
		"/api/v1/contacts", "/api/v1/visits", "/api/v1/track-reviews", "/api/v1/contacts?subject=" + string(who.ID), "/api/v1/incidents",
		"/api/v1/sweeps", "/api/v1/released",
	}
}
