package event_test

import (
	"bytes"
	"encoding/hex"
	"reflect"
	"strings"
	"testing"

	"correctiond/event"
	"correctiond/geo"
	"correctiond/roster"
)

// written are entries as journals hold them. A change that breaks this test
// makes existing journals unreadable: it needs a new version byte.
func written() []struct {
	hex   string
	entry event.Entry
} {
	at, day := roster.Instant(1772409605000), roster.Date{Day: "2026-03-02"}
	return []struct {
		hex   string
		entry event.Entry
	}{
		{"010090aec2bd9567", event.Entry{At: at}},
		{"010190aec2bd956701010202503103025331024f31026331018f4e000000a242010000000000803f400000000000605e40ff7f661bca09a30804000000000000403f400000000000705e400000000000004e400400020f00000000000000000000000000000000010202010000003f02000000", event.Entry{At: at, Event: &event.Event{
			Kind: event.Checkin, Device: "P1", DeviceKind: roster.App, Subject: "S1", Office: "O1", ID: "c1", Seq: -1,
			Time: at - 5000, Received: at, Battery: 81,
			Position: &event.Position{
				Point: geo.Point{Lat: 31.5, Lng: 121.5}, Original: geo.Point{Lat: 31.25, Lng: 121.75}, Datum: geo.GCJ02,
				Cell: 0x8a309ca1b667fff, AccuracyM: 60, Source: event.WiFi, Motion: event.Still, Satellites: -1,
			},
			Check: &event.Check{Method: "app", Verify: "face", Passed: true, Score: 0.5, Liveness: event.Yes},
		}}},
		{"020290aec2bd95670257370f6a7a2f76312f57372f737461747573000004560e756e6b6e6f776e5f64657669636500027b7d", event.Entry{At: at, Rejection: &event.Rejection{
			Device: "W7", Topic: "jz/v1/W7/status", Received: at, Index: 2, Seq: 43, Reason: event.UnknownDevice, Payload: []byte("{}"),
		}}},
		{"010390aec2bd95670d6c656176655f6772616e74656402533100000000000000000000024c31000000000000000001024c310a323032362d30332d3032000a323032362d30332d3032000000000000", event.Entry{At: at, Act: &event.Act{
			Type: event.ActLeaveGranted, Subject: "S1", LeaveID: event.LeaveRef{ID: "L1", Leave: &roster.Leave{ID: "L1", From: day, Until: day}},
		}}},
		{"010490aec2bd956702443102396602040107", event.Entry{At: at, Roster: &event.RosterPart{District: "D1", Hash: "9f", Part: 1, Of: 2, Data: []byte{7}}}},
		{"010590aec2bd956702396602617b", event.Entry{At: at, Rules: &event.RuleFile{Version: "9f", Data: []byte("a{")}}},
		{"010190aec2bd956700010202503103025331024f31066f742d312d75018f4e00000080bf010206010000000000000000", event.Entry{At: at, Event: &event.Event{
			Kind: event.Checkin, Device: "P1", DeviceKind: roster.App, Subject: "S1", Office: "O1", ID: "ot-1-u", Seq: -1,
			Time: at - 5000, Received: at, Battery: -1, Check: &event.Check{Method: "app", Verify: event.VerifyDevice, Passed: true},
		}}},
	}
}

func TestTheFormOfTheJournalStays(t *testing.T) {
	for i, w := range written() {
		want, err := hex.DecodeString(strings.ReplaceAll(w.hex, " ", ""))
		if err != nil {
			t.Fatal(err)
		}
		if got := event.AppendEntry(nil, &w.entry); !bytes.Equal(got, want) {
			t.Errorf("entry %d is written as\n%x, want\n%x", i, got, want)
		}
		got, err := event.DecodeEntries(want)
		if err != nil || len(got) != 1 || !reflect.DeepEqual(got[0], w.entry) {
			t.Errorf("entry %d is read as %+v, %v", i, got, err)
		}
	}
}

// Journals of earlier versions are still read.
func TestEarlierFormsOfTheJournalAreRead(t *testing.T) {
	const first = "010290aec2bd95670257370f6a7a2f76312f57372f7374617475730000040e756e6b6e6f776e5f64657669636500027b7d"
	old, err := hex.DecodeString(first)
	if err != nil {
		t.Fatal(err)
	}
	want := *written()[2].entry.Rejection
	want.Seq = -1
	got, err := event.DecodeEntries(old)
	if err != nil || len(got) != 1 || !reflect.DeepEqual(*got[0].Rejection, want) {
		t.Errorf("read as %+v, %v", got, err)
	}
	for _, unknown := range []string{"0000", "030090aec2bd9567", "020090aec2bd9567", "020190aec2bd9567"} {
		b, err := hex.DecodeString(unknown)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := event.DecodeEntries(b); err == nil {
			t.Errorf("%s of no known version is read as %+v", unknown, got)
		}
	}
}
