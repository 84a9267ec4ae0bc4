package ingest

import "correctiond/roster"

// ExactIDs remembers every id, for a replay.
type ExactIDs struct {
	devices map[roster.DeviceID]map[string]struct{}
}

var _ IDs = (*ExactIDs)(nil)

// NewExactIDs returns an empty memory.
func NewExactIDs() *ExactIDs {
	return &ExactIDs{devices: make(map[roster.DeviceID]map[string]struct{})}
}

// Seen tells whether the id was accepted from the device.
func (x *ExactIDs) Seen(device roster.DeviceID, id string, _ roster.Instant) bool {
	_, seen := x.devices[device][id]
	return seen
}

// Remember records an accepted id.
func (x *ExactIDs) Remember(device roster.DeviceID, id string, _ roster.Instant) {
	ids := x.devices[device]
	if ids == nil {
		ids = make(map[string]struct{})
		x.devices[device] = ids
	}
	ids[id] = struct{}{}
}
