package event_test

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"correctiond/event"
)

// acts holds one act of every type, as a replay file has it.
func acts() []string {
	return []string{
		`{"type":"contact","subject":"S1","result":"unreached","by":"F1"}`,
		`{"type":"ack","alert":"9f2c"}`,
		`{"type":"colour","subject":"S1","colour":"orange","reason":"家庭变故","until":"2026-03-20"}`,
		`{"type":"colour_confirmed","subject":"S1"}`,
		`{"type":"focus","from":"2026-09-29","until":"2026-10-08","reason":"国庆"}`,
		`{"type":"close","alert":"9f2c","outcome":"technical","reason":"no signal","note":"checked","version":3}`,
		`{"type":"note","alert":"9f2c","note":"called the family"}`,
		`{"type":"note","alert":"9f2c","note":"strap is whole","about":"inspection"}`,
		`{"type":"assign","alert":"9f2c","officer":"F2","reason":"on leave"}`,
		`{"type":"attach","alert":"9f2c","file":{"name":"a.jpg","type":"image/jpeg","size":12,"sha256":"0a0b"}}`,
		`{"type":"reopen","alert":"9f2c","reason":"closed in error"}`,
		`{"type":"snooze","alert":"9f2c","until":"2026-03-02T18:00:00+08:00"}`,
		`{"type":"declare_lost","subject":"S1","alert":"9f2c"}`,
		`{"type":"hold","alert":"9f2c","reason":"appeal"}`,
		`{"type":"release","alert":"9f2c","reason":"appeal is over"}`,
		`{"type":"ack_timeout","alert":"9f2c","by":"system"}`,
		`{"type":"declare_lost","subject":"S1","at":"2026-03-02T09:00:00+08:00"}`,
		`{"type":"declare_absconding","subject":"S1","from":"2026-03-02"}`,
		`{"type":"found","subject":"S1"}`,
		`{"type":"custody","subject":"S1","from":"2026-03-02","until":"2026-03-04"}`,
		`{"type":"reported_in","subject":"S1","date":"2026-03-02"}`,
		`{"type":"leave_granted","subject":"S1","leave":{"id":"L1","from":"2026-03-02","until":"2026-03-04","area":"hz"}}`,
		`{"type":"leave_returned","subject":"S1","leave":"L1","at":"2026-03-04T09:00:00.5Z"}`,
		`{"type":"report_received","subject":"S1","report":"medical_review"}`,
		`{"type":"visit","subject":"S1"}`,
		`{"type":"challenge","device":"P1","id":"c1","issued":"2026-03-02T09:00:00Z","expires":"2026-03-02T09:30:00Z"}`,
		`{"type":"authority_granted","device":"W1","authority":{"id":"A1","ground":3,"from":"2026-03-02","until":"2026-06-01"}}`,
		`{"type":"authority_ended","device":"W1","authority":"A1"}`,
		`{"type":"admonition","subject":"S1"}`,
		`{"type":"warning","subject":"S1","date":"2026-03-02"}`,
		`{"type":"penalty","subject":"S1","date":"2026-03-02"}`,
		`{"type":"education","subject":"S1","date":"2026-03-02","note":"told to hand in the review"}`,
		`{"type":"declare_absconding","subject":"S1","from":"2026-03-02","result":"refusing"}`,
	}
}

func TestEveryActReadsBack(t *testing.T) {
	for _, text := range acts() {
		a, err := event.ParseAct([]byte(text))
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if err := readsBack(a); err != "" {
			t.Errorf("%s: %s", text, err)
		}
	}
}

// readsBack tells what is wrong when a does not survive JSON and the codec.
func readsBack(a *event.Act) string {
	text, err := json.Marshal(a)
	if err != nil {
		return err.Error()
	}
	again, err := event.ParseAct(text)
	if err != nil {
		return string(text) + ": " + err.Error()
	}
	if !reflect.DeepEqual(again, a) {
		return "JSON changed it to " + string(text)
	}
	got, err := event.DecodeEntries(event.AppendEntry(nil, &event.Entry{At: 1, Act: a}))
	if err != nil {
		return err.Error()
	}
	if !reflect.DeepEqual(got[0].Act, a) {
		return "the codec changed it"
	}
	return ""
}

