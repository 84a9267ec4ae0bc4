package rules

import (
	"fmt"

	"correctiond/roster"
)

// DataOutOfSync is a district that nothing arrives from although many devices
// should report: the line, the broker or the daemon has failed, not a person.
const DataOutOfSync Kind = "data-out-of-sync"

func dataOutOfSyncInfo() kindInfo {
	return kindInfo{
		KindInfo: KindInfo{Kind: DataOutOfSync, Label: Text{"数据不同步", "data out of sync"}, Ending: Auto, Basis: "实践"},
		describe: func(e *Engine, _ *subject, _ *run) (Text, map[string]any) {
			n, min := e.fleet.total.N, int(length(e.cfg.Sync.After)/roster.Minute)
			return Text{
				fmt.Sprintf("%d 台腕带应上报，全区超过 %d 分钟未收到任何数据", n, min),
				fmt.Sprintf("%d wristbands should report, yet the district has sent nothing for more than %d min", n, min),
			}, map[string]any{"devices": n}
		},
	}
}

// inflow is when the district's data last arrived.
type inflow struct {
	Heard roster.Instant // receipt of the last accepted event
	// Enough is since when so many devices should report; 0: they are too few.
	Enough roster.Instant
}

// arrived enters an accepted event of the district.
func (e *Engine) arrived() {
	e.inflow.Heard = e.clock
	e.finish(DataOutOfSync, "")
}

// expect follows the number of devices that should report.
func (e *Engine) expect() {
	switch enough := e.fleet.total.N >= e.cfg.Sync.Devices; {
	case !enough:
		e.inflow.Enough = 0
		e.finish(DataOutOfSync, "")
	case e.inflow.Enough == 0:
		e.inflow.Enough = e.clock
	}
}

func dataOutOfSyncDue(e *Engine) roster.Instant {
	if e.inflow.Enough == 0 || e.districtRun(DataOutOfSync, "") != nil {
		return 0
	}
	return max(e.inflow.Heard, e.inflow.Enough) + length(e.cfg.Sync.After)
}

func dataOutOfSyncExpire(e *Engine, _ roster.Instant) {
	e.begin(run{Kind: DataOutOfSync, Started: max(e.inflow.Heard, e.inflow.Enough), Steps: []Severity{P2}})
}
