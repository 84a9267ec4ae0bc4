package web_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// spec is the OpenAPI document as a program that knows nothing else reads it.
type spec map[string]any

// at follows keys into nested mappings; nil when one is missing.
func at(v any, keys ...string) any {
	for _, k := range keys {
		m, _ := v.(map[string]any)
		v = m[k]
	}
	return v
}

// resolve follows references.
func (d spec) resolve(v any) map[string]any {
	m, _ := v.(map[string]any)
	for {
		ref, ok := m["$ref"].(string)
		if !ok {
			return m
		}
		m, _ = at(map[string]any(d), strings.Split(strings.TrimPrefix(ref, "#/"), "/")...).(map[string]any)
	}
}

// flat joins a schema with those of its allOf.
func (d spec) flat(v any) map[string]any {
	m := d.resolve(v)
	parts, ok := m["allOf"].([]any)
	if !ok {
		return m
	}
	props, required := map[string]any{}, []any{}
	for _, p := range parts {
		part := d.flat(p)
		more, _ := part["properties"].(map[string]any)
		maps.Copy(props, more)
		list, _ := part["required"].([]any)
		required = append(required, list...)
	}
	return map[string]any{"type": "object", "properties": props, "required": required}
}

// check tells where a value breaks its schema, "" when it does not. Objects hold
// nothing that is not described.
func (d spec) check(schema, v any, where string) string {
	s := d.flat(schema)
	for _, judge := range []func(map[string]any, any, string) string{d.checkChoice, d.checkType, d.checkText, d.checkRange, d.checkList, d.checkObject} {
		if bad := judge(s, v, where); bad != "" {
			return bad
		}
	}
	return ""
}

func (d spec) checkChoice(s map[string]any, v any, where string) string {
	if want, ok := s["const"]; ok && want != v {
		return fmt.Sprintf("%s is %v, not %v", where, v, want)
	}
	if list, ok := s["enum"].([]any); ok && !slices.Contains(list, v) {
		return fmt.Sprintf("%s is %v, none of %v", where, v, list)
	}
	for _, key := range []string{"anyOf", "oneOf"} {
		list, ok := s[key].([]any)
		if ok && !slices.ContainsFunc(list, func(one any) bool { return d.check(one, v, where) == "" }) {
			return where + " fits none of " + key + ": " + d.check(list[len(list)-1], v, where)
		}
	}
	return ""
}

func (spec) checkType(s map[string]any, v any, where string) string {
	allowed, isList := s["type"].([]any)
	if !isList && s["type"] != nil {
		allowed = []any{s["type"]}
	}
	kind := "null"
	switch n := v.(type) {
	case string:
		kind = "string"
	case bool:
		kind = "boolean"
	case float64:
		kind = "number"
		if n == float64(int64(n)) && slices.Contains(allowed, any("integer")) {
			kind = "integer"
		}
	case []any:
		kind = "array"
	case map[string]any:
		kind = "object"
	}
	if allowed != nil && !slices.Contains(allowed, any(kind)) {
		return fmt.Sprintf("%s is of type %s, not %v", where, kind, allowed)
	}
	return ""
}

func (spec) checkText(s map[string]any, v any, where string) string {
	text, ok := v.(string)
	if !ok {
		return ""
	}
	if p, has := s["pattern"].(string); has && !regexp.MustCompile(p).MatchString(text) {
		return fmt.Sprintf("%s is %q, not like %s", where, text, p)
	}
	layout := map[any]string{"date-time": time.RFC3339, "date": time.DateOnly}[s["format"]]
	if layout == "" {
		return ""
	}
	if _, err := time.Parse(layout, text); err != nil {
		return fmt.Sprintf("%s is no %v: %q", where, s["format"], text)
	}
	return ""
}

func (spec) checkRange(s map[string]any, v any, where string) string {
	n, ok := v.(float64)
	if !ok {
		return ""
	}
	low, hasLow := s["minimum"].(float64)
	high, hasHigh := s["maximum"].(float64)
	if hasLow && n < low || hasHigh && n > high {
		return fmt.Sprintf("%s is %v", where, n)
	}
	return ""
}

func (d spec) checkList(s map[string]any, v any, where string) string {
	list, ok := v.([]any)
	if !ok {
		return ""
	}
	for i, item := range list {
		if bad := d.check(s["items"], item, fmt.Sprintf("%s[%d]", where, i)); bad != "" {
			return bad
		}
	}
	return ""
}

func (d spec) checkObject(s map[string]any, v any, where string) string {
	object, ok := v.(map[string]any)
	if !ok {
		return ""
	}
	required, _ := s["required"].([]any)
	for _, name := range required {
		if _, has := object[name.(string)]; !has {
			return fmt.Sprintf("%s.%s is missing", where, name)
		}
	}
	props, described := s["properties"].(map[string]any)
	for name, value := range object {
		schema, known := props[name]
		if !known {
			schema = s["additionalProperties"]
		}
		if schema == nil && described {
			return fmt.Sprintf("%s.%s is not described", where, name)
		}
		if bad := d.check(schema, value, where+"."+name); bad != "" {
			return bad
		}
	}
	return ""
}

// readSpec decodes the document as it is served.
func readSpec(text []byte) (spec, error) {
	var d spec
	err := json.Unmarshal(text, &d)
	return d, err
}

// decode reads an answer that has to be there.
func decode(t testing.TB, rec *httptest.ResponseRecorder, into any) {
	t.Helper()
	if err := json.Unmarshal(rec.Body.Bytes(), into); err != nil || rec.Code != http.StatusOK {
		t.Fatalf("%d %v\n%s", rec.Code, err, rec.Body)
	}
}

// misfit tells how a text differs from a schema of the document, "" when it does not.
func (d spec) misfit(schema, text string) string {
	var v any
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		return err.Error()
	}
	return d.check(map[string]any{"$ref": "#/components/schemas/" + schema}, v, schema)
}
