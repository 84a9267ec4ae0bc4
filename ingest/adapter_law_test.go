package ingest_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"correctiond/event"
	"correctiond/ingest"
)

// report is an OwnTracks message of 08:00:00; fix replaces or adds members.
func report(fix ...string) string {
	return build([]string{
		`"_type":"location"`, `"tst":1772409600`, `"created_at":1772409601`, `"lat":31.2304`, `"lon":121.4737`, `"acc":8`,
		`"SSID":"home-of-li"`, `"inregions":["home-of-li"]`, `"poi":"home-of-li"`,
	}, fix)
}

// forwarded is a message of Traccar of 08:00:00.
func forwarded(device string, fix ...string) string {
	return fmt.Sprintf(`{"position":%s,"device":{"uniqueId":%q,"name":"home-of-li"}}`, build([]string{
		`"id":0`, `"fixTime":"2026-03-02T00:00:00.000+00:00"`, `"deviceTime":"2026-03-02T00:00:01.000+00:00"`, `"valid":true`,
		`"outdated":false`, `"latitude":31.2304`, `"longitude":121.4737`, `"address":"home-of-li"`, `"attributes":{"ip":"121.4737"}`,
	}, fix), device)
}

const (
	phoneTopic   = "owntracks/S1/phone"
	traccarTopic = "traccar/positions"
	watched      = "868120000000017" // a tracker with authority
	unlawful     = "868120000000025" // one without
)

func TestForeignDuplicates(t *testing.T) {
	a, d := ingest.Accepted, ingest.Duplicate
	tests := []struct {
		name, topic   string
		first, second string
		want          []ingest.Result
	}{
		{"the same again", phoneTopic, report(), report(), []ingest.Result{d}},
		{"numbers as strings", phoneTopic, report(), report(`"tst":"1772409600"`, `"created_at":"1772409601.0"`), []ingest.Result{d}},
		{"written again", phoneTopic, report(), report(`"created_at":1772409603`), []ingest.Result{a}},
		{"an old app, two places of one second", phoneTopic, report(`"created_at"`), report(`"created_at"`, `"lat":31.2310`), []ingest.Result{a}},
		{"an old app, the same again", phoneTopic, report(`"created_at"`), report(`"created_at"`), []ingest.Result{d}},
		{"by hand in the same second", phoneTopic, report(), report(`"t":"u"`), []ingest.Result{a}},
		{"a transition of the same second", phoneTopic, report(), report(`"_type":"transition"`), []ingest.Result{a}},
		{"forwarded again", traccarTopic, forwarded(watched), forwarded(watched), []ingest.Result{d}},
		{
			"forwarded with alarm again", traccarTopic, forwarded(watched, `"attributes":{"alarm":"sos"}`),
			forwarded(watched, `"attributes":{"alarm":"sos"}`),
			[]ingest.Result{d, d},
		},
		{"next position, not stored yet", traccarTopic, forwarded(watched), forwarded(watched, `"fixTime":"2026-03-02T00:00:02Z"`), []ingest.Result{a}},
		{"repeated position", traccarTopic, forwarded(watched), forwarded(watched, `"outdated":true`, `"deviceTime":1772409605000`), []ingest.Result{a}},
		{"stored ones", traccarTopic, forwarded(watched, `"id":7`), forwarded(watched, `"id":8`), []ingest.Result{a}},
		{"last wills have no id", phoneTopic, `{"_type":"lwt","tst":1}`, `{"_type":"lwt","tst":1}`, []ingest.Result{a}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			g := newGateway(t)
			if _, got := g.take(tt.topic, tt.first); slices.ContainsFunc(got, func(r ingest.Result) bool { return r != a }) {
				t.Fatalf("first: %v", got)
			}
			if _, got := g.take(tt.topic, tt.second); !slices.Equal(got, tt.want) {
				t.Errorf("second: %v, want %v", got, tt.want)
			}
		})
	}
}

// What the broker kept of the app says nothing new.
func TestRetainedForeignMessages(t *testing.T) {
	g := newGateway(t)
	for _, payload := range []string{`{"_type":"lwt","tst":1}`, `{"_type":"status"}`} {
		drafts := g.Decode(ingest.Message{Topic: phoneTopic, Payload: []byte(payload), Received: now(), Retained: true}, nil)
		for i := range drafts {
			if _, result := g.Accept(&drafts[i]); result != ingest.Duplicate {
				t.Errorf("%s: result %d", payload, result)
			}
		}
	}
}

