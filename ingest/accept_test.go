package ingest_test

import (
	"strings"
	"testing"

	"correctiond/event"
	"correctiond/ingest"
	"correctiond/roster"
)

func acceptor(t testing.TB) *ingest.Acceptor {
	return &ingest.Acceptor{Find: find(directory(t)), IDs: ingest.NewExactIDs()}
}

// accept decodes and accepts one message.
func accept(a *ingest.Acceptor, m ingest.Message) (event.Entry, ingest.Result) {
	drafts := ingest.NewDecoder("jz", nil).Decode(m, nil)
	return a.Accept(&drafts[0])
}

func TestAcceptedEventsKnowTheirSubject(t *testing.T) {
	entry, result := accept(acceptor(t), message("W1/location", location()))
	if result != ingest.Accepted || entry.At != now() {
		t.Fatalf("result %d: %+v", result, entry)
	}
	if e := entry.Event; e.Subject != "S1" || e.Office != "O1" || e.DeviceKind != roster.Wristband {
		t.Errorf("event %+v", e)
	}
}

// evening is outside the roll-call of S1's phone.
const evening = `"time":"2026-03-01T20:00:00+08:00"`

func TestLawfulBasis(t *testing.T) {
	tests := []struct {
		name, topic, payload string
		want                 event.Reason
	}{
		{"unknown device", "W7/location", location(), event.UnknownDevice},
		{"bound to nobody", "W9/location", location(), event.Unbound},
		{"older than its age limit", "W1/location", location(`"time":"2026-01-30T08:00:00+08:00"`), event.Stale},
		{"released person", "P3/checkin", checkin(`"lat":31.2304`, `"lng":121.4737`, `"datum":"wgs84"`, `"source":"gnss"`), event.ReleasedPerson},
		{"after the term", "P2/location", location(), event.OutOfTerm},
		{"within the term, sent later", "P2/checkin", checkin(`"time":"2026-02-20T20:00:00+08:00"`), ""},
		{"wristband without authority", "W2/location", location(), event.NoBasis},
		{"its status needs none", "W2/status", status(), ""},
		{"phone within the roll-call", "P1/location", location(), ""},
		{"phone outside it", "P1/location", location(evening), event.NoBasis},
		{"its check-in needs none", "P1/checkin", checkin(evening), ""},
		{"kiosk for S1", "K1/checkin", checkin(`"method":"kiosk"`, `"subject":"S1"`), ""},
		{"kiosk for nobody", "K1/checkin", checkin(`"method":"kiosk"`), event.Unbound},
		{"kiosk for a stranger", "K1/checkin", checkin(`"method":"kiosk"`, `"subject":"S7"`), event.Unbound},
		{"phone playing kiosk", "P1/checkin", checkin(`"method":"kiosk"`, `"subject":"S1"`), event.BadField},
		{"unknown device playing kiosk", "P7/checkin", checkin(`"method":"kiosk"`), event.UnknownDevice},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			entry, result := accept(acceptor(t), message(tt.topic, tt.payload))
			if tt.want == "" {
				if result != ingest.Accepted {
					t.Errorf("not accepted: %+v", entry.Rejection)
				}
				return
			}
			r := entry.Rejection
			if result != ingest.Rejected || r == nil || r.Reason != tt.want || r.Detail == "" || entry.At != now() {
				t.Fatalf("result %d, %+v, want %s", result, r, tt.want)
			}
			if s := string(r.Payload); tt.want != event.Stale && tt.want != event.BadField && strings.Contains(s, "31.2") {
				t.Errorf("%s keeps coordinates: %s", tt.want, s)
			}
		})
	}
}

func TestAPhoneCannotNameAnotherSubject(t *testing.T) {
	entry, _ := accept(acceptor(t), message("P1/checkin", checkin(`"subject":"S2"`)))
	if entry.Event == nil || entry.Event.Subject != "S1" {
		t.Errorf("accepted for %+v", entry.Event)
	}
}

func TestKiosksHaveNoFingerprint(t *testing.T) {
	entry, _ := accept(acceptor(t), message("K1/checkin", checkin(`"method":"kiosk"`, `"subject":"S1"`, `"device_fp":"k"`)))
	if e := entry.Event; e == nil || e.Check.DeviceFP != "" || e.DeviceKind != roster.Kiosk || e.Subject != "S1" {
		t.Errorf("event %+v", e)
	}
}

