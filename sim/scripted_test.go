package sim_test

import (
	"cmp"
	"slices"
	"testing"

	"correctiond/roster"
	"correctiond/sim"
)

// sent is a message with what its line says about it.
type sent struct {
	message
	t, received roster.Instant
	topic       string
	device      roster.DeviceID
}

// counts tells whether it is a counting check-in.
func (m *sent) counts() bool { return m.topic == "checkin" && m.Verify.Passed }

func (m *sent) coarse() bool { return m.Accuracy > 200 || m.Source == "cell" }

// story is one person's messages by their own time, each once.
type story struct {
	run
	dir  *roster.Directory
	who  *roster.SubjectEntry
	e    sim.Truth
	list []sent
}

// messages sorts what the lines hold by device, each message once.
func messages(t *testing.T, lines []arrival) (by map[roster.DeviceID][]sent) {
	t.Helper()
	by = map[roster.DeviceID][]sent{}
	seen := map[string]bool{}
	for _, l := range lines {
		id := roster.DeviceID(l.device)
		for _, m := range l.list {
			if !seen[l.device+m.ID] {
				by[id] = append(by[id], sent{m, m.at(t), l.Received, l.topic, id})
			}
			seen[l.device+m.ID] = true
		}
	}
	return by
}

// find returns the first message from a time on for which ok holds.
func (s *story) find(from roster.Instant, ok func(*sent) bool) *sent {
	for i := range s.list {
		if m := &s.list[i]; m.t >= from && ok(m) {
			return m
		}
	}
	return nil
}

// times are the start and the end of an episode, end 0 when it goes on.
func (s *story) times(start roster.Instant, end func(*sent) bool) (started, ended roster.Instant) {
	if m := s.find(start+1, end); m != nil {
		ended = m.t
	}
	return start, ended
}

func (s *story) status(names ...string) func(*sent) bool {
	return func(m *sent) bool { return m.topic == "status" && slices.Contains(names, m.Event) }
}

// fromFirst takes the first message of a kind as start, none as end.
func fromFirst(name string) func(*story) (started, ended roster.Instant) {
	return func(s *story) (started, ended roster.Instant) { return s.find(0, s.status(name)).t, 0 }
}

// powerOff starts with the word of it and ends with the next message.
func (s *story) powerOff() (started, ended roster.Instant) {
	return s.times(s.find(0, s.status("power_off")).t, func(m *sent) bool { return m.device == s.e.Device })
}

// batteryLow starts at 20 % and ends with charging or at 30 %.
func (s *story) batteryLow() (started, ended roster.Instant) {
	low := s.find(0, func(m *sent) bool { return m.Battery != nil && *m.Battery <= 20 })
	return s.times(low.t, func(m *sent) bool { return m.Event == "charging" || m.Battery != nil && *m.Battery >= 30 })
}

// silence starts when the last message before a gap of two hours came, and ends
// with the first after it.
func (s *story) silence() (started, ended roster.Instant) {
	var last *sent
	for i := range s.list {
		m := &s.list[i]
		if m.device != s.e.Device {
			continue
		}
		if last != nil && m.t-last.t > 2*roster.Hour {
			return last.received, m.t
		}
		last = m
	}
	return last.received, 0
}

// missed starts at the end of the first window without a check-in and ends with
// the next check-in.
func (s *story) missed() (started, ended roster.Instant) {
	for w, _ := s.who.Duty.Next(s.cfg.From); w.Deadline <= s.cfg.Until; w, _ = s.who.Duty.Next(w.From + 1) {
		if !slices.ContainsFunc(s.list, func(m sent) bool { return m.counts() && m.t >= w.From && m.t < w.Until }) {
			return s.times(w.Until, (*sent).counts)
		}
	}
	return 0, 0
}

// rejected starts with a check-in that failed and ends with one that counts.
func (s *story) rejected() (started, ended roster.Instant) {
	failed := s.find(0, func(m *sent) bool { return m.topic == "checkin" && !m.Verify.Passed })
	return s.times(failed.t, (*sent).counts)
}

// beyond is a good fix more than 300 m outside the permitted area.
func (s *story) beyond(m *sent) bool {
	return m.Lat != nil && !m.coarse() && s.dir.Shape(s.who.Area).Signed(m.point()) < -max(300, m.Accuracy)
}

func (s *story) outside() (started, ended roster.Instant) {
	out := s.find(0, func(m *sent) bool { return m.counts() && s.beyond(m) })
	return s.times(out.t, func(m *sent) bool { return m.counts() && !s.beyond(m) })
}

// exit ends with the first fix back inside.
func (s *story) exit() (started, ended roster.Instant) {
	out := s.find(0, s.beyond)
	return s.times(out.t, func(m *sent) bool {
		return m.Lat != nil && !m.coarse() && s.dir.Shape(s.who.Area).Signed(m.point()) >= min(m.Accuracy, 50)
	})
}

