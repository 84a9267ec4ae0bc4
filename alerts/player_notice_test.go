package alerts_test

import (
	"slices"
	"strings"
	"testing"

	"correctiond/alerts"
	"correctiond/alerts/duty"
	"correctiond/alerts/notice"
	"correctiond/roster"
	"correctiond/rules"
)

// collector is everybody who can be told: it gets notices when they are due, as
// the sender would bring them.
//
//	team                            people are told, by the built-in chains and working hours
//	channels none                   nobody has a channel
//	robots                          the groups of the district (#d) and of O1 (#o1) have robots
//	holiday 2026-03-03              nobody works that day; "workday" makes one of a Saturday
//	shift duty 20:00..03-03T08:00 D1        who is on duty in the district; duty@O1: at the office; leader
//	silence 09:00..12:00 kind=area-exit     or subject=, office=, device=
//	between 08:15..08:16 a1 escalated H1 D1   these and nobody else are told of a1 then; why may be "any"
//	between 08:16..12:00 a1 nobody
type collector struct {
	policy   *alerts.Policy // nil: nobody is told of anything
	book     alerts.Book
	rota     duty.Rota
	off, on  []string // days
	silences []alerts.Silence
	pending  []notice.Notice
	got      []arrival
	wants    []cue
}

type arrival struct {
	at               roster.Instant
	alert, why, whom string
}

// head reads a line that stands outside of time; false: it is none.
func (p *player) head(f []string) bool {
	p.t.Helper()
	switch f[0] {
	case "team":
		p.book = alerts.Book{Dir: team(p.t), Rota: &p.rota, Channels: []alerts.Channel{{Name: "app"}}, URL: "https://jz", Lang: "zh"}
		p.policy = &alerts.Policy{Chains: duty.DefaultChains(), Silenced: func(a *alerts.Alert, at roster.Instant) roster.Instant {
			return alerts.SilencedUntil(p.silences, &a.Episode, at)
		}}
	case "channels":
		p.book.Channels = nil
	case "robots":
		p.book.Channels = append(p.book.Channels, alerts.Channel{Name: "d", Group: true}, alerts.Channel{Name: "o1", Group: true, Office: "O1"},
			alerts.Channel{Name: "o2", Group: true, Office: "O2"})
	case "holiday":
		p.off = append(p.off, f[1])
	case "workday":
		p.on = append(p.on, f[1])
	case "shift":
		p.shift(f[1:])
	case "silence":
		p.silence(f[1:])
	case "between":
		iv := p.interval(f[1])
		if len(f) < 5 && f[len(f)-1] != "nobody" {
			p.fatalf("say who, or nobody")
		}
		p.wants = append(p.wants, cue{iv.From, p.line, append([]string{f[1]}, f[2:]...)})
		p.script = append(p.script, cue{iv.End, p.line, []string{"until"}})
	default:
		return false
	}
	return true
}

// begin makes the working hours of the days that the script named.
func (p *player) begin() {
	if p.policy == nil {
		return
	}
	text := "version: 1\nholidays: [" + strings.Join(p.off, ", ") + "]\nworkdays: [" + strings.Join(p.on, ", ") + "]\n"
	days, err := duty.ReadWorkdays(strings.NewReader(text), "calendar")
	if err == nil {
		p.policy.Hours, err = duty.NewHours(roster.NewCalendar(shanghai), "08:30", "17:30", []string{"mon", "tue", "wed", "thu", "fri"}, days)
	}
	if err != nil {
		p.t.Fatal(err)
	}
}

