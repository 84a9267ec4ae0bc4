package rules_test

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"correctiond/event"
	"correctiond/roster"
	"correctiond/rules"
)

// player plays a fixture. A fixture is made of lines:
//
//	# comment
//	day 2026-03-02                         the day of times without one
//	subject S1 rollcall=three forbidden=school leave=L1:03-03..03-05:far custody=03-04T10:00..
//	subject S1 kind=medical parole_medical level=strict visits=02-10,02-20 health=… review=… periodic=…
//	subject S1 no_contact=S2 home=out office=O2
//	place O1 home 100                      the office is there, with that radius
//	device W1 authority=A1:03-01..03-20 binding=S1:03-01..
//	09:00 W1 fix home a=8 battery=15       received one second later, or recv=09:20
//	09:00 W1 fix home north=100            so many metres north of it
//	subject S1 home=home:100 curfew=22:00..06:00   a home with its radius, and night hours
//	09:00 W1 fix home+158e a=8             so many metres east (e) or west (w) of a place
//	09:00..12:00/30m W1 status heartbeat   one each half hour; seq=7 is its number
//	fleet F 10 O2                          wristbands F1 … F10, each of a person of that office
//	09:00 F1..F10 status heartbeat         one of each
//	12:30 P1 checkin ok home challenge=C1  ok | fail | dead (liveness false); fp=f1 rooted mock
//	12:30 W1 fix home motion=moving mock   or motion=still
//	13:00 W1 reject no_basis time=08:00
//	13:00 act contact subject=S1 result=reached
//	13:00 refuse found subject=S9          an act that is an error
//	13:00 close strap-tamper S1/W1 [first] the latest, or the first, episode of that kind
//	                                       outcome=confirmed says how
//	13:00 ack strap-tamper S1/W1 [first]   likewise reopen, ack_timeout
//	13:00 incident sos S1/W1 drafted       or submitted
//	13:00 risk S1 25 yellow since=08:00 standing=25   the score at that time; blocks not named are 0
//	13:00 roster subject S3 rollcall=three takes effect at that time
//	13:00 rules {area_exit: {fixes: 2}}    a rule file takes effect
//	13:00 tick
//	backlog                                no alert-backlog but those wanted; else they pass unless one is
//	until 23:00                            advances the clock, inclusive
//	want area-exit P2 S1/W1 started=10:00 opened=10:10:01 ended=10:25 count=2 late
//
// Every episode must be wanted. What a want does not say is: still open, count
// 1, one severity step, not late, not retracted; opened is then not compared.
type player struct {
	t      testing.TB
	line   int
	day    string
	cal    *roster.Calendar
	roster *roster.Roster
	steps  []step
	until  roster.Instant
	wants  []string
	engine *rules.Engine
	n      int // events so far
	seen   []rules.Episode
	// after sees the engine after each entry, and may replace it.
	after func(*rules.Engine) *rules.Engine
	twice bool // apply every event a second time
	// backlog: no alert-backlog but those wanted
	backlog bool
}

type step struct {
	at   roster.Instant
	line int
	do   func()
}

func newPlayer(t testing.TB) *player {
	return &player{
		t: t, day: "2026-03-02", cal: roster.NewCalendar(nil), roster: world(),
		after: func(e *rules.Engine) *rules.Engine { return e },
	}
}

// play reads a fixture and runs it.
func (p *player) play(text string) {
	p.t.Helper()
	for i, line := range strings.Split(text, "\n") {
		p.line = i + 1
		if f := strings.Fields(line); len(f) > 0 && f[0] != "#" {
			p.read(f, strings.TrimSpace(line))
		}
	}
	slices.SortStableFunc(p.steps, func(a, b step) int { return int(a.at - b.at) })
	p.engine = rules.New(rules.DefaultConfig(), p.cal, compiled(p.t, p.roster))
	for _, s := range p.steps {
		p.line = s.line
		s.do()
	}
	if p.until != 0 {
		p.take(p.engine.Advance(p.until))
	}
	if counted, marked := p.engine.Restless(); counted != marked {
		p.t.Errorf("%d subjects are counted for the daily computation, %d are marked", counted, marked)
	}
}

func (p *player) read(f []string, line string) {
	switch f[0] {
	case "day":
		p.day = f[1]
	case "subject":
		p.subject(f[1:])
	case "device":
		p.device(f[1:])
	case "fleet":
		p.fleet(f[1], f[2], roster.OfficeID(f[3]))
	case "place":
		p.place(roster.OfficeID(f[1]), places()[f[2]], f[3])
	case "backlog":
		p.backlog = true
	case "until":
		p.until = p.instant(strings.Join(f[1:], "T"))
	case "want":
		p.wants = append(p.wants, line)
	default:
		p.timed(f)
	}
}

// timed reads a line that begins with a time, or a range of times.
func (p *player) timed(f []string) {
	if len(f) > 1 && !strings.Contains(f[0], ":") {
		f = append([]string{f[0] + "T" + f[1]}, f[2:]...)
	}
	from, rest, ranged := strings.Cut(f[0], "..")
	at := p.instant(from)
	until, every := at, roster.Day
	if ranged {
		to, length, _ := strings.Cut(rest, "/")
		d, err := time.ParseDuration(length)
		if err != nil {
			p.Fatalf("%v", err)
		}
		until, every = p.instant(to), roster.Length(d)
	}
	for ; at <= until; at += every {
		p.entry(at, f[1:])
	}
}

