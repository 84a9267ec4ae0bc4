package ingest

import (
	"encoding/json"
	"unicode/utf8"
)

// maxHarmless is the longest value that redact keeps, in bytes.
const maxHarmless = 72

// redact returns what a dead letter may hold of an object that the law does not
// let us know the position of: only the members that cannot betray one, so that
// a coordinate under any name, at any depth, is gone. What is no valid object
// leaves nothing.
func redact(raw []byte) []byte {
	if !isObject(raw) || !utf8.Valid(raw) || !json.Valid(raw) {
		return nil
	}
	out := []byte{'{'}
	for c := enter(raw); ; {
		key, value, ok := c.member()
		if !ok {
			return append(out, '}')
		}
		nested := value[0] == '{' || value[0] == '['
		if !harmless(string(key)) || nested || len(value) > maxHarmless {
			continue
		}
		if len(out) > 1 {
			out = append(out, ',')
		}
		out = append(append(append(append(out, '"'), key...), '"', ':'), value...)
	}
}

// harmless tells whether a member of that name says nothing about where.
func harmless(key string) bool {
	switch key {
	case "id", "seq", "time", "battery_pct", "event", "method", "datum", "source", "mock", "challenge", "rooted":
		return true
	}
	return false
}
