package main

import (
	"sync"

	"correctiond/roster"
)

// registry finds the roster of a device's district for ingest. Rosters in it
// are never changed, only replaced.
type registry struct {
	mu        sync.RWMutex
	districts map[roster.DistrictID]*roster.Directory
	devices   map[roster.DeviceID]*roster.Directory
	called    map[roster.DistrictID]*called
}

func newRegistry() *registry {
	return &registry{
		districts: map[roster.DistrictID]*roster.Directory{},
		devices:   map[roster.DeviceID]*roster.Directory{},
		called:    map[roster.DistrictID]*called{},
	}
}

// put adds a district's roster or replaces it.
func (r *registry) put(dir *roster.Directory) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if old := r.districts[dir.DistrictID()]; old != nil {
		for _, dev := range old.Devices() {
			delete(r.devices, dev.ID)
		}
	}
	r.districts[dir.DistrictID()] = dir
	r.calls(dir.DistrictID()).tell(dir)
	for _, dev := range dir.Devices() {
		r.devices[dev.ID] = dir
	}
}

// find returns the roster that holds the device, nil when none does.
func (r *registry) find(id roster.DeviceID) *roster.Directory {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.devices[id]
}

// district returns the roster of a district, nil when there is none.
func (r *registry) district(id roster.DistrictID) *roster.Directory {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.districts[id]
}

// expiring counts the authorities in force that end within so many days.
func (r *registry) expiring(now roster.Instant, days int) int {
	r.mu.RLock()
	defer r.mu.RUnlock()
	n := 0
	for _, dir := range r.districts {
		for _, dev := range dir.Devices() {
			if a := dev.Authority(now); a != nil && a.End != 0 && a.End-now <= roster.Instant(days)*roster.Day {
				n++
			}
		}
	}
	return n
}
