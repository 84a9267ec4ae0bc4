package rules

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"correctiond/roster"
)

// CurfewAbsence is a habit of spending the night elsewhere: away from home on
// three of the last five nights. It is no violation by itself (a minor in an
// internet café every night, Liuzhou; 社区矫正法 Article 24: the correction plan).
const CurfewAbsence Kind = "curfew-absence"

func curfewAbsenceInfo() kindInfo {
	return kindInfo{
		KindInfo: KindInfo{Kind: CurfewAbsence, Label: Text{"夜间不在居所", "nights away from home"}, Ending: ByEvent, Basis: "法24 柳州案"},
		describe: func(e *Engine, s *subject, r *run) (Text, map[string]any) {
			ev := r.evidence()
			var days []string
			for _, from := range r.Proof.Windows {
				days = append(days, e.cal.Day(from))
			}
			ev["nights"] = days
			n := e.config(s).Curfew.OfNights
			return Text{
				fmt.Sprintf("最近 %d 个夜晚有 %d 晚不在居所：%s", n, len(days), strings.Join(days, "、")),
				fmt.Sprintf("away from home on %d of the last %d nights: %s", len(days), n, strings.Join(days, ", ")),
			}, ev
		},
	}
}

// absence is a night whose curfew was broken, and since when.
type absence struct {
	From, Since roster.Instant
	Late        bool
}

func findNight(nights []absence, from roster.Instant) (int, bool) {
	return slices.BinarySearchFunc(nights, from, func(n absence, t roster.Instant) int { return cmp.Compare(n.From, t) })
}

// addNight never changes what other folds share.
func addNight(nights []absence, n absence) []absence {
	i, known := findNight(nights, n.From)
	if known {
		return nights
	}
	return slices.Insert(slices.Clip(nights), i, n)
}

// broken reports whether the curfew that begins then is known to be broken.
func (f *fold) broken(from roster.Instant) bool {
	_, known := findNight(f.Nights, from)
	return known
}

// shareNights takes over what a backlog has shown: the night counts like others,
// and is not told of again.
func (s *subject) shareNights(nights []absence) {
	for _, n := range nights {
		s.Main.Settled.Nights = addNight(s.Main.Settled.Nights, n)
		s.Main.Head.Nights = addNight(s.Main.Head.Nights, n)
	}
}

// curfewAbsence goes through the nights since the first broken curfew. Nights on
// leave, touched by a custody or from before the subject was known are left out:
// they are not among the last five either. It opens with the fix that breaks the third
// curfew and starts with the first of them; it ends with the night at whose end
// fewer than three of the last five were broken, or with the term.
func curfewAbsence(c *moment) []run {
	nights := c.s.Main.Head.Nights
	if len(nights) == 0 || c.s.entry.Nights == nil {
		return nil
	}
	h := habit{cfg: c.cfg().Curfew, key: string(c.s.entry.ID)}
	last := max(c.due, nights[len(nights)-1].From)
	for from := nights[0].From; ; {
		w, ok := c.s.entry.Nights.Next(from)
		if !ok || w.From > last {
			break
		}
		if c.s.counts(w.From) && (c.s.Main.Head.broken(w.From) || !c.detained(w)) {
			h.night(nights, w, w.Until <= c.due)
		}
		from = w.From + 1
	}
	if end := c.s.entry.Term.End; end != 0 && end <= c.due {
		h.end(end)
	}
	return h.runs
}

// detained reports whether a custody touches the night.
func (c *moment) detained(w roster.DutyWindow) bool {
	return slices.ContainsFunc(c.s.entry.Custody, func(iv roster.Interval) bool {
		return iv.From < w.Until && (iv.End == 0 || iv.End > w.From)
	})
}

// habit is the last nights, and the runs that they make.
type habit struct {
	cfg  curfewConfig
	key  string
	last []absence // zero: at home, or unknown
	runs []run
}

func (h *habit) night(nights []absence, w roster.DutyWindow, over bool) {
	var away absence
	if i, ok := findNight(nights, w.From); ok {
		away = nights[i]
	}
	h.last = append(h.last[max(0, len(h.last)-h.cfg.OfNights+1):], away)
	var windows []roster.Instant
	var first roster.Instant
	for _, n := range h.last {
		if n.From != 0 {
			windows, first = append(windows, n.From), earlier(first, n.Since)
		}
	}
	going := len(h.runs) > 0 && h.runs[len(h.runs)-1].open()
	switch enough := len(windows) >= h.cfg.Nights; {
	case enough && !going:
		h.runs = append(h.runs, run{
			Kind: CurfewAbsence, Key: h.key, Started: first, Count: 1, Steps: []Severity{P3}, Late: away.Late, Proof: proof{Windows: windows},
		})
	case !enough && over:
		h.end(w.Until)
	}
}

func (h *habit) end(at roster.Instant) {
	if n := len(h.runs); n > 0 && h.runs[n-1].open() {
		h.runs[n-1].Ended = max(at, h.runs[n-1].Started)
	}
}

// curfewAbsenceNext is the end of the night, while the habit lasts.
func curfewAbsenceNext(c *moment) roster.Instant {
	if !c.s.openDerived(CurfewAbsence) || c.s.entry.Nights == nil {
		return 0
	}
	w, ok := c.s.entry.Nights.At(c.due)
	if !ok {
		w, ok = c.s.entry.Nights.Next(c.due)
	}
	if !ok {
		return 0
	}
	return c.after(w.Until)
}
