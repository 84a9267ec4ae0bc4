package plans

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
)

// Stand says how it stands with somebody's plan.
type Stand string

// Stands of a plan: there is none; a draft waits to be signed; facts or templates have
// changed since it was signed; it is in force, and nothing asks for a change.
const (
	NoPlan  Stand = "none"
	Waits   Stand = "draft"
	Changed Stand = "changed"
	InForce Stand = "signed"
)

// Stands lists them, what is to be done first.
func Stands() []Stand { return []Stand{Waits, Changed, NoPlan, InForce} }

// StandOf tells how it stands with the versions of a plan, the newest first, when the
// templates give what has the digest now.
func StandOf(versions []Plan, digest string) Stand {
	current, draft := Standing(versions)
	switch {
	case draft != nil:
		return Waits
	case current == nil:
		return NoPlan
	case Digest(current.Matched) != digest:
		return Changed
	}
	return InForce
}

// Digest names what templates give: the measures and how often, without the facts that
// selected them.
func Digest(measures []Measure) string {
	h := sha256.New()
	for i := range measures {
		m := &measures[i]
		fmt.Fprintf(h, "%q %q %q %q %q %q\n", m.ID, m.Area, m.ZH, m.EN, m.Every, m.Basis)
	}
	return hex.EncodeToString(h.Sum(nil)[:8])
}
