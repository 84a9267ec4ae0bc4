package rules

import (
	"fmt"
	"math"

	"correctiond/event"
	"correctiond/roster"
)

// describer builds the sentence and the evidence of an episode.
type describer func(e *Engine, s *subject, r *run) (Text, map[string]any)

// plainly describes a kind whose sentence is always the same.
func plainly(t Text) describer {
	return func(_ *Engine, _ *subject, r *run) (Text, map[string]any) { return t, r.evidence() }
}

// evidence names the events a run rests on and the position where it began.
func (r *run) evidence() map[string]any {
	ev := map[string]any{}
	var ids []string
	for _, o := range []*observation{r.Proof.First, r.Proof.Completed} {
		if o != nil && o.From != nil && o.ID != "" && (len(ids) == 0 || ids[0] != o.ID) {
			ids = append(ids, o.ID)
		}
	}
	if ids != nil {
		ev["events"] = ids
	}
	if o := r.Proof.First; o != nil && o.From != nil {
		addMessage(ev, o)
	}
	if r.Proof.Zone != "" {
		ev["zone"] = r.Proof.Zone
	}
	return ev
}

// addMessage says where a message was sent from and, of a check-in, that nobody was
// verified: else the reader takes it that somebody was.
func addMessage(ev map[string]any, o *observation) {
	if o.Placed {
		ev["position"] = map[string]any{"lat": o.Lat, "lng": o.Lng, "accuracy_m": o.AccuracyM, "source": o.Source.name()}
	}
	if o.ByDevice {
		ev["verify"] = event.VerifyDevice
	}
}

func (e *Engine) zoneName(i int) (zh, en string) {
	z := e.dir.Zone(i)
	if z.Name == "" {
		return string(z.ID), string(z.ID)
	}
	return z.Name, z.Name
}

func (e *Engine) zoneNameByID(id roster.ZoneID) (zh, en string) {
	for i := range e.dir.Roster().Zones {
		if e.dir.Roster().Zones[i].ID == id {
			return e.zoneName(i)
		}
	}
	return string(id), string(id)
}

func round(metres float64) float64 { return math.Round(metres) }

func kmZH(metres float64) string {
	if metres < 1000 {
		return fmt.Sprintf("%.0f 米", metres)
	}
	return fmt.Sprintf("%.1f 公里", metres/1000)
}

func kmEN(metres float64) string {
	if metres < 1000 {
		return fmt.Sprintf("%.0f m", metres)
	}
	return fmt.Sprintf("%.1f km", metres/1000)
}
