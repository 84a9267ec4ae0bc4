package rules

import (
	"fmt"
	"slices"

	"correctiond/event"
	"correctiond/roster"
)

// Engine judges one district. It is advanced only by journal entries, holds no
// clock of its own and does no I/O. It is not safe for concurrent use.
type Engine struct {
	file    Config // as the rule file has it, with its overrides
	cfg     Config // of the district
	configs map[Selector]*Config
	version string
	rules   ruleSet
	dir     *roster.Directory
	cal     *roster.Calendar

	clock    roster.Instant
	subjects map[roster.SubjectID]*subject
	unlawful map[roster.DeviceID][]unlawful
	readers  map[string]*reader // of tracks, by account
	timers   timerHeap
	district districtRuns
	fleet    fleet
	inflow   inflow
	held     int     // observations of backlogs beyond what every timeline may hold
	meet     ruleSet // of two people
	crowds   crowds
	handsets handsets
	notices  []Notice
	missing  int64 // numbers in all ledgers of sequence gaps
	counts   Counts
	quiet    map[roster.OfficeID]quietDay
	joiner   event.RosterJoiner
	parts    []event.RosterPart // of a version that is not complete yet
	adopted  string             // hash of the roster version taken over last
	edits    int                // acts that have changed it since
	out      []Episode
	near     []int32   // reused: zones around the fix at hand
	metres   []float64 // reused: its distances to forbidden zones

	owners   map[string]*subject // of episodes by id; nil: about no subject, see loose
	loose    map[string]*record
	backlog  backlog
	touched  []*subject     // scores to compute
	restless int            // subjects whose score may change without an event
	dawn     roster.Instant // next daily computation of scores
	colours  [4]int         // subjects by colour
	focus    []roster.Interval
	moved    []roster.SubjectID // whose pace or challenges have changed
	buf      []point
	spare    *moment // reused
}

// subject is what the engine knows of one person under supervision.
type subject struct {
	entry   *roster.SubjectEntry
	cfg     *Config // nil: the district's
	wake    roster.Instant
	senders []*sender      // devices that were heard of the person
	far     *detail        // of positions far from all forbidden zones; made when needed
	calm    roster.Instant // the steady kinds stay as they are until then; 0: not known
	rank    int32          // in the order of the ids
	gone    bool           // left the roster; timers may still name it
	// Since is when the engine first knew the subject: nothing before is judged.
	Since    roster.Instant
	Main     timeline
	Duty     ledger
	LastSign roster.Instant
	Hearings []hearing
	Derived  []run
	Stays    []stay  // ascending, of the last hour
	Prints   *prints // nil: no check-in had a fingerprint
	Seldom   *seldom // nil: nothing of it; see rare
	// Attention is the score's memory.
	Attention attention
}

// New returns an engine that has seen nothing. Its first entry sets the instant
// before which nothing is judged. dir may be nil when the first entries bring
// the roster; the engine changes it as acts are applied.
func New(cfg Config, cal *roster.Calendar, dir *roster.Directory) *Engine {
	e := &Engine{
		file: cfg, cfg: cfg, version: cfg.Version(), rules: newRuleSet(), meet: newMeetSet(), crowds: newCrowds(), cal: cal, dir: dir,
		subjects: make(map[roster.SubjectID]*subject), unlawful: make(map[roster.DeviceID][]unlawful), readers: make(map[string]*reader),
		quiet:    make(map[roster.OfficeID]quietDay),
		district: districtRuns{},
		handsets: handsets{},
		owners:   make(map[string]*subject), loose: make(map[string]*record),
		backlog: backlog{waiting: make(map[string]waiting), overdue: make(map[roster.OfficeID]int)},
	}
	return e
}

// Directory returns the roster as the acts so far have left it; nil before one
// is known.
func (e *Engine) Directory() *roster.Directory { return e.dir }

// Edits counts the acts that have changed the roster since its last version.
func (e *Engine) Edits() int { return e.edits }

// RosterHash names the roster version taken over last; empty before the first.
func (e *Engine) RosterHash() string { return e.adopted }

// Clock returns the instant the engine has reached.
func (e *Engine) Clock() roster.Instant { return e.clock }

// Apply takes the next entry and returns the episodes that it, or a timer due
// before it, opened or changed. An act that names nothing known is an error and
// changes nothing; the timers due before it have fired all the same.
func (e *Engine) Apply(entry *event.Entry) ([]Episode, error) {
	at := max(entry.At, e.clock)
	if e.clock == 0 {
		e.clock = at
		e.adopt(e.dir)
	}
	e.fire(at - 1)
	e.clock = at
	var err error
	switch {
	case entry.Event != nil:
		e.arrived()
		e.event(entry.Event)
	case entry.Rejection != nil && e.dir != nil:
		e.rejected(entry.Rejection)
	case entry.Act != nil:
		err = e.act(entry.Act)
	case entry.Roster != nil:
		err = e.rosterPart(entry.Roster)
	case entry.Rules != nil:
		err = e.ruleFile(entry.Rules)
	}
	e.appraise()
	return e.flush(), err
}

