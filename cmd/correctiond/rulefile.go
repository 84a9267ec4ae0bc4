package main

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"correctiond/event"
	"correctiond/roster"
	"correctiond/rules"
	"correctiond/store"
	"correctiond/store/audit"
)

// readRules reads the rule file of the configuration.
func (cfg *config) readRules() (rules.Config, error) {
	if cfg.Rules.File == "" {
		return rules.DefaultConfig(), nil
	}
	data, err := os.ReadFile(cfg.Rules.File)
	if err != nil {
		return rules.Config{}, fmt.Errorf("rules.file: %w", err)
	}
	return rules.ReadConfig(bytes.NewReader(data), cfg.Rules.File)
}

// readLadder reads the legal ladder of the configuration.
func (cfg *config) readLadder() (*rules.Ladder, error) {
	if cfg.Rules.LadderFile == "" {
		return rules.DefaultLadder()
	}
	data, err := os.ReadFile(cfg.Rules.LadderFile)
	if err != nil {
		return nil, fmt.Errorf("rules.ladder_file: %w", err)
	}
	return rules.ReadLadder(bytes.NewReader(data), cfg.Rules.LadderFile)
}

// reloads reads the rule file, the legal ladder, the templates of plans, the chains
// and the calendar again at SIGHUP. One that does not pass its checks changes nothing, not even the
// others, and the audit log says so. Alerts that are open keep their chains.
func (d *daemon) reloads(ctx context.Context) error {
	hup := make(chan os.Signal, 1)
	signal.Notify(hup, syscall.SIGHUP)
	defer signal.Stop(hup)
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-hup:
		}
		cfg, err := d.cfg.readRules()
		if err != nil {
			d.refuse(ctx, "rules.refused", d.cfg.Rules.File, err)
			continue
		}
		ladder, err := d.cfg.readLadder()
		if err != nil {
			d.refuse(ctx, "ladder.refused", d.cfg.Rules.LadderFile, err)
			continue
		}
		templates, err := d.cfg.readTemplates()
		if err != nil {
			d.refuse(ctx, "plans.refused", d.cfg.Rules.PlansDir, err)
			continue
		}
		plan, err := d.cfg.readPlan(d.cal)
		if err != nil {
			d.refuse(ctx, "chains.refused", d.cfg.Alerts.ChainsFile, err)
			continue
		}
		d.ladder.Store(ladder)
		d.templates.Store(templates)
		d.escalation.plan.Store(plan)
		d.warnUnmatched(ctx, &cfg)
		d.log.Info("rule file read again", "version", cfg.Version())
		if err := d.reload(ctx, &cfg); err != nil {
			d.log.Error("rules are not journaled everywhere; send SIGHUP again", "err", err)
		}
	}
}

// refuse says of a file that it is not taken over.
func (d *daemon) refuse(ctx context.Context, action, file string, why error) {
	d.log.Error("nothing is reloaded; the old rules go on", "file", file, "err", why)
	err := d.state.AppendAudit(ctx, audit.Record{
		At: nowInstant(), Actor: "daemon", Action: action, Object: file, Reason: why.Error(),
	})
	if err != nil {
		d.log.Error("what was refused is not in the audit log", "err", err)
	}
}

// reload lets new rules hold in every district.
func (d *daemon) reload(ctx context.Context, cfg *rules.Config) error {
	d.ruling.Lock()
	defer d.ruling.Unlock()
	d.rules.Store(cfg)
	for _, l := range d.lanes() {
		if err := d.adoptRules(ctx, l); err != nil {
			return err
		}
	}
	return nil
}

// adoptRules journals the daemon's rules for a district, unless they are the last
// that its journal has: they hold for the entries that follow, also when these
// are judged again after a crash. The caller holds d.ruling.
func (d *daemon) adoptRules(ctx context.Context, l *lane) error {
	cfg := d.rules.Load()
	if l.district.id == nobody {
		return nil
	}
	f, err := cfg.Entry()
	if err != nil {
		return err
	}
	if err := d.state.KeepRules(ctx, f.Version, nowInstant(), f.Data); err != nil || l.ruled == f.Version {
		return err
	}
	if err := l.district.append(ctx, []event.Entry{{At: roster.InstantOf(time.Now()), Rules: f}}); err != nil {
		return err
	}
	l.ruled = f.Version
	return nil
}

// judge takes one entry; a change of the rules is audited with the batch.
func (d *district) judge(entry *event.Entry, batch *store.Batch) error {
	if entry.Rules == nil {
		return d.desk.take(entry)
	}
	before := d.desk.engine.Rules()
	if err := d.desk.take(entry); err != nil {
		return err
	}
	batch.Audit = append(batch.Audit, rulesChanged(d.id, entry.At, before, d.desk.engine.Rules()))
	return nil
}

// rulesChanged is the audit record of rules that a district's engine took over.
func rulesChanged(id roster.DistrictID, at roster.Instant, from, to rules.Config) audit.Record {
	lines := []string{from.Version() + " → " + to.Version()}
	for _, c := range rules.Changes(from, to) {
		lines = append(lines, c.String())
	}
	return audit.Record{At: at, Actor: "daemon", Action: "rules.changed", Object: string(id), Detail: strings.Join(lines, "; ")}
}

// printRules writes, as comments, what of the rules is not built in, and for
// whom the overrides change what.
func (cfg *config) printRules(w io.Writer) error {
	rs, err := cfg.readRules()
	if err != nil {
		return invalid(err)
	}
	if _, err := cfg.readLadder(); err != nil {
		return invalid(err)
	}
	b := bufio.NewWriter(w)
	fmt.Fprintf(b, "# %-8s version %s, %s\n", "rules:", rs.Version(), cmp.Or(cfg.Rules.File, "built in"))
	own := rs
	own.Overrides = nil
	printChanges(b, rules.DefaultConfig(), own)
	for _, sel := range rs.Selectors() {
		of, err := rs.For(sel)
		if err != nil {
			return err
		}
		fmt.Fprintf(b, "# for %s:\n", sel)
		printChanges(b, own, of)
	}
	fmt.Fprintf(b, "# %-8s %s\n", "ladder:", cmp.Or(cfg.Rules.LadderFile, "built in"))
	return b.Flush()
}

func printChanges(w io.Writer, from, to rules.Config) {
	for _, c := range rules.Changes(from, to) {
		fmt.Fprintf(w, "#   %s\n", c)
	}
}