// team is a district with an office, its head, two officers and two people of the
// district.
func team(t testing.TB) *roster.Directory {
	t.Helper()
	who := func(id roster.OfficerID, office roster.OfficeID, role string) roster.Officer {
		return roster.Officer{ID: id, Office: office, Role: role, Notify: []roster.Notify{{Channel: "app", To: "x"}}}
	}
	cal := roster.NewCalendar(shanghai)
	dir, err := roster.Compile(&roster.Roster{
		Version: 1, District: roster.District{ID: "D1"}, Offices: []roster.Office{{ID: "O1", Name: "示范路司法所"}, {ID: "O2"}},
		Officers: []roster.Officer{
			who("F1", "O1", "officer"), who("F2", "O1", "officer"), who("H1", "O1", "office_head"),
			who("D1", "", "district"), who("D2", "", "district"), who("F8", "O2", "officer"),
			{ID: "F9", Office: "O1", Role: "officer"},
		},
		Subjects: []roster.Subject{{
			ID: "S0001", Name: "欧阳娜娜", Office: "O1", Officer: "F1", Kind: roster.Probation, Term: roster.Span{From: roster.Date{Day: "2026-01-01"}},
		}},
	}, cal)
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

func (p *player) interval(text string) roster.Interval {
	p.t.Helper()
	from, until, _ := strings.Cut(text, "..")
	return roster.Interval{From: p.instant(from), End: p.instant(until)}
}

func (p *player) shift(f []string) {
	p.t.Helper()
	post, office, _ := strings.Cut(f[0], "@")
	iv := p.interval(f[1])
	s := duty.Shift{Post: duty.Post(post), Office: roster.OfficeID(office), From: roster.Date{At: iv.From}, Until: roster.Date{At: iv.End}}
	for _, id := range f[2:] {
		s.Officers = append(s.Officers, roster.OfficerID(id))
	}
	p.rota.Shifts = append(p.rota.Shifts, s)
	if err := p.rota.Check(p.book.Dir.Calendar(), p.book.Dir); err != nil {
		p.fatalf("%v", err)
	}
}

func (p *player) silence(f []string) {
	p.t.Helper()
	iv := p.interval(f[0])
	s := alerts.Silence{District: "D1", Reason: "drill", Made: duty.Stamp{By: "H1", At: iv.From}, Until: iv.End}
	key, value, _ := strings.Cut(f[1], "=")
	switch key {
	case "kind":
		s.Kind = rules.Kind(value)
	case "subject":
		s.Subject = roster.SubjectID(value)
	case "office":
		s.Office = roster.OfficeID(value)
	case "device":
		s.Device = roster.DeviceID(value)
	}
	if err := s.Check(); err != nil {
		p.fatalf("%v", err)
	}
	p.silences = append(p.silences, s)
}

// plan does with a change what the daemon does in its transaction.
func (p *player) plan(prev, next *alerts.Alert) {
	if p.policy == nil {
		return
	}
	p.pending = slices.DeleteFunc(p.pending, func(n notice.Notice) bool { return n.Alert == next.Episode.ID && next.Stops(n.Why) })
	for _, r := range p.policy.Follow(prev, next, p.clock) {
		list, missing := p.book.Notices(next, &r, p.clock)
		for _, n := range list {
			p.pending = append(p.pending, p.followed(n)...)
		}
		if len(list) == 0 && !r.Follow {
			for _, m := range missing {
				p.got = append(p.got, arrival{p.clock, next.Episode.ID, "missing", string(m)})
			}
		}
	}
}

// followed are the notices to whoever was told before.
func (p *player) followed(n notice.Notice) (list []notice.Notice) {
	if !n.Follow {
		return []notice.Notice{n}
	}
	var seen []string
	for _, a := range p.got {
		if a.alert == n.Alert && !slices.Contains(seen, a.whom) {
			seen = append(seen, a.whom)
			n.Officer = roster.OfficerID(a.whom)
			list = append(list, n)
		}
	}
	return list
}

// deliver brings what is due up to an instant.
func (p *player) deliver(until roster.Instant) {
	p.pending = slices.DeleteFunc(p.pending, func(n notice.Notice) bool {
		if n.Due > until {
			return false
		}
		whom := string(n.Officer)
		if whom == "" {
			whom = "#" + n.Channel
		}
		p.got = append(p.got, arrival{max(n.Due, p.clock), n.Alert, string(n.Why), whom})
		return true
	})
}

// check holds what arrived to what was wanted.
func (p *player) check() {
	p.t.Helper()
	for _, w := range p.wants {
		p.line = w.line
		iv := p.interval(w.words[0])
		var got []string
		for _, a := range p.got {
			if a.alert == w.words[1] && iv.Covers(a.at) && (len(w.words) < 4 || w.words[2] == "any" || a.why == w.words[2]) {
				got = append(got, a.whom)
			}
		}
		want := slices.Clone(w.words[min(3, len(w.words)):])
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			p.fatalf("got %q; all: %s", got, p.arrivals())
		}
	}
}

func (p *player) arrivals() string {
	var b strings.Builder
	for _, a := range p.got {
		b.WriteString("\n\t\t" + a.at.Time(shanghai).Format("01-02 15:04:05 ") + a.alert + " " + a.why + " " + a.whom)
	}
	return b.String()
}
