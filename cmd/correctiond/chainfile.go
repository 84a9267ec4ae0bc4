package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"correctiond/alerts/duty"
	"correctiond/roster"
	"correctiond/rules"
)

// plan is how alerts escalate, as the files say.
type plan struct {
	chains   duty.Chains
	hours    *duty.Hours
	workdays duty.Workdays
}

// readPlan reads the chains file and the calendar file of the configuration.
func (cfg *config) readPlan(cal *roster.Calendar) (*plan, error) {
	p := &plan{chains: duty.DefaultChains()}
	var err error
	if cfg.Alerts.ChainsFile != "" {
		if p.chains, err = readKeyed("alerts.chains_file", cfg.Alerts.ChainsFile, duty.ReadChains); err != nil {
			return nil, err
		}
	}
	if cfg.Rules.CalendarFile != "" {
		if p.workdays, err = readKeyed("rules.calendar_file", cfg.Rules.CalendarFile, duty.ReadWorkdays); err != nil {
			return nil, err
		}
	}
	h := cfg.Alerts.WorkingHours
	if p.hours, err = duty.NewHours(cal, h.From, h.Until, h.Days, p.workdays); err != nil {
		return nil, fmt.Errorf("alerts.working_hours: %w", err)
	}
	return p, nil
}

func readKeyed[T any](key, name string, read func(io.Reader, string) (T, error)) (T, error) {
	file, err := os.Open(name)
	if err != nil {
		var none T
		return none, fmt.Errorf("%s: %w", key, err)
	}
	what, err := read(file, name)
	return what, errors.Join(err, file.Close())
}

// holiday tells whether a local day, by its first instant, is a public holiday.
func (e *escalation) holiday(cal *roster.Calendar) rules.Holidays {
	days := e.plan.Load().workdays
	return func(day roster.Instant) bool { return days.Holiday(cal.Day(day)) }
}

// printChains writes, as comments, whom alerts are brought to.
func (cfg *config) printChains(w io.Writer) error {
	p, err := cfg.readPlan(roster.NewCalendar(nil))
	if err != nil {
		return invalid(err)
	}
	holidays, extra := p.workdays.Days()
	_, err = fmt.Fprintf(w, "# %-8s %s\n%s# %-8s %s, %d holidays, %d extra working days\n",
		"chains:", cmp.Or(cfg.Alerts.ChainsFile, "built in"), chainLines(&p.chains),
		"calendar:", cmp.Or(cfg.Rules.CalendarFile, "none"), holidays, extra)
	return err
}

func chainLines(c *duty.Chains) string {
	var b strings.Builder
	for _, s := range []string{"P1", "P2", "P3", "P4"} {
		fmt.Fprintf(&b, "#   %s:", s)
		chain := c.Of(s)
		for i := range chain.Rungs {
			fmt.Fprintf(&b, " %s;", rungWords(&chain.Rungs[i]))
		}
		if chain.Repeat != 0 {
			fmt.Fprintf(&b, " the last again every %s", chain.Repeat)
		}
		fmt.Fprintln(&b)
	}
	return b.String()
}

func rungWords(r *duty.Rung) string {
	words := []string{"at once"}
	if r.After != 0 {
		words[0] = "+" + r.After.String()
	}
	for _, t := range r.To {
		words = append(words, string(t))
	}
	if r.WorkingHours {
		words = append(words, "in working hours")
	}
	if r.Group != 0 {
		words = append(words, "grouped by "+r.Group.String())
	}
	if r.Digest != "" {
		words = append(words, "daily at "+r.Digest)
	}
	return strings.Join(words, " ")
}
