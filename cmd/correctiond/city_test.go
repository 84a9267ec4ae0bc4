package main

import (
	"cmp"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"correctiond/alerts"
	"correctiond/event"
	"correctiond/ingest"
	"correctiond/roster"
	"correctiond/rules"
	"correctiond/sim"
)

// The yield that one district published of its alarms: 94 found true of 13 987
// (宝安, 2025), in percent.
const fieldYield = 0.67

const (
	citySubjects = 267
	cityDays     = 7
	citySeed     = 42
)

// town is a district of a real size, replayed with officers who act on what is
// raised while it goes on.
type town struct {
	*replay
	t      *testing.T
	truth  []sim.Truth
	due    []entryAt // acts of officers, by time
	seen   int       // alerts that officers have seen
	office int
}

// entryAt is an act to come.
type entryAt struct {
	at  roster.Instant
	act event.Act
}

func newTown(t *testing.T, days int) (*town, *sim.Sim) {
	t.Helper()
	cal := roster.NewCalendar(nil)
	from := roster.InstantOf(time.Date(2026, 3, 2, 0, 0, 0, 0, cal.Location()))
	cfg := sim.Config{Seed: citySeed, From: from, Until: cal.AddDays(from, days), Calendar: cal, Violations: 1 + days/4, Acts: true}
	cfg.Roster = sim.City(citySeed, citySubjects, cfg.From, cfg.Until, cal)
	s, err := sim.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	dir, err := roster.Compile(cfg.Roster, cal)
	if err != nil {
		t.Fatal(err)
	}
	r := newReplay(rules.DefaultConfig(), dir, &replayFlags{})
	r.until = cfg.Until
	return &town{replay: r, t: t, truth: s.Truth(), office: len(cfg.Roster.Offices)}, s
}

// run plays the lines, and lets officers act between them.
func (w *town) run(s *sim.Sim) {
	n := 0
	for l := range s.Lines() {
		n++
		w.work(l.Received)
		w.must(w.line(w.parse(n, l)))
		w.notice()
	}
	w.work(w.until)
	w.must(w.finish())
}

func (w *town) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *town) parse(n int, l sim.Line) *line {
	out := &line{number: n, received: l.Received}
	if !l.IsAct() {
		out.drafts = w.decoder.Decode(ingest.Message{Topic: l.Topic, Payload: l.Payload, Received: l.Received}, nil)
		return out
	}
	form, err := readForm(l.AppendJSON(nil, w.loc))
	w.must(err)
	out.act, err = event.ParseAct(form.Act)
	w.must(err)
	return out
}

// work does what officers have to do until then.
func (w *town) work(until roster.Instant) {
	for len(w.due) > 0 && w.due[0].at <= until {
		do := w.due[0]
		w.due = w.due[1:]
		if w.searching(&do.act) {
			w.plan(do.at+roster.Day, do.act)
			continue
		}
		w.must(w.line(&line{received: do.at, act: &do.act}))
		w.notice()
	}
}

// searching reports whether an alert is about somebody who is not found yet, and
// so cannot be closed.
func (w *town) searching(a *event.Act) bool {
	if a.Type != event.ActClose {
		return false
	}
	e := &w.desk.changed[w.desk.at[a.Alert]].next.Episode
	return e.Kind == rules.ContactLost && e.Ended == 0
}

// notice plans what officers do about new alerts.
func (w *town) notice() {
	for ; w.seen < len(w.desk.changed); w.seen++ {
		e := &w.desk.changed[w.seen].next.Episode
		at := w.clock
		ack := at + 8*roster.Minute
		switch {
		case e.Severity == rules.P2: // somebody is on duty at night, too
			ack = at + 40*roster.Minute
		case e.Severity > rules.P2:
			ack = w.onDuty(at + 40*roster.Minute)
		}
		w.plan(ack, event.Act{Type: event.ActAck, Alert: e.ID})
		w.visit(e, ack)
		w.plan(w.onDuty(ack+w.pace(e)), event.Act{
			Type: event.ActClose, Alert: e.ID, Outcome: string(w.outcome(e)), Reason: "核实", Note: "已核实",
		})
	}
}

// pace is how long it takes to find out what an alert was.
func (w *town) pace(e *rules.Episode) roster.Instant {
	switch e.Kind {
	case rules.ContactLost, rules.AbscondingLadder:
		return 4 * roster.Day
	case rules.NoLawfulBasis:
		return 30 * roster.Hour // there is one a day, and what follows a closing is new
	}
	return 5 * roster.Hour
}

// onDuty is that time, or 8:30 in the morning after it.
func (w *town) onDuty(t roster.Instant) roster.Instant {
	cal := w.desk.engine.Directory().Calendar()
	day := cal.DayStart(t)
	switch h := t - day; {
	case h < 8*roster.Hour+30*roster.Minute:
		return day + 8*roster.Hour + 30*roster.Minute
	case h > 20*roster.Hour:
		return cal.AddDays(day, 1) + 8*roster.Hour + 30*roster.Minute
	}
	return t
}

// visit calls a person who may be lost, and reaches all but those who are.
func (w *town) visit(e *rules.Episode, at roster.Instant) {
	if e.Kind != rules.ContactSuspect && e.Kind != rules.ChallengeUnanswered {
		return
	}
	lost := slices.ContainsFunc(w.truth, func(x sim.Truth) bool { return x.Kind == "contact-lost" && x.Subject == e.Subject })
	result := "reached"
	if lost {
		result = "unreached"
	}
	w.plan(at+20*roster.Minute, event.Act{Type: event.ActContact, Subject: e.Subject, Result: result})
}

