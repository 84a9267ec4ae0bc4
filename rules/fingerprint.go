package rules

import (
	"cmp"
	"slices"

	"correctiond/event"
	"correctiond/roster"
)

// prints are the handsets that answered for a subject lately, and what was found
// out about them. Only subjects whose check-ins carry a fingerprint have them.
type prints struct {
	Answers []print // ascending
	Signs   []sign  // ascending, more than the time of a sharing apart
}

// print is one answer of a handset.
type print struct {
	At     roster.Instant
	Device roster.DeviceID
	FP     string
	Doubt  bool // the same event opens the kind by itself
}

// sign is a stretch of time in which a handset answered for the subject and for
// others, with no pause as long as one sharing may last.
type sign struct {
	First, Last roster.Instant
	Opened      print
	Others      []roster.SubjectID // ascending
	Late        bool
}

// maxPrints bounds what is remembered of one subject; nobody checks in so often.
const maxPrints = 64

// handsets finds who else a handset answers for. It is built from the prints.
type handsets map[string][]roster.SubjectID // ascending

func (h handsets) add(fp string, id roster.SubjectID) {
	if i, known := slices.BinarySearch(h[fp], id); !known {
		h[fp] = slices.Insert(h[fp], i, id)
	}
}

func (h handsets) remove(fp string, id roster.SubjectID) {
	if i, known := slices.BinarySearch(h[fp], id); known {
		if h[fp] = slices.Delete(h[fp], i, i+1); len(h[fp]) == 0 {
			delete(h, fp)
		}
	}
}

// answered enters a check-in's fingerprint. A kiosk answers for everybody.
func (e *Engine) answered(s *subject, o *observation, ev *event.Event) {
	if ev.Check == nil || ev.Check.DeviceFP == "" || ev.DeviceKind == roster.Kiosk || o.Custody {
		return
	}
	if s.Prints == nil {
		s.Prints = new(prints)
	}
	p := print{At: o.At, Device: o.From.Device, FP: ev.Check.DeviceFP, Doubt: spoofSign(o) != ""}
	i, known := slices.BinarySearchFunc(s.Prints.Answers, p, comparePrints)
	if known {
		return
	}
	s.Prints.Answers = slices.Insert(s.Prints.Answers, i, p)
	e.handsets.add(p.FP, s.entry.ID)
	e.share(s, p, o.late(e.config(s)))
	if len(s.Prints.Answers) > maxPrints {
		e.forgetPrints(s, 1)
	}
}

func comparePrints(a, b print) int {
	return cmp.Or(cmp.Compare(a.At, b.At), cmp.Compare(a.Device, b.Device), cmp.Compare(a.FP, b.FP))
}

// share compares an answer with those of the same handset for others. Every pair
// is a sign for both.
func (e *Engine) share(s *subject, p print, late bool) {
	c := e.config(s)
	for _, id := range slices.Clone(e.handsets[p.FP]) {
		other := e.subjects[id]
		if other == nil || other == s {
			continue
		}
		found := false
		for _, q := range other.Prints.Answers {
			if q.FP == p.FP && max(p.At-q.At, q.At-p.At) <= length(c.Spoofed.SharedWithin) {
				s.Prints.sign(c, p, id, late)
				other.Prints.sign(c, q, s.entry.ID, late)
				found = true
			}
		}
		if found {
			e.judge(other, e.clock-1)
		}
	}
}

// sign adds a sign; those that it brings together become one.
func (ps *prints) sign(c *Config, p print, other roster.SubjectID, late bool) {
	within := length(c.Spoofed.SharedWithin)
	next := sign{First: p.At, Last: p.At, Opened: p, Others: []roster.SubjectID{other}, Late: late}
	ps.Signs = slices.DeleteFunc(ps.Signs, func(old sign) bool {
		apart := old.First-next.Last > within || next.First-old.Last > within
		if !apart {
			next = next.join(old)
		}
		return !apart
	})
	i, _ := slices.BinarySearchFunc(ps.Signs, next, func(a, b sign) int { return cmp.Compare(a.First, b.First) })
	ps.Signs = slices.Insert(ps.Signs, i, next)
}

// join makes one of two; how it was told of stays as it was.
func (g sign) join(old sign) sign {
	if comparePrints(old.Opened, g.Opened) < 0 {
		g.Opened = old.Opened
	}
	g.First, g.Last, g.Late = min(g.First, old.First), max(g.Last, old.Last), old.Late
	g.Others = slices.Compact(slices.Sorted(slices.Values(slices.Concat(g.Others, old.Others))))
	return g
}

// sharedHandset gives a run for each sign. It ends when there has been none for
// as long as a sharing may last, or with the term.
func sharedHandset(c *moment) []run {
	ps := c.s.Prints
	if ps == nil {
		return nil
	}
	e, within := c.e, length(c.cfg().Spoofed.SharedWithin)
	old := 0
	for old < len(ps.Answers) && c.due-ps.Answers[old].At > within+c.cfg().window() {
		old++
	}
	e.forgetPrints(c.s, old)
	ps.Signs = slices.DeleteFunc(ps.Signs, func(g sign) bool { return g.Last+within < c.due-ledgerKept })
	runs := make([]run, 0, len(ps.Signs))
	for _, g := range ps.Signs {
		r := run{
			Kind: SpoofedLocation, Key: string(c.s.entry.ID), Device: g.Opened.Device, Started: g.First, Count: 1, Late: g.Late,
			Steps: []Severity{P2}, Proof: proof{Ref: fingerprint, Subjects: g.Others},
		}
		if g.Opened.Doubt { // the same instant has a run with the plain key
			r.Key = deviceKey(c.s.entry.ID, g.Opened.Device)
		}
		if end := c.signEnd(&g); end <= c.due {
			r.Ended = max(end, r.Started)
		}
		runs = append(runs, r)
	}
	return runs
}

func (c *moment) signEnd(g *sign) roster.Instant {
	return earlier(g.Last+length(c.cfg().Spoofed.SharedWithin), c.s.entry.Term.End)
}

func sharedHandsetNext(c *moment) roster.Instant {
	ps := c.s.Prints
	if ps == nil {
		return 0
	}
	var next roster.Instant
	for i := range ps.Signs {
		next = earlier(next, c.after(c.signEnd(&ps.Signs[i])))
	}
	if len(ps.Answers) > 0 {
		next = earlier(next, c.after(ps.Answers[0].At+length(c.cfg().Spoofed.SharedWithin)+c.cfg().window()+1))
	}
	return next
}

// forgetPrints forgets the first n answers of a subject.
func (e *Engine) forgetPrints(s *subject, n int) {
	if s.Prints == nil || n == 0 {
		return
	}
	gone := slices.Clone(s.Prints.Answers[:n])
	s.Prints.Answers = slices.Delete(s.Prints.Answers, 0, n)
	for _, p := range gone {
		if !slices.ContainsFunc(s.Prints.Answers, func(q print) bool { return q.FP == p.FP }) {
			e.handsets.remove(p.FP, s.entry.ID)
		}
	}
}

// recallPrints enters a restored subject's answers in the index.
func (e *Engine) recallPrints(s *subject) {
	if s.Prints == nil {
		return
	}
	for _, p := range s.Prints.Answers {
		e.handsets.add(p.FP, s.entry.ID)
	}
}