// depth is how far inside the forbidden zone a good fix lies, in metres.
func (s *story) depth(m *sent) float64 {
	if m.Lat == nil || m.coarse() || m.device != s.e.Device {
		return -1e9
	}
	return s.dir.Shape(s.who.Forbidden[0].Zone).Signed(m.point())
}

// entered starts inside, for certain, and ends with the first fix outside.
func (s *story) entered() (started, ended roster.Instant) {
	first := s.find(0, func(m *sent) bool { d := s.depth(m); return d >= m.Accuracy || d >= 0 && m.Accuracy <= 50 })
	return s.times(first.t, func(m *sent) bool { return m.Lat != nil && !m.coarse() && s.depth(m) < -m.Accuracy })
}

func (s *story) approached() (started, ended roster.Instant) {
	limit := -s.who.Forbidden[0].ApproachM
	first := s.find(0, func(m *sent) bool { return s.depth(m) >= limit })
	return s.times(first.t, func(m *sent) bool { return m.Lat != nil && !m.coarse() && s.depth(m) < limit })
}

// overstayed opens with the reminder, a day before the leave is over.
func (s *story) overstayed() (started, ended roster.Instant) {
	return s.who.Permits[0].End - roster.Day, 0
}

// lastSign is the last message of any device before nothing follows.
func (s *story) lastSign() (started, ended roster.Instant) {
	return s.list[len(s.list)-1].t, 0
}

// unlawful starts when the first position without authority is received.
func (s *story) unlawful() (started, ended roster.Instant) {
	dev := s.dir.Device(s.e.Device)
	m := s.find(s.cfg.From, func(m *sent) bool {
		return m.device == s.e.Device && m.topic == "location" && dev.Authority(m.t) == nil
	})
	return m.received, 0
}

// What each script must raise, read from the messages themselves by the words of
// the rule, without the engine and without the simulation's own oracle.
func TestTheTruthIsWhatTheRulesSay(t *testing.T) {
	t.Parallel()
	r := city(t, 267, 4, nil)
	dir, err := roster.Compile(r.cfg.Roster, r.cfg.Calendar)
	if err != nil {
		t.Fatal(err)
	}
	by, truth := messages(t, r.arrivals(t)), byKind(r.Truth())
	for _, c := range []struct {
		kind   string
		expect func(*story) (started, ended roster.Instant)
	}{
		{"strap-tamper", fromFirst("strap_open")},
		{"sos", fromFirst("sos")},
		{"power-off", (*story).powerOff},
		{"battery-low", (*story).batteryLow},
		{"device-offline", (*story).silence},
		{"checkin-missed", (*story).missed},
		{"checkin-rejected", (*story).rejected},
		{"checkin-outside", (*story).outside},
		{"contact-suspect", (*story).missed},
		{"contact-lost", (*story).lastSign},
		{"area-exit", (*story).exit},
		{"leave-overdue", (*story).overstayed},
		{"forbidden-zone", (*story).entered},
		{"forbidden-approach", (*story).approached},
		{"no-lawful-basis", (*story).unlawful},
	} {
		t.Run(c.kind, func(t *testing.T) {
			s := r.story(dir, by, named(dir, c.kind, truth[c.kind]))
			e := s.e
			started, ended := c.expect(s)
			if !near(e.Started, started, e.Tolerance) || !near(e.Ended, ended, e.Tolerance) {
				t.Errorf("%s%s: from %d to %d, the messages say from %d to %d", e.Subject, e.Device, e.Started, e.Ended, started, ended)
			}
		})
	}
}

// named picks an episode of somebody who plays its kind, not one that an overdue
// leave brings along.
func named(dir *roster.Directory, kind string, list []sim.Truth) sim.Truth {
	for _, e := range list {
		if who := dir.Subject(e.Subject); who == nil || kind == "leave-overdue" || len(who.Permits) == 0 {
			return e
		}
	}
	return list[0]
}

func (r run) story(dir *roster.Directory, by map[roster.DeviceID][]sent, e sim.Truth) *story {
	s := &story{run: r, dir: dir, who: dir.Subject(e.Subject), e: e}
	if s.who == nil {
		s.who = dir.Device(e.Device).BoundTo(r.cfg.From).Subject
	}
	for _, d := range s.who.Devices {
		s.list = append(s.list, by[d.ID]...)
	}
	for _, d := range dir.Devices() {
		for _, m := range by[d.ID] {
			if d.Kind == roster.Kiosk && m.Subject == string(s.who.ID) {
				s.list = append(s.list, m)
			}
		}
	}
	slices.SortStableFunc(s.list, func(a, b sent) int { return cmp.Compare(a.t, b.t) })
	return s
}
