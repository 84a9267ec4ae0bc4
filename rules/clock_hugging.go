package rules

import (
	"slices"

	"correctiond/roster"
)

// ClockHugging is checking in again and again as soon as a window opens, or just
// after midnight, to be free for as long as possible afterwards. It was found in
// a district where one check-in a day left people unsupervised for two days.
const ClockHugging Kind = "clock-hugging"

func clockHuggingInfo() kindInfo {
	return kindInfo{
		KindInfo: KindInfo{Kind: ClockHugging, Label: Text{"踩点签到", "clock hugging"}, Ending: Auto, Basis: "实践"},
		describe: plainly(Text{"近期签到集中在时段开始或零点之后，可能规避监管", "recent check-ins cluster at the start of windows or just after midnight; supervision may be evaded"}),
	}
}

// clockHuggingConfig says how many of the last check-ins fall into the first
// minutes of their window, or of the day.
type clockHuggingConfig struct {
	Of           int             `yaml:"of" json:"of"`
	Hits         int             `yaml:"hits" json:"hits"`
	First        roster.Duration `yaml:"first" json:"first"`
	MidnightOf   int             `yaml:"midnight_of" json:"midnight_of"`
	MidnightHits int             `yaml:"midnight_hits" json:"midnight_hits"`
	Midnight     roster.Duration `yaml:"midnight" json:"midnight"`
}

func defaultClockHugging() clockHuggingConfig {
	const minute = roster.Duration(60e9)
	return clockHuggingConfig{Of: 7, Hits: 5, First: 10 * minute, MidnightOf: 5, MidnightHits: 3, Midnight: 15 * minute}
}

// hugsMax bounds how many check-ins are remembered of each subject.
const hugsMax = 100

func (h clockHuggingConfig) requirement() requirement {
	ok := share(h.Hits, h.Of) && share(h.MidnightHits, h.MidnightOf) && length(h.First) > 0 && length(h.Midnight) > 0
	return requirement{ok, "clock_hugging: 0 < hits <= of <= 100, likewise midnight_…; first and midnight longer than 0s"}
}

func share(hits, of int) bool { return hits > 0 && hits <= of && of <= hugsMax }

// hug is what is remembered of a counting check-in.
type hug struct {
	At              roster.Instant
	First, Midnight bool // within the first minutes of its window, or of the day
}

// hugs judges a check-in by the windows that hold when it arrives.
func (e *Engine) hugs(s *subject, o *observation) {
	cfg := e.config(s).ClockHugging
	w, ok := s.entry.Duty.Next(o.At - length(cfg.First) + 1)
	o.detail().Hug = hug{
		At: o.At, First: ok && w.From <= o.At && o.At < w.Until,
		Midnight: o.At-e.cal.DayStart(o.At) < length(cfg.Midnight),
	}
}

// clockHugging judges the last check-ins at each one.
func clockHugging(c *Config, f *fold, _ *deviceFold, o *observation) {
	if !o.Counts || o.Custody {
		return
	}
	cfg := c.ClockHugging
	last := append(slices.Clone(f.Hugs), o.More.Hug)
	f.Hugs = last[max(len(last)-max(cfg.Of, cfg.MidnightOf), 0):]
	key := string(o.From.Subject)
	first, hugging := cfg.since(f.Hugs)
	switch cur := f.current(ClockHugging, key); {
	case hugging && cur == nil:
		f.begin(c, run{Kind: ClockHugging, Key: key, Steps: []Severity{P4}}, &observation{At: first}, o)
	case !hugging && cur != nil:
		f.endAll(ClockHugging, key, o.At)
	}
}

// since is the first of the check-ins that make the condition hold.
func (h clockHuggingConfig) since(last []hug) (roster.Instant, bool) {
	early := hits(last, h.Of, func(g hug) bool { return g.First })
	midnight := hits(last, h.MidnightOf, func(g hug) bool { return g.Midnight })
	var at roster.Instant
	if len(early) >= h.Hits {
		at = early[0].At
	}
	if len(midnight) >= h.MidnightHits {
		at = earlier(at, midnight[0].At)
	}
	return at, at != 0
}

// hits are those of the last n check-ins that fit.
func hits(last []hug, n int, fits func(hug) bool) []hug {
	recent := slices.Clone(last[max(len(last)-n, 0):])
	return slices.DeleteFunc(recent, func(g hug) bool { return !fits(g) })
}
