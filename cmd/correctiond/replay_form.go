package main

import (
	"bytes"
	"encoding/json"
	"fmt"

	"correctiond/ingest"
)

// lineForm is one line of an events file as written.
type lineForm struct {
	Received string          `json:"received"`
	Topic    string          `json:"topic"`
	Payload  json.RawMessage `json:"payload"`
	Raw      *string         `json:"raw"`
	Act      json.RawMessage `json:"act"`
}

func readForm(raw []byte) (form lineForm, err error) {
	if form, ok := usualForm(raw); ok {
		return form, nil
	}
	if err := json.Unmarshal(raw, &form); err != nil {
		return form, fmt.Errorf("no JSON object of a replay line: %w", err)
	}
	return form, nil
}

// usualForm reads what nearly all lines are, received, topic and payload in this
// order, in half the time of encoding/json; false for anything else.
func usualForm(raw []byte) (form lineForm, ok bool) {
	rest, open := bytes.CutPrefix(raw, []byte("{"))
	received, rest := textMember(rest, "received")
	rest, first := bytes.CutPrefix(rest, []byte(","))
	topic, rest := textMember(rest, "topic")
	rest, second := bytes.CutPrefix(rest, []byte(","))
	rest, third := memberName(rest, "payload")
	payload, closed := bytes.CutSuffix(bytes.TrimRight(rest, " \r"), []byte("}"))
	ok = open && first && second && third && closed && ingest.ValidJSON(payload)
	return lineForm{Received: received, Topic: topic, Payload: payload}, ok
}

// textMember reads `"name": "value"`, the value without escapes, and returns what
// follows; nothing follows what it cannot read.
func textMember(b []byte, name string) (value string, rest []byte) {
	b, named := memberName(b, name)
	b, quoted := bytes.CutPrefix(b, []byte(`"`))
	n := bytes.IndexByte(b, '"')
	if !named || !quoted || n < 0 || !plain(b[:n]) {
		return "", nil
	}
	return string(b[:n]), bytes.TrimLeft(b[n+1:], " ")
}

// memberName reads `"name": `.
func memberName(b []byte, name string) (rest []byte, ok bool) {
	b, quoted := bytes.CutPrefix(bytes.TrimLeft(b, " "), []byte(`"`))
	b, named := bytes.CutPrefix(b, []byte(name))
	b, closed := bytes.CutPrefix(b, []byte(`"`))
	b, colon := bytes.CutPrefix(bytes.TrimLeft(b, " "), []byte(":"))
	return bytes.TrimLeft(b, " "), quoted && named && closed && colon
}

// plain tells whether JSON writes b as it is.
func plain(b []byte) bool {
	for _, c := range b {
		if c < ' ' || c > '~' || c == '\\' {
			return false
		}
	}
	return true
}
