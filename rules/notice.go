package rules

import (
	"slices"

	"correctiond/event"
	"correctiond/roster"
)

// Notice asks the wearer of a device for something. It is no alert, and nobody
// else is told.
type Notice struct {
	Device roster.DeviceID
	ID     string // the same for the same loss of position
	At     roster.Instant
	Text   Text
}

// noticeKept is for how long a notice that nobody fetches is of any use.
const noticeKept = 5 * roster.Minute

// Notices returns the notices since the last call. Those older than five minutes
// by the engine's clock are dropped.
func (e *Engine) Notices() []Notice {
	e.dropNotices()
	out := e.notices
	e.notices = nil
	return out
}

func (e *Engine) dropNotices() {
	e.notices = slices.DeleteFunc(e.notices, func(n Notice) bool { return e.clock-n.At > noticeKept })
}

// remind asks the wearer to step outside when a message shows that the wristband
// has had no good fix for a while: once for each loss.
func (e *Engine) remind(s *subject, o *observation) {
	c := e.config(s)
	if !o.Located || o.Custody || o.Status == event.Offline || o.good(c) || o.late(c) {
		return
	}
	d := s.Main.Head.device(o.From)
	h := s.hearing(d.From.Device)
	if d.Band == nil || h.Outage != "" || h.Noticed == d.Band.base() || o.At-d.Band.base() < length(c.PositionLost.Notice) {
		return
	}
	h.Noticed = d.Band.base()
	e.dropNotices()
	e.notices = append(e.notices, Notice{
		Device: d.From.Device, ID: EpisodeID("notice", d.From.Key, h.Noticed), At: e.clock,
		Text: Text{"腕带已超过 10 分钟无法定位，请到室外开阔处，并不要遮挡腕带", "no position for more than 10 minutes: please go outside and do not cover the wristband"},
	})
}
