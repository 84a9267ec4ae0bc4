package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"

	"correctiond/event"
	"correctiond/journal"
	"correctiond/roster"
	"correctiond/store"
)

// Bounds of an accounting: events compared at once, and differences named.
const (
	accountChunk = 100_000
	accountNamed = 20
)

// eventKey is what an event is known by; without an id (a last will) its status
// and time make one.
type eventKey struct {
	device roster.DeviceID
	id     string
	status event.StatusKind
	time   roster.Instant
}

func keyOf(e *event.Event) eventKey {
	if e.ID != "" {
		return eventKey{device: e.Device, id: e.ID}
	}
	return eventKey{e.Device, "", e.Status, e.Time}
}

func (k eventKey) String() string {
	return string(k.device) + "/" + cmp.Or(k.id, fmt.Sprintf("%s@%d", k.status, k.time))
}

// letterKey is where the journal holds a refused message.
type letterKey struct {
	district roster.DistrictID
	seq      uint64
	nth      int
}

// accounting compares, by id, what the journal holds with the track history and
// the dead letters.
type accounting struct {
	st      *openState
	letters map[letterKey]bool
	poison  map[eventKey]bool // refused by the history, not written since
	oldest  roster.Instant    // dead letters received before it are deleted

	accepted, stored, waiting, poisoned, again int
	rejected, kept, unread, expired            int
	differences                                []string
	different                                  int
}

// entered is an event of the journal until it is found.
type entered struct {
	place  letterKey
	event  event.Event
	found  int
	live   bool // read by the history, so it has to be there
	replay bool // a dead letter that was judged again
}

// account prints the books and fails when they do not balance.
func (st *openState) account(ctx context.Context, out io.Writer) error {
	reader, err := st.readJournal(ctx)
	if err != nil {
		return err
	}
	defer reader.close()
	ids, err := st.state.Districts(ctx)
	if err != nil {
		return err
	}
	a := &accounting{st: st, oldest: nowInstant() - roster.Length(deadLetterAge) + roster.Hour}
	none, err := st.strangersOf(ctx)
	if err != nil {
		return err
	}
	for _, id := range append(ids, none) {
		log, err := reader.log(ctx, id)
		if err != nil {
			return err
		}
		if log == nil {
			continue
		}
		if err := a.district(ctx, reader, log, id); err != nil {
			return fmt.Errorf("account of district %q: %w", id, err)
		}
	}
	return errors.Join(a.print(out), a.verdict(st.counters(out)))
}

// district compares one log. The cursors are read first: what they have passed has
// to be there, what came since may be.
func (a *accounting) district(ctx context.Context, reader *logReader, log *journal.Log, id roster.DistrictID) error {
	written, err := a.st.history.Cursor(ctx, id)
	if err != nil {
		return err
	}
	judged, err := a.st.state.Cursor(ctx, id)
	if err != nil {
		return err
	}
	_, last, err := log.Bounds(ctx)
	if err != nil {
		return err
	}
	if err := a.readLetters(ctx); err != nil {
		return err
	}
	chunk := map[eventKey]*entered{}
	for l, err := range reader.entries(ctx, log, id, last) {
		if err != nil {
			return err
		}
		place := letterKey{id, l.seq, l.nth}
		switch e := &l.entry; {
		case e.Rejection != nil:
			a.refusal(place, e.Rejection, l.seq <= judged)
		case e.Event != nil:
			a.enter(chunk, &entered{place: place, event: *e.Event, live: l.seq <= written, replay: e.At != e.Event.Received})
		}
		if len(chunk) >= accountChunk {
			if err := a.settle(ctx, chunk); err != nil {
				return err
			}
			clear(chunk)
		}
	}
	return a.settle(ctx, chunk)
}

// readLetters reads where dead letters come from.
func (a *accounting) readLetters(ctx context.Context) error {
	a.letters, a.poison = map[letterKey]bool{}, map[eventKey]bool{}
	return a.st.eachLetter(ctx, store.DeadLetterFilter{}, math.MaxInt, func(l *store.DeadLetter) error {
		if l.Reason != refusedBySink {
			a.letters[letterKey{l.District, l.Seq, l.Nth}] = true
			return nil
		}
		var p poisonLine
		if l.Replayed == 0 && json.Unmarshal(l.Payload, &p) == nil {
			a.poison[eventKey{device: l.Device, id: p.ID}] = true
		}
		return nil
	})
}

