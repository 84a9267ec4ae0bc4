package rules

// ForbiddenApproach is coming near a forbidden zone (社区矫正法 Article 31); the
// zone's own episode supersedes it.
const ForbiddenApproach Kind = "forbidden-approach"

func forbiddenApproachInfo() kindInfo {
	return kindInfo{
		KindInfo: KindInfo{Kind: ForbiddenApproach, Label: Text{"接近禁止令区域", "near a forbidden zone"}, Ending: Auto, Basis: "法31"},
		describe: func(e *Engine, _ *subject, r *run) (Text, map[string]any) {
			zh, en := e.zoneNameByID(r.Proof.Zone)
			return Text{"接近禁止令区域" + zh, "near the forbidden zone " + en}, r.evidence()
		},
	}
}

func approachZone(c *Config, f *fold, d *deviceFold, o *observation, z *zoneDistance) {
	m := d.machine(ForbiddenApproach, o.From.Subject, z.ID)
	v := speaksAgainst
	if z.Metres >= -z.ApproachM {
		v = speaksFor
	}
	if f.current(ForbiddenZone, m.Key) != nil && f.current(ForbiddenApproach, m.Key) == nil {
		m.For = streak{} // the zone's episode says it already
		return
	}
	f.turn(c, m, v, o, hysteresis{
		run:      run{Kind: ForbiddenApproach, Key: m.Key, Device: d.From.Device, Proof: proof{Zone: z.ID}},
		severity: P3,
		begin:    thresholds{fixes: c.Forbidden.Fixes},
		end:      thresholds{fixes: c.Forbidden.EndFixes, dwell: length(c.Forbidden.EndDwell)},
	})
}
