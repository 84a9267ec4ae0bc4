package rules

import (
	"correctiond/roster"
)

// ForbiddenZone is being in a zone that a court order forbids (社区矫正法
// Article 31, 实施办法 Article 39).
const ForbiddenZone Kind = "forbidden-zone"

func forbiddenZoneInfo() kindInfo {
	return kindInfo{
		KindInfo: KindInfo{Kind: ForbiddenZone, Label: Text{"进入禁止令区域", "in a forbidden zone"}, Ending: ByEvent, Basis: "法31 办法39"},
		describe: func(e *Engine, _ *subject, r *run) (Text, map[string]any) {
			zh, en := e.zoneNameByID(r.Proof.Zone)
			return Text{"进入禁止令区域" + zh, "inside the forbidden zone " + en}, r.evidence()
		},
	}
}

// forbidden judges a good fix against every forbidden zone of the subject, for
// the zone itself and for its approach.
func forbidden(c *Config, f *fold, d *deviceFold, o *observation) {
	zones := o.zones()
	for i := range zones {
		z := &zones[i]
		if far := z.Metres < -max(z.ApproachM, o.AccuracyM); far && !d.watches(z.ID) {
			continue
		}
		enterZone(c, f, d, o, z)
		approachZone(c, f, d, o, z)
	}
}

func enterZone(c *Config, f *fold, d *deviceFold, o *observation, z *zoneDistance) {
	where := zonePlace(z.Metres, o)
	m := d.machine(ForbiddenZone, o.From.Subject, z.ID)
	v := neutral
	switch where {
	case inside:
		v = speaksFor
	case outside:
		v, m.Due = speaksAgainst, 0
	}
	r := m.forbiddenRun(d)
	began := f.turn(c, m, v, o, hysteresis{
		run:      r,
		severity: P1,
		begin:    thresholds{fixes: c.Forbidden.Fixes},
		end:      thresholds{fixes: c.Forbidden.EndFixes, dwell: length(c.Forbidden.EndDwell)},
	})
	if began {
		m.Due = 0
		f.supersede(r.Key)
	}
	if v == speaksFor && !o.Ending && m.For.N == 1 && o.AccuracyM <= c.Forbidden.SingleAccuracyM && m.recentlyNear(c, o) {
		m.Due = o.At + length(c.Forbidden.SingleConfirm)
	}
	m.Seen, m.Near = o.At, where == inside || z.Metres >= -z.ApproachM
}

func (m *machine) forbiddenRun(d *deviceFold) run {
	return run{Kind: ForbiddenZone, Key: m.Key, Device: d.From.Device, Proof: proof{Zone: m.Zone}}
}

func (m *machine) recentlyNear(c *Config, o *observation) bool {
	return m.Near && m.Seen != 0 && o.At-m.Seen <= length(c.Forbidden.SingleWithin)
}

// supersede ends the open approach of a zone where the zone's episode began.
func (f *fold) supersede(key string) {
	zone := f.current(ForbiddenZone, key)
	if near := f.current(ForbiddenApproach, key); near != nil && zone != nil {
		near.Ended = max(zone.Started, near.Started)
	}
}

// singleDue is when a single fix inside counts by itself.
func singleDue(_ *fold, d *deviceFold) roster.Instant { return d.due(ForbiddenZone) }

// singleExpire opens the zone's episode from one fix that nothing contradicted.
func singleExpire(c *Config, f *fold, d *deviceFold, at roster.Instant) {
	for i := range d.Machines {
		m := &d.Machines[i]
		if m.Kind != ForbiddenZone || m.Due != at {
			continue
		}
		m.Due = 0
		r := m.forbiddenRun(d)
		r.Steps = []Severity{P1}
		if f.current(r.Kind, r.Key) != nil {
			continue
		}
		f.begin(c, r, m.For.First, nil)
		m.pause()
		f.supersede(r.Key)
	}
}
