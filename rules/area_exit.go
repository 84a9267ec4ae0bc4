package rules

import (
	"fmt"

	"correctiond/roster"
)

// AreaExit is leaving the city or county of residence without leave
// (社区矫正法 Article 27, 实施办法 Article 26).
const AreaExit Kind = "area-exit"

func areaExitInfo() kindInfo {
	return kindInfo{
		KindInfo: KindInfo{Kind: AreaExit, Label: Text{"越界", "left the permitted area"}, Ending: ByEvent, Basis: "法27 办法26"},
		describe: describeAreaExit,
	}
}

// areaExit judges a good fix against the permitted area. It is off while a leave
// or a travel approval covers the time: the first such fix ends an open episode.
func areaExit(c *Config, f *fold, d *deviceFold, o *observation) {
	f.judgeArea(c, d, o, AreaExit, !o.OnLeave)
}

// judgeArea takes a good fix for one of the kinds of being outside the permitted
// area. While the kind is off, whatever of it is open or pending is over: which
// permits hold is certain, so one fix of any device that is not in doubt shows it.
func (f *fold) judgeArea(c *Config, d *deviceFold, o *observation, k Kind, on bool) {
	known := d.has(k)
	switch {
	case o.Area == unknown:
		return
	case !on:
		if known {
			d.machine(k, o.From.Subject, "").pause()
		}
		f.endAll(k, string(o.From.Subject), o.At)
		return
	case o.Area == inside && !known:
		return
	}
	v := speaksAgainst
	if o.Area == outside {
		v = speaksFor
	}
	rule := thresholds{fixes: c.Area.Fixes, dwell: length(c.Area.Dwell)}
	f.turn(c, d.machine(k, o.From.Subject, ""), v, o, hysteresis{
		run:      run{Kind: k, Key: string(o.From.Subject), Device: d.From.Device},
		severity: P2,
		begin:    rule, end: rule,
	})
}

func describeAreaExit(e *Engine, s *subject, r *run) (Text, map[string]any) {
	ev := r.evidence()
	at := r.Proof.Completed
	if at == nil || !at.Placed || s.entry.Area < 0 {
		return Text{"离开许可区域", "left the permitted area"}, ev
	}
	metres := -e.dir.Shape(s.entry.Area).Signed(at.Point)
	lasted := at.At - r.Started
	ev["distance_m"], ev["buffer_m"] = round(metres), e.config(s).Area.BufferM
	zh, en := e.zoneName(s.entry.Area)
	if lasted < roster.Minute {
		return Text{fmt.Sprintf("离开%s %s", zh, kmZH(metres)), fmt.Sprintf("%s outside %s", kmEN(metres), en)}, ev
	}
	return Text{
		fmt.Sprintf("离开%s %s，已 %d 分钟", zh, kmZH(metres), lasted/roster.Minute),
		fmt.Sprintf("%s outside %s for %d min", kmEN(metres), en, lasted/roster.Minute),
	}, ev
}