func (p *player) entry(at roster.Instant, f []string) {
	line := p.line
	then := func(received roster.Instant, do func()) { p.steps = append(p.steps, step{received, line, do}) }
	do := map[string]func(){
		"tick": func() { p.apply(event.Entry{At: at}) },
		"act":  func() { p.apply(event.Entry{At: at, Act: p.act(f[1:])}) },
		"refuse": func() {
			got, err := p.engine.Apply(&event.Entry{At: at, Act: p.act(f[1:])})
			if p.take(got); err == nil {
				p.Fatalf("the act was taken")
			}
		},
		"close": func() { p.closing(at, f) },
		"ack":   func() { p.handle(at, f) }, "reopen": func() { p.handle(at, f) }, "ack_timeout": func() { p.handle(at, f) },
		"incident": func() { p.incident(at, f) },
		"risk":     func() { p.take(p.engine.Advance(at)); p.wantRisk(f[1:]) },
		"roster":   func() { p.change(at, f[1:]) },
		"rules":    func() { p.apply(event.Entry{At: at, Rules: ruleFile(p.t, strings.Join(f[1:], " "))}) },
	}[f[0]]
	if do != nil {
		then(at, do)
		return
	}
	for _, device := range devices(f[0]) {
		p.message(at, append([]string{device}, f[1:]...), then)
	}
}

// closing closes an alert: "close strap-tamper S1/W1 [first] [outcome=confirmed]".
func (p *player) closing(at roster.Instant, f []string) {
	first := len(f) > 3 && f[3] == "first"
	_, outcome, _ := strings.Cut(f[len(f)-1], "outcome=")
	p.apply(event.Entry{At: at, Act: &event.Act{Type: event.ActClose, Alert: p.find(f[1], f[2], first), Outcome: outcome}})
}

// incident says how far the report on an alert has come: "incident sos S1/W1 drafted".
func (p *player) incident(at roster.Instant, f []string) {
	p.apply(event.Entry{At: at, Act: &event.Act{Type: event.ActIncident, Alert: p.find(f[1], f[2], false), Result: f[3]}})
}

// act reads "contact subject=S1 result=reached"; times may be short, and a
// value may be JSON without spaces.
func (p *player) act(f []string) *event.Act {
	fields := map[string]any{"type": f[0]}
	for _, word := range f[1:] {
		key, value, _ := strings.Cut(word, "=")
		switch {
		case strings.HasPrefix(value, "{"):
			fields[key] = json.RawMessage(value)
		case slices.Contains([]string{"at", "from", "until", "date", "issued", "expires"}, key):
			fields[key] = p.date(value)
		default:
			fields[key] = value
		}
	}
	b, err := json.Marshal(fields)
	if err != nil {
		p.Fatalf("%v", err)
	}
	a, err := event.ParseAct(b)
	if err != nil {
		p.Fatalf("%v", err)
	}
	return a
}

// change sends a new roster version: "subject …", "device …", "drop S1".
func (p *player) change(at roster.Instant, f []string) {
	b, err := json.Marshal(p.engine.Directory().Roster())
	if err != nil {
		p.Fatalf("%v", err)
	}
	p.roster = new(roster.Roster)
	if err := json.Unmarshal(b, p.roster); err != nil {
		p.Fatalf("%v", err)
	}
	if f[0] == "drop" {
		gone := roster.SubjectID(f[1])
		p.roster.Subjects = slices.DeleteFunc(p.roster.Subjects, func(s roster.Subject) bool { return s.ID == gone })
		p.roster.Devices = slices.DeleteFunc(p.roster.Devices, func(d roster.Device) bool {
			return slices.ContainsFunc(d.Bindings, func(b roster.Binding) bool { return b.Subject == gone })
		})
	} else {
		p.read(f, "")
	}
	parts, err := event.SplitRoster(p.roster, 200)
	if err != nil {
		p.Fatalf("%v", err)
	}
	for i := range parts {
		parts[i].At = at
		p.apply(parts[i])
	}
}

func (p *player) apply(entry event.Entry) {
	p.t.Helper()
	got, err := p.engine.Apply(&entry)
	if err != nil {
		p.Fatalf("%v", err)
	}
	p.take(got)
	p.engine = p.after(p.engine)
}

// take keeps the last state of each episode.
func (p *player) take(episodes []rules.Episode) {
	for _, ep := range episodes {
		if i := slices.IndexFunc(p.seen, func(o rules.Episode) bool { return o.ID == ep.ID }); i >= 0 {
			p.seen[i] = ep
		} else {
			p.seen = append(p.seen, ep)
		}
	}
}

// find is the id of the latest, or the first, episode of a kind and owner.
func (p *player) find(kind, whom string, first bool) (id string) {
	for _, ep := range p.seen {
		if string(ep.Kind) == kind && owner(&ep) == whom && (id == "" || !first) {
			id = ep.ID
		}
	}
	if id == "" {
		p.Fatalf("no %s of %s to close", kind, whom)
	}
	return id
}

// restored is the engine after a snapshot and a restart.
func restored(t testing.TB, e *rules.Engine) *rules.Engine {
	t.Helper()
	var b bytes.Buffer
	if err := e.Snapshot(&b); err != nil {
		t.Fatal(err)
	}
	next := rules.New(rules.DefaultConfig(), roster.NewCalendar(nil), nil)
	if err := next.Restore(&b); err != nil {
		t.Fatal(err)
	}
	return next
}

// handle applies what is done with the latest, or the first, alert of a kind.
func (p *player) handle(at roster.Instant, f []string) {
	p.apply(event.Entry{At: at, Act: &event.Act{Type: event.ActType(f[0]), Alert: p.find(f[1], f[2], len(f) > 3)}})
}
