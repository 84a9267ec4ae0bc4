package sms

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// maxRule bounds an expression, in bytes.
const maxRule = 1 << 10

// rule is a condition on a gateway's answer, such as
//
//	status == 200 && code == "0"
//	code == 0 || body startswith "000000,"
//
// A term compares the HTTP status, the body's text, or a field of a JSON body
// (result.0.code) with a value, by ==, !=, contains or startswith. && binds
// tighter than ||; there are no parentheses. Values compare as text, so that 0
// and "0" are equal. A term about a field that is missing does not hold, not
// even with !=: what an answer does not say is no success.
type rule [][]term // one of them, all of its terms

type term struct{ field, op, value string }

// termForm is one term: field, operator, value.
var termForm = regexp.MustCompile(`^\s*([A-Za-z0-9_.\-]+)\s*(==|!=|\scontains\s|\sstartswith\s)\s*("(?:[^"\\]|\\.)*"|[A-Za-z0-9_.\-]+)\s*`)

// parseRule reads an expression.
func parseRule(text string) (rule, error) {
	if strings.TrimSpace(text) == "" || len(text) > maxRule {
		return nil, errors.New(`is empty or too long; write it like code == "0"`)
	}
	all := rule{{}}
	for rest := text; ; {
		found := termForm.FindStringSubmatch(rest)
		if found == nil {
			return nil, fmt.Errorf(`is not understood at %q; write terms like code == "0"`, firstOf(rest))
		}
		value, err := valueOf(found[3])
		if err != nil {
			return nil, err
		}
		last := len(all) - 1
		all[last] = append(all[last], term{found[1], strings.TrimSpace(found[2]), value})
		switch rest = rest[len(found[0]):]; {
		case rest == "":
			return all, nil
		case strings.HasPrefix(rest, "||"):
			all = append(all, nil)
		case !strings.HasPrefix(rest, "&&"):
			return nil, fmt.Errorf("has %q where && or || is expected", firstOf(rest))
		}
		rest = rest[2:]
	}
}

func firstOf(text string) string { return text[:min(len(text), 20)] }

func valueOf(text string) (string, error) {
	if !strings.HasPrefix(text, `"`) {
		return text, nil
	}
	value, err := strconv.Unquote(text)
	if err != nil {
		return "", fmt.Errorf("has a text that is not understood: %s", text)
	}
	return value, nil
}

// holds judges an answer.
func (r rule) holds(status int, body []byte) bool {
	for _, terms := range r {
		all := true
		for _, t := range terms {
			all = all && t.holds(status, body)
		}
		if all {
			return true
		}
	}
	return false
}

func (t term) holds(status int, body []byte) bool {
	got, known := lookUp(t.field, status, body)
	switch {
	case !known:
		return false
	case t.op == "==":
		return got == t.value
	case t.op == "!=":
		return got != t.value
	case t.op == "contains":
		return strings.Contains(got, t.value)
	}
	return strings.HasPrefix(got, t.value)
}

// lookUp gives a part of the answer as text.
func lookUp(field string, status int, body []byte) (text string, known bool) {
	switch field {
	case "status":
		return strconv.Itoa(status), true
	case "body":
		return strings.TrimSpace(string(body)), true
	}
	var at json.RawMessage = body
	for name := range strings.SplitSeq(field, ".") {
		if at = inside(at, name); at == nil {
			return "", false
		}
	}
	return scalar(at)
}

// inside gives a member of an object or an element of an array, nil: there is none.
func inside(value json.RawMessage, name string) json.RawMessage {
	var object map[string]json.RawMessage
	if json.Unmarshal(value, &object) == nil {
		return object[name]
	}
	var array []json.RawMessage
	if n, err := strconv.Atoi(name); json.Unmarshal(value, &array) == nil && err == nil && n >= 0 && n < len(array) {
		return array[n]
	}
	return nil
}

// scalar gives a text, a number or a truth value as it is written.
func scalar(value json.RawMessage) (text string, known bool) {
	var s string
	if json.Unmarshal(value, &s) == nil && value[0] == '"' {
		return s, true
	}
	text = string(value)
	return text, text != "null" && !strings.HasPrefix(text, "{") && !strings.HasPrefix(text, "[")
}
