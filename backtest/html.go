package backtest

import (
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"strings"

	"correctiond/alerts"
	"correctiond/roster"
)

//go:embed report.tmpl.html
var page string

// maxRows bounds the changes that the page lists; the counts are of all.
const maxRows = 300

// WriteHTML writes the report as one page for an office head, in "en" or, for
// anything else, Chinese. It asks for nothing from outside and runs no script.
func WriteHTML(out io.Writer, r *Report, lang string) error {
	v := &view{Report: r, say: speaker(lang), Lang: "zh-CN"}
	if lang == "en" {
		v.Lang = "en"
	}
	t, err := template.New("report").Funcs(v.funcs(lang)).Parse(page)
	if err != nil {
		return fmt.Errorf("read report template: %w", err)
	}
	if err := t.Execute(out, v); err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	return nil
}

// view is a report as the page shows it.
type view struct {
	*Report
	Lang string
	say  func(zh, en string) string
}

func (v *view) funcs(lang string) template.FuncMap {
	return template.FuncMap{
		"t": v.say, "label": func(k KindRow) string { return k.Label.In(lang) },
		"kindOf":  func(c Change) string { return c.Label.In(lang) },
		"who":     func(c Change) string { return who(&c) },
		"what":    func(w What) string { return whatText(w).In(lang) },
		"outcome": func(o alerts.Outcome) string { return outcomeText(o).In(lang) },
		"perDay":  func(n int) string { return fmt.Sprintf("%.1f", v.PerDay(n)) },
		"clock":   clockText,
		"at":      func(t roster.Instant) string { return instantText(t, v.From.Location()) },
		"yield":   yieldText, "share": func(t Tally) string { return fmt.Sprintf("%d/%d", t.Confirmed, t.Judged) }, "effort": v.effort, "setName": func(s Set) string { return nameOf(&s, v.say) },
		"width": width, "first": func(all []Change) []Change { return all[:min(len(all), maxRows)] },
		"officer": v.officer,
	}
}

// Next is the proposed rule set; only of a comparison.
func (v *view) Next() Set { return v.Sets[len(v.Sets)-1] }

// Now is the rule set as it is.
func (v *view) Now() Set { return v.Sets[0] }

// MostKind is the longest bar of the kinds, MostOfficer that of the officers.
func (v *view) MostKind() (n int) {
	for i := range v.Kinds {
		n = max(n, v.Kinds[i].most())
	}
	return n
}

// MostOfficer is the longest bar of the officers.
func (v *view) MostOfficer() (n int) {
	for i := range v.Officers {
		n = max(n, v.Officers[i].most())
	}
	return n
}

// Unlisted is how many changes the page leaves out.
func (v *view) Unlisted() int { return max(len(v.Changes)-maxRows, 0) }

// Verdict is the report in one sentence.
func (v *view) Verdict() string {
	now, next := v.Now(), v.Next()
	if !v.Compared {
		return fmt.Sprintf(v.say("%d 天内共 %d 条预警，平均每天 %s 条；%s。", "%d days, %d alerts, %s a day; %s."),
			v.Days, now.Alerts, perDay(v.PerDay(now.Alerts)), v.effort(now.Tally))
	}
	return fmt.Sprintf(v.say("改用拟改规则后，预警由 %d 条变为 %d 条（%s），平均每天由 %s 条变为 %s 条；%d 条已查实的预警将不再出现。",
		"Under the proposed rules %d alerts become %d (%s), %s a day become %s; %d confirmed alerts would not appear."),
		now.Alerts, next.Alerts, percent(now.Alerts, next.Alerts), perDay(v.PerDay(now.Alerts)), perDay(v.PerDay(next.Alerts)), len(v.Lost))
}

func perDay(n float64) string { return fmt.Sprintf("%.1f", n) }

// percent is a change as people write it.
func percent(now, next int) string {
	if now == 0 {
		return fmt.Sprintf("%+d", next)
	}
	text := fmt.Sprintf("%+.0f %%", 100*float64(next-now)/float64(now))
	return strings.Replace(text, "-", "−", 1)
}

func yieldText(t Tally) string {
	share, known := t.Yield()
	if !known {
		return "—"
	}
	return fmt.Sprintf("%.0f%%", 100*share)
}

func (v *view) effort(t Tally) string {
	n, known := t.PerFinding()
	if !known {
		return v.say("尚无查实的预警", "no alert confirmed yet")
	}
	return fmt.Sprintf(v.say("每查实 1 条需处置 %.1f 条", "%.1f judged for each confirmed"), n)
}

func (v *view) officer(o OfficerRow) string {
	name := string(o.Officer)
	if name == "" {
		name = v.say("未指派", "nobody's")
	}
	place := o.Name
	if place == "" {
		place = string(o.Office)
	}
	if place == "" {
		return name
	}
	return place + " · " + name
}

// width is a bar's length in percent of the longest.
func width(n, most int) string {
	return fmt.Sprintf("%.1f", 100*float64(n)/float64(max(most, 1)))
}

// Column is one day of the chart, in the units of its drawing.
type Column struct {
	X, NowY, NowH, NextY, NextH, Half float64
	Mark                              string // under the axis, empty for most
	Title                             string
}

// Size of the drawing of days.
const (
	chartWidth, chartHeight = 720.0, 140.0
	marks                   = 8 // at most under the axis
)

// Columns lays the days out.
func (v *view) Columns() []Column {
	most := 1
	for _, d := range v.Daily {
		most = max(most, d.Now, d.Next)
	}
	step := chartWidth / float64(max(len(v.Daily), 1))
	every := (len(v.Daily) + marks - 1) / marks
	cols := make([]Column, 0, len(v.Daily))
	for i, d := range v.Daily {
		now, next := chartHeight*float64(d.Now)/float64(most), chartHeight*float64(d.Next)/float64(most)
		c := Column{
			X: step * float64(i), NowY: chartHeight - now, NowH: now, NextY: chartHeight - next, NextH: next,
			Half: min(step*0.4, 28), Title: fmt.Sprintf("%s: %d", d.Day.Format("2006-01-02"), d.Now),
		}
		if v.Compared {
			c.Title += fmt.Sprintf(" → %d", d.Next)
		}
		if i%every == 0 {
			c.Mark = d.Day.Format("01-02")
		}
		cols = append(cols, c)
	}
	return cols
}

// MostDay is the highest column.
func (v *view) MostDay() (n int) {
	for _, d := range v.Daily {
		n = max(n, d.Now, d.Next)
	}
	return n
}