func (w *town) plan(at roster.Instant, act event.Act) {
	i, _ := slices.BinarySearchFunc(w.due, at+1, func(e entryAt, t roster.Instant) int { return cmp.Compare(e.at, t) })
	w.due = slices.Insert(w.due, i, entryAt{at, act})
}

// outcome is what an officer finds out about an alert: the truth. Some of what is
// true is a device's fault, or has a good reason.
func (w *town) outcome(e *rules.Episode) alerts.Outcome {
	if w.match(e) < 0 {
		return alerts.Unfounded
	}
	switch e.Kind {
	case rules.DeviceOffline, rules.BatteryLow, rules.PositionLost, rules.PowerOff:
		return alerts.Technical
	case rules.CheckinMissed, rules.CheckinRejected, rules.LeaveOverdue:
		return alerts.Excused
	}
	return alerts.Confirmed
}

// match finds the truth of an episode: its index, or -1. The end does not count:
// officers' acts move it.
func (w *town) match(e *rules.Episode) int {
	return slices.IndexFunc(w.truth, func(x sim.Truth) bool {
		if who, _ := e.Evidence["subjects"].([]roster.SubjectID); len(x.Subjects) > 0 && !slices.Equal(x.Subjects, who) {
			return false
		}
		about := x.Subject == e.Subject && (x.Device == "" || x.Device == e.Device || e.Device == "")
		return x.Kind == string(e.Kind) && about && max(x.Started-e.Started, e.Started-x.Started) <= x.Tolerance
	})
}

// tally counts what was raised of one severity or kind.
type tally struct{ all, right, confirmed int }

func (c tally) precision() float64 { return float64(c.right) / max(float64(c.all), 1) }

func (c tally) yield() float64 { return 100 * float64(c.confirmed) / max(float64(c.all), 1) }

// Everything scripted is found, hardly anything else is raised, and officers can
// look at all of it. CORRECTIOND_CITY_DAYS=30 plays a month.
func TestCityOfOfficers(t *testing.T) {
	days := cityDays
	if n, err := strconv.Atoi(os.Getenv("CORRECTIOND_CITY_DAYS")); err == nil {
		days = n
	}
	began := time.Now()
	w, s := newTown(t, days)
	w.run(s)
	w.report(days, time.Since(began))
}

func (w *town) report(days int, took time.Duration) {
	w.t.Helper()
	bySeverity, byKind, found := map[string]tally{}, map[string]tally{}, make([]bool, len(w.truth))
	var urgent, all tally // P1 to P3; everything
	for i := range w.desk.changed {
		a := &w.desk.changed[i].next
		e := &a.Episode
		if e.Retracted {
			w.t.Logf("retracted: %s", w.describe(e))
			continue
		}
		one := tally{all: 1}
		if n := w.match(e); n >= 0 {
			one.right, found[n] = 1, true
		} else {
			w.t.Logf("FALSE %s", w.describe(e))
		}
		if a.Outcome == alerts.Confirmed {
			one.confirmed = 1
		}
		all.add(one)
		if e.Severity < rules.P4 {
			urgent.add(one)
		}
		add(bySeverity, e.Severity.String(), one)
		add(byKind, string(e.Kind), one)
	}
	missing := 0
	for i, ok := range found {
		if !ok {
			missing++
			w.t.Errorf("missing: %s", w.truth[i].AppendJSON(nil, w.loc))
		}
	}
	officers := float64(2*w.office + 1)
	w.t.Logf("%d people, %d offices, %.0f officers, %d days, %d events in %s", citySubjects, w.office, officers, days, w.tally["accepted"], took.Round(time.Millisecond))
	w.t.Logf("recall %.4f (%d of %d)", 1-float64(missing)/float64(len(found)), len(found)-missing, len(found))
	w.t.Logf("precision P1–P3 %.4f (%d of %d), all %.4f", urgent.precision(), urgent.right, urgent.all, all.precision())
	w.t.Logf("%.3f alerts per officer per day, of these P1–P3 %.3f", float64(all.all)/officers/float64(days), float64(urgent.all)/officers/float64(days))
	w.t.Logf("yield (confirmed of all) %.1f %%, P1–P3 %.1f %%; the field's is %.2f %%", all.yield(), urgent.yield(), fieldYield)
	w.t.Logf("by severity\n%s\nby kind\n%s", table(bySeverity), table(byKind))
	if urgent.precision() < 0.95 {
		w.t.Errorf("precision of P1–P3 %.4f, want at least 0.95", urgent.precision())
	}
	if all.yield() < fieldYield {
		w.t.Errorf("yield %.2f %%, the field has %.2f %%", all.yield(), fieldYield)
	}
}

func (c *tally) add(o tally) {
	c.all, c.right, c.confirmed = c.all+o.all, c.right+o.right, c.confirmed+o.confirmed
}

func add(m map[string]tally, key string, o tally) {
	c := m[key]
	c.add(o)
	m[key] = c
}

func (w *town) describe(e *rules.Episode) string {
	ended := "…"
	if e.Ended != 0 {
		ended = e.Ended.Time(w.loc).Format("02T15:04:05.000")
	}
	return fmt.Sprintf("%s %s %s%s %s – %s: %s", e.Severity, e.Kind, e.Subject, e.Device, e.Started.Time(w.loc).Format("02T15:04:05.000"), ended, e.Reason.EN)
}

func table(m map[string]tally) string {
	var b strings.Builder
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	for _, k := range keys {
		c := m[k]
		fmt.Fprintf(&b, "%-22s %4d raised, %4d right, yield %5.1f %%\n", k, c.all, c.right, c.yield())
	}
	return b.String()
}
