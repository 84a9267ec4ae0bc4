package main

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"correctiond/event"
	"correctiond/ingest"
	"correctiond/roster"
	"correctiond/rules"
)

// check refuses flags that do not go together.
func (f *replayFlags) check() error {
	switch {
	case f.fromStore && f.events != "":
		return usagef("replay: takes either --events or --from-store")
	case !f.fromStore && (f.roster == "" || f.events == ""):
		return usagef("replay: needs --roster and --events, or --from-store")
	case !f.fromStore && f.from+f.district != "":
		return usagef("replay: --from and --district go with --from-store")
	case f.counts != "" && f.compare == "":
		return usagef("replay: --counts goes with --compare")
	}
	return nil
}

// feed runs the rules, and those of --compare beside them, over the input.
func (f *replayFlags) feed(ctx context.Context, c *call, cfg *config) ([]*replay, error) {
	if f.fromStore {
		return f.feedStore(ctx, c, cfg)
	}
	data, err := f.readRoster(c)
	if err != nil {
		return nil, err
	}
	runs, err := f.prepare(c, cfg, data)
	if err != nil {
		return nil, err
	}
	in, err := openEvents(f.events, c.in)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	err = eachLine(ctx, in, runs[0].decoder, func(l *line) error { return eachRun(runs, l) })
	if errors.Is(err, errBeyond) && runs[0].clock == 0 {
		err = errors.New("--until lies before the first line")
	}
	if err == nil || errors.Is(err, errBeyond) {
		return runs, nil
	}
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	return nil, invalid(fmt.Errorf("%s: %w", f.events, err))
}

// eachRun gives a line to every run; acceptance changes drafts, so all but the
// last get copies.
func eachRun(runs []*replay, l *line) error {
	for i, r := range runs {
		mine := l
		if i < len(runs)-1 {
			mine = l.clone()
		}
		if err := r.line(mine); err != nil {
			return err
		}
	}
	return nil
}

func (l *line) clone() *line {
	own := *l
	own.drafts = slices.Clone(l.drafts)
	for i := range own.drafts {
		own.drafts[i] = cloneDraft(&own.drafts[i])
	}
	return &own
}

func cloneDraft(d *ingest.Draft) ingest.Draft {
	own := *d
	own.Event, own.Rejection = copied(d.Event), copied(d.Rejection)
	if own.Event != nil {
		own.Event.Check = copied(own.Event.Check)
	}
	return own
}

func copied[T event.Event | event.Rejection | event.Check](v *T) *T {
	if v == nil {
		return nil
	}
	own := *v
	return &own
}

// prepare makes a run of the rules, and one of those of --compare.
func (f *replayFlags) prepare(c *call, cfg *config, people []byte) ([]*replay, error) {
	loc, err := time.LoadLocation(cfg.Zone)
	if err != nil {
		return nil, usagef("--zone: %w", err)
	}
	var runs []*replay
	for _, name := range f.ruleFiles(cfg) {
		thresholds, err := readRuleFile(c, name)
		if err != nil {
			return nil, err
		}
		// Each has a roster of its own, for acts change it.
		file, err := roster.Read(bytes.NewReader(people), cmp.Or(f.roster, "current roster"))
		if err != nil {
			return nil, invalid(err)
		}
		dir, err := roster.Compile(file, roster.NewCalendar(loc))
		if err != nil {
			return nil, invalid(fmt.Errorf("%s: %w", cmp.Or(f.roster, "current roster"), err))
		}
		r := newReplay(thresholds, dir, f)
		r.other = len(runs) > 0
		if r.until, err = f.end(); err != nil {
			return nil, err
		}
		runs = append(runs, r)
	}
	return runs, nil
}

// ruleFiles names the rule files to run; "" is the built-in thresholds.
func (f *replayFlags) ruleFiles(cfg *config) []string {
	names := []string{cmp.Or(f.rules, cfg.Rules.File)}
	if f.compare != "" {
		names = append(names, f.compare)
	}
	return names
}

// end is the last instant of the clock; 0: that of the last line.
func (f *replayFlags) end() (roster.Instant, error) {
	if f.until == "" {
		return 0, nil
	}
	return instantFlag("--until", f.until)
}

func readRuleFile(c *call, name string) (rules.Config, error) {
	if name == "" {
		return rules.DefaultConfig(), nil
	}
	data, err := c.readFile(name)
	if err != nil {
		return rules.Config{}, invalid(fmt.Errorf("read rules: %w", err))
	}
	cfg, err := rules.ReadConfig(bytes.NewReader(data), name)
	return cfg, invalid(err)
}

// readRoster reads the roster file as it is.
func (f *replayFlags) readRoster(c *call) ([]byte, error) {
	data, err := c.readFile(f.roster)
	if err != nil {
		return nil, invalid(fmt.Errorf("read roster: %w", err))
	}
	return data, nil
}