// Nothing that the law forbids to know survives, however the message is built.
func TestForeignCoordinatesGo(t *testing.T) {
	const evening, own = `"tst":1772366400`, "owntracks/"
	tests := []struct {
		name, topic, payload string
		want                 string // reasons of the drafts, or ok
	}{
		{"released person", own + "S3/phone", report(), "released_person"},
		{"ping of a released person", own + "S3/phone", report(`"t":"p"`), "released_person"},
		{"region of a released person", own + "S3/phone/event", report(`"_type":"transition"`, `"desc":"home-of-li"`), "released_person"},
		{"waypoint of a released person", own + "S3/phone", report(`"_type":"waypoint"`), ""},
		{"after the term", own + "S2/phone", report(), "out_of_term"},
		{"phone outside its windows", phoneTopic, report(evening), "no_basis"},
		{"its ping is a sign of life", phoneTopic, report(evening, `"t":"p"`), "ok"},
		{"unknown phone", own + "S9/phone", report(), "unknown_device"},
		{"bad field of a released person", own + "S3/phone", report(`"tst":"8 Uhr 31.2304"`), "bad_field"},
		{"worthless fix from outside the windows", phoneTopic, report(evening, `"acc":0`), "range"},
		{"stale ping of a released person", own + "S3/phone", report(`"t":"p"`, `"tst":1`), "stale"},
		{"cut message of a released person", own + "S3/phone", report()[:120], "bad_json"},
		{"unknown type of a released person", own + "S3/phone", report(`"_type":"31.2304"`), "bad_field"},
		{"no such topic", own + "S1/phone/dump", report(), "bad_topic"},
		{"native, no such topic", "jz/v1/W1/where", location(`"home":"home-of-li"`), "bad_topic"},
		{"tracker without authority", traccarTopic, forwarded(unlawful, `"attributes":{"alarm":"sos"}`), "no_basis ok"},
		{"its repeated position", traccarTopic, forwarded(unlawful, `"outdated":true`), "ok"},
		{"its bad field", traccarTopic, forwarded(unlawful, `"accuracy":"home-of-li"`), "bad_field"},
		{"its late alarm", traccarTopic, forwarded(unlawful, `"fixTime":1`, `"deviceTime":1`, `"attributes":{"alarm":"sos"}`), "stale stale"},
		{"unknown tracker", traccarTopic, forwarded("T9"), "unknown_device"},
		{"tracker without id", traccarTopic, forwarded("home of li"), "bad_field"},
		{"cut message of a tracker", traccarTopic, forwarded(watched)[:150], "bad_json"},
		{"array of a tracker", traccarTopic, "[" + forwarded(watched) + "]", "bad_field"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var got []string
			entries, _ := newGateway(t).take(tt.topic, tt.payload)
			for _, e := range entries {
				writtenWithoutPlace(t, &e)
				got = append(got, outcome(&e))
			}
			if s := strings.Join(got, " "); s != tt.want {
				t.Errorf("%s, want %s", s, tt.want)
			}
		})
	}
}

// writtenWithoutPlace fails for an entry that tells where somebody was.
func writtenWithoutPlace(t *testing.T, e *event.Entry) {
	t.Helper()
	written := string(event.AppendEntry(nil, e))
	for _, secret := range []string{"2304", "4737", "home", "SSID"} {
		if strings.Contains(written, secret) {
			t.Errorf("%s is written: %q", secret, written)
		}
	}
	if e.Event != nil && e.Event.Position != nil {
		t.Errorf("the position is written: %+v", e.Event)
	}
}

func outcome(e *event.Entry) string {
	if e.Rejection != nil {
		return string(e.Rejection.Reason)
	}
	return "ok"
}

// A ping is judged by itself, but what it holds by the law on positions: outside
// the windows of the phone a broken one leaves no coordinates.
func TestABrokenPingOutsideTheWindows(t *testing.T) {
	g := newGateway(t)
	m := ingest.Message{Topic: phoneTopic, Payload: []byte(report(`"t":"p"`, `"tst":1`)), Received: now() + 6*3_600_000}
	drafts := g.Decode(m, nil)
	entry, _ := g.Accept(&drafts[0])
	if entry.Rejection == nil || strings.Contains(string(entry.Rejection.Payload), "2304") {
		t.Errorf("%+v", entry.Rejection)
	}
}

// A repair needs the whole message; the law lets us keep it here.
func TestLawfulForeignDeadLettersAreWhole(t *testing.T) {
	g := newGateway(t)
	for topic, payload := range map[string]string{
		phoneTopic: report(`"acc":0`), traccarTopic: forwarded(watched, `"accuracy":-1`),
	} {
		entries, _ := g.take(topic, payload)
		if r := entries[0].Rejection; r == nil || r.Reason != event.Range || string(r.Payload) != payload {
			t.Errorf("%s: %+v", topic, entries[0])
		}
	}
}
