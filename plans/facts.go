package plans

import (
	"slices"

	"correctiond/roster"
	"correctiond/rules"
)

// Lengths of what a term begins and ends with, in months; local defaults.
const (
	enteringMonths = 2
	leavingMonths  = 1
)

// known lists the keys of facts, in the order they are shown, with their values.
func known() []struct {
	key    string
	values []string
} {
	return []struct {
		key    string
		values []string
	}{
		{"kind", []string{"control", "probation", "parole", "medical"}},
		{"level", []string{"strict", "general", "lenient", "none"}},
		{"colour", []string{"red", "orange", "yellow", "green"}},
		{"minor", []string{"true", "false"}},
		{"sex", []string{"male", "female"}},
		{"assessment", []string{"low", "medium", "high"}},
		{"order", []string{"forbidden", "no_contact", "curfew"}},
		{"fact", []string{
			"entering", "leaving", "prior", "admonition", "warning", "praise", "steady_job", "no_steady_job", "parole_medical", "located", "travel",
		}},
	}
}

// Known lists every fact that templates can ask for.
func Known() (all []Fact) {
	for _, k := range known() {
		for _, v := range k.values {
			all = append(all, Fact{k.key, v})
		}
	}
	return all
}

// FactsOf lists what templates can ask for and what the roster holds of a person at
// an instant, with the colour of attention. Facts of the future count for nothing.
func FactsOf(e *roster.SubjectEntry, colour rules.Colour, cal *roster.Calendar, now roster.Instant) []Fact {
	level := string(e.Level)
	if level == "" {
		level = "none"
	}
	list := []Fact{{"kind", string(e.Kind)}, {"level", level}, {"colour", colour.String()}}
	put := func(yes bool, key, value string) {
		if yes {
			list = append(list, Fact{key, value})
		}
	}
	put(e.Minor, "minor", "true")
	put(!e.Minor, "minor", "false")
	put(e.Sex != "", "sex", e.Sex)
	put(e.Facts.Assessment != "", "assessment", e.Facts.Assessment)
	put(len(e.Subject.Forbidden) > 0, "order", "forbidden")
	put(len(e.NoContact) > 0, "order", "no_contact")
	put(e.Curfew != nil, "order", "curfew")
	put(entering(e, cal, now), "fact", "entering")
	put(leaving(e, cal, now), "fact", "leaving")
	put(e.Facts.Prior, "fact", "prior")
	put(past(e.Facts.Admonitions, cal, now), "fact", "admonition")
	put(past(e.Facts.Warnings, cal, now), "fact", "warning")
	put(e.Facts.Praise > 0, "fact", "praise")
	put(e.Facts.SteadyJob, "fact", "steady_job")
	put(!e.Facts.SteadyJob, "fact", "no_steady_job")
	put(e.ParoleMedical, "fact", "parole_medical")
	put(located(e, now), "fact", "located")
	put(slices.ContainsFunc(e.Permits, func(p roster.Permit) bool { return p.Travel && p.Covers(now) }), "fact", "travel")
	return list
}

// entering: within two months of having reported in, or of the term's beginning.
func entering(e *roster.SubjectEntry, cal *roster.Calendar, now roster.Instant) bool {
	from := e.Reported
	if from == 0 {
		from = e.Term.From
	}
	return now < cal.AddMonths(cal.DayStart(from), enteringMonths)
}

func leaving(e *roster.SubjectEntry, cal *roster.Calendar, now roster.Instant) bool {
	return e.Term.End != 0 && e.Term.End <= cal.AddMonths(cal.DayStart(now), leavingMonths)
}

func past(days []roster.Date, cal *roster.Calendar, now roster.Instant) bool {
	return slices.ContainsFunc(days, func(d roster.Date) bool { return cal.Start(d) <= now })
}

// located: a device is bound to them whose authority of Article 29 is in force.
func located(e *roster.SubjectEntry, now roster.Instant) bool {
	return slices.ContainsFunc(e.Devices, func(d *roster.DeviceEntry) bool {
		b := d.BoundTo(now)
		return b != nil && b.SubjectID == e.ID && d.Authority(now) != nil
	})
}
