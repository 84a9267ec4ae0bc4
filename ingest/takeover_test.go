package ingest_test

import (
	"errors"
	"testing"

	"correctiond/ingest"
)

// Two subscribers with one client id push each other out, and both say so.
func TestTwoSubscribersWithOneClientID(t *testing.T) {
	b := startBroker(t)
	one, two := start(t, b, &memory{}), start(t, b, &memory{})
	for _, d := range []*daemon{one, two} {
		within(t, 30, "the other is suspected", func() bool { return errors.Is(d.Ready(), ingest.ErrTakeover) })
		if n := d.sum(t, "correctiond_ingest_takeover_suspected_total"); n < 1 {
			t.Errorf("counted %v", n)
		}
	}
}

// Separate client ids on one broker do not disturb each other.
func TestTwoSubscribersWithTwoClientIDs(t *testing.T) {
	b := startBroker(t)
	one := start(t, b, &memory{})
	two := start(t, b, &memory{}, func(c *ingest.Config) { c.ClientID = "other" })
	one.ready(t)
	two.ready(t)
	for _, d := range []*daemon{one, two} {
		if n := d.sum(t, "correctiond_ingest_takeover_suspected_total"); n != 0 {
			t.Errorf("counted %v", n)
		}
	}
}
