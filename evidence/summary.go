package evidence

import (
	"bytes"
	_ "embed"
	"fmt"
	"html/template"
	"strings"

	"correctiond/alerts"
	"correctiond/roster"
)

//go:embed summary.tmpl.html
var summaryTemplate string

// summaryPage is what the readable summary shows.
type summaryPage struct {
	ID, Label, Severity, Name, Subject, Office, Started, Opened, Ended, Reason, Rules, Roster string
	Thresholds                                                                                bool
	Messages, Notices, Audit, DeviceOnly                                                      int
	Timeline                                                                                  []summaryRow
	Export                                                                                    Export
}

type summaryRow struct{ At, By, What, Text string }

// summary is the package for people, in Chinese.
func (c *Case) summary() ([]byte, error) {
	ep := &c.Alert.Episode
	page := summaryPage{
		ID: ep.ID, Label: c.Label.ZH, Severity: ep.Severity.String(), Subject: string(ep.Subject), Office: string(ep.Office),
		Started: c.clock(ep.Started), Opened: c.clock(ep.Opened), Ended: c.clock(ep.Ended), Reason: ep.Reason.ZH, Rules: ep.Rules,
		Roster: fmt.Sprintf("%d (%s)", c.Facts.Version, c.Facts.Hash), Thresholds: c.Thresholds != nil,
		Messages: len(c.Events), Notices: len(c.Notices), Audit: len(c.Audit), Export: c.Export,
	}
	if c.Facts.Subject != nil {
		page.Name = c.Facts.Subject.Name
	}
	if c.Facts.Office != nil {
		page.Office = c.Facts.Office.Name
	}
	for i := range c.Events {
		if k := c.Events[i].Check; k != nil && k.DeviceOnly() {
			page.DeviceOnly++
		}
	}
	for _, row := range alerts.Detail(&c.Alert, nil, c.Label, "zh", c.Zone).Timeline {
		page.Timeline = append(page.Timeline, rowOf(&row))
	}
	t, err := template.New("summary").Parse(summaryTemplate)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	err = t.Execute(&out, page)
	return out.Bytes(), err
}

func rowOf(row *alerts.TimelineRow) summaryRow {
	r := summaryRow{By: row.By, What: row.What}
	if row.At != nil {
		r.At = *row.At
	}
	words := []string{string(row.Outcome), row.Reason, row.Text}
	if row.File != nil {
		words = append(words, row.File.Name, row.File.SHA256)
	}
	r.Text = strings.TrimSpace(strings.Join(words, " "))
	return r
}

func (c *Case) clock(t roster.Instant) string {
	if t == 0 {
		return "—"
	}
	return t.Time(c.Zone).Format("2006-01-02 15:04:05")
}
