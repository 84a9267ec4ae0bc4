package ingest

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// drawJSON draws a value of some depth.
func drawJSON(t *rapid.T, depth int) any {
	kinds := 4
	if depth > 0 {
		kinds = 6
	}
	switch rapid.IntRange(0, kinds-1).Draw(t, "kind") {
	case 0:
		return rapid.String().Draw(t, "string")
	case 1:
		return rapid.Float64Range(-1e9, 1e9).Draw(t, "number")
	case 2:
		return rapid.Bool().Draw(t, "bool")
	case 3:
		return nil
	case 4:
		list := []any{}
		for range rapid.IntRange(0, 4).Draw(t, "length") {
			list = append(list, drawJSON(t, depth-1))
		}
		return list
	}
	object := map[string]any{}
	for range rapid.IntRange(0, 4).Draw(t, "members") {
		object[rapid.String().Draw(t, "key")] = drawJSON(t, depth-1)
	}
	return object
}

// text writes v, sometimes with white space.
func text(t *rapid.T, v any) []byte {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	if rapid.Bool().Draw(t, "indented") {
		enc.SetIndent(" \r\t", "  ")
	}
	if err := enc.Encode(v); err != nil {
		t.Fatal(err)
	}
	return bytes.TrimSpace(b.Bytes())
}

// The scanner sees the same members and elements as encoding/json.
func TestScannerAgreesWithEncodingJSON(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		raw := text(t, map[string]any{"a": drawJSON(t, 3), "b\"\\\u2028": drawJSON(t, 3), "": drawJSON(t, 2)})
		var want map[string]json.RawMessage
		if err := json.Unmarshal(raw, &want); err != nil {
			t.Fatal(err)
		}
		got := make(map[string]json.RawMessage)
		for c := enter(raw); ; {
			key, value, ok := c.member()
			if !ok {
				break
			}
			got[string(key)] = value
		}
		if !maps.EqualFunc(got, want, func(a, b json.RawMessage) bool { return bytes.Equal(a, b) }) {
			t.Fatalf("%s: members %q, want %q", raw, got, want)
		}
	})
}

func TestSplitAgreesWithEncodingJSON(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		list := []any{}
		for range rapid.IntRange(0, 6).Draw(t, "elements") {
			list = append(list, drawJSON(t, 2))
		}
		raw := text(t, list)
		var want []json.RawMessage
		if err := json.Unmarshal(raw, &want); err != nil {
			t.Fatal(err)
		}
		same := slices.EqualFunc(split(raw), want, func(a []byte, b json.RawMessage) bool { return bytes.Equal(a, b) })
		if !same {
			t.Fatalf("%s: elements %q, want %q", raw, split(raw), want)
		}
	})
}

// The scanner stays within bounds on what is not JSON: dead letters are
// searched for images before they are parsed.
func TestScannerSurvivesGarbage(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		garbage := []byte(rapid.StringMatching(`[{}\[\]",:\\a 1]{0,40}`).Draw(t, "garbage"))
		biometric(garbage)
		longString(garbage, 3)
		split(garbage)
		var m members
		m.collect(garbage, vocabularies()["location"])
	})
}

func TestRedactKeepsNothingThatTellsWhere(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		const secret = "31.2304"
		object := map[string]any{"id": "a1", "seq": 7, "event": "sos"}
		name := rapid.SampledFrom([]string{"lat", "LNG", "position", "altitude_m", "speed_mps", "nmea", "x"}).Draw(t, "name")
		object[name] = rapid.SampledFrom([]any{json.Number(secret), secret, "POINT(" + secret + ")"}).Draw(t, "value")
		object["deep"] = map[string]any{"id": secret, "list": []any{object[name], drawJSON(t, 2)}}
		object["battery_pct"] = []any{json.Number(secret)}
		out := redact(text(t, object))
		if !json.Valid(out) || strings.Contains(string(out), secret) {
			t.Fatalf("left %s", out)
		}
		var kept map[string]any
		if err := json.Unmarshal(out, &kept); err != nil || len(kept) != 3 || kept["event"] != "sos" {
			t.Fatalf("kept %s", out)
		}
	})
	for _, raw := range []string{"", "31.2", `[{"id":"a"}]`, `{"id":"a"`, "{\"id\":\"\xff\"}"} {
		if out := redact([]byte(raw)); len(out) > 0 {
			t.Errorf("%q left %q", raw, out)
		}
	}
}

func TestTopics(t *testing.T) {
	tests := []struct {
		name string
		want topic
	}{
		{"jz/v1/W1/location", topic{device: "W1", kind: "location"}},
		{"jz/v1/A_b-9/checkin", topic{device: "A_b-9", kind: "checkin"}},
		{"jz/v1/W1/challenge", topic{device: "W1", skip: true}},
		{"jz/v1/W1/other", topic{device: "W1"}},
		{"jz/v1/张三/location", topic{}},
		{"jz/v1//location", topic{}},
		{"jz/v1/W1", topic{}},
		{"jz/v2/W1/location", topic{}},
		{"xjz/v1/W1/location", topic{}},
		{"", topic{}},
	}
	for _, tt := range tests {
		if got := parseTopic("jz", tt.name); got != tt.want {
			t.Errorf("%q: %+v, want %+v", tt.name, got, tt.want)
		}
	}
}
