package alerts_test

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"correctiond/alerts"
	"correctiond/roster"
	"correctiond/rules"
)

// player plays a script about alerts. A script is made of lines, in any order of
// time; those of one instant happen in the order in which they are written:
//
//	# comment
//	day 2026-03-02                  the day of times without one; 03-04T10:00 names another
//	asleep 12:00..15:00             nobody carries out steps in between
//	08:00 episode a1 P2 area-exit   an episode opens; also subject=S1 officer=F1, subject=- for none
//	09:00 severity a1 P1            its severity changes; likewise "count a1 3"
//	10:00 end a1                    its condition ends; likewise "retract a1"
//	08:05 ack a1 by F1              any action: note "assign a1 by F1 officer=F2 reason=…"
//	08:10 note a1 by F1 text=…      about=contact | inspection
//	08:20 attach a1 by F1 file=0a   a file whose hash repeats these digits
//	08:30 close a1 by F1 outcome=confirmed reason=… text=…
//	08:40 snooze a1 by F1 until=12:00
//	08:50 declare_absconding a1 by F1 from=2026-03-01
//	09:00 refuse ack a1 by F2 conflict     refused as stale, closed, conflict or invalid:field
//	16:05 want a1 open escalated    as it stands then, see stands
//	16:05 steps a1 16:05            the step it waits for: when, or "none"
//	until 23:00                     the clock's end, inclusive; else the last line
//
// A step that is due is carried out at its instant, after the lines of that
// instant, or when whoever carries them out wakes up.
//
// Lines about who is told are described at collector.
type player struct {
	collector
	t      testing.TB
	line   string
	day    string
	script []cue
	asleep []roster.Interval
	clock  roster.Instant
	alerts map[string]*alerts.Alert
	// stored sees each alert after each change, and may replace it.
	stored func(alerts.Alert) alerts.Alert
	told   []string // changes, in order, as the change feed has them
}

type cue struct {
	at    roster.Instant
	line  string
	words []string
}

func newPlayer(t testing.TB) *player {
	return &player{
		t: t, day: "2026-03-02", alerts: map[string]*alerts.Alert{},
		stored: func(a alerts.Alert) alerts.Alert { return a },
	}
}

// written is an alert after the daemon has stopped and started again.
func written(t testing.TB) func(alerts.Alert) alerts.Alert {
	return func(a alerts.Alert) (back alerts.Alert) {
		text, err := json.Marshal(a)
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(text, &back); err != nil {
			t.Fatal(err)
		}
		return back
	}
}

func (p *player) play(text string) {
	p.t.Helper()
	for line := range strings.Lines(text) {
		p.line = strings.TrimSpace(line)
		f := strings.Fields(p.line)
		switch {
		case len(f) == 0 || f[0] == "#":
		case f[0] == "day":
			p.day = f[1]
		case f[0] == "asleep":
			p.asleep = append(p.asleep, p.interval(f[1]))
		case p.head(f):
		case f[0] == "until":
			p.script = append(p.script, cue{p.instant(f[1]), p.line, []string{"until"}})
		default:
			p.script = append(p.script, cue{p.instant(f[0]), p.line, f[1:]})
		}
	}
	p.begin()
	slices.SortStableFunc(p.script, func(a, b cue) int { return cmp.Compare(a.at, b.at) })
	for _, c := range p.script {
		p.line = c.line
		p.wake(c.at - 1)
		p.deliver(c.at - 1)
		if c.words[0] == "want" || c.words[0] == "steps" || c.words[0] == "until" {
			p.wake(c.at)
			p.deliver(c.at)
		}
		p.clock = c.at
		p.perform(c.words)
	}
	p.check()
}

func (p *player) fatalf(format string, args ...any) {
	p.t.Helper()
	p.t.Fatalf("%s\n\t%s", p.line, fmt.Sprintf(format, args...))
}

