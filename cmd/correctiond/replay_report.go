package main

import (
	"bufio"
	"encoding/json"
	"path/filepath"

	"correctiond/alerts"
	"correctiond/backtest"
	"correctiond/web"
)

// tell says what the rules of --compare would change, and writes the report.
func (f *replayFlags) tell(c *call, runs []*replay) error {
	if f.compare == "" && f.report == "" {
		return nil
	}
	report := backtest.Judge(f.findings(runs))
	if f.compare != "" {
		if err := backtest.WriteText(c.out, report, f.language); err != nil {
			return err
		}
	}
	if f.counts != "" {
		err := writeFile(f.counts, c.out, func(w *bufio.Writer) error { return json.NewEncoder(w).Encode(figuresOf(report)) })
		if err != nil {
			return err
		}
	}
	if f.report == "" {
		return nil
	}
	return writeFile(f.report, c.out, func(w *bufio.Writer) error { return backtest.WriteHTML(w, report, f.language) })
}

// figuresOf leaves of a comparison what names nobody.
func figuresOf(r *backtest.Report) web.Counts {
	c := web.Counts{From: r.From, Until: r.Until, Lost: len(r.Lost), Weaker: len(r.Weaker)}
	for i, set := range []*web.CountedSet{&c.Now, &c.Next} {
		s := &r.Sets[i]
		*set = web.CountedSet{Version: s.Version, Alerts: s.Alerts, Urgent: s.Urgent, Judged: s.Judged, Confirmed: s.Confirmed}
	}
	for i := range r.Kinds {
		k := &r.Kinds[i]
		c.Kinds = append(c.Kinds, web.CountedKind{Kind: k.Kind, Now: k.Now.Alerts, Next: k.Next.Alerts, Appear: k.Appear, Vanish: k.Vanish, Move: k.Move})
	}
	return c
}

// findings is what the runs found, for the report.
func (f *replayFlags) findings(runs []*replay) *backtest.Input {
	first := runs[0]
	in := &backtest.Input{From: first.began, Until: max(first.until, first.clock), Location: first.loc}
	if dir := first.desk.engine.Directory(); dir != nil {
		in.Offices = dir.Roster().Offices
	}
	names := []string{f.rules, f.compare}
	for i, r := range runs {
		run := backtest.Run{Version: r.rules.Version()}
		if names[i] != "" {
			run.Name = filepath.Base(names[i])
		}
		run.Alerts = make([]alerts.Alert, 0, len(r.desk.changed))
		for j := range r.desk.changed {
			run.Alerts = append(run.Alerts, r.desk.changed[j].next)
		}
		in.Runs = append(in.Runs, run)
	}
	return in
}