// Advance fires every timer due up to and including the instant.
func (e *Engine) Advance(to roster.Instant) []Episode {
	e.fire(to)
	e.clock = max(e.clock, to)
	e.appraise()
	return e.flush()
}

// event passes an accepted event to the subject's kinds.
func (e *Engine) event(ev *event.Event) {
	if e.dir == nil {
		return
	}
	dev := e.dir.Device(ev.Device)
	s := e.sentBy(dev, ev.Subject)
	if s == nil {
		return
	}
	e.hear(s, dev, ev)
	o := e.observe(s, dev, ev)
	if alive(ev) {
		e.sign(s, o.At)
	}
	nights := s.Main.Head.Nights
	due := e.take(s, o)
	e.meetOthers(s, o)
	e.mingle(s, o, ev.Position)
	e.answered(s, o, ev)
	e.remind(s, o)
	if ev.Counting() {
		// A device's clock may run ahead, into a window that has not begun.
		s.Duty.extend(&moment{e: e, s: s, due: max(e.clock, o.At)})
		s.Duty.answer(o.At, ev)
	}
	restless := slices.ContainsFunc(s.Derived, e.rules.heeds) || !slices.Equal(nights, s.Main.Head.Nights)
	if ev.Kind == event.Checkin || s.wake == 0 || restless {
		e.judge(s, e.clock-1)
		return
	}
	e.wake(s, due)
}

// sentBy finds the subject of an event. Nearly always it is the one whose device
// sent the message before.
func (e *Engine) sentBy(dev *roster.DeviceEntry, id roster.SubjectID) *subject {
	if dev == nil {
		return e.subjects[id]
	}
	p := &e.fleet.posts[dev.Pos]
	if p.last == nil || p.last.entry.ID != id {
		p.last = e.subjects[id]
	}
	return p.last
}

func (e *Engine) rosterPart(part *event.RosterPart) error {
	if part.Part == 0 {
		e.parts = nil
	}
	r, err := e.joiner.Add(part)
	if err != nil {
		return err
	}
	if r == nil {
		e.parts = append(e.parts, *part)
		return nil
	}
	e.parts = nil
	dir, err := roster.CompileLike(e.dir, r, e.cal)
	if err != nil {
		return fmt.Errorf("compile roster of the journal: %w", err)
	}
	e.adopted, e.edits = part.Hash, 0
	e.adopt(dir)
	return nil
}

// adopt takes a roster over: new subjects are known from now on, roll-calls that
// it changes count from now on, and what is open about those who left it ends.
func (e *Engine) adopt(dir *roster.Directory) {
	if dir == nil {
		return
	}
	e.dir = dir
	e.resolveDistrict()
	dir.SetFocus(e.focus)
	for _, entry := range dir.Subjects() {
		s := e.subjects[entry.ID]
		if s == nil {
			s = &subject{Since: e.clock}
			e.subjects[entry.ID] = s
		} else {
			s.Duty.extend(&moment{e: e, s: s, due: e.clock - 1})
			s.Duty.Next = max(s.Duty.Next, e.clock)
		}
		s.entry, s.far = entry, nil
		e.resolve(s)
		e.recall(s)
		e.moveAlerts(s)
	}
	e.rank()
	e.muster()
	e.expect()
	e.enlist()
	for _, id := range e.subjectIDs() {
		s := e.subjects[id]
		if dir.Subject(id) == nil {
			e.remove(s)
			continue
		}
		e.rejudge(s) // what is due now comes after this entry
		e.touch(s)
	}
	e.recovered(&e.fleet.total)
	for _, office := range e.openOutages() {
		e.recovered(e.fleet.office(office))
	}
	e.appraise()
}

// recall tells a new directory of the challenges and the pace it cannot know.
func (e *Engine) recall(s *subject) {
	e.dir.SetPace(s.entry.ID, s.Attention.Steps)
	for _, ch := range s.Duty.Challenges {
		if err := e.dir.AddChallenge(ch.Device, ch.ID, ch.Issued, ch.Expires); err != nil {
			continue // the device has left the roster: nothing can answer
		}
	}
}

// remove ends what is open about a subject who left the roster.
func (e *Engine) remove(s *subject) {
	s.gone = true
	e.missing -= s.missingNumbers()
	if s.Prints != nil {
		e.forgetPrints(s, len(s.Prints.Answers))
	}
	e.held -= s.holds()
	delete(e.subjects, s.entry.ID)
	e.disperse(s)
	runs := [][]run{s.Main.Head.Runs, s.Derived}
	for _, m := range s.rare().Meetings {
		runs = append(runs, m.Line.Head.Runs)
	}
	for _, runs := range runs {
		for i := range runs {
			if runs[i].open() && e.rules.info(runs[i].Kind).Ending != ByPerson {
				runs[i].Ended = max(e.clock, runs[i].Started)
			}
		}
		e.publishNew(s, runs)
	}
	e.orphan(s)
	e.leave(s)
}
