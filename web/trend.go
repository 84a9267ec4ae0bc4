package web

import (
	"fmt"
	"time"

	"correctiond/rules"
)

// trend is a chart of alerts by day: a column for each day, the gravest at its foot.
type trend struct {
	Columns   []pillar
	Most      int // alerts of the highest column
	Total     int
	From, To  string
	Width     float64
	Height    float64
	ThisWeek  int // of the last seven days
	LastWeek  int // of the seven days before
	Direction string
}

// pillar is one day of a chart.
type pillar struct {
	X, W  float64
	Says  string // day and counts
	Parts []bar
}

// bar is the part of a column with one severity.
type bar struct {
	Severity rules.Severity
	Y, H     float64
}

// Measures of a chart, in its own units.
const (
	trendPillar = 24
	trendHeight = 120
)

// trendOf draws the days of a chart.
func (l words) trendOf(days []DayCount, zone *time.Location) *trend {
	t := &trend{Width: float64(len(days) * trendPillar), Height: trendHeight}
	for i := range days {
		t.Most = max(t.Most, days[i].total())
	}
	for i := range days {
		d := &days[i]
		t.Total += d.total()
		switch ago := len(days) - i; {
		case ago <= 7:
			t.ThisWeek += d.total()
		case ago <= 14:
			t.LastWeek += d.total()
		}
		t.Columns = append(t.Columns, l.pillar(d, float64(i*trendPillar), max(t.Most, 1), zone))
	}
	if len(days) > 0 {
		t.From, t.To = days[0].Day.Time(zone).Format("01-02"), days[len(days)-1].Day.Time(zone).Format("01-02")
	}
	t.Direction = l.direction(t.ThisWeek, t.LastWeek)
	return t
}

func (d *DayCount) total() (n int) {
	for _, raised := range d.Raised {
		n += raised
	}
	return n
}

func (l words) pillar(d *DayCount, x float64, most int, zone *time.Location) pillar {
	c := pillar{X: x + 2, W: trendPillar - 4, Says: fmt.Sprintf(l.T("%s：%d 条", "%s: %d"), d.Day.Time(zone).Format("01-02"), d.total())}
	y := float64(trendHeight)
	for i, n := range d.Raised {
		if n == 0 {
			continue
		}
		sev := rules.P1 + rules.Severity(i)
		h := float64(n) * trendHeight / float64(most)
		y -= h
		c.Parts = append(c.Parts, bar{sev, y, h})
		c.Says += fmt.Sprintf(" · %s %d", sev, n)
	}
	return c
}

// direction compares a week with the one before, in words.
func (l words) direction(now, before int) string {
	switch {
	case before == 0:
		return ""
	case now > before:
		return fmt.Sprintf(l.T("比前 7 天多 %d%%", "%d%% more than in the seven days before"), (now-before)*100/before)
	case now < before:
		return fmt.Sprintf(l.T("比前 7 天少 %d%%", "%d%% fewer than in the seven days before"), (before-now)*100/before)
	}
	return l.T("与前 7 天持平", "as many as in the seven days before")
}
