package main

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"strings"
	"testing"

	"correctiond/event"
	"correctiond/roster"
	"correctiond/rules"
)

// outbox is a broker that a test can cut off.
type outbox struct {
	down bool
	sent []string
}

func (o *outbox) Publish(_ context.Context, topic string, payload []byte) error {
	if o.down {
		return errors.New("cut off")
	}
	var d challengeDoc
	if err := json.Unmarshal(payload, &d); err != nil {
		return err
	}
	o.sent = append(o.sent, topic+" "+d.ID+" "+d.Text)
	return nil
}

// challengers work on one engine: what the second sees is what the first left.
func challengerOf(t *testing.T, engine *rules.Engine, to *outbox) *challenger {
	t.Helper()
	x := &district{desk: newDesk(engine, nil), called: func(roster.DistrictID, []rules.Calls, []roster.Interval) {}}
	return &challenger{
		district: x, prefix: "jz", language: "zh", logger: slog.New(slog.DiscardHandler), sent: map[string]roster.Instant{},
		lottery: func() rules.Lottery {
			return rules.Lottery{Secret: []byte("secret"), Calendar: roster.NewCalendar(nil), Config: rules.DefaultConfig().Challenge}
		},
		send: func() messenger { return to },
	}
}

// redEngine has S1 in red since the day before.
func redEngine(t *testing.T) (e *rules.Engine, midnight, drawn roster.Instant) {
	t.Helper()
	dir := phoneDirectory(t)
	if err := dir.ReportedIn("S1", roster.Date{Day: "2026-01-15"}); err != nil {
		t.Fatal(err)
	}
	e = rules.New(rules.DefaultConfig(), dir.Calendar(), dir)
	midnight = morning - 8*roster.Hour
	if _, err := e.Apply(&event.Entry{At: midnight - roster.Hour, Act: &event.Act{
		Type: event.ActColour, Subject: "S1", Colour: "red", Reason: "x", Until: &roster.Date{Day: "2026-03-20"},
	}}); err != nil {
		t.Fatal(err)
	}
	l := rules.Lottery{Secret: []byte("secret"), Calendar: dir.Calendar(), Config: rules.DefaultConfig().Challenge}
	return e, midnight, l.Draws([]rules.Lot{{Subject: "S1", Colour: rules.Red}}, midnight)[0].At
}

func TestAChallengeIsIssuedOnceAndSentUntilAnswered(t *testing.T) {
	e, midnight, drawn := redEngine(t)
	to := &outbox{down: true}
	c := challengerOf(t, e, to)
	if got := c.due(drawn - 1); len(got) != 0 {
		t.Fatal("issued before its time")
	}
	issued := c.due(drawn)
	if len(issued) != 1 || issued[0].Act.Device != "P1" || issued[0].Act.Expires.At != drawn+roster.Hour {
		t.Fatalf("issued %+v", issued)
	}
	if _, err := e.Apply(&issued[0]); err != nil {
		t.Fatal(err)
	}
	c.district.progress(e)
	c.publish(t.Context(), drawn)
	if to.down = false; len(to.sent) != 0 {
		t.Fatal("sent through a broker that is cut off")
	}

	// The daemon starts again: the same day is drawn, the journal has it.
	c = challengerOf(t, e, to)
	if got := c.due(drawn + roster.Minute); len(got) != 0 {
		t.Errorf("issued twice: %+v", got)
	}
	c.district.asked.add([]rules.Calls{{Subject: "S1", Challenges: []rules.Challenge{{
		ID: issued[0].Act.ID, Device: "P1", Issued: drawn, Expires: drawn + roster.Hour,
	}}}})
	for range 2 {
		c.publish(t.Context(), drawn+roster.Minute)
	}
	if len(to.sent) != 1 || !strings.HasPrefix(to.sent[0], "jz/v1/P1/challenge "+issued[0].Act.ID) {
		t.Errorf("sent %q", to.sent)
	}
	if c.publish(t.Context(), drawn+2*roster.Hour); len(c.sent) != 0 {
		t.Error("remembers what has expired")
	}
	if e.Clock() < midnight {
		t.Error("the clock went back")
	}
}

// What an outage has delayed too long is not drawn any more.
func TestAChallengeTooLateIsNotIssued(t *testing.T) {
	e, _, drawn := redEngine(t)
	c := challengerOf(t, e, &outbox{})
	if got := c.due(drawn + challengeLate); len(got) != 0 {
		t.Errorf("issued %+v", got)
	}
}

func TestNobodyIsChallengedWithoutADutyToAnswer(t *testing.T) {
	for name, act := range map[string]event.Act{
		"in custody": {Type: event.ActCustody, Subject: "S1", From: &roster.Date{Day: "2026-03-02"}},
	} {
		e, midnight, drawn := redEngine(t)
		if _, err := e.Apply(&event.Entry{At: midnight, Act: &act}); err != nil {
			t.Fatal(err)
		}
		if got := challengerOf(t, e, &outbox{}).due(drawn); len(got) != 0 {
			t.Errorf("%s: issued %+v", name, got)
		}
	}
}
