package rules_test

import (
	"math"
	"strconv"
	"strings"

	"correctiond/event"
	"correctiond/geo"
	"correctiond/roster"
)

// message is what a device sends, or its rejection.
func (p *player) message(at roster.Instant, f []string, then func(roster.Instant, func())) {
	o, words := p.options(f[2:])
	if f[1] == "reject" {
		rej := &event.Rejection{Device: roster.DeviceID(f[0]), Received: at, Time: o.time, Seq: o.seq, Reason: event.Reason(words[0])}
		then(at, func() { p.apply(event.Entry{At: at, Rejection: rej}) })
		return
	}
	received := at + roster.Second
	if o.received != 0 {
		received = o.received
	}
	ev := p.event(at, received, f[:2], words, o)
	then(received, func() {
		ev := *ev
		if dev := p.engine.Directory().Device(ev.Device); dev != nil {
			ev.DeviceKind = dev.Kind
			if b := dev.BoundTo(at); b != nil {
				ev.Subject = b.SubjectID
			}
		}
		p.apply(event.Entry{At: received, Event: &ev})
		if p.twice {
			p.apply(event.Entry{At: received, Event: &ev})
		}
	})
}

func (p *player) event(at, received roster.Instant, f, words []string, o options) *event.Event {
	p.n++
	ev := &event.Event{
		Device: roster.DeviceID(f[0]), Subject: o.subject, ID: strconv.Itoa(p.n), Seq: o.seq, Time: at, Received: received, Battery: o.battery,
	}
	switch f[1] {
	case "fix":
		ev.Kind = event.Location
		ev.Position = p.position(words[0], o)
	case "status":
		ev.Kind, ev.Status = event.Status, event.StatusKind(words[0])
	case "checkin":
		ev.Kind = event.Checkin
		ev.Check = &event.Check{Method: "app", Verify: "face", Passed: words[0] != "fail", Challenge: o.challenge, Score: float32(math.NaN()), Rooted: o.rooted, DeviceFP: o.fp}
		if words[0] == "dead" {
			ev.Check.Liveness = event.No
		}
		if words[0] == "button" {
			ev.Check.Verify = event.VerifyDevice
		}
		if len(words) > 1 {
			ev.Position = p.position(words[1], o)
		}
	default:
		p.Fatalf("unknown message %q", f[1])
	}
	return ev
}

type options struct {
	received, time roster.Instant
	accuracy       float64
	north          float64 // metres
	battery        float32
	source         event.Source
	mock, rooted   bool
	motion         event.Motion
	fp             string
	challenge      string
	seq            int64
	subject        roster.SubjectID
}

// options splits off the words with "=".
func (p *player) options(f []string) (o options, words []string) {
	o = options{seq: -1, accuracy: 8, battery: -1, source: event.GNSS}
	setters := p.optionSetters(&o)
	for _, word := range f {
		key, value, _ := strings.Cut(word, "=")
		if set := setters[key]; set != nil {
			set(value)
		} else {
			words = append(words, word)
		}
	}
	return o, words
}

// optionSetters are the options of a message by the word of the fixture.
func (p *player) optionSetters(o *options) map[string]func(string) {
	number := func(v string) float64 {
		n, err := strconv.ParseFloat(v, 64)
		if err != nil {
			p.Fatalf("%v", err)
		}
		return n
	}
	return map[string]func(string){
		"recv":      func(v string) { o.received = p.instant(v) },
		"time":      func(v string) { o.time = p.instant(v) },
		"a":         func(v string) { o.accuracy = number(v) },
		"battery":   func(v string) { o.battery = float32(number(v)) },
		"source":    func(v string) { o.source = event.Source(v) },
		"seq":       func(v string) { o.seq = int64(number(v)) },
		"north":     func(v string) { o.north = number(v) },
		"mock":      func(string) { o.mock = true },
		"rooted":    func(string) { o.rooted = true },
		"motion":    func(v string) { o.motion = map[string]event.Motion{"moving": event.Moving, "still": event.Still}[v] },
		"fp":        func(v string) { o.fp = v },
		"challenge": func(v string) { o.challenge = v },
		"subject":   func(v string) { o.subject = roster.SubjectID(v) },
	}
}

// position is a named place, "31.5,121.5" or "home+158e".
func (p *player) position(name string, o options) *event.Position {
	name, off, _ := strings.Cut(name, "+")
	pt, ok := places()[name]
	if lat, lng, found := strings.Cut(name, ","); found {
		pt.Lat, _ = strconv.ParseFloat(lat, 64)
		pt.Lng, _ = strconv.ParseFloat(lng, 64)
	} else if !ok {
		p.Fatalf("unknown place %q", name)
	}
	pt.Lat += o.north / 111_195.1
	pt.Lng += degreesEast(pt.Lat, off)
	return &event.Position{Point: pt, Cell: geo.CellOf(pt), AccuracyM: o.accuracy, Source: o.source, Mock: o.mock, Motion: o.motion}
}

// degreesEast is "158e" in degrees of longitude at a latitude.
func degreesEast(lat float64, off string) float64 {
	metres, _ := strconv.ParseFloat(strings.TrimRight(off, "ew"), 64)
	if strings.HasSuffix(off, "w") {
		metres = -metres
	}
	return metres / (6371008.8 * math.Cos(lat*math.Pi/180)) * 180 / math.Pi
}
