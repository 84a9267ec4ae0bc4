package rules_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"correctiond/rules"
)

// TestFixtures plays testdata/<kind>/*.txt: as it stands, with every event
// delivered twice, and with restarts: after every entry, or, where a run of reports
// makes them many, after so many of them, evenly. A file holds several cases, each
// under a line "=== name"; what stands above the first is common.
func TestFixtures(t *testing.T) {
	files, err := filepath.Glob("testdata/*/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatal("no fixtures", err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		name := strings.TrimSuffix(strings.TrimPrefix(filepath.ToSlash(file), "testdata/"), ".txt")
		parts := strings.Split("\n"+string(text), "\n=== ")
		for _, part := range parts[1:] {
			title, body, _ := strings.Cut(part, "\n")
			t.Run(name+"/"+title, func(t *testing.T) {
				t.Parallel()
				checkFixture(t, parts[0]+"\n"+body)
			})
		}
	}
}

// mostRestarts bounds those of a fixture: each takes as long as hundreds of entries.
const mostRestarts = 30

func checkFixture(t *testing.T, text string) {
	plain, entries := newPlayer(t), 0
	plain.after = func(e *rules.Engine) *rules.Engine {
		entries++
		return e
	}
	plain.play(text)
	plain.compare("")

	twice := newPlayer(t)
	twice.twice = true
	twice.play(text)
	twice.compare("delivered twice: ")

	restart := newPlayer(t)
	every, nth := 1+entries/mostRestarts, 0
	restart.after = func(e *rules.Engine) *rules.Engine {
		if nth++; nth%every != 0 {
			return e
		}
		return restored(t, e)
	}
	restart.play(text)
	restart.compare("restarted: ")
}

// TestEveryKindHasFixtures keeps a folder of fixtures for each kind.
func TestEveryKindHasFixtures(t *testing.T) {
	for _, info := range rules.Catalogue() {
		if files, _ := filepath.Glob("testdata/" + string(info.Kind) + "/*.txt"); len(files) == 0 {
			t.Errorf("%s has no fixtures", info.Kind)
		}
	}
}

// compare checks what was seen against what the fixture wants.
func (p *player) compare(how string) {
	p.t.Helper()
	var want, got []string
	left := slices.DeleteFunc(slices.Clone(p.seen), p.beside)
	for _, line := range p.wants {
		w := p.canonical(line)
		want = append(want, w)
		opened := strings.Contains(w, " opened=")
		i := slices.IndexFunc(left, func(ep rules.Episode) bool { return p.asWant(&ep, opened) == w })
		if i >= 0 {
			got = append(got, w)
			left = slices.Delete(left, i, i+1)
		}
	}
	if len(got) == len(want) && len(left) == 0 {
		return
	}
	for _, w := range want {
		if !slices.Contains(got, w) {
			p.t.Errorf("%smissing  %s", how, w)
		}
	}
	for i := range left {
		p.t.Errorf("%sunwanted %s", how, p.asWant(&left[i], true))
	}
}

// beside reports whether an episode is of a kind that fixtures about other kinds
// raise by the way: wristbands without fixes, or that never move, simulated ones, crowds.
func (p *player) beside(ep rules.Episode) bool {
	switch ep.Kind {
	case rules.AlertBacklog: // nobody handles the alerts of most fixtures
		return !p.backlog && !strings.Contains(strings.Join(p.wants, "\n"), "want "+string(rules.AlertBacklog))
	case rules.PositionLost, rules.DeviceSeparated, rules.SpoofedLocation, rules.Gathering:
	default:
		return false
	}
	wanted := slices.ContainsFunc(p.wants, func(w string) bool { return strings.HasPrefix(w, "want "+string(ep.Kind)) })
	return !wanted && !strings.Contains(p.t.Name(), string(ep.Kind))
}

// asWant writes an episode as a want.
func (p *player) asWant(ep *rules.Episode, opened bool) string {
	s := fmt.Sprintf("want %s %s %s started=%s", ep.Kind, ep.Severity, owner(ep), p.show(ep.Started))
	if opened {
		s += " opened=" + p.show(ep.Opened)
	}
	if ep.Ended != 0 {
		s += " ended=" + p.show(ep.Ended)
	}
	if ep.Count != 1 {
		s += fmt.Sprintf(" count=%d", ep.Count)
	}
	if len(ep.History) > 1 {
		s += " steps="
		for i, step := range ep.History {
			if i > 0 {
				s += ","
			}
			s += fmt.Sprintf("%s@%s", step.Severity, p.show(step.At))
		}
	}
	for flag, on := range map[string]bool{"late": ep.Late, "retracted": ep.Retracted} {
		if on {
			s += " " + flag
		}
	}
	return p.canonical(s)
}

// canonical brings the words of a want into one order, and its times into one form.
func (p *player) canonical(line string) string {
	f := strings.Fields(line)
	head, tail := f[:4], f[4:]
	for i, word := range tail {
		switch key, value, _ := strings.Cut(word, "="); key {
		case "started", "opened", "ended":
			tail[i] = key + "=" + p.show(p.instant(value))
		case "steps":
			tail[i] = key + "=" + p.canonicalSteps(value)
		}
	}
	slices.Sort(tail)
	return strings.Join(append(head, tail...), " ")
}

func (p *player) canonicalSteps(value string) string {
	steps := strings.Split(value, ",")
	for i, step := range steps {
		sev, at, _ := strings.Cut(step, "@")
		steps[i] = sev + "@" + p.show(p.instant(at))
	}
	return strings.Join(steps, ",")
}

func owner(ep *rules.Episode) string {
	switch {
	case ep.Device == "" && ep.Subject == "":
		return "-@" + string(ep.Office)
	case ep.Device == "":
		return string(ep.Subject)
	case ep.Subject == "":
		return "-/" + string(ep.Device)
	}
	return string(ep.Subject) + "/" + string(ep.Device)
}
