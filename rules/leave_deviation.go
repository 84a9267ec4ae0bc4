package rules

import "fmt"

// LeaveDeviation is being, while on leave or on an approved journey, neither at
// home nor where the approval goes (实施办法 Articles 27 to 29).
const LeaveDeviation Kind = "leave-deviation"

func leaveDeviationInfo() kindInfo {
	return kindInfo{
		KindInfo: KindInfo{Kind: LeaveDeviation, Label: Text{"外出越批", "off the approved destination"}, Ending: ByEvent, Basis: "办法27 28 29"},
		describe: describeLeaveDeviation,
	}
}

// leaveDeviation judges a good fix as area-exit does, by the same thresholds, but
// only while a leave or a travel approval covers its time. The first and the last
// local day of a leave are for travelling: the kind is off, and the first fix on
// such a day ends what is open. Travel approvals have no such days.
func leaveDeviation(c *Config, f *fold, d *deviceFold, o *observation) {
	f.judgeArea(c, d, o, LeaveDeviation, o.OnLeave && !o.TravelDay)
}

func describeLeaveDeviation(e *Engine, s *subject, r *run) (Text, map[string]any) {
	ev := r.evidence()
	ev["buffer_m"] = e.config(s).Area.BufferM
	at := r.Proof.Completed
	if at == nil || !at.Placed {
		return Text{"请假外出期间不在批准的目的地", "away from the approved destination while on leave"}, ev
	}
	for i := range s.entry.Permits {
		p := &s.entry.Permits[i]
		if !p.Covers(at.At) || p.Zone < 0 {
			continue
		}
		metres := -e.dir.Shape(p.Zone).Signed(at.Point)
		zh, en := e.zoneName(p.Zone)
		ev["permit"], ev["distance_m"] = p.ID, round(metres)
		return Text{
			fmt.Sprintf("外出期间不在批准的目的地，距%s %s", zh, kmZH(metres)),
			fmt.Sprintf("%s from the approved destination %s", kmEN(metres), en),
		}, ev
	}
	return Text{"外出期间离开许可区域", "outside the permitted area while on leave"}, ev
}