func TestActErrorsNameTheField(t *testing.T) {
	tests := []struct{ act, want string }{
		{`{}`, `"type"`},
		{`{"type":"dance"}`, `"type"`},
		{`[]`, `not a JSON object`},
		{`{"type":"visit","subject":"S1"} x`, `not a JSON object`},
		{"{\"type\":\"visit\",\"subject\":\"\xff\"}", `UTF-8`},
		{`{"type":"visit","subject":"S1","colour":"red"}`, `"colour"`},
		{`{"type":"colour","subject":"S1","colour":"pink","reason":"r","until":"2026-03-20"}`, `"colour"`},
		{`{"type":"colour","subject":"S1","colour":"red","until":"2026-03-20"}`, `"reason"`},
		{`{"type":"focus","from":"2026-03-20","reason":"r"}`, `"until"`},
		{`{"type":"visit","SUBJECT":"S1"}`, `"SUBJECT"`},
		{`{"type":"visit","subject":7}`, `"subject"`},
		{`{"type":"visit","subject":"S1","date":"2 March"}`, `"date"`},
		{`{"type":"visit","subject":"S1","date":"1970-01-01T00:00:00Z"}`, `"date"`},
		{`{"type":"visit","subject":"S1","at":"9999-12-31T23:59:59-08:00"}`, `"at"`},
		{`{"type":"contact","subject":"S1"}`, `"result"`},
		{`{"type":"contact","subject":"S1","result":"maybe"}`, `"result"`},
		{`{"type":"ack","subject":"S1"}`, `"alert"`},
		{`{"type":"ack","alert":"a","version":-1}`, `"version"`},
		{`{"type":"close","alert":"a","outcome":"bored"}`, `"outcome"`},
		{`{"type":"report_received","subject":"S1","report":"weather"}`, `"report"`},
		{`{"type":"leave_granted","subject":"S1","leave":"L1"}`, `"leave"`},
		{`{"type":"leave_granted","subject":"S1","leave":{"id":"L1","from":"2026-03-02"}}`, `"leave.until"`},
		{`{"type":"leave_granted","subject":"S1","leave":{"id":"L1","where":"hz"}}`, `"leave"`},
		{`{"type":"leave_returned","subject":"S1","leave":{"id":"L1","from":"2026-03-02","until":"2026-03-03"}}`, `"leave"`},
		{`{"type":"challenge","device":"P1","id":"c1","issued":"2026-03-02"}`, `"expires"`},
		{`{"type":"authority_granted","device":"W1","authority":{"id":"A1","ground":6,"from":"2026-03-02","until":"2026-06-01"}}`, `"authority.ground"`},
		{`{"type":"authority_granted","device":"W1","authority":{"id":"A1","ground":1,"from":"2026-03-02","until":"2126-06-01"}}`, `"authority.until"`},
	}
	for _, tt := range tests {
		_, err := event.ParseAct([]byte(tt.act))
		if err == nil {
			t.Errorf("%s: accepted", tt.act)
		} else if !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %q does not name %s", tt.act, err, tt.want)
		}
	}
}

func FuzzParseAct(f *testing.F) {
	for _, text := range acts() {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		a, err := event.ParseAct(data)
		if err != nil {
			return
		}
		if wrong := readsBack(a); wrong != "" {
			t.Error(wrong)
		}
	})
}

func FuzzDecodeEntries(f *testing.F) {
	f.Add(batch(2))
	f.Add(event.AppendEntry(nil, &event.Entry{At: 9}))
	f.Add(event.AppendEntry(nil, &event.Entry{At: 9, Rejection: &event.Rejection{Payload: []byte("{}")}}))
	for _, text := range acts()[9:11] {
		a, err := event.ParseAct([]byte(text))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(event.AppendEntry(nil, &event.Entry{At: 9, Act: a}))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		got, err := event.DecodeEntries(data)
		if err != nil {
			return
		}
		var again []byte
		for i := range got {
			again = event.AppendEntry(again, &got[i])
		}
		if second, err := event.DecodeEntries(again); err != nil || len(second) != len(got) {
			t.Errorf("%d entries became %d: %v", len(got), len(second), err)
		}
	})
}
