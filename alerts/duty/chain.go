package duty

import (
	"fmt"
	"slices"
	"time"

	"correctiond/roster"
)

// Target is whom a rung of a chain tells.
type Target string

// Targets of rungs.
const (
	TheOfficer  Target = "officer"         // whoever is to deal with the alert
	TheOffice   Target = "office"          // who is on duty at the office
	TheHead     Target = "office_head"     // 司法所所长
	TheDistrict Target = "district_duty"   // who is on duty in the district
	TheLeader   Target = "district_leader" // the leader on duty in the district
)

// Rung is one step of a chain: whom it tells, and when.
type Rung struct {
	// After is counted from when the chain began; with WorkingHours, in working
	// hours.
	After roster.Duration `json:"after,omitempty" yaml:"after"`
	To    []Target        `json:"to" yaml:"to"`
	// WorkingHours: only in them; what comes between waits for the next.
	WorkingHours bool `json:"working_hours,omitempty" yaml:"working_hours"`
	// Group joins what an officer is told within so long; 0: told at once.
	Group roster.Duration `json:"group,omitempty" yaml:"group"`
	// Digest is the time of day of a daily list, "08:30"; empty: none.
	Digest string `json:"digest,omitempty" yaml:"digest"`
}

// Chain is whom an alert is brought to until somebody acknowledges it.
type Chain struct {
	Rungs []Rung `json:"rungs" yaml:"rungs"`
	// Repeat is how often the last rung is repeated, without an end; 0: never.
	Repeat roster.Duration `json:"repeat,omitempty" yaml:"repeat"`
}

// Chains are those of the severities.
type Chains struct {
	P1 Chain `yaml:"P1"`
	P2 Chain `yaml:"P2"`
	P3 Chain `yaml:"P3"`
	P4 Chain `yaml:"P4"`
}

// Of gives the chain of a severity, "P1" to "P4".
func (c *Chains) Of(severity string) *Chain {
	switch severity {
	case "P1":
		return &c.P1
	case "P2":
		return &c.P2
	case "P3":
		return &c.P3
	}
	return &c.P4
}

// Bounds of chains.
const (
	maxRungs    = 10
	leastRepeat = 5 * time.Minute
	maxAfter    = 30 * 24 * time.Hour
	maxGroup    = 4 * time.Hour
)

// DefaultChains are those without a chains file.
func DefaultChains() Chains {
	const quarter, hour = roster.Duration(15 * time.Minute), roster.Duration(time.Hour)
	return Chains{
		P1: Chain{Repeat: 2 * quarter, Rungs: []Rung{
			{To: []Target{TheOfficer, TheOffice}},
			{After: quarter, To: []Target{TheHead, TheDistrict}},
			{After: 2 * quarter, To: []Target{TheLeader}},
		}},
		P2: Chain{Repeat: 4 * hour, Rungs: []Rung{
			{To: []Target{TheOfficer}},
			{After: hour, To: []Target{TheHead}},
			{After: 4 * hour, To: []Target{TheDistrict}},
		}},
		P3: Chain{Repeat: 24 * hour, Rungs: []Rung{
			{To: []Target{TheOfficer}, WorkingHours: true, Group: quarter},
			{After: 8 * hour, To: []Target{TheHead}, WorkingHours: true, Group: quarter},
		}},
		P4: Chain{Repeat: 24 * hour, Rungs: []Rung{{To: []Target{TheOfficer}, Digest: "08:30"}}},
	}
}

// Validate tells what is wrong with the chains; the first finding counts.
func (c *Chains) Validate() error {
	for _, s := range []string{"P1", "P2", "P3", "P4"} {
		chain := c.Of(s)
		if err := chain.validate(s <= "P2"); err != nil {
			return fmt.Errorf("%s.%w", s, err)
		}
		if first := &chain.Rungs[0]; s == "P1" && (first.waits() || len(first.To) == 0) {
			return fmt.Errorf("%s.rungs[0]: a P1 is told at once: no working_hours, group or digest", s)
		}
	}
	return nil
}

func (c *Chain) validate(urgent bool) error {
	if n := len(c.Rungs); n == 0 || n > maxRungs {
		return fmt.Errorf("rungs: has %d; use 1 to %d", n, maxRungs)
	}
	if err := c.validateRepeat(urgent); err != nil {
		return err
	}
	return c.validateRungs()
}

func (c *Chain) validateRepeat(urgent bool) error {
	switch repeat := time.Duration(c.Repeat); {
	case repeat != 0 && repeat < leastRepeat:
		return fmt.Errorf("repeat: is shorter than %s", leastRepeat)
	case repeat == 0 && urgent:
		return fmt.Errorf("repeat: is missing: P1 and P2 are repeated until somebody acknowledges")
	case repeat > maxAfter:
		return fmt.Errorf("repeat: is longer than %s", maxAfter)
	}
	return nil
}

func (c *Chain) validateRungs() error {
	before := roster.Duration(-1)
	for i := range c.Rungs {
		r := &c.Rungs[i]
		if fault := r.fault(); fault != "" {
			return fmt.Errorf("rungs[%d]: %s", i, fault)
		}
		if r.After <= before || i == 0 && r.After != 0 {
			return fmt.Errorf("rungs[%d].after: the first rung has none, and each of the others more than the one before", i)
		}
		before = r.After
	}
	return nil
}

func (r *Rung) fault() string {
	group := time.Duration(r.Group)
	switch {
	case len(r.To) == 0:
		return "to: is missing"
	case slices.ContainsFunc(r.To, func(t Target) bool { return !t.known() }):
		return "to: use officer, office, office_head, district_duty or district_leader"
	case time.Duration(r.After) > maxAfter:
		return fmt.Sprintf("after: is longer than %s", maxAfter)
	case group > maxGroup:
		return fmt.Sprintf("group: is longer than %s", maxGroup)
	case r.Digest != "" && (r.WorkingHours || group != 0):
		return "digest: goes neither with working_hours nor with group"
	}
	if _, err := minuteOf(r.Digest); r.Digest != "" && err != nil {
		return "digest: " + err.Error()
	}
	return ""
}

func (t Target) known() bool {
	return slices.Contains([]Target{TheOfficer, TheOffice, TheHead, TheDistrict, TheLeader}, t)
}

// waits tells whether the rung may tell people later than it is taken.
func (r *Rung) waits() bool { return r.WorkingHours || r.Grouped() }

// Grouped tells whether its notices of one officer travel together.
func (r *Rung) Grouped() bool { return r.Group != 0 || r.Digest != "" }
