package main

import (
	"bufio"
	"path/filepath"

	"correctiond/alerts"
	"correctiond/backtest"
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
	if f.report == "" {
		return nil
	}
	return writeFile(f.report, c.out, func(w *bufio.Writer) error { return backtest.WriteHTML(w, report, f.language) })
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