func TestPolicyAlwaysLetsPhonesReport(t *testing.T) {
	a := acceptor(t)
	a.Policy = func(d roster.DistrictID) roster.Policy { return roster.Policy{AppPositions: d == "D1"} }
	if entry, result := accept(a, message("P1/location", location(evening))); result != ingest.Accepted {
		t.Errorf("not accepted: %+v", entry.Rejection)
	}
}

func TestDuplicates(t *testing.T) {
	a := acceptor(t)
	steps := []struct {
		name, topic, payload string
		want                 ingest.Result
	}{
		{"first", "W1/location", location(), ingest.Accepted},
		{"again", "W1/location", location(), ingest.Duplicate},
		{"the id on another topic", "W1/status", status(`"id":"a1"`), ingest.Duplicate},
		{"the id of another device", "W2/status", status(`"id":"a1"`), ingest.Accepted},
		{"again but stale", "W1/location", location(`"time":"2025-03-02T08:00:00Z"`), ingest.Rejected},
		{"rejected", "W2/location", location(`"id":"r1"`), ingest.Rejected},
		{"rejected again", "W2/location", location(`"id":"r1"`), ingest.Rejected},
		{"last will", "W1/status", `{"event":"offline"}`, ingest.Accepted},
		{"last will again", "W1/status", `{"event":"offline"}`, ingest.Accepted},
	}
	for _, s := range steps {
		if entry, got := accept(a, message(s.topic, s.payload)); got != s.want {
			t.Errorf("%s: result %d, want %d (%+v)", s.name, got, s.want, entry.Rejection)
		} else if got == ingest.Duplicate && entry != (event.Entry{}) {
			t.Errorf("%s: a duplicate made an entry", s.name)
		}
	}
	kept := message("W1/status", `{"event":"offline"}`)
	kept.Retained = true
	if _, got := accept(a, kept); got != ingest.Duplicate {
		t.Errorf("a last will the broker kept: result %d", got)
	}
}

// Whatever is wrong with a message, its coordinates are kept only while the
// device may report any.
func TestCoordinatesGoWhereverTheLawSaysSo(t *testing.T) {
	secret := location(`"id":"p1"`, `"nested":{"at":[{"LAT":31.2304}],"nmea":"$GPGGA,3123.04"}`, `"address":"31.2304"`,
		`"altitude_m":4.5`, `"heading_deg":99`)
	tests := []struct {
		name, topic, payload string
		kept                 bool
	}{
		{"no basis", "W2/location", secret, false},
		{"unknown device", "W7/location", secret, false},
		{"bad field of an unknown device", "W7/location", strings.Replace(secret, `"seq":7`, `"seq":-1`, 1), false},
		{"bad field without basis", "W2/location", strings.Replace(secret, `"wgs84"`, `"mars"`, 1), false},
		{"bad JSON without basis", "W2/location", secret[1:], false},
		{"array too long without basis", "W2/location", "[" + strings.Repeat(secret+",", 500) + secret + "]", false},
		{"bad field with basis", "W1/location", strings.Replace(secret, `"seq":7`, `"seq":-1`, 1), true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			entry, result := accept(acceptor(t), message(tt.topic, tt.payload))
			if result != ingest.Rejected {
				t.Fatalf("result %d", result)
			}
			s := string(entry.Rejection.Payload)
			for _, part := range []string{"2304", "4737", "1.25", "4.5", "99", "GPGGA"} {
				if strings.Contains(s, part) != tt.kept {
					t.Errorf("holds %s: %v, want %v: %s", part, !tt.kept, tt.kept, s)
				}
				if strings.Contains(entry.Rejection.Detail, part) {
					t.Errorf("the detail holds %s: %s", part, entry.Rejection.Detail)
				}
			}
			if !strings.HasPrefix(tt.payload, "{") || tt.kept {
				return
			}
			if !strings.Contains(s, `"id":"p1"`) || !strings.Contains(s, `"time":"2026-03-02T08:00:00+08:00"`) {
				t.Errorf("lost what is harmless: %s", s)
			}
		})
	}
}
