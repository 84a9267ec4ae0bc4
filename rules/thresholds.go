package rules

import (
	"fmt"

	"correctiond/event"
)

// config is the thresholds that hold for a subject. Kinds about the district as
// a whole ask e.cfg.
func (e *Engine) config(s *subject) *Config {
	if s != nil && s.cfg != nil {
		return s.cfg
	}
	return &e.cfg
}

func (c *moment) cfg() *Config { return c.e.config(c.s) }

// Rules returns the thresholds that hold now, with their overrides.
func (e *Engine) Rules() Config { return e.file }

// RulesVersion names the thresholds that hold now.
func (e *Engine) RulesVersion() string { return e.version }

// ruleFile takes thresholds over: they hold for what is judged from now on.
// Episodes raised before keep the version they were judged by until they change.
func (e *Engine) ruleFile(f *event.RuleFile) error {
	cfg, err := decodeConfig(f.Data)
	if err != nil {
		return fmt.Errorf("rules %s: %w", f.Version, err)
	}
	e.file, e.version = cfg, cfg.Version()
	e.resolveDistrict()
	if e.dir == nil {
		return nil
	}
	for _, id := range e.subjectIDs() {
		e.resolve(e.subjects[id])
	}
	e.muster()
	for _, id := range e.subjectIDs() {
		e.rejudge(e.subjects[id]) // deadlines have moved
	}
	e.reweigh()
	return nil
}

// resolveDistrict finds the thresholds of the district and forgets those of its
// subjects.
func (e *Engine) resolveDistrict() {
	e.configs, e.cfg = map[Selector]*Config{}, e.file
	if e.dir != nil {
		e.cfg = *e.thresholds(Selector{District: e.dir.DistrictID()})
	}
}

// resolve finds the thresholds of one subject.
func (e *Engine) resolve(s *subject) {
	s.cfg = nil
	if len(e.file.Overrides) > 0 {
		s.cfg = e.thresholds(selectorOf(e.dir.DistrictID(), s.entry))
	}
}

// thresholds are computed once for each selector.
func (e *Engine) thresholds(of Selector) *Config {
	cfg := e.configs[of]
	if cfg == nil {
		found := e.file
		found.Overrides = nil
		if numbers := e.file.matching(of); len(numbers) > 0 {
			if set, err := e.file.with(numbers); err == nil { // none of a file that was validated
				found = set
			}
		}
		cfg = &found
		e.configs[of] = cfg
	}
	return cfg
}
