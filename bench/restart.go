package main

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"time"

	"correctiond/event"
	"correctiond/geo"
	"correctiond/journal"
	"correctiond/roster"
	"correctiond/sim"
)

// zonesOfStart is how many zones the district has whose start is measured.
const zonesOfStart = 10_000

// measureRestart prints how long a district of many people and zones takes to be
// ready, and the same with that many journaled events behind the snapshot, as after a
// kill -9.
func measureRestart(ctx context.Context, o options) error {
	o.influxd = ""
	s, err := newStage(ctx, o)
	if err != nil {
		return err
	}
	defer s.close()
	d := &daemon{s: s}
	r := crowdedCity(o.subjects)
	name := filepath.Join(s.dir, "roster.json")
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	if err := errors.Join(roster.Write(f, r, "json"), f.Close()); err != nil {
		return err
	}
	if _, err := d.command(ctx, "roster", "import", name); err != nil {
		return err
	}
	fmt.Printf("%d people, %d zones, %d devices\n", len(r.Subjects), len(r.Zones), len(r.Devices))
	for _, what := range []string{"first start", "start from the snapshot"} {
		if err := d.readyAfter(ctx, what); err != nil {
			return err
		}
	}
	n, err := journalBehind(ctx, d.data(), r, o.events)
	if err != nil {
		return err
	}
	return d.readyAfter(ctx, fmt.Sprintf("start with %d events behind the snapshot", n))
}

// readyAfter starts the daemon, prints how long that took, and stops it in order.
func (d *daemon) readyAfter(ctx context.Context, what string) error {
	began := time.Now()
	p, err := d.run(ctx)
	if err != nil {
		return err
	}
	defer p.kill()
	took := time.Since(began)
	cpu, errCPU := p.cpu()
	resident, errMemory := p.memory("VmRSS")
	if err := errors.Join(errCPU, errMemory); err != nil {
		return err
	}
	fmt.Printf("%-45s ready after %.2f s, %.2f s of processor time, %.0f MiB resident, load %s\n",
		what, took.Seconds(), cpu.Seconds(), resident, loadAverage())
	if err := d.rulesAtEnd(ctx); err != nil {
		return err
	}
	if err := p.stop(); err != nil {
		return err
	}
	names, err := filepath.Glob(filepath.Join(d.data(), "snapshots", "*.snap"))
	if err == nil && len(names) == 0 {
		return fmt.Errorf("no snapshot after the %s: the next start would measure something else", what)
	}
	return err
}

// rulesAtEnd waits until the rules have taken what the start itself journals.
func (d *daemon) rulesAtEnd(ctx context.Context) error {
	return poll(ctx, quick, func() (bool, error) {
		all, err := d.counters()
		return all[`correctiond_journal_pending{consumer="rules"}`] == 0, err
	})
}

// crowdedCity is a simulated city with small watch zones all over it.
func crowdedCity(people int) *roster.Roster {
	now := roster.InstantOf(time.Now())
	r := sim.City(1, people, now, now+7*roster.Day, nil)
	for n := len(r.Zones); n < zonesOfStart; n++ {
		r.Zones = append(r.Zones, roster.Zone{
			ID: roster.ZoneID(fmt.Sprint("bench", n)), Name: fmt.Sprint("bench ", n), Kind: roster.WatchZone, Datum: geo.WGS84, Geometry: ring(n),
		})
	}
	return r
}

// ring is a polygon of 100 vertices, some 150 m wide, somewhere on a lattice.
func ring(n int) json.RawMessage {
	const vertices = 100
	lat, lng := 30.5+0.01*float64(n/100), 120.5+0.01*float64(n%100)
	points := make([][2]float64, 0, vertices+1)
	for i := range vertices {
		turn := 2 * math.Pi * float64(i) / vertices
		points = append(points, [2]float64{lng + 0.0008*math.Cos(turn), lat + 0.0007*math.Sin(turn)})
	}
	text, err := json.Marshal(map[string]any{"type": "Polygon", "coordinates": [][][2]float64{append(points, points[0])}})
	if err != nil {
		return nil // it is made of numbers
	}
	return text
}

// journalBehind appends locations of everybody who wears a wristband, as ingest would
// have journaled them: each device every five minutes from now on.
func journalBehind(ctx context.Context, data string, r *roster.Roster, want int) (n int, err error) {
	text, err := os.ReadFile(filepath.Join(data, "journal.key"))
	if err != nil {
		return 0, err
	}
	if key, err := hex.DecodeString(strings.TrimSpace(string(text))); err == nil {
		text = key
	}
	server, err := journal.Open(ctx, journal.Config{Dir: filepath.Join(data, "journal"), Key: text, MaxBytes: 20 << 30})
	if err != nil {
		return 0, err
	}
	defer server.Close()
	log, err := server.Log(ctx, r.District.ID)
	if err != nil {
		return 0, err
	}
	bands := wearers(r)
	if len(bands) == 0 {
		return 0, errors.New("nobody wears a wristband")
	}
	now := roster.InstantOf(time.Now())
	batch := make([]event.Entry, 0, 512)
	for i := range want {
		at := now + roster.Instant(i/len(bands))*5*roster.Minute
		batch = append(batch, event.Entry{At: at, Event: bands[i%len(bands)].event(at, i)})
		if len(batch) == cap(batch) || i == want-1 {
			if _, err := log.Append(ctx, batch); err != nil {
				return n, err
			}
			n += len(batch)
			batch = batch[:0]
		}
	}
	return n, nil
}

// band is a wristband and who wears it, at home.
type band struct {
	device  roster.DeviceID
	subject *roster.Subject
	home    geo.Point
}

func wearers(r *roster.Roster) []band {
	people := map[roster.SubjectID]*roster.Subject{}
	for i := range r.Subjects {
		people[r.Subjects[i].ID] = &r.Subjects[i]
	}
	var out []band
	for i := range r.Devices {
		dev := &r.Devices[i]
		if dev.Kind != roster.Wristband || len(dev.Bindings) == 0 {
			continue
		}
		if s := people[dev.Bindings[len(dev.Bindings)-1].Subject]; s != nil && s.Home != nil {
			out = append(out, band{dev.ID, s, geo.Point{Lat: s.Home.Lat, Lng: s.Home.Lng}})
		}
	}
	return out
}

func (b *band) event(at roster.Instant, i int) *event.Event {
	p := geo.Point{Lat: b.home.Lat + 1e-5*float64(i%7), Lng: b.home.Lng + 1e-5*float64(i%5)}
	return &event.Event{
		Kind: event.Location, Device: b.device, DeviceKind: roster.Wristband, Subject: b.subject.ID, Office: b.subject.Office,
		ID: fmt.Sprint("r", i), Seq: -1, Time: at, Received: at, Battery: 77,
		Position: &event.Position{Point: p, Cell: geo.CellOf(p), Source: event.GNSS, AccuracyM: 8},
	}
}
