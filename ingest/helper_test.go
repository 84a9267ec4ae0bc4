package ingest_test

import (
	"strings"
	"testing"
	"time"

	"correctiond/event"
	"correctiond/ingest"
	"correctiond/roster"
)

// people is the roster of the tests: S1 wears W1 under an authority and has the
// phone P1, S2's term has ended, S3 is released, K1 is the kiosk of the office.
const people = `{"version": 1, "district": {"id": "D1"}, "offices": [{"id": "O1"}],
"rollcalls": [{"id": "morning", "windows": [{"from": "07:30", "until": "09:30"}], "grace": "30m"}],
"subjects": [
 {"id": "S1", "office": "O1", "kind": "probation", "term": {"from": "2026-01-10", "until": "2027-01-09"}, "rollcall": "morning"},
 {"id": "S2", "office": "O1", "kind": "control", "term": {"from": "2025-01-10", "until": "2026-02-20"}},
 {"id": "S3", "office": "O1", "kind": "parole", "term": {"from": "2025-01-10", "until": "2026-02-10"}}],
"devices": [
 {"id": "W1", "kind": "wristband", "interval": "5m", "bindings": [{"subject": "S1", "from": "2026-01-20"}],
  "authority": [{"id": "A1", "ground": 3, "from": "2026-01-20", "until": "2026-04-19"}]},
 {"id": "W2", "kind": "wristband", "interval": "5m", "bindings": [{"subject": "S1", "from": "2026-01-20"}]},
 {"id": "W9", "kind": "wristband"},
 {"id": "P1", "kind": "app", "bindings": [{"subject": "S1", "from": "2026-01-15"}]},
 {"id": "P2", "kind": "app", "bindings": [{"subject": "S2", "from": "2025-01-15"}]},
 {"id": "P3", "kind": "app", "bindings": [{"subject": "S3", "from": "2025-01-15"}]},
 {"id": "K1", "kind": "kiosk", "office": "O1"}],
"released": [{"id": "S3", "office": "O1", "since": "2026-02-11"}]}`

// now is when the messages of the tests are received: inside the roll-call.
func now() roster.Instant {
	return roster.InstantOf(time.Date(2026, 3, 2, 8, 0, 5, 0, shanghai()))
}

func shanghai() *time.Location { return time.FixedZone("CST", 8*3600) }

func directory(t testing.TB) *roster.Directory {
	t.Helper()
	r, err := roster.Read(strings.NewReader(people), "people.json")
	if err != nil {
		t.Fatal(err)
	}
	dir, err := roster.Compile(r, roster.NewCalendar(shanghai()))
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// find gives the devices of dir to it and no others.
func find(dir *roster.Directory) ingest.Find {
	return func(id roster.DeviceID) *roster.Directory {
		if dir.Device(id) == nil {
			return nil
		}
		return dir
	}
}

// location is a wristband's message; fix replaces or adds members.
func location(fix ...string) string {
	return build([]string{
		`"id":"a1"`, `"seq":7`, `"time":"2026-03-02T08:00:00+08:00"`, `"lat":31.2304`, `"lng":121.4737`,
		`"datum":"wgs84"`, `"source":"gnss"`, `"accuracy_m":8`, `"speed_mps":1.25`, `"battery_pct":81`,
	}, fix)
}

func checkin(fix ...string) string {
	return build([]string{
		`"id":"c1"`, `"time":"2026-03-02T08:00:00+08:00"`, `"method":"app"`,
		`"verify":{"kind":"face","passed":true,"score":0.93,"liveness":true}`,
	}, fix)
}

func status(fix ...string) string {
	return build([]string{`"id":"s1"`, `"time":"2026-03-02T08:00:00+08:00"`, `"event":"heartbeat"`}, fix)
}

// build joins members; one of fix replaces the member of its name, or removes
// it when it has no value.
func build(members, fix []string) string {
	for _, f := range fix {
		name, value, _ := strings.Cut(f, ":")
		kept := members[:0:0]
		for _, m := range members {
			if !strings.HasPrefix(m, name+":") {
				kept = append(kept, m)
			}
		}
		if members = kept; value != "" {
			members = append(members, f)
		}
	}
	return "{" + strings.Join(members, ",") + "}"
}

func message(topic, payload string) ingest.Message {
	return ingest.Message{Topic: "jz/v1/" + topic, Payload: []byte(payload), Received: now()}
}

// decode returns the drafts of one message.
func decode(topic, payload string) []ingest.Draft {
	return ingest.NewDecoder("jz", nil).Decode(message(topic, payload), nil)
}

// reason is why the only draft was rejected, or empty.
func reason(drafts []ingest.Draft) (event.Reason, string) {
	if len(drafts) != 1 || drafts[0].Rejection == nil {
		return "", ""
	}
	return drafts[0].Rejection.Reason, drafts[0].Rejection.Detail
}