func (p *player) instant(text string) roster.Instant {
	p.t.Helper()
	switch {
	case !strings.Contains(text, "T"):
		text = p.day + "T" + text
	case strings.Index(text, "T") == len("01-02"):
		text = p.day[:5] + text
	}
	for _, layout := range []string{"2006-01-02T15:04", "2006-01-02T15:04:05"} {
		if t, err := time.ParseInLocation(layout, text, shanghai); err == nil {
			return roster.InstantOf(t)
		}
	}
	p.fatalf("no time: %q", text)
	return 0
}

// wake carries out every step due up to an instant, the oldest first, unless
// nobody is awake to see it.
func (p *player) wake(until roster.Instant) {
	for {
		id, step := p.next()
		at := p.awake(max(step.At, p.clock))
		if id == "" || at > until {
			return
		}
		p.deliver(at - 1)
		p.clock = at
		p.act(id, alerts.Action{Type: step.Do, By: alerts.System, At: at, Version: p.alerts[id].Version}, "")
	}
}

// next is the alert that waits for the earliest step.
func (p *player) next() (id string, first alerts.Step) {
	for name, a := range p.alerts {
		step := a.Next()
		if step.At != 0 && (id == "" || step.At < first.At || step.At == first.At && name < id) {
			id, first = name, step
		}
	}
	return id, first
}

func (p *player) awake(at roster.Instant) roster.Instant {
	for _, s := range p.asleep {
		if at >= s.From && at < s.End {
			at = s.End
		}
	}
	return at
}

func (p *player) perform(f []string) {
	p.t.Helper()
	switch f[0] {
	case "until":
	case "want":
		p.want(f[1], f[2:])
	case "steps":
		p.wantStep(f[1], f[2])
	case "episode":
		p.open(f[1], f[2], f[3], f[4:])
	case "severity", "count", "end", "retract":
		p.happen(f)
	case "refuse":
		last := len(f) - 1
		p.act(f[2], p.action(f[1], f[3:last]), f[last])
	default:
		p.act(f[1], p.action(f[0], f[2:]), "")
	}
}

func (p *player) get(id string) *alerts.Alert {
	p.t.Helper()
	if p.alerts[id] == nil {
		p.fatalf("there is no alert %s", id)
	}
	return p.alerts[id]
}

func (p *player) open(id, severity, kind string, options []string) {
	p.t.Helper()
	ep := episode(rules.Kind(kind), severityOf(p, severity))
	ep.ID, ep.Started, ep.Opened = id, p.clock, p.clock
	ep.History[0].At = p.clock
	for _, o := range options {
		switch key, value, _ := strings.Cut(o, "="); key {
		case "subject":
			ep.Subject = roster.SubjectID(strings.Trim(value, "-"))
		case "officer":
			ep.Officer = roster.OfficerID(value)
		default:
			p.fatalf("unknown option %q", o)
		}
	}
	p.observe(nil, ep)
}

func severityOf(p *player, text string) (s rules.Severity) {
	if err := s.UnmarshalText([]byte(text)); err != nil {
		p.fatalf("%v", err)
	}
	return s
}

// happen changes what an episode is about.
func (p *player) happen(f []string) {
	p.t.Helper()
	prev := p.get(f[1])
	ep := prev.Episode
	switch f[0] {
	case "severity":
		ep.Severity = severityOf(p, f[2])
		ep.History = append(slices.Clone(ep.History), rules.SeverityStep{At: p.clock, Severity: ep.Severity})
	case "count":
		if _, err := fmt.Sscan(f[2], &ep.Count); err != nil {
			p.fatalf("%v", err)
		}
	case "end":
		ep.Ended = p.clock
	case "retract":
		ep.Ended, ep.Retracted = ep.Started, true
	}
	p.observe(prev, ep)
}

func (p *player) observe(prev *alerts.Alert, ep rules.Episode) {
	next, changed := alerts.Observe(prev, ep, rules.Info(ep.Kind).Ending, p.clock)
	if changed {
		p.keep(prev, next)
	}
}

func (p *player) keep(prev *alerts.Alert, next alerts.Alert) {
	p.told = append(p.told, next.Episode.ID+" "+string(alerts.Difference(prev, &next)))
	p.plan(prev, &next)
	next = p.stored(next)
	p.alerts[next.Episode.ID] = &next
}
