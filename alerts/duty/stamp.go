package duty

import "correctiond/roster"

// Stamp says who did something and when.
type Stamp struct {
	By string         `json:"by"`
	At roster.Instant `json:"at"`
}
