package rules

import (
	"encoding/gob"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"sync"

	"correctiond/event"
	"correctiond/roster"
)

// snapshotVersion rises with every change of what a snapshot holds, unless zero is
// right for what older ones lack; an older snapshot is refused, and the journal is
// replayed from an earlier point.
const snapshotVersion = 10

// snapshot is the state of an engine but for its long lists. Those follow it item by
// item: what is written as one is held in memory as one.
type snapshot struct {
	Version  int
	Rules    []byte // thresholds with their overrides
	Clock    roster.Instant
	File     []byte // JSON form of the roster without its long lists; nil: there is none
	Adopted  string // hash of the roster version taken over last
	Unlawful map[roster.DeviceID][]unlawful
	Readers  map[string]*reader
	District []run
	Inflow   inflow
	Crowds   []crowd
	Parts    []event.RosterPart // of a version that is not complete yet
	Quiet    map[roster.OfficeID]quietDay
	Edits    int
	Loose    map[string]*record
	Dawn     roster.Instant
	Focus    []roster.Interval
	// How many zones, subjects and devices of the roster follow, as acts have changed
	// them, and how many states of subjects.
	Zones, People, Devices, States int
}

// stateOf is what the engine knows of one person.
type stateOf struct {
	ID    roster.SubjectID
	State *subject
}

// Snapshot writes the engine's state. Entries applied after it, to the restored
// engine, give what they would have given to this one.
func (e *Engine) Snapshot(w io.Writer) error {
	cfg, err := e.file.encode()
	if err != nil {
		return fmt.Errorf("snapshot rules: %w", err)
	}
	s := snapshot{
		Version: snapshotVersion, Rules: cfg, Clock: e.clock, Adopted: e.adopted, Unlawful: e.unlawful, Readers: e.readers,
		Parts: e.parts, District: e.district.list(), Inflow: e.inflow, Crowds: e.crowds.list(), Quiet: e.quiet, Edits: e.edits,
		Loose: e.loose, Dawn: e.dawn, Focus: e.focus, States: len(e.subjects),
	}
	var file roster.Roster
	if e.dir != nil {
		file = *e.dir.Roster()
		rest := file
		rest.Zones, rest.Subjects, rest.Devices = nil, nil, nil
		if s.File, err = json.Marshal(&rest); err != nil {
			return fmt.Errorf("snapshot roster: %w", err)
		}
		s.Zones, s.People, s.Devices = len(file.Zones), len(file.Subjects), len(file.Devices)
	}
	states := make([]stateOf, 0, len(e.subjects))
	for _, id := range e.subjectIDs() {
		states = append(states, stateOf{id, e.subjects[id]})
	}
	enc := gob.NewEncoder(w)
	err = errors.Join(enc.Encode(&s), writeAll(enc, file.Zones), writeAll(enc, file.Subjects), writeAll(enc, file.Devices), writeAll(enc, states))
	if err != nil {
		return fmt.Errorf("write snapshot: %w", err)
	}
	return nil
}

func writeAll[T any](enc *gob.Encoder, items []T) error {
	for i := range items {
		if err := enc.Encode(&items[i]); err != nil {
			return err
		}
	}
	return nil
}

func readAll[T any](dec *gob.Decoder, n int) ([]T, error) {
	var items []T
	for range n {
		var item T
		if err := dec.Decode(&item); err != nil {
			return nil, err
		}
		items = append(items, item)
	}
	return items, nil
}

// Restore replaces the engine's state, its thresholds among it, by a snapshot. It
// refuses one of another format.
func (e *Engine) Restore(r io.Reader) error {
	dec := gob.NewDecoder(r)
	var s snapshot
	if err := dec.Decode(&s); err != nil {
		return fmt.Errorf("read snapshot: %w", err)
	}
	if s.Version != snapshotVersion {
		return fmt.Errorf("snapshot has format %d, this build needs %d", s.Version, snapshotVersion)
	}
	cfg, err := decodeConfig(s.Rules)
	if err != nil {
		return fmt.Errorf("read rules of snapshot: %w", err)
	}
	fresh := New(cfg, e.cal, nil)
	fresh.clock, fresh.adopted, fresh.edits = s.Clock, s.Adopted, s.Edits
	states, err := s.lists(dec, fresh)
	if err != nil {
		return err
	}
	if err := fresh.revive(&s, states); err != nil {
		return err
	}
	*e = *fresh
	return nil
}

// lists reads the lists of the roster, which fresh gets compiled, and the states of
// its subjects. The zones, whose polygons take longest, are compiled while the rest
// is read.
func (s *snapshot) lists(dec *gob.Decoder, fresh *Engine) ([]stateOf, error) {
	if s.File == nil {
		return readAll[stateOf](dec, s.States)
	}
	file := new(roster.Roster)
	errFile := json.Unmarshal(s.File, file)
	var errZones, errPeople, errDevices error
	file.Zones, errZones = readAll[roster.Zone](dec, s.Zones)
	var like *roster.Directory
	var compiling sync.WaitGroup
	compiling.Go(func() {
		zones := roster.Roster{Version: file.Version, District: roster.District{ID: file.District.ID}, Zones: file.Zones}
		like, _ = roster.Compile(&zones, fresh.cal) // nil: compiling the whole tells what is wrong
	})
	file.Subjects, errPeople = readAll[roster.Subject](dec, s.People)
	file.Devices, errDevices = readAll[roster.Device](dec, s.Devices)
	states, errStates := readAll[stateOf](dec, s.States)
	compiling.Wait()
	if err := errors.Join(errFile, errZones, errPeople, errDevices, errStates); err != nil {
		return nil, fmt.Errorf("read snapshot: %w", err)
	}
	var err error
	if fresh.dir, err = roster.CompileLike(like, file, fresh.cal); err != nil {
		return nil, fmt.Errorf("compile roster of snapshot: %w", err)
	}
	return states, nil
}

// revive ties the subjects of a snapshot to the roster and sets their timers.
func (e *Engine) revive(s *snapshot, states []stateOf) error {
	maps.Copy(e.unlawful, s.Unlawful)
	maps.Copy(e.readers, s.Readers)
	maps.Copy(e.quiet, s.Quiet)
	e.inflow, e.dawn = s.Inflow, s.Dawn
	for i := range s.District {
		e.district.add(&s.District[i])
	}
	e.resolveDistrict()
	e.reviveFocus(s)
	for i := range states {
		id, sub := states[i].ID, states[i].State
		if sub.entry = e.subjectEntry(id); sub.entry == nil {
			return fmt.Errorf("snapshot has subject %q, its roster has not", id)
		}
		e.subjects[id] = sub
		e.resolve(sub)
		e.recall(sub)
		e.missing += sub.missingNumbers()
		e.recallPrints(sub)
		e.held += sub.holds()
		e.reviveAttention(sub)
	}
	e.rank()
	e.reviveBacklog()
	if e.dir != nil {
		e.muster()
		e.enlist()
	}
	e.assemble(s.Crowds)
	for _, id := range e.subjectIDs() {
		e.schedule(&moment{e: e, s: e.subjects[id], due: e.clock - 1})
	}
	for i := range s.Parts {
		if err := e.rosterPart(&s.Parts[i]); err != nil {
			return fmt.Errorf("restore roster part: %w", err)
		}
	}
	return nil
}

func (e *Engine) subjectEntry(id roster.SubjectID) *roster.SubjectEntry {
	if e.dir == nil {
		return nil
	}
	return e.dir.Subject(id)
}
