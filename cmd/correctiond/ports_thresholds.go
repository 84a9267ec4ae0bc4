package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"time"

	"correctiond/roster"
	"correctiond/rules"
	"correctiond/store/audit"
	"correctiond/web"
)

var _ web.Thresholds = ports{}

// RulesOf are the rules in force in a district.
func (p ports) RulesOf(d roster.DistrictID) rules.Config {
	cfg := *p.d.rules.Load()
	if l := p.d.lane(d); l != nil {
		l.district.ask(func(e *rules.Engine) { cfg = e.Rules() })
	}
	return cfg
}

// maxComparison bounds the text of a comparison.
const maxComparison = 256 << 10

// Compare says what other rules would have meant; the text may name people.
func (p ports) Compare(ctx context.Context, c web.Comparing) (string, error) {
	var said string
	err := p.compare(ctx, &c, func(_ string, argv []string) (err error) {
		said, err = runReplay(ctx, argv)
		return err
	})
	return tailOf(said, maxComparison), err
}

// Counts says the same in figures, which name nobody.
func (p ports) Counts(ctx context.Context, c web.Comparing) (counts web.Counts, err error) {
	err = p.compare(ctx, &c, func(folder string, argv []string) error {
		name := filepath.Join(folder, "counts.json")
		if _, err := runReplay(ctx, append(argv, "--counts", name)); err != nil {
			return err
		}
		text, err := os.ReadFile(name)
		if err == nil {
			err = json.Unmarshal(text, &counts)
		}
		return err
	})
	return counts, err
}

// ComparedDistricts are the districts of this daemon.
func (p ports) ComparedDistricts() (ids []roster.DistrictID) {
	for _, l := range p.d.lanes() {
		if !isNobody(l.district.id) {
			ids = append(ids, l.district.id)
		}
	}
	slices.Sort(ids)
	return ids
}

// compare prepares the command that compares rules, which run starts as a process of
// its own: it takes time and memory that the daemon needs for itself. One runs at a
// time. What it writes is removed afterwards.
func (p ports) compare(ctx context.Context, c *web.Comparing, run func(folder string, argv []string) error) error {
	if !p.d.comparing.TryLock() {
		return web.ErrComparing
	}
	defer p.d.comparing.Unlock()
	err := p.d.state.AppendAudit(ctx, audit.Record{At: nowInstant(), Actor: c.By, Action: "rules.compare", Object: string(c.District), District: c.District})
	if err != nil {
		return err
	}
	folder, err := os.MkdirTemp(p.d.dir.path, "compare-")
	if err != nil {
		return fmt.Errorf("compare rules: %w", err)
	}
	defer os.RemoveAll(folder)
	candidate := filepath.Join(folder, "rules.yaml")
	if err := os.WriteFile(candidate, c.Rules, 0o600); err != nil {
		return fmt.Errorf("compare rules: %w", err)
	}
	argv := []string{
		"replay", "--from-store", "--data", p.d.dir.path, "--district", string(c.District), "--language", c.Lang, "--compare", candidate,
		"--from", c.Since.Time(time.UTC).Format(time.RFC3339), "--out", filepath.Join(folder, "episodes"),
	}
	if p.d.cfg.Rules.File != "" {
		argv = append(argv, "--rules", p.d.cfg.Rules.File)
	}
	return run(folder, argv)
}

// runReplay runs the replay and answers its text.
func runReplay(ctx context.Context, argv []string) (string, error) {
	self, err := os.Executable()
	if err != nil {
		return "", fmt.Errorf("compare rules: %w", err)
	}
	run := exec.CommandContext(ctx, self, argv...)
	var said, complaint bytes.Buffer
	run.Stdout, run.Stderr = &said, &complaint
	if err := run.Run(); err != nil {
		return "", errors.Join(ctx.Err(), fmt.Errorf("compare rules: %w: %s", err, tailOf(complaint.String(), 500)))
	}
	return said.String(), nil
}

// tailOf is the end of a text.
func tailOf(text string, most int) string { return text[max(0, len(text)-most):] }
