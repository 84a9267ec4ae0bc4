package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
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

// Compare runs the command that compares rules as a process of its own: it takes time
// and memory that the daemon needs for itself. One runs at a time.
func (p ports) Compare(ctx context.Context, c web.Comparing) (string, error) {
	if !p.d.comparing.TryLock() {
		return "", web.ErrComparing
	}
	defer p.d.comparing.Unlock()
	err := p.d.state.AppendAudit(ctx, audit.Record{At: nowInstant(), Actor: c.By, Action: "rules.compare", Object: string(c.District), District: c.District})
	if err != nil {
		return "", err
	}
	folder, err := os.MkdirTemp(p.d.dir.path, "compare-")
	if err != nil {
		return "", fmt.Errorf("compare rules: %w", err)
	}
	defer os.RemoveAll(folder)
	candidate := filepath.Join(folder, "rules.yaml")
	if err := os.WriteFile(candidate, c.Rules, 0o600); err != nil {
		return "", fmt.Errorf("compare rules: %w", err)
	}
	return p.d.replayed(ctx, &c, folder, candidate)
}

// replayed runs the replay and answers its text.
func (d *daemon) replayed(ctx context.Context, c *web.Comparing, folder, candidate string) (string, error) {
	self, err := os.Executable()
	if err != nil {
		return "", fmt.Errorf("compare rules: %w", err)
	}
	argv := []string{
		"replay", "--from-store", "--data", d.dir.path, "--district", string(c.District), "--language", c.Lang, "--compare", candidate,
		"--from", c.Since.Time(time.UTC).Format(time.RFC3339), "--out", filepath.Join(folder, "episodes"),
	}
	if d.cfg.Rules.File != "" {
		argv = append(argv, "--rules", d.cfg.Rules.File)
	}
	run := exec.CommandContext(ctx, self, argv...)
	var said, complaint bytes.Buffer
	run.Stdout, run.Stderr = &said, &complaint
	if err := run.Run(); err != nil {
		return "", errors.Join(ctx.Err(), fmt.Errorf("compare rules: %w: %s", err, tailOf(complaint.String(), 500)))
	}
	return tailOf(said.String(), maxComparison), nil
}

// tailOf is the end of a text.
func tailOf(text string, most int) string { return text[max(0, len(text)-most):] }
