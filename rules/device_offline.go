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
		describe: func(e *Engine, s *subject, r *run) (Text, map[string]any) {
			limit := e.config(s).Offline.First
			if r.severity() == P2 {
				limit = e.config(s).Offline.Second
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
	// Numbers is the ledger of the device's message numbers.
	Numbers numbers
	// Enrolled is since when its silence counts under the current authority; 0:
	// under none. Off is when it went offline, Recent whether that is a short
	// while ago, and Outage the mass outage that it belongs to.
	Enrolled, Off roster.Instant
	Recent        bool
	Outage        roster.OfficeID
	// Hold is before when its silence is not told of, after a mass outage.
	Hold roster.Instant
	// Spared is until when no loss of position is told of, after a mass outage;
	// Noticed is the loss for which the wearer has been asked to go outside.
	Spared, Noticed roster.Instant
}

type silence struct {
	From roster.Instant
	// Ended is the time of the event that broke it, Heard its receipt.
	Ended, Heard roster.Instant
	Hold         roster.Instant
}

// hear enters a message of a wristband; a last will is none.
func (e *Engine) hear(s *subject, dev *roster.DeviceEntry, ev *event.Event) {
	if dev == nil || ev.DeviceKind == roster.Kiosk {
		return
	}
	h := s.hearing(ev.Device)
	c := &moment{e: e, s: s, due: e.clock - 1}
	e.number(c, h, dev, ev)
	switch {
	case ev.DeviceKind != roster.Wristband:
	case ev.Status == event.Offline:
		if p := &e.fleet.posts[dev.Pos]; p.s == s {
			e.cutOff(p, e.clock)
			e.weigh([]*tally{p.office})
		}
	default:
		e.breakSilence(c, dev, h, ev)
		h.Received, h.Hold = e.clock, 0
		e.heard(dev, h)
	}
}

// breakSilence remembers a silence that was long enough to be told of.
func (e *Engine) breakSilence(c *moment, dev *roster.DeviceEntry, h *hearing, ev *event.Event) {
	from, ok := c.silentSince(dev, h)
	if ok {
		e.countSilence(c.s, dev, from)
	}
	if !ok || e.clock-from <= length(c.cfg().Offline.First) || h.Outage != "" || e.clock <= h.Hold {
		return
	}
	h.Silences = append(h.Silences, silence{From: from, Ended: max(e.broken(ev), from), Heard: e.clock, Hold: h.Hold})
}

// broken is until when what a message ends has lasted: its own time, or, if it
// comes from a backlog, now.
func (e *Engine) broken(ev *event.Event) roster.Instant {
	if e.clock-ev.Time > e.cfg.window() {
		return e.clock
	}
	return ev.Time
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
		if from, ok := c.silentSince(dev, h); ok && h.Outage == "" {
			runs = c.offlineRun(runs, dev, silence{From: from, Hold: h.Hold})
		}
	}
	return append(runs, c.endUncovered()...)
}

func (c *moment) offlineRun(runs []run, dev *roster.DeviceEntry, gap silence) []run {
	first := max(gap.From+length(c.cfg().Offline.First), gap.Hold)
	if c.absorbed(first) {
		return runs
	}
	r := run{Kind: DeviceOffline, Key: deviceKey(c.s.entry.ID, dev.ID), Device: dev.ID, Ended: gap.Heard}
	at := []roster.Instant{first, max(gap.From+length(c.cfg().Offline.Second), gap.Hold)}
	r, ok := c.stepped(r, at, []Severity{P3, P2})
	if !ok {
		return runs
	}
	r.Started, r.Ended = gap.From, gap.Ended
	return append(runs, r)
}

// uncovered reports whether nothing permits to locate the device any more.
func (c *moment) uncovered(id roster.DeviceID) bool {
	for _, dev := range c.s.entry.Devices {
		if dev.ID == id {
			_, ok := c.coverage(dev)
			return !ok
		}
	}
	return true
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
			h := c.s.hearing(dev.ID)
			from, _ := c.silentSince(dev, h)
			if h.Outage == "" {
				next = earlier(next, c.after(max(from+length(c.cfg().Offline.First), h.Hold), max(from+length(c.cfg().Offline.Second), h.Hold)))
			}
		}
	}
	return next
}