// refusal looks for the dead letter of a refused message.
func (a *accounting) refusal(place letterKey, r *event.Rejection, due bool) {
	a.rejected++
	switch {
	case a.letters[place]:
		a.kept++
	case r.Received < a.oldest:
		a.expired++
	case !due:
		a.unread++
	default:
		a.differ("no dead letter of message %s (%s, journal of %s, batch %d)", r.Topic, r.Reason, place.district, place.seq)
	}
}

func (a *accounting) enter(chunk map[eventKey]*entered, e *entered) {
	if k := keyOf(&e.event); chunk[k] == nil {
		chunk[k] = e
		a.accepted++
		return
	}
	a.again++ // the journal's answer was lost, and the batch appended once more
}

// settle looks the events of a chunk up in the history.
func (a *accounting) settle(ctx context.Context, chunk map[eventKey]*entered) error {
	from, until := roster.Instant(math.MaxInt64), roster.Instant(math.MinInt64)
	for k, e := range chunk {
		if !e.replay {
			from, until = min(from, e.event.Received), max(until, e.event.Received)
			continue
		}
		there, err := a.st.history.Seen(ctx, k.device, k.id)
		if err != nil {
			return err
		}
		if there {
			e.found = 1
		}
	}
	if from <= until {
		for ev, err := range a.st.history.Export(ctx, from, until+1) {
			if err != nil {
				return err
			}
			if e := chunk[keyOf(&ev)]; e != nil && !e.replay {
				e.found++
			}
		}
	}
	list := make([]*entered, 0, len(chunk))
	for _, e := range chunk {
		list = append(list, e)
	}
	slices.SortFunc(list, func(x, y *entered) int {
		return cmp.Or(cmp.Compare(x.place.seq, y.place.seq), cmp.Compare(x.place.nth, y.place.nth))
	})
	for _, e := range list {
		a.book(e)
	}
	return nil
}

// book says where an event is.
func (a *accounting) book(e *entered) {
	k := keyOf(&e.event)
	poisoned := a.poison[k]
	switch {
	case e.found > 1:
		a.stored++
		a.differ("%s is in the track history %d times", k, e.found)
	case e.found == 1 && poisoned:
		a.stored++
		a.differ("%s is in the track history and a dead letter of it", k)
	case e.found == 1:
		a.stored++
	case poisoned:
		a.poisoned++
	case !e.live:
		a.waiting++
	default:
		a.differ("%s is missing from the track history (journal of %s, batch %d)", k, e.place.district, e.place.seq)
	}
}

func (a *accounting) differ(format string, args ...any) {
	a.different++
	if len(a.differences) < accountNamed {
		a.differences = append(a.differences, fmt.Sprintf(format, args...))
	}
}

func (a *accounting) print(out io.Writer) error {
	_, err := fmt.Fprintf(out, "journal   %d = %d accepted + %d rejected\n"+
		"accepted  %d = %d stored + %d waiting + %d dead-lettered by the store + %d not accounted for\n"+
		"rejected  %d = %d dead letters + %d waiting + %d deleted for their age + %d not accounted for\n",
		a.accepted+a.rejected, a.accepted, a.rejected,
		a.accepted, a.stored, a.waiting, a.poisoned, a.accepted-a.stored-a.waiting-a.poisoned,
		a.rejected, a.kept, a.unread, a.expired, a.rejected-a.kept-a.unread-a.expired)
	if err == nil && a.again > 0 {
		_, err = fmt.Fprintf(out, "again     %d accepted events stand in the journal twice, as after an answer that was lost; they count once\n", a.again)
	}
	return err
}

// verdict is an error with one line per difference.
func (a *accounting) verdict(counted error) error {
	var all []error
	for _, d := range a.differences {
		all = append(all, errors.New(d))
	}
	if left := a.different - len(a.differences); left > 0 {
		all = append(all, fmt.Errorf("and %d more", left))
	}
	return errors.Join(append(all, counted)...)
}
