package main

import (
	"encoding/json"
	"time"

	"correctiond/roster"
	"correctiond/rules"
)

// riskLine is one line of --risk.
type riskLine struct {
	Subject roster.SubjectID `json:"subject"`
	Score   int              `json:"score"`
	Colour  rules.Colour     `json:"colour"`
	Since   string           `json:"since"`
	Blocks  []blockLine      `json:"blocks"`
}

type blockLine struct {
	Name   string     `json:"name"`
	Points float64    `json:"points"`
	Items  []itemLine `json:"items"`
}

type itemLine struct {
	Text     string  `json:"text"`
	Points   float64 `json:"points"`
	Evidence string  `json:"evidence"`
}

func lineOfRisk(r *rules.Risk, lang string, loc *time.Location) riskLine {
	line := riskLine{
		Subject: r.Subject, Score: r.Score, Colour: r.Colour,
		Since: r.Since.Time(loc).Format(rfc3339Milli), Blocks: make([]blockLine, len(r.Blocks)),
	}
	for i := range r.Blocks {
		b := &r.Blocks[i]
		items := make([]itemLine, len(b.Items))
		for j, it := range b.Items {
			items[j] = itemLine{it.Text.In(lang), it.Points, it.Evidence}
		}
		line.Blocks[i] = blockLine{b.Name, b.Points, items}
	}
	return line
}

// writeRisk puts out the scores of all subjects at the end of the clock, sorted
// by id. Without a clock there is none.
func (f *replayFlags) writeRisk(c *call, r *replay) error {
	if f.risk == "" {
		return nil
	}
	return writeLines(c.out, f.risk, func(enc *json.Encoder) error {
		for _, risk := range r.desk.engine.Risks() {
			if err := enc.Encode(lineOfRisk(&risk, f.language, r.loc)); err != nil {
				return err
			}
		}
		return nil
	})
}
