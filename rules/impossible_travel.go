package rules

import (
	"fmt"
	"math"

	"correctiond/geo"
)

// ImpossibleTravel is two precise fixes of one device so far apart that nobody
// travels between them in that time: the data is in doubt, or the device changed
// hands. It guards the evidence of all other kinds (社区矫正法 Articles 26, 29).
const ImpossibleTravel Kind = "impossible-travel"

// speedConfig says what speed is believed, in km/h: on days of leave, trains are.
type speedConfig struct {
	KMH       float64 `yaml:"kmh" json:"kmh"`
	LeaveKMH  float64 `yaml:"leave_kmh" json:"leave_kmh"`
	DistanceM float64 `yaml:"distance_m" json:"distance_m"`
	AccuracyM float64 `yaml:"accuracy_m" json:"accuracy_m"` // of both fixes, at most
}

func speedDefaults() speedConfig {
	return speedConfig{KMH: 200, LeaveKMH: 350, DistanceM: 5000, AccuracyM: 100}
}

func (c speedConfig) requirement() requirement {
	speeds := c.KMH > 0 && c.LeaveKMH >= c.KMH && c.LeaveKMH <= maxKMH
	metres := c.DistanceM > 0 && c.DistanceM <= 1e6 && c.AccuracyM > 0 && c.AccuracyM <= maxCoarseM
	return requirement{speeds && metres, "impossible_travel: 0 < kmh <= leave_kmh, distance_m to 1000000, accuracy_m to 10000"}
}

func impossibleTravelInfo() kindInfo {
	return kindInfo{
		KindInfo: KindInfo{Kind: ImpossibleTravel, Label: Text{"不可能位移", "impossible travel"}, Ending: ByEvent, Basis: "法26 法29"},
		describe: describeImpossibleTravel,
	}
}

// impossibleTravel compares a fix with the last one of its device that was as
// precise. The episode begins with the first of the two and has ended with the
// second; while every further pair is as fast it goes on. A fix that jumped
// beyond all reason waits in the fold and comes here when the next confirms it.
func impossibleTravel(c *Config, f *fold, d *deviceFold, o *observation) {
	from := d.Good
	if from == nil && d.Prev != nil && d.Prev.AccuracyM <= c.Speed.AccuracyM {
		from = d.Prev
	}
	if o.AccuracyM > c.Speed.AccuracyM {
		d.Good = from
		return
	}
	d.Good = nil
	fast := from != nil && c.Speed.exceeded(from, o)
	r := f.resumable(ImpossibleTravel, d.From.Key)
	switch {
	case fast && r != nil:
		r.Ended = o.At
	case fast:
		r := f.begin(c, run{
			Kind: ImpossibleTravel, Key: d.From.Key, Device: d.From.Device, Ended: o.At, Steps: []Severity{P3}, Resumable: true,
		}, from, o)
		r.Late = f.by.late(c)
	case r != nil:
		r.Resumable = false
	}
}

// exceeded reports whether the way from one fix to the next is long enough and
// faster than is believed.
func (c speedConfig) exceeded(from, to *observation) bool {
	p, q := from.Point, to.Point
	// Two points are never farther apart than this; most are neighbours.
	const metresPerDegree = 160_000
	if max(math.Abs(p.Lat-q.Lat), math.Abs(p.Lng-q.Lng))*metresPerDegree < c.DistanceM {
		return false
	}
	metres, kmh := pace(from, to)
	return metres >= c.DistanceM && kmh > c.limit(from, to)
}

func (c speedConfig) limit(from, to *observation) float64 {
	if from.LeaveDay || to.LeaveDay {
		return c.LeaveKMH
	}
	return c.KMH
}

func pace(from, to *observation) (metres, kmh float64) {
	metres = geo.Distance(from.Point, to.Point)
	return metres, metres / max(float64(to.At-from.At)/1000, 1) * 3.6
}

func describeImpossibleTravel(e *Engine, s *subject, r *run) (Text, map[string]any) {
	ev := r.evidence()
	from, to := r.Proof.First, r.Proof.Completed
	metres, kmh := pace(from, to)
	ev["distance_m"], ev["speed_kmh"], ev["limit_kmh"] = round(metres), round(kmh), e.config(s).Speed.limit(from, to)
	return Text{
		fmt.Sprintf("两次定位相距 %s，时速约 %.0f 公里，不可能实现", kmZH(metres), kmh),
		fmt.Sprintf("two fixes %s apart imply %.0f km/h, which nobody travels", kmEN(metres), kmh),
	}, ev
}
