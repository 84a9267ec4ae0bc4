package rules

import (
	"slices"
	"time"

	"correctiond/geo"
	"correctiond/roster"
)

// WatchZone is staying at a watched place: a station, an airport, a port. It
// tells of a possible departure before it is one (检例131号: a gap in the track,
// then abroad); being there is no violation.
const WatchZone Kind = "watch-zone"

// watchConfig says when someone is staying at a watched place. At a border it
// needs no length of stay.
type watchConfig struct {
	Dwell       roster.Duration `yaml:"dwell" json:"dwell"`
	BorderFixes int             `yaml:"border_fixes" json:"border_fixes"`
	EndFixes    int             `yaml:"end_fixes" json:"end_fixes"`
	EndDwell    roster.Duration `yaml:"end_dwell" json:"end_dwell"`
}

func watchDefaults() watchConfig {
	const dwell = roster.Duration(10 * time.Minute)
	return watchConfig{Dwell: dwell, BorderFixes: 2, EndFixes: 2, EndDwell: dwell}
}

func (c watchConfig) requirement() requirement {
	ok := length(c.Dwell) > 0 && c.BorderFixes > 0 && c.EndFixes > 0 && length(c.EndDwell) > 0
	return requirement{ok, "watch_zone: dwell and end_dwell longer than 0s; border_fixes and end_fixes at least 1"}
}

func watchZoneInfo() kindInfo {
	return kindInfo{
		KindInfo: KindInfo{Kind: WatchZone, Label: Text{"重点场所停留", "staying at a watched place"}, Ending: Auto, Basis: "检例131号"},
		describe: func(e *Engine, _ *subject, r *run) (Text, map[string]any) {
			zh, en := e.zoneNameByID(r.Proof.Zone)
			if r.severity() == P2 {
				return Text{"出现在口岸等出境重点场所" + zh, "at the border place " + en}, r.evidence()
			}
			return Text{"在重点场所" + zh + "停留", "staying at the watched place " + en}, r.evidence()
		},
	}
}

// watched is a watch zone seen from a position: the signed distance to its edge.
type watched struct {
	ID     roster.ZoneID
	Metres float64
	Border bool
}

// watched lists the watch zones that a position lies in or near to; from all
// others it is farther than any good fix may be wrong.
func (e *Engine) watched(o *observation, cell geo.Cell) []watched {
	var out []watched
	e.near = e.dir.Zones().Near(cell, e.near[:0])
	for _, i := range e.near {
		if z := e.dir.Zone(int(i)); z.Kind == roster.WatchZone {
			out = append(out, watched{ID: z.ID, Metres: e.signed(int(i), o, cell), Border: z.Border})
		}
	}
	return out
}

// watchZone judges a good fix against the watch zones of the district. On a
// local day of which a leave or a travel approval covers some, no stay begins:
// people who may travel go to stations.
func watchZone(c *Config, f *fold, d *deviceFold, o *observation) {
	near := o.watch()
	for i := range near {
		f.watch(c, d, o, &near[i])
	}
	if d.has(WatchZone) {
		f.unwatch(c, d, o)
	}
}

func (f *fold) watch(c *Config, d *deviceFold, o *observation, z *watched) {
	where := zonePlace(z.Metres, o)
	if where != inside && !d.watches(z.ID) {
		return
	}
	m := d.machine(WatchZone, o.From.Subject, z.ID)
	v, begins := neutral, f.current(WatchZone, m.Key) == nil
	switch {
	case where == inside && begins && o.LeaveDay:
		m.pause()
	case where == inside:
		v = speaksFor
	case where == outside:
		v = speaksAgainst
	}
	f.turn(c, m, v, o, c.Watch.hysteresis(d, m, z.Border))
}

func (c watchConfig) hysteresis(d *deviceFold, m *machine, border bool) hysteresis {
	h := hysteresis{
		run:      run{Kind: WatchZone, Key: m.Key, Device: d.From.Device, Proof: proof{Zone: m.Zone}},
		severity: P3,
		begin:    thresholds{dwell: length(c.Dwell)},
		end:      thresholds{fixes: c.EndFixes, dwell: length(c.EndDwell)},
	}
	if border {
		h.severity, h.begin = P2, thresholds{fixes: c.BorderFixes}
	}
	return h
}

// unwatch takes a fix for the zones that it is far from, and forgets those where
// nothing is open or pending.
func (f *fold) unwatch(c *Config, d *deviceFold, o *observation) {
	for i := range d.Machines {
		m := &d.Machines[i]
		near := func(z watched) bool { return z.ID == m.Zone }
		if m.Kind == WatchZone && !slices.ContainsFunc(o.watch(), near) {
			f.turn(c, m, speaksAgainst, o, c.Watch.hysteresis(d, m, false))
		}
	}
	d.Machines = slices.DeleteFunc(d.Machines, func(m machine) bool {
		return m.Kind == WatchZone && m.For.N == 0 && f.current(WatchZone, m.Key) == nil
	})
}
