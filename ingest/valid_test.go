package ingest_test

import (
	"encoding/json"
	"testing"

	"correctiond/ingest"
)

// jsonCases are texts at which a reader of JSON may go wrong.
func jsonCases() []string {
	return []string{
		`{}`, `{`, ``, ` `, `[]`, `null`, `1`, `{"a":1}`, ` {"a" : 1 } `, `{"a":1}x`, `{"a":1}}`, `{"a":1,}`, `{,"a":1}`, `{"a"}`, `{"a":}`, `{a:1}`,
		`{"a":01}`, `{"a":-0}`, `{"a":-01}`, `{"a":-}`, `{"a":1.}`, `{"a":.5}`, `{"a":1.5}`, `{"a":1.5.5}`, `{"a":1e5}`, `{"a":1.5E-3}`, `{"a":1e}`, `{"a":+1}`, `{"a":1-}`,
		`{"a":true}`, `{"a":tru}`, `{"a":truex}`, `{"a":false,"b":null}`, `{"a":nulls}`, `{"a":"x"y}`, `{"a":"x","b":"y"}`, `{"a":"x" "b":"y"}`, `{"a":"\u00e9"}`, `{"a":"\q"}`,
		"{\"a\":\"\n\"}", "{\"a\":\"\xff\"}", "{\"a\":\"\x7f\"}", "{\"a\":\t1\r\n}", `{"a":{"b":[1]}}`, `{"a":{"b":[1}}`, `{"a":"` + "\xe4\xbd\xa0" + `"}`, `{"a":1 ,"b":2}`, `{"":0}`,
	}
}

// The quick reader takes and refuses what encoding/json does.
func FuzzValidJSON(f *testing.F) {
	for _, text := range jsonCases() {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		if got, want := ingest.ValidJSON(text), json.Valid(text); got != want {
			t.Errorf("%q: %v, encoding/json says %v", text, got, want)
		}
	})
}
