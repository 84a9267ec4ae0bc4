package sim_test

import (
	"fmt"
	"testing"

	"correctiond/event"
	"correctiond/ingest"
	"correctiond/roster"
	"correctiond/rules"
	"correctiond/sim"
)

// judged is what the daemon makes of a run.
type judged struct {
	episodes map[string]rules.Episode // the last state of each
	rejected map[event.Reason]int
	results  map[ingest.Result]int
}

// judge sends the lines the way a replay does: decoder, acceptor, engine.
func (r run) judge(t *testing.T) judged {
	t.Helper()
	dir, err := roster.Compile(r.cfg.Roster, r.cfg.Calendar)
	if err != nil {
		t.Fatal(err)
	}
	decoder := ingest.NewDecoder("jz", nil)
	acceptor := &ingest.Acceptor{Find: func(roster.DeviceID) *roster.Directory { return dir }, IDs: ingest.NewExactIDs()}
	engine := rules.New(rules.DefaultConfig(), r.cfg.Calendar, dir)
	j := judged{map[string]rules.Episode{}, map[event.Reason]int{}, map[ingest.Result]int{}}
	for l := range r.Lines() {
		for _, draft := range decoder.Decode(ingest.Message{Topic: l.Topic, Payload: l.Payload, Received: l.Received}, nil) {
			entry, result := acceptor.Accept(&draft)
			j.results[result]++
			if entry.Rejection != nil {
				j.rejected[entry.Rejection.Reason]++
			}
			if result != ingest.Duplicate {
				j.apply(t, engine, &entry)
			}
		}
	}
	j.note(engine.Advance(r.cfg.Until))
	return j
}

func (j *judged) apply(t *testing.T, engine *rules.Engine, entry *event.Entry) {
	t.Helper()
	published, err := engine.Apply(entry)
	if err != nil {
		t.Fatal(err)
	}
	j.note(published)
}

func (j *judged) note(published []rules.Episode) {
	for _, e := range published {
		j.episodes[e.ID] = e
	}
}

// about names what an episode is about: the person, else the device.
func about(kind string, subject roster.SubjectID, device roster.DeviceID) string {
	if subject == "" {
		return kind + " " + string(device)
	}
	return kind + " " + string(subject)
}

// near tells whether the engine's time is the scripted one. Zero is "goes on".
func near(got, want, tolerance roster.Instant) bool {
	if got == 0 || want == 0 {
		return got == want
	}
	return max(got-want, want-got) <= tolerance
}

// match removes the episode that the truth asks for.
func match(left map[string][]rules.Episode, want sim.Truth) bool {
	key := about(want.Kind, want.Subject, want.Device)
	for i, e := range left[key] {
		if near(e.Started, want.Started, want.Tolerance) && near(e.Ended, want.Ended, want.Tolerance) {
			left[key] = append(left[key][:i:i], left[key][i+1:]...)
			return true
		}
	}
	return false
}

// The truth names every episode with its exact times, and nothing else happens:
// faults of devices and believable days raise nothing. Which kinds there are is
// the engine's to say; those that it does not know yet are left out.
func TestTheEngineFindsTheTruthAndNothingElse(t *testing.T) {
	known := map[string]bool{}
	for _, k := range rules.Catalogue() {
		known[string(k.Kind)] = true
	}
	for _, k := range sim.Beyond() {
		delete(known, k)
	}
	for seed := range uint64(3) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			r := city(t, 267, 4, func(c *sim.Config) {
				c.Seed, c.From = seed, c.From+roster.Instant(seed)*5*roster.Hour
				c.Roster = sim.City(seed, 267, c.From, c.Until, c.Calendar)
			})
			j := r.judge(t)
			compare(t, r, j, known)
			checkRefused(t, j)
		})
	}
}

