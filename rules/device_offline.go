package rules

import (
	"fmt"
	"slices"

	"correctiond/event"
	"correctiond/roster"
)

// DeviceOffline is a silent wristband. Silence is counted from the receipt of
// the last message; it is unmonitored time and by itself no violation.
const DeviceOffline Kind = "device-offline"

func deviceOfflineInfo() kindInfo {
	return kindInfo{
		KindInfo: KindInfo{Kind: DeviceOffline, Label: Text{"通信中断", "device silent"}, Ending: ByEvent, Basis: "实践"},
		describe: func(e *Engine, _ *subject, r *run) (Text, map[string]any) {
			limit := e.cfg.Offline.First
			if r.severity() == P2 {
				limit = e.cfg.Offline.Second
			}
			h := int(length(limit) / roster.Hour)
			return Text{
				fmt.Sprintf("腕带超过 %d 小时无通信，位置未知", h),
				fmt.Sprintf("no message from the wristband for more than %d h; position unknown", h),
			}, r.evidence()
		},
	}
}

// hearing is when a device was last heard, and its recent long silences.
type hearing struct {
	Device   roster.DeviceID
	Received roster.Instant
	Silences []silence
}

type silence struct {
	From roster.Instant
	// Ended is the time of the event that broke it, Heard its receipt.
	Ended, Heard roster.Instant
}

// hear enters a message of a wristband; a last will is none.
func (e *Engine) hear(s *subject, ev *event.Event) {
	if ev.DeviceKind != roster.Wristband || ev.Status == event.Offline {
		return
	}
	h := s.hearing(ev.Device)
	if dev := e.dir.Device(ev.Device); dev != nil {
		c := &moment{e: e, s: s, due: e.clock - 1}
		if from, ok := c.silentSince(dev, h); ok && e.clock-from > length(e.cfg.Offline.First) {
			end := ev.Time
			if e.clock-end > e.cfg.window() { // a backlog: the silence lasted until now
				end = e.clock
			}
			h.Silences = append(h.Silences, silence{From: from, Ended: max(end, from), Heard: e.clock})
		}
	}
	h.Received = e.clock
}

func (s *subject) hearing(id roster.DeviceID) *hearing {
	for i := range s.Hearings {
		if s.Hearings[i].Device == id {
			return &s.Hearings[i]
		}
	}
	s.Hearings = append(s.Hearings, hearing{Device: id})
	return &s.Hearings[len(s.Hearings)-1]
}

// coverage is the time around c.due during which the device is bound to the
// subject under an authority within the term; renewed authorities count as one.
func (c *moment) coverage(dev *roster.DeviceEntry) (roster.Interval, bool) {
	b := dev.BoundTo(c.due)
	term := c.s.entry.Term
	if b == nil || b.SubjectID != c.s.entry.ID || !term.Covers(c.due) {
		return roster.Interval{}, false
	}
	a := dev.Authority(c.due)
	if dev.Kind != roster.Wristband || a == nil {
		return roster.Interval{}, false
	}
	iv := a.Interval
	for i := range dev.Authorities {
		o := dev.Authorities[i].Interval
		if o.From < iv.From && o.End >= iv.From {
			iv.From = o.From
		}
		if o.From <= iv.End && o.End > iv.End {
			iv.End = o.End
		}
	}
	iv.From = max(iv.From, b.From, term.From)
	iv.End = earlier(earlier(iv.End, b.End), term.End)
	return iv, true
}

// silentSince is the start of the current silence of a covered device.
func (c *moment) silentSince(dev *roster.DeviceEntry, h *hearing) (roster.Instant, bool) {
	iv, ok := c.coverage(dev)
	return max(iv.From, h.Received, c.s.Since), ok
}

func deviceOffline(c *moment) []run {
	var runs []run
	for _, dev := range c.s.entry.Devices {
		if dev.Kind != roster.Wristband {
			continue
		}
		h := c.s.hearing(dev.ID)
		h.Silences = slices.DeleteFunc(h.Silences, func(s silence) bool { return s.Heard < c.due-ledgerKept })
		for _, gap := range h.Silences {
			runs = c.offlineRun(runs, dev, gap)
		}
		if from, ok := c.silentSince(dev, h); ok {
			runs = c.offlineRun(runs, dev, silence{From: from})
		}
	}
	return append(runs, c.endUncovered()...)
}

func (c *moment) offlineRun(runs []run, dev *roster.DeviceEntry, gap silence) []run {
	first := gap.From + length(c.e.cfg.Offline.First)
	if c.absorbed(first) {
		return runs
	}
	r := run{Kind: DeviceOffline, Key: deviceKey(c.s.entry.ID, dev.ID), Device: dev.ID, Ended: gap.Heard}
	at := []roster.Instant{first, gap.From + length(c.e.cfg.Offline.Second)}
	r, ok := c.stepped(r, at, []Severity{P3, P2})
	if !ok {
		return runs
	}
	r.Started, r.Ended = gap.From, gap.Ended
	return append(runs, r)
}

// uncovered reports whether nothing permits to locate the device any more.
func (c *moment) uncovered(id roster.DeviceID) bool {
	dev := c.e.dir.Device(id)
	if dev == nil {
		return true
	}
	_, ok := c.coverage(dev)
	return !ok
}

// endUncovered ends the open run of a device that nothing permits to locate any more.
func (c *moment) endUncovered() []run {
	var runs []run
	for _, r := range c.s.Derived {
		if r.Kind != DeviceOffline || !r.open() || !c.uncovered(r.Device) {
			continue
		}
		h := c.s.hearing(r.Device)
		if h.Received <= r.Started { // else the silence was broken and is listed
			r.Ended = max(c.e.clock, r.Started)
			h.Silences = append(h.Silences, silence{From: r.Started, Ended: r.Ended, Heard: r.Ended})
			runs = append(runs, r)
		}
	}
	return runs
}

func deviceOfflineNext(c *moment) roster.Instant {
	var next roster.Instant
	for _, dev := range c.s.entry.Devices {
		if _, ok := c.coverage(dev); ok {
			from, _ := c.silentSince(dev, c.s.hearing(dev.ID))
			next = earlier(next, c.after(from+length(c.e.cfg.Offline.First), from+length(c.e.cfg.Offline.Second)))
		}
	}
	return next
}
