package rules

import (
	"cmp"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"slices"
	"strconv"
	"time"

	"correctiond/roster"
)

// challengeConfig says when random challenges are drawn and how long they may
// take to be answered. Hours are local, 0 to 24.
type challengeConfig struct {
	FromHour  int             `yaml:"from_hour" json:"from_hour"`
	UntilHour int             `yaml:"until_hour" json:"until_hour"`
	Expires   roster.Duration `yaml:"expires" json:"expires"`
}

func defaultChallenge() challengeConfig {
	return challengeConfig{FromHour: 8, UntilHour: 21, Expires: roster.Duration(time.Hour)}
}

func (c *challengeConfig) requirements() []requirement {
	return []requirement{
		{c.FromHour >= 0 && c.FromHour < c.UntilHour && c.UntilHour <= 24, "challenge: 0 <= from_hour < until_hour <= 24"},
		{length(c.Expires) >= roster.Minute && length(c.Expires) <= roster.Day, "challenge.expires: 1m to 24h"},
	}
}

// Lottery draws when people are challenged (抽查). The same secret gives the same
// draws; who does not know it cannot foresee them.
type Lottery struct {
	Secret   []byte
	Calendar *roster.Calendar
	Config   challengeConfig
}

// draw returns when a subject of that colour is challenged on the local day that
// begins at day: as often as the colour asks for, on days and at times that only
// the secret determines.
func (l *Lottery) draw(subject roster.SubjectID, day roster.Instant, colour Colour) []roster.Instant {
	if !l.chosen(subject, day, Cadence(colour).Challenges) {
		return nil
	}
	from, until := roster.Instant(l.Config.FromHour)*roster.Hour, roster.Instant(l.Config.UntilHour)*roster.Hour
	within := l.number("time", subject, day) % uint64(until-from)
	return []roster.Instant{day + from + roster.Instant(within)}
}

// chosen reports whether the day is one of those drawn from its week or month.
func (l *Lottery) chosen(subject roster.SubjectID, day roster.Instant, p Period) bool {
	local := day.Time(l.Calendar.Location())
	first, days := l.Calendar.AddDays(day, 1-local.Day()), local.AddDate(0, 1, -local.Day()).Day()
	if p.Days > 0 {
		first, days = l.Calendar.AddDays(day, -(int(local.Weekday())+6)%7), 7
	}
	if p.Days == 1 {
		return true
	}
	type ticket struct {
		number uint64
		day    roster.Instant
	}
	tickets := make([]ticket, days)
	for i := range tickets {
		at := l.Calendar.AddDays(first, i)
		tickets[i] = ticket{l.number("day", subject, at), at}
	}
	slices.SortFunc(tickets, func(a, b ticket) int { return cmp.Or(cmp.Compare(a.number, b.number), cmp.Compare(a.day, b.day)) })
	return slices.ContainsFunc(tickets[:p.Times], func(t ticket) bool { return t.day == day })
}

// number is a random number of the secret.
func (l *Lottery) number(purpose string, subject roster.SubjectID, at roster.Instant) uint64 {
	return binary.BigEndian.Uint64(l.sum(purpose, subject, at))
}

func (l *Lottery) sum(purpose string, subject roster.SubjectID, at roster.Instant) []byte {
	mac := hmac.New(sha256.New, l.Secret)
	mac.Write([]byte(purpose + "|" + string(subject) + "|" + strconv.FormatInt(int64(at), 10)))
	return mac.Sum(nil)
}

// Drawn is one challenge of the day.
type Drawn struct {
	ID      string // the same whenever it is drawn
	Subject roster.SubjectID
	At      roster.Instant
}

// Lot is whom a day's challenges may fall on, and the colour with which the day
// began for them.
type Lot struct {
	Subject roster.SubjectID
	Colour  Colour
}

// Lots lists everybody's lot of the local day that begins at day, by id.
func (e *Engine) Lots(day roster.Instant) []Lot {
	lots := make([]Lot, 0, len(e.subjects))
	for _, id := range e.subjectIDs() {
		lots = append(lots, Lot{id, e.subjects[id].Attention.on(day)})
	}
	return lots
}

// Draws lists the challenges of the local day that begins at day, by time.
func (l *Lottery) Draws(lots []Lot, day roster.Instant) []Drawn {
	var out []Drawn
	for _, lot := range lots {
		for _, at := range l.draw(lot.Subject, day, lot.Colour) {
			out = append(out, Drawn{ID: hex.EncodeToString(l.sum("id", lot.Subject, at)[:8]), Subject: lot.Subject, At: at})
		}
	}
	slices.SortStableFunc(out, func(a, b Drawn) int { return cmp.Compare(a.At, b.At) })
	return out
}

// on is the colour in force when the day began, or the first one after.
func (a *attention) on(day roster.Instant) Colour {
	colour := a.Shown
	for _, row := range slices.Backward(a.History) {
		if colour = row.Colour; row.At <= day {
			break
		}
	}
	return colour
}

// Challengeable returns the phone that a drawn challenge goes to; false when it
// stands in the journal already, or the subject owes no answer now: outside of the
// term, not reported in, in custody, or without a phone.
func (e *Engine) Challengeable(d Drawn, now roster.Instant) (roster.DeviceID, bool) {
	s := e.subjects[d.Subject]
	if s == nil || slices.ContainsFunc(s.Duty.Challenges, func(ch challenge) bool { return ch.ID == d.ID }) {
		return "", false
	}
	entry := s.entry
	if !entry.Term.Covers(now) || entry.Reported == 0 || entry.Reported > now || covers(entry.Custody, now) {
		return "", false
	}
	for _, dev := range entry.Devices {
		if b := dev.BoundTo(now); dev.Kind == roster.App && b != nil && b.SubjectID == entry.ID {
			return dev.ID, true
		}
	}
	return "", false
}

// Waits reports whether a subject's challenge is not answered yet and still may
// be.
func (e *Engine) Waits(subject roster.SubjectID, id string, now roster.Instant) bool {
	s := e.subjects[subject]
	return s != nil && slices.ContainsFunc(s.Duty.Challenges, func(ch challenge) bool {
		return ch.ID == id && ch.Answer == 0 && now < ch.Expires
	})
}
