package rules

import (
	"fmt"

	"correctiond/event"
)

// CheckinRejected is a check-in whose verification failed (社区矫正法 Article 26):
// it does not count.
const CheckinRejected Kind = "checkin-rejected"

func checkinRejectedInfo() kindInfo {
	return kindInfo{
		KindInfo: KindInfo{Kind: CheckinRejected, Label: Text{"签到异常", "check-in failed verification"}, Ending: ByEvent, Basis: "法26"},
		describe: func(_ *Engine, _ *subject, r *run) (Text, map[string]any) {
			return Text{
				fmt.Sprintf("签到核验未通过 %d 次", r.Count),
				fmt.Sprintf("check-in verification failed %d time(s)", r.Count),
			}, r.evidence()
		},
	}
}

// checkinRejected joins failures that follow each other closely; the next
// counting check-in ends them all.
func checkinRejected(c *Config, f *fold, d *deviceFold, o *observation) {
	if o.Kind != event.Checkin || o.Custody {
		return
	}
	key := string(o.From.Subject)
	if o.Counts {
		f.endAll(CheckinRejected, key, o.At)
		f.Failed = 0
		return
	}
	cur := f.current(CheckinRejected, key)
	if cur != nil && o.At-f.Failed <= length(c.Checkin.JoinWithin) {
		cur.Count++
	} else {
		f.begin(c, run{Kind: CheckinRejected, Key: key, Device: d.From.Device, Steps: []Severity{P3}}, o, o)
	}
	f.Failed = o.At
}
