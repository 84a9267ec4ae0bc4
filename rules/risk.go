package rules

import (
	"fmt"

	"correctiond/roster"
)

// Colour says who needs a look first. It is never a legal category.
type Colour uint8

// Colours of attention, the calmest first.
const (
	Green Colour = iota
	Yellow
	Orange
	Red
)

// String gives "green" … "red".
func (c Colour) String() string {
	switch c {
	case Yellow:
		return "yellow"
	case Orange:
		return "orange"
	case Red:
		return "red"
	}
	return "green"
}

// MarshalText writes "green" … "red".
func (c Colour) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// UnmarshalText reads "green" … "red".
func (c *Colour) UnmarshalText(b []byte) error {
	for k := Green; k <= Red; k++ {
		if string(b) == k.String() {
			*c = k
			return nil
		}
	}
	return fmt.Errorf("%q is no colour: write green, yellow, orange or red", b)
}

// Risk is the attention score of one subject with its explanation. Points are
// weights of the rule file, not of a national standard.
type Risk struct {
	Subject roster.SubjectID
	Score   int // 0 to 100
	Colour  Colour
	Since   roster.Instant // of the colour
	Blocks  []RiskBlock    // standing, compliance, contact, integrity, protective
	// Lower says what would lower the score or the colour.
	Lower []Text
	// Override is the colour that an officer set; nil: none in force.
	Override *ColourOverride
	History  []ColourChange // the oldest first
}

// RiskBlock is one part of the score, within its bounds.
type RiskBlock struct {
	Name   string
	Points float64
	Items  []RiskItem
}

// RiskItem is one reason for points. Evidence is the id of an episode, or names
// the roster field.
type RiskItem struct {
	Text     Text
	Points   float64
	Evidence string
}

// ColourOverride is a colour set by an officer, with a reason and an end.
type ColourOverride struct {
	Colour Colour
	Until  roster.Instant
	By     string
	Reason string
}

// ColourChange is one row of a subject's history.
type ColourChange struct {
	At     roster.Instant
	Colour Colour
	Score  int
}
