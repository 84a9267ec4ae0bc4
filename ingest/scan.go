package ingest

import (
	"bytes"
	"encoding/json"
	"strings"
	"unicode/utf8"
)

// The functions of this file walk JSON that encoding/json has found valid, in
// one pass and without recursion. On anything else they stay within bounds, but
// their result means nothing.

// cursor walks the members of one object or the elements of one array.
type cursor struct {
	b []byte
	i int
}

// enter places a cursor behind the opening bracket of an object or array.
func enter(value []byte) cursor { return cursor{value, 1} }

// member returns the next key, without quotes, and its value; ok false: no more.
func (c *cursor) member() (key, value []byte, ok bool) {
	if !c.more() {
		return nil, nil, false
	}
	raw := c.value()
	c.i = skipSpace(c.b, c.i) + 1 // behind the colon
	return unquote(raw), c.value(), true
}

// element returns the next element; ok false: no more.
func (c *cursor) element() (value []byte, ok bool) {
	if !c.more() {
		return nil, false
	}
	return c.value(), true
}

// more moves to the next key or element.
func (c *cursor) more() bool {
	c.i = skipSpace(c.b, c.i)
	if c.i < len(c.b) && c.b[c.i] == ',' {
		c.i = skipSpace(c.b, c.i+1)
	}
	return c.i < len(c.b) && c.b[c.i] != '}' && c.b[c.i] != ']'
}

// value cuts the value at or behind the cursor off.
func (c *cursor) value() []byte {
	start := skipSpace(c.b, c.i)
	c.i = skipValue(c.b, start)
	return c.b[start:c.i]
}

func skipSpace(b []byte, i int) int {
	for i < len(b) && (b[i] == ' ' || b[i] == '\n' || b[i] == '\t' || b[i] == '\r') {
		i++
	}
	return min(i, len(b))
}

// skipString returns the index behind the string that begins at i.
func skipString(b []byte, i int) int {
	for i++; i < len(b) && b[i] != '"'; i++ {
		if b[i] == '\\' {
			i++
		}
	}
	return min(i+1, len(b))
}

// skipValue returns the index behind the value that begins at i.
func skipValue(b []byte, i int) int {
	if i >= len(b) {
		return len(b)
	}
	switch b[i] {
	case '"':
		return skipString(b, i)
	case '{', '[':
		return skipNested(b, i)
	}
	for i < len(b) && !endsLiteral(b[i]) {
		i++
	}
	return i
}

func endsLiteral(c byte) bool {
	switch c {
	case ',', ']', '}', ' ', '\n', '\t', '\r':
		return true
	}
	return false
}

// skipNested returns the index behind the object or array that begins at i.
func skipNested(b []byte, i int) int {
	for depth := 0; i < len(b); i++ {
		switch b[i] {
		case '"':
			i = skipString(b, i) - 1
		case '{', '[':
			depth++
		case '}', ']':
			if depth--; depth == 0 {
				return i + 1
			}
		}
	}
	return len(b)
}

// unquote returns the text of a JSON string, a part of raw where nothing is
// escaped.
func unquote(raw []byte) []byte {
	if len(raw) < 2 {
		return nil
	}
	if bytes.IndexByte(raw, '\\') < 0 {
		return raw[1 : len(raw)-1]
	}
	var s string
	if json.Unmarshal(raw, &s) != nil {
		return nil
	}
	return []byte(s)
}

// isObject and isArray look at the first byte that is not space.
func isObject(b []byte) bool { return bytes.HasPrefix(b, []byte("{")) }
func isArray(b []byte) bool  { return bytes.HasPrefix(b, []byte("[")) }

// biometric tells whether an image, a recording or a template of a person is
// anywhere in a check-in: a string or array under one of the telling keys. It
// also takes JSON that is not valid, and then rather finds too much.
func biometric(b []byte) bool {
	for i := 0; i < len(b); i++ {
		if b[i] != '"' {
			continue
		}
		end := skipString(b, i)
		colon := skipSpace(b, end)
		if colon < len(b) && b[colon] == ':' && telling(unquote(b[i:end])) {
			v := skipSpace(b, colon+1)
			if v < len(b) && (b[v] == '"' || b[v] == '[') {
				return true
			}
		}
		i = end - 1
	}
	return false
}

func telling(key []byte) bool {
	if len(key) > len("fingerprint") {
		return false
	}
	switch strings.ToLower(string(key)) {
	case "image", "photo", "picture", "face", "template", "embedding", "feature", "features",
		"voiceprint", "audio", "video", "fingerprint":
		return true
	}
	return false
}

// longString tells whether a string in b has more than limit characters.
func longString(b []byte, limit int) bool {
	for i := 0; i < len(b); i++ {
		if b[i] != '"' {
			continue
		}
		end := skipString(b, i)
		if end-i > limit && utf8.RuneCount(unquote(b[i:end])) > limit {
			return true
		}
		i = end - 1
	}
	return false
}
