package rules

// CheckinOutside is a check-in from outside the permitted area (社区矫正法 Article 27).
const CheckinOutside Kind = "checkin-outside"

func checkinOutsideInfo() kindInfo {
	return kindInfo{
		KindInfo: KindInfo{Kind: CheckinOutside, Label: Text{"异地签到", "checked in from outside the area"}, Ending: ByEvent, Basis: "法27"},
		describe: plainly(Text{"签到位置在许可区域之外", "the check-in came from outside the permitted area"}),
	}
}

// checkinOutside ends with the next counting check-in that is not outside; a
// doubtful or coarse position decides nothing.
func checkinOutside(c *Config, f *fold, d *deviceFold, o *observation) {
	if !o.Counts || o.Custody {
		return
	}
	key := string(o.From.Subject)
	switch {
	case !o.Placed, o.Area == inside:
		f.endAll(CheckinOutside, key, o.At)
	case o.Area == outside && !o.TravelDay:
		f.countOrBegin(c, run{Kind: CheckinOutside, Key: key, Device: d.From.Device, Steps: []Severity{P3}}, o)
	}
}