func compare(t *testing.T, r run, j judged, known map[string]bool) {
	t.Helper()
	left := map[string][]rules.Episode{}
	for _, e := range j.episodes {
		if known[string(e.Kind)] && !e.Retracted {
			key := about(string(e.Kind), e.Subject, e.Device)
			left[key] = append(left[key], e)
		}
	}
	show := func(at roster.Instant) string { return at.Time(r.cfg.Calendar.Location()).Format("02T15:04:05.000") }
	found := 0
	for _, want := range r.Truth() {
		switch {
		case !known[want.Kind]:
		case match(left, want):
			found++
		default:
			t.Errorf("missing %s from %s to %s", about(want.Kind, want.Subject, want.Device), show(want.Started), show(want.Ended))
		}
	}
	if found < 20 {
		t.Errorf("the truth names only %d episodes", found)
	}
	for key, list := range left {
		for _, e := range list {
			t.Errorf("extra %s from %s to %s", key, show(e.Started), show(e.Ended))
		}
	}
}

// checkRefused: only a wristband that outlives its authority is refused,
// redeliveries are dropped as duplicates, everything else is accepted.
func checkRefused(t *testing.T, j judged) {
	t.Helper()
	for reason, n := range j.rejected {
		if reason != event.NoBasis {
			t.Errorf("%d messages are refused as %s", n, reason)
		}
	}
	if j.rejected[event.NoBasis] == 0 || j.results[ingest.Duplicate] == 0 || j.results[ingest.Accepted] < 10_000 {
		t.Errorf("results %v, refused %v", j.results, j.rejected)
	}
}

// A city where nobody breaks a rule is quiet, whatever its devices do: only what
// the calendar brings about is left.
func TestAQuietCityRaisesOnlyItsCalendar(t *testing.T) {
	t.Parallel()
	r := city(t, 267, 3, func(c *sim.Config) { c.Violations = -1 })
	for _, e := range r.judge(t).episodes {
		switch e.Kind {
		case rules.ReportInOverdue, rules.AuthorityExpiring, rules.LeaveOverdue, rules.TermEnding, rules.TravelExpiring,
			rules.PeriodicReportDue, rules.HealthReportDue, rules.MedicalReviewDue:
		case rules.AlertBacklog: // nobody handles them
		default:
			t.Errorf("%s of %s%s: %s", e.Kind, e.Subject, e.Device, e.Reason.EN)
		}
	}
}

// The demo is raised as soon as each rule permits.
func TestTheEngineShowsTheDemo(t *testing.T) {
	t.Parallel()
	r := city(t, 267, 1, func(c *sim.Config) {
		c.Demo, c.Violations = true, -1
		c.From += 10*roster.Hour + 17*roster.Minute
		c.Roster = sim.City(7, 267, c.From, c.From+30*roster.Day, c.Calendar)
		sim.Demonstrate(c.Roster, c.From, c.Calendar)
	})
	first := map[rules.Kind]roster.Instant{}
	for _, e := range r.judge(t).episodes {
		if at, seen := first[e.Kind]; !seen || e.Opened < at {
			first[e.Kind] = e.Opened - r.cfg.From
		}
	}
	for _, c := range []struct {
		within roster.Instant
		kinds  []rules.Kind
	}{
		{roster.Minute, []rules.Kind{
			rules.ForbiddenZone, rules.AreaExit, rules.WatchZone, rules.StrapTamper, rules.SOS, rules.Jamming, rules.BatteryLow,
			rules.CheckinOutside, rules.CheckinRejected, rules.SpoofedLocation, rules.ImpossibleTravel,
		}},
		{2 * roster.Minute, []rules.Kind{rules.CheckinMissed}},
		{6 * roster.Minute, []rules.Kind{rules.NoContact}},
		{11 * roster.Minute, []rules.Kind{rules.PowerOff}},
	} {
		for _, k := range c.kinds {
			if at, seen := first[k]; !seen || at > c.within {
				t.Errorf("%s: raised %v, %s after the start, want within %s", k, seen, at.Duration(), c.within.Duration())
			}
		}
	}
}
