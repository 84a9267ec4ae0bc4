package rules

import (
	"encoding/gob"
	"encoding/json"
	"fmt"
	"io"
	"maps"

	"correctiond/event"
	"correctiond/roster"
)

// snapshotVersion rises with every change of what a snapshot holds, unless zero is
// right for what older ones lack; an older snapshot is refused, and the journal is
// replayed from an earlier point.
const snapshotVersion = 8

// snapshot is the whole state of an engine.
type snapshot struct {
	Version  int
	Rules    []byte // thresholds with their overrides
	Clock    roster.Instant
	Roster   []byte // JSON file form with what acts have changed
	Adopted  string // hash of the roster version taken over last
	Subjects map[roster.SubjectID]*subject
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
}

// Snapshot writes the engine's state. Entries applied after it, to the restored
// engine, give what they would have given to this one.
func (e *Engine) Snapshot(w io.Writer) error {
	cfg, err := e.file.encode()
	if err != nil {
		return fmt.Errorf("snapshot rules: %w", err)
	}
	s := snapshot{
		Version: snapshotVersion, Rules: cfg, Clock: e.clock, Adopted: e.adopted, Subjects: e.subjects, Unlawful: e.unlawful, Readers: e.readers,
		Parts: e.parts, District: e.district.list(), Inflow: e.inflow, Crowds: e.crowds.list(), Quiet: e.quiet, Edits: e.edits,
		Loose: e.loose, Dawn: e.dawn, Focus: e.focus,
	}
	if e.dir != nil {
		b, err := json.Marshal(e.dir.Roster())
		if err != nil {
			return fmt.Errorf("snapshot roster: %w", err)
		}
		s.Roster = b
	}
	if err := gob.NewEncoder(w).Encode(&s); err != nil {
		return fmt.Errorf("write snapshot: %w", err)
	}
	return nil
}

// Restore replaces the engine's state, its thresholds among it, by a snapshot. It
// refuses one of another format. What its roster has in common with like, which may
// be nil, is shared.
func (e *Engine) Restore(r io.Reader, like *roster.Directory) error {
	var s snapshot
	if err := gob.NewDecoder(r).Decode(&s); err != nil {
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
	if s.Roster != nil {
		var file roster.Roster
		if err := json.Unmarshal(s.Roster, &file); err != nil {
			return fmt.Errorf("read roster of snapshot: %w", err)
		}
		dir, err := roster.CompileLike(like, &file, e.cal)
		if err != nil {
			return fmt.Errorf("compile roster of snapshot: %w", err)
		}
		fresh.dir = dir
	}
	if err := fresh.revive(&s); err != nil {
		return err
	}
	*e = *fresh
	return nil
}

// revive ties the subjects of a snapshot to the roster and sets their timers.
func (e *Engine) revive(s *snapshot) error {
	maps.Copy(e.unlawful, s.Unlawful)
	maps.Copy(e.readers, s.Readers)
	maps.Copy(e.quiet, s.Quiet)
	e.inflow, e.dawn = s.Inflow, s.Dawn
	for i := range s.District {
		e.district.add(&s.District[i])
	}
	e.resolveDistrict()
	e.reviveFocus(s)
	for id, sub := range s.Subjects {
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
