package alerts_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"correctiond/alerts"
	"correctiond/roster"
	"correctiond/rules"
)

// action reads "by F1 reason=…" and the like. In a text, _ stands for a space.
func (p *player) action(what string, f []string) alerts.Action {
	p.t.Helper()
	a := alerts.Action{Type: alerts.ActionType(what), At: p.clock}
	for i, word := range f {
		key, value, _ := strings.Cut(word, "=")
		value = strings.ReplaceAll(value, "_", " ")
		switch key {
		case "by":
			a.By = f[i+1]
		case "reason":
			a.Reason = value
		case "text":
			a.Text = value
		case "about":
			a.About = alerts.About(value)
		case "outcome":
			a.Outcome = alerts.Outcome(value)
		case "officer":
			a.Officer = roster.OfficerID(value)
		case "file":
			a.File = &alerts.File{Name: value + ".jpg", Type: "image/jpeg", Size: 9, SHA256: strings.Repeat(value, 32)}
		default:
			p.when(&a, key, value)
		}
	}
	return a
}

// when reads the options that are times or versions; other words are names.
func (p *player) when(a *alerts.Action, key, value string) {
	p.t.Helper()
	switch key {
	case "until":
		a.Until = p.instant(value)
	case "from":
		a.From = &roster.Date{Day: value}
	case "version":
		if _, err := fmt.Sscan(value, &a.Version); err != nil {
			p.fatalf("%v", err)
		}
	default:
		if value != "" {
			p.fatalf("unknown option %q", key)
		}
	}
}

// act does something that has to succeed, or that is refused in that way.
func (p *player) act(id string, a alerts.Action, refused string) {
	p.t.Helper()
	prev := p.get(id)
	next, err := alerts.Act(*prev, rules.Info(prev.Episode.Kind).Ending, a)
	if got := refusal(err); got != refused {
		p.fatalf("%s of %s: %v", a.Type, id, err)
	}
	if err == nil {
		p.keep(prev, next)
	}
}

// refusal names how an action was refused: stale, closed, conflict, invalid:field.
func refusal(err error) string {
	var no *alerts.Refusal
	if !errors.As(err, &no) {
		return ""
	}
	switch {
	case errors.Is(err, alerts.ErrStale):
		return "stale"
	case errors.Is(err, alerts.ErrClosed):
		return "closed"
	case errors.Is(err, alerts.ErrConflict):
		return "conflict"
	}
	return "invalid:" + no.Field
}

// stands says how an alert stands, in the words of a want: its state and outcome,
// then what else there is of escalated, snoozed, incident, ended, to=officer,
// notes=n, files=n and sev=P1. The last four are compared only if they are wanted.
func stands(a *alerts.Alert) (always, asked []string) {
	always = append(always, string(a.State))
	for word, holds := range map[string]bool{
		string(a.Outcome): a.Outcome != "", "escalated": a.Escalated != nil, "snoozed": a.Snoozed != nil,
		"incident": a.Incident != nil, "ended": a.Condition() == "ended",
	} {
		if holds {
			always = append(always, word)
		}
	}
	return always, []string{
		"to=" + string(a.Officer()), fmt.Sprintf("notes=%d", len(a.Notes())), fmt.Sprintf("files=%d", len(a.Files())),
		"sev=" + a.Episode.Severity.String(), fmt.Sprintf("version=%d", a.Version),
	}
}

func (p *player) want(id string, words []string) {
	p.t.Helper()
	always, asked := stands(p.get(id))
	for _, w := range words {
		if !slices.Contains(always, w) && !slices.Contains(asked, w) {
			p.fatalf("%s is %v %v", id, always, asked)
		}
	}
	for _, w := range always {
		if !slices.Contains(words, w) {
			p.fatalf("%s is %s, too", id, w)
		}
	}
}

func (p *player) wantStep(id, at string) {
	p.t.Helper()
	want := roster.Instant(0)
	if at != "none" {
		want = p.instant(at)
	}
	if got := p.get(id).Next(); got.At != want {
		p.fatalf("%s waits for %s at %s", id, got.Do, got.At.Time(shanghai))
	}
}
