package rules

import (
	"fmt"

	"correctiond/event"
	"correctiond/roster"
)

// PositionLost is a wristband that goes on sending, but no position that is any
// good (as the "motion, no GPS" alarm of 3M): covered, indoors, or broken. It is
// unmonitored time and by itself no violation.
const PositionLost Kind = "position-lost"

// positionLostConfig says after how long without a good fix a wristband that
// communicates is told of, and before that asked to go outside. It communicates
// when its last message is no older than Heard.
type positionLostConfig struct {
	After  roster.Duration `yaml:"after" json:"after"`
	Notice roster.Duration `yaml:"notice" json:"notice"`
	Heard  roster.Duration `yaml:"heard" json:"heard"`
}

func defaultPositionLost() positionLostConfig {
	const minute = roster.Duration(60e9)
	return positionLostConfig{After: 60 * minute, Notice: 10 * minute, Heard: 20 * minute}
}

func (c positionLostConfig) valid() bool {
	return length(c.Notice) > 0 && c.After > c.Notice && length(c.Heard) > 0
}

func positionLostInfo() kindInfo {
	return kindInfo{
		KindInfo: KindInfo{Kind: PositionLost, Label: Text{"无定位", "no position"}, Ending: Auto, Basis: "实践"},
		describe: func(e *Engine, s *subject, r *run) (Text, map[string]any) {
			m := int(length(e.config(s).PositionLost.After) / roster.Minute)
			ev := r.evidence()
			ev["after_min"] = m
			return Text{
				fmt.Sprintf("腕带通信正常，但超过 %d 分钟无有效定位", m),
				fmt.Sprintf("the wristband communicates, but has given no usable position for %d min", m),
			}, ev
		},
	}
}

// positionLost follows a wristband's messages; the broker's last will is none.
func positionLost(c *Config, f *fold, d *deviceFold, o *observation) {
	if !o.Located || o.Status == event.Offline {
		return
	}
	b := d.band()
	if b.base() == 0 {
		b.From = o.At
	}
	if o.At-max(b.Heard, b.base()) >= length(c.PositionLost.After) {
		b.Back = o.At // it was silent, which is another matter
	}
	if o.good(c) {
		f.endAll(PositionLost, d.From.Key, o.At)
		b.Fix = o.At
	}
	b.Heard, b.Lost = o.At, max(b.base(), b.Back)+length(c.PositionLost.After)
	if b.Lost <= o.At {
		f.lose(c, d, o)
	}
}

// lose opens the run of a wristband that has been without a fix for too long.
func (f *fold) lose(c *Config, d *deviceFold, completed *observation) {
	b := d.Band
	b.Lost = 0
	if f.current(PositionLost, d.From.Key) != nil {
		return
	}
	first := d.Prev
	if first == nil || first.At != b.base() {
		first = &observation{At: b.base()}
	}
	f.begin(c, run{Kind: PositionLost, Key: d.From.Key, Device: d.From.Device, Steps: []Severity{P3}}, first, completed)
}

func positionLostDue(_ *fold, d *deviceFold) roster.Instant {
	if d.Band == nil {
		return 0
	}
	return d.Band.Lost
}

// positionLostExpire opens by the clock, if the device has been heard lately;
// else its next message does.
func positionLostExpire(c *Config, f *fold, d *deviceFold, at roster.Instant) {
	if at-d.Band.Heard > length(c.PositionLost.Heard) {
		d.Band.Lost = 0
		return
	}
	f.lose(c, d, nil)
}

// withheld reports whether a run is not to be told of: a mass outage speaks for
// its device, or did until a while ago.
func (e *Engine) withheld(s *subject, r *run) bool {
	if r.Kind != PositionLost || r.Said != nil {
		return false
	}
	h := s.hearing(r.Device)
	return h.Outage != "" || e.clock < h.Spared || !r.open() && r.Ended <= h.Spared
}

// spared is when the subject's wristbands are told of again after an outage.
func (c *moment) spared() roster.Instant {
	var next roster.Instant
	for i := range c.s.Hearings {
		next = earlier(next, c.after(c.s.Hearings[i].Spared))
	}
	return next
}
