package backtest

import (
	"bufio"
	"fmt"
	"io"
	"time"

	"correctiond/alerts"
	"correctiond/roster"
	"correctiond/rules"
)

// maxLines bounds the changes that the text lists; the counts are of all.
const maxLines = 200

// WriteText writes the report for a terminal, in "en" or, for anything else,
// Chinese. With two rule sets it lists what changes.
func WriteText(out io.Writer, r *Report, lang string) error {
	w := &textWriter{b: bufio.NewWriter(out), r: r, say: speaker(lang), lang: lang}
	w.head()
	w.kinds()
	w.officers()
	if r.Compared {
		w.changes()
	}
	return w.b.Flush()
}

// speaker picks the text of a language.
func speaker(lang string) func(zh, en string) string {
	return func(zh, en string) string { return rules.Text{ZH: zh, EN: en}.In(lang) }
}

type textWriter struct {
	b    *bufio.Writer
	r    *Report
	say  func(zh, en string) string
	lang string
}

func (w *textWriter) line(format string, args ...any) { fmt.Fprintf(w.b, format+"\n", args...) }

func (w *textWriter) head() {
	w.line("%s %s – %s (%d %s)", w.say("期间", "period"), clockText(w.r.From), clockText(w.r.Until), w.r.Days, w.say("天", "days"))
	for i := range w.r.Sets {
		s := &w.r.Sets[i]
		w.line("%s %s (%s): %d %s, %s %d, %s, %s", w.setName(i), nameOf(s, w.say), s.Version, s.Alerts, w.say("条预警", "alerts"),
			w.say("其中紧急", "urgent"), s.Urgent, w.yield(s.Tally), w.effort(s.Tally))
	}
}

func (w *textWriter) setName(i int) string {
	if i == 0 {
		return w.say("现行规则", "rules now")
	}
	return w.say("拟改规则", "rules proposed")
}

// nameOf names a rule set for people.
func nameOf(s *Set, say func(zh, en string) string) string {
	if s.Name == "" {
		return say("内置阈值", "built-in thresholds")
	}
	return s.Name
}

func (w *textWriter) yield(t Tally) string {
	if _, known := t.Yield(); !known {
		return w.say("尚无人工结论", "none judged yet")
	}
	return fmt.Sprintf("%s %d/%d", w.say("属实", "confirmed"), t.Confirmed, t.Judged)
}

// effort is what an office spends on one true finding.
func (w *textWriter) effort(t Tally) string {
	n, known := t.PerFinding()
	if !known {
		return w.say("无属实发现", "no true finding")
	}
	return fmt.Sprintf("%s %.1f", w.say("每条属实需处置预警", "judged per true finding"), n)
}

// both writes a figure, or the two of a comparison.
func (w *textWriter) both(now, next string) string {
	if !w.r.Compared {
		return now
	}
	return now + " → " + next
}

func (w *textWriter) kinds() {
	w.line("\n%s", w.say("各类预警", "by kind"))
	for i := range w.r.Kinds {
		k := &w.r.Kinds[i]
		fmt.Fprintf(w.b, "  %-22s %s  %s", k.Kind, w.both(fmt.Sprint(k.Now.Alerts), fmt.Sprint(k.Next.Alerts)),
			w.both(w.yield(k.Now), w.yield(k.Next)))
		if w.r.Compared {
			fmt.Fprintf(w.b, "  +%d −%d ~%d", k.Appear, k.Vanish, k.Move)
		}
		w.line("")
	}
}

func (w *textWriter) officers() {
	w.line("\n%s", w.say("每名工作人员每天的预警", "alerts per officer per day"))
	for i := range w.r.Officers {
		o := &w.r.Officers[i]
		name := string(o.Officer)
		if name == "" {
			name = w.say("未指派", "nobody's")
		}
		w.line("  %-10s %-10s %s", name, o.Office,
			w.both(fmt.Sprintf("%.2f", w.r.PerDay(o.Now.Alerts)), fmt.Sprintf("%.2f", w.r.PerDay(o.Next.Alerts))))
	}
}

func (w *textWriter) changes() {
	w.line("\n%s: %d", w.say("将会漏掉的属实发现", "true findings that would be lost"), len(w.r.Lost))
	w.list(w.r.Lost)
	w.line("%s: %d", w.say("降级的属实发现", "true findings that would weigh less"), len(w.r.Weaker))
	w.list(w.r.Weaker)
	w.line("\n%s: %d", w.say("变化", "changes"), len(w.r.Changes))
	w.list(w.r.Changes)
}

func (w *textWriter) list(all []Change) {
	for i := range all[:min(len(all), maxLines)] {
		c := &all[i]
		w.line("  %-8s %-20s %-8s %s  %s%s", w.what(c.What), c.Kind, who(c), c.ID,
			w.both(w.facts(c.Now), w.facts(c.Next)), w.outcome(c.Outcome))
	}
	if left := len(all) - maxLines; left > 0 {
		w.line("  … %d", left)
	}
}

func (w *textWriter) what(what What) string { return whatText(what).In(w.lang) }

func whatText(what What) rules.Text {
	switch what {
	case Appears:
		return rules.Text{ZH: "新增", EN: "appears"}
	case Vanishes:
		return rules.Text{ZH: "消失", EN: "vanishes"}
	}
	return rules.Text{ZH: "变动", EN: "moves"}
}

func (w *textWriter) facts(f *Facts) string {
	if f == nil {
		return "—"
	}
	loc := w.r.From.Location()
	return fmt.Sprintf("%s %s, %s %s", f.Severity, spanText(f, loc), w.say("发现于", "raised"), instantText(f.Opened, loc))
}

func (w *textWriter) outcome(o alerts.Outcome) string {
	if o == "" {
		return ""
	}
	return "  [" + outcomeText(o).In(w.lang) + "]"
}

// outcomeText is what an outcome is called.
func outcomeText(o alerts.Outcome) rules.Text {
	switch o {
	case alerts.Confirmed:
		return rules.Text{ZH: "属实", EN: "confirmed"}
	case alerts.Excused:
		return rules.Text{ZH: "有正当理由", EN: "excused"}
	case alerts.Technical:
		return rules.Text{ZH: "设备或信号", EN: "technical"}
	case alerts.Unfounded:
		return rules.Text{ZH: "误报", EN: "unfounded"}
	}
	return rules.Text{ZH: "未处置", EN: "not judged"}
}

// who is whom or what a change is about.
func who(c *Change) string {
	for _, id := range []string{string(c.Subject), string(c.Device), string(c.Office)} {
		if id != "" {
			return id
		}
	}
	return "—"
}

func spanText(f *Facts, loc *time.Location) string {
	until := "…"
	if f.Ended != 0 {
		until = instantText(f.Ended, loc)
	}
	return instantText(f.Started, loc) + "–" + until
}

func instantText(t roster.Instant, loc *time.Location) string {
	return t.Time(loc).Format("01-02 15:04")
}

func clockText(t time.Time) string { return t.Format("2006-01-02 15:04") }
