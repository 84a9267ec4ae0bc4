package roster

import (
	"sync/atomic"
	"time"
)

// Pace is how often a day those check in for whom the roster names no roll-call.
type Pace uint8

// Paces, the calmest first.
const (
	OnceADay   Pace = iota // 19:00–21:00
	TwiceADay              // 07:30–09:30 as well
	ThriceADay             // 12:00–14:00, too
	paces
)

// PaceStep is a pace that holds from a local midnight on; a From of 0 is always.
type PaceStep struct {
	From Instant
	Pace Pace
}

// Duty is when a subject has to check in (点名): in the windows of the roll-call
// that the roster names, else in those of the pace in force on each day. Reading
// is safe while another goroutine changes the pace.
type Duty struct {
	paced *pacing
	named *Schedule // nil: the roster names none
	steps atomic.Pointer[[]PaceStep]
}

// pacing is what all duties of a directory share.
type pacing struct {
	cal       *Calendar
	schedules [paces]*Schedule
	// focus are the spans of days on which everyone checks in three times
	// (重点时段).
	focus atomic.Pointer[[]Interval]
}

func newPacing(cal *Calendar) *pacing {
	morning, noon := Window{From: "07:30", Until: "09:30"}, Window{From: "12:00", Until: "14:00"}
	evening := Window{From: "19:00", Until: "21:00"}
	p := &pacing{cal: cal}
	for pace, windows := range [paces][]Window{{evening}, {morning, evening}, {morning, noon, evening}} {
		p.schedules[pace] = compileRollcall(&Rollcall{Windows: windows, Grace: Duration(30 * time.Minute)}, cal)
	}
	return p
}

// Next returns the first window that begins at or after the given instant; false
// when there is none.
func (d *Duty) Next(after Instant) (DutyWindow, bool) {
	if s := d.constant(); s != nil {
		return s.Next(after)
	}
	day := floorDay(d.paced.cal.wall(after))
	for range scheduleDays {
		if w, ok := d.on(day).first(day, after); ok {
			return w, true
		}
		day += Day
	}
	return DutyWindow{}, false
}

// Contains tells whether t lies in a window; withGrace, also whether it lies
// between a window's end and its deadline.
func (d *Duty) Contains(t Instant, withGrace bool) bool {
	if s := d.constant(); s != nil {
		return s.Contains(t, withGrace)
	}
	today := floorDay(d.paced.cal.wall(t))
	back := Instant(0)
	if d.named != nil {
		back = d.named.reach()
	}
	for day := today - back*Day; day <= today; day += Day {
		if s := d.on(day); s.on(day) && s.holds(day, t, withGrace) {
			return true
		}
	}
	return false
}

// constant is the schedule of every day, where no day differs; else nil.
func (d *Duty) constant() *Schedule {
	switch {
	case len(d.focus()) > 0:
		return nil
	case d.named != nil:
		return d.named
	case d.steps.Load() == nil:
		return d.paced.schedules[OnceADay]
	}
	return nil
}

// on is the schedule of the local day.
func (d *Duty) on(wallDay Instant) *Schedule {
	start := d.paced.cal.at(wallDay)
	if d.raisable() {
		for _, iv := range d.focus() {
			if iv.Covers(start) {
				return d.paced.schedules[ThriceADay]
			}
		}
	}
	if d.named != nil {
		return d.named
	}
	pace := OnceADay
	if steps := d.steps.Load(); steps != nil {
		for _, step := range *steps {
			if step.From <= start {
				pace = step.Pace
			}
		}
	}
	return d.paced.schedules[pace]
}

// raisable tells whether a focus means the subject: not one whom the roster frees
// from roll-calls, nor one who answers as many already.
func (d *Duty) raisable() bool {
	return d.named == nil || len(d.named.windows) > 0 && len(d.named.windows) < len(d.paced.schedules[ThriceADay].windows)
}

func (d *Duty) focus() []Interval {
	if f := d.paced.focus.Load(); f != nil {
		return *f
	}
	return nil
}

// SetPace says which pace holds from which midnight on, ascending; nil: once a
// day, always. Messages of a day are judged by the windows of that day, so past
// steps are kept as long as messages may arrive. It is safe while others read.
func (d *Directory) SetPace(id SubjectID, steps []PaceStep) {
	e := d.Subject(id)
	switch {
	case e == nil: // has left the roster
	case steps == nil:
		e.Duty.steps.Store(nil)
	default:
		e.Duty.steps.Store(&steps)
	}
}

// SetFocus says in which spans of days, from midnight to midnight, everyone
// checks in three times a day (重点时段). It is safe while others read.
func (d *Directory) SetFocus(spans []Interval) { d.paced.focus.Store(&spans) }
