package rules

import (
	"encoding/gob"
	"encoding/json"
	"fmt"
	"io"

	"correctiond/roster"
)

// snapshotVersion rises with every change of what a snapshot holds; an older
// snapshot is refused, and the journal is replayed from an earlier point.
const snapshotVersion = 1

// snapshot is the whole state of an engine.
type snapshot struct {
	Version  int
	Rules    string // version of the thresholds it was made under
	Clock    roster.Instant
	Roster   []byte // JSON file form with what acts have changed
	Adopted  string // hash of the roster version taken over last
	Subjects map[roster.SubjectID]*subject
	Unlawful map[roster.DeviceID]*unlawful
}

// Snapshot writes the engine's state. Entries applied after it, to the restored
// engine, give what they would have given to this one.
func (e *Engine) Snapshot(w io.Writer) error {
	s := snapshot{
		Version: snapshotVersion, Rules: e.version, Clock: e.clock, Adopted: e.adopted, Subjects: e.subjects, Unlawful: e.Unlawful,
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

// Restore replaces the engine's state by a snapshot. It refuses one of another
// format; thresholds may have changed since.
func (e *Engine) Restore(r io.Reader) error {
	var s snapshot
	if err := gob.NewDecoder(r).Decode(&s); err != nil {
		return fmt.Errorf("read snapshot: %w", err)
	}
	if s.Version != snapshotVersion {
		return fmt.Errorf("snapshot has format %d, this build needs %d", s.Version, snapshotVersion)
	}
	fresh := New(e.cfg, e.cal, nil)
	fresh.clock, fresh.adopted = s.Clock, s.Adopted
	if s.Roster != nil {
		var file roster.Roster
		if err := json.Unmarshal(s.Roster, &file); err != nil {
			return fmt.Errorf("read roster of snapshot: %w", err)
		}
		dir, err := roster.Compile(&file, e.cal)
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
	for id, sub := range s.Subjects {
		e.subjects[id] = sub
		if e.dir != nil {
			sub.entry = e.dir.Subject(id)
		}
		if sub.gone = sub.entry == nil; sub.gone {
			delete(e.subjects, id)
		}
	}
	for id, u := range s.Unlawful {
		e.Unlawful[id] = u
	}
	for _, id := range e.subjectIDs() {
		sub := e.subjects[id]
		for _, ch := range sub.Duty.Challenges {
			if err := e.dir.AddChallenge(ch.Device, ch.ID, ch.Issued, ch.Expires); err != nil {
				return fmt.Errorf("restore challenge: %w", err)
			}
		}
		e.schedule(&moment{e: e, s: sub, due: e.clock - 1})
	}
	return nil
}
