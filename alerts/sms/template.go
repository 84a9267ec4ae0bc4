package sms

import (
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"net/url"
	"regexp"
	"strings"

	"correctiond/strict"
)

// A template is text with places for values: {to}, {text}, {key}, {count},
// {secret} and {user}. A value is escaped for where it stands, so that no value
// can become a part of the request's form.
type template string

// escape makes a value fit for a place.
type escape func(string) string

func places() []string { return []string{"to", "text", "key", "count", "secret", "user"} }

var placeForm = regexp.MustCompile(`\{([a-z_]+)\}`)

// check refuses places that nothing fills.
func (t template) check() error {
	var all []error
	for _, found := range placeForm.FindAllStringSubmatch(string(t), -1) {
		if best, edits := strict.Nearest(found[1], places()); edits > 0 {
			all = append(all, fmt.Errorf("unknown place {%s}; did you mean {%s}?", found[1], best))
		}
	}
	return errors.Join(all...)
}

// fill puts the values in, once: a value that looks like a place stays as it is.
func (t template) fill(values map[string]string, esc escape) string {
	return placeForm.ReplaceAllStringFunc(string(t), func(place string) string {
		return esc(values[strings.Trim(place, "{}")])
	})
}

// escapeFor gives the escaping of a body's format; nil: the format is not known.
func escapeFor(format string) escape {
	switch format {
	case "json":
		return inString
	case "form":
		return url.QueryEscape
	case "xml":
		return html.EscapeString
	}
	return nil
}

// inString escapes for inside a JSON string.
func inString(value string) string {
	quoted, err := json.Marshal(value)
	if err != nil {
		return "" // strings never fail
	}
	return string(quoted[1 : len(quoted)-1])
}

// inHeader leaves out what would end a header.
func inHeader(value string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return -1
		}
		return r
	}, value)
}

func contentType(format string) string {
	switch format {
	case "json":
		return "application/json; charset=utf-8"
	case "form":
		return "application/x-www-form-urlencoded; charset=utf-8"
	}
	return "application/xml; charset=utf-8"
}
