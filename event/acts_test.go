package event_test

import (
	"bufio"
	"encoding/hex"
	"encoding/json"
	"maps"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"correctiond/event"
)

// recorded reads the acts of testdata: the line of a replay file, and below it
// what the journal holds.
func recorded(t *testing.T) (acts, journal []string) {
	t.Helper()
	f, err := os.Open("testdata/acts.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		switch line := lines.Text(); {
		case strings.HasPrefix(line, "{"):
			acts = append(acts, line)
		case line != "":
			journal = append(journal, line)
		}
	}
	if len(acts) == 0 || len(acts) != len(journal) {
		t.Fatalf("%d acts, %d entries", len(acts), len(journal))
	}
	return acts, journal
}

// Both forms of every act stay what they are: replay files and journals are kept.
func TestActsAreWrittenAsRecorded(t *testing.T) {
	acts, journal := recorded(t)
	for i, text := range acts {
		a, err := event.ParseAct([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		if again, err := json.Marshal(a); err != nil || string(again) != text {
			t.Errorf("written as %s, recorded %s (%v)", again, text, err)
		}
		if got := hex.EncodeToString(event.AppendEntry(nil, &event.Entry{At: 1, Act: a})); got != journal[i] {
			t.Errorf("%s in the journal:\n%s, recorded\n%s", a.Type, got, journal[i])
		}
	}
}

func TestRecordedJournalsAreRead(t *testing.T) {
	acts, journal := recorded(t)
	seen := map[event.ActType]bool{}
	for i, text := range journal {
		b, err := hex.DecodeString(text)
		if err != nil {
			t.Fatal(err)
		}
		got, err := event.DecodeEntries(b)
		if err != nil || len(got) != 1 {
			t.Fatalf("%s: %v", acts[i], err)
		}
		want, err := event.ParseAct([]byte(acts[i]))
		if err != nil || !reflect.DeepEqual(got[0].Act, want) {
			t.Errorf("the journal holds %+v, %v", got[0].Act, err)
		}
		seen[want.Type] = true
	}
	if len(seen) != 31 {
		t.Errorf("%d types of acts are recorded, there are 31", len(seen))
	}
}

// needs lists what every act cannot do without, beside its type.
func needs() map[event.ActType]string {
	return map[event.ActType]string{
		event.ActContact:          "subject result",
		event.ActAck:              "alert",
		event.ActClose:            "alert outcome",
		event.ActNote:             "alert note",
		event.ActDeclareLost:      "subject",
		event.ActDeclareAbscond:   "subject from",
		event.ActFound:            "subject",
		event.ActCustody:          "subject from",
		event.ActReportedIn:       "subject",
		event.ActLeaveGranted:     "subject leave",
		event.ActLeaveReturned:    "subject leave",
		event.ActReportReceived:   "subject report",
		event.ActVisit:            "subject",
		event.ActChallenge:        "device id issued expires",
		event.ActAuthorityGranted: "device authority",
		event.ActAuthorityEnded:   "device authority",
		event.ActAdmonition:       "subject",
		event.ActWarning:          "subject",
		event.ActPenalty:          "subject",
		event.ActEducation:        "subject",
		event.ActColour:           "subject colour reason until",
		event.ActColourConfirmed:  "subject",
		event.ActFocus:            "from until reason",
		event.ActAssign:           "alert officer",
		event.ActAttach:           "alert file",
		event.ActEscalate:         "alert",
		event.ActReopen:           "alert reason",
		event.ActSnooze:           "alert until",
		event.ActRequestIncident:  "alert",
		event.ActAckTimeout:       "alert",
		event.ActWake:             "alert",
	}
}

// Each recorded act is complete, and lacks something without any one of the
// fields it needs; the error names that field. The others may be left out.
func TestActsNeedTheirFields(t *testing.T) {
	acts, _ := recorded(t)
	for _, text := range acts {
		var fields map[string]json.RawMessage
		if err := json.Unmarshal([]byte(text), &fields); err != nil {
			t.Fatal(err)
		}
		var kind event.ActType
		if err := json.Unmarshal(fields["type"], &kind); err != nil {
			t.Fatal(err)
		}
		needed := strings.Fields(needs()[kind])
		for name := range fields {
			if name != "type" {
				checkWithout(t, fields, name, slices.Contains(needed, name))
			}
		}
	}
}

func checkWithout(t *testing.T, fields map[string]json.RawMessage, name string, needed bool) {
	t.Helper()
	less := maps.Clone(fields)
	delete(less, name)
	text, err := json.Marshal(less)
	if err != nil {
		t.Fatal(err)
	}
	_, err = event.ParseAct(text)
	switch {
	case needed && (err == nil || !strings.Contains(err.Error(), `"`+name)):
		t.Errorf("%s: %v does not name %s", text, err, name)
	case !needed && err != nil:
		t.Errorf("%s: %v, but %s may be absent", text, err, name)
	}
}

// Words of a closed list are judged for every value; a time has an offset.
func TestWordsAndTimesOfActs(t *testing.T) {
	for _, c := range []struct {
		act    string // %s is replaced
		values string
		legal  bool
	}{
		{`{"type":"contact","subject":"S1","result":"%s"}`, "reached unreached", true},
		{`{"type":"contact","subject":"S1","result":"%s"}`, "Reached yes", false},
		{`{"type":"close","alert":"a","outcome":"%s"}`, "confirmed excused technical unfounded", true},
		{`{"type":"close","alert":"a","outcome":"%s"}`, "recovered closed", false},
		{`{"type":"declare_absconding","subject":"S1","from":"2026-03-02","result":"%s"}`, "unknown refusing", true},
		{`{"type":"declare_absconding","subject":"S1","from":"2026-03-02","result":"%s"}`, "reached lost", false},
		{`{"type":"note","alert":"a","note":"x","about":"%s"}`, "inspection contact", true},
		{`{"type":"note","alert":"a","note":"x","about":"%s"}`, "weather", false},
		{`{"type":"report_received","subject":"S1","report":"%s"}`, "health medical_review periodic", true},
		{`{"type":"report_received","subject":"S1","report":"%s"}`, "visit monthly", false},
		{`{"type":"colour","subject":"S1","colour":"%s","reason":"r","until":"2026-03-09"}`, "green yellow orange red", true},
		{`{"type":"colour","subject":"S1","colour":"%s","reason":"r","until":"2026-03-09"}`, "Red blue 1", false},
		{`{"type":"visit","subject":"S1","date":"%s"}`, "2026-03-02 2026-03-02T08:00:00+08:00 2026-03-02T00:00:00.123Z 2000-01-01 2100-12-31", true},
		{`{"type":"visit","subject":"S1","date":"%s"}`, "2026-03-02T08:00:00 2026-02-30 02.03.2026 1999-12-31 2101-01-01", false},
	} {
		for value := range strings.FieldsSeq(c.values) {
			text := strings.Replace(c.act, "%s", value, 1)
			if _, err := event.ParseAct([]byte(text)); (err == nil) != c.legal {
				t.Errorf("%s: %v", text, err)
			}
		}
	}
}
