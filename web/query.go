package web

import (
	"encoding/base64"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"correctiond/alerts"
	"correctiond/roster"
	"correctiond/rules"
)

// fieldError blames one parameter or field of a request.
type fieldError struct{ field, detail string }

func (e *fieldError) Error() string { return e.field + " " + e.detail }

// parseFilter reads the parameters of a list of alerts. state and severity may
// be repeated or separated by commas.
func parseFilter(q url.Values) (alerts.Filter, error) {
	f := alerts.Filter{
		Kind: rules.Kind(q.Get("kind")), Office: roster.OfficeID(q.Get("office")),
		Officer: roster.OfficerID(q.Get("officer")), Subject: roster.SubjectID(q.Get("subject")),
	}
	for _, read := range []func(url.Values, *alerts.Filter) error{readStates, readSeverities, readSpan, readPage} {
		if err := read(q, &f); err != nil {
			return alerts.Filter{}, err
		}
	}
	return f, nil
}

func readStates(q url.Values, f *alerts.Filter) error {
	for _, v := range values(q, "state") {
		switch st := alerts.State(v); st {
		case alerts.Open, alerts.Acknowledged, alerts.Closed:
			f.States = append(f.States, st)
		default:
			return &fieldError{"state", "is open, acknowledged or closed"}
		}
	}
	return nil
}

func readSeverities(q url.Values, f *alerts.Filter) error {
	for _, v := range values(q, "severity") {
		var sev rules.Severity
		if sev.UnmarshalText([]byte(v)) != nil {
			return &fieldError{"severity", "is P1, P2, P3 or P4"}
		}
		f.Severities = append(f.Severities, sev)
	}
	return nil
}

func readSpan(q url.Values, f *alerts.Filter) error {
	var err error
	if f.From, err = readTime(q, "from"); err != nil {
		return err
	}
	f.Until, err = readTime(q, "until")
	return err
}

func readTime(q url.Values, name string) (roster.Instant, error) {
	v := q.Get(name)
	if v == "" {
		return 0, nil
	}
	// An unescaped + of the offset arrives as a space.
	t, err := time.Parse(time.RFC3339, strings.Replace(v, " ", "+", 1))
	if err != nil {
		return 0, &fieldError{name, "is a time such as 2026-03-02T08:00:00+08:00 (escape the + as %2B)"}
	}
	return roster.InstantOf(t), nil
}

func readPage(q url.Values, f *alerts.Filter) error {
	var err error
	if f.Limit, err = readLimit(q); err != nil {
		return err
	}
	cursor, err := base64.RawURLEncoding.DecodeString(q.Get("cursor"))
	if err != nil || len(cursor) > 256 {
		return &fieldError{"cursor", "is not one of this list"}
	}
	f.Cursor = string(cursor)
	return nil
}

// nextCursor is the form in which a cursor leaves the server.
func nextCursor(next string) string { return base64.RawURLEncoding.EncodeToString([]byte(next)) }

// values splits what may be repeated or separated by commas.
func values(q url.Values, name string) []string {
	var out []string
	for _, v := range q[name] {
		for part := range strings.SplitSeq(v, ",") {
			if part != "" {
				out = append(out, part)
			}
		}
	}
	return out
}

// matches tells whether a is on the list that f selects, for live updates.
func matches(f *alerts.Filter, a *alerts.Alert) bool {
	return has(f.States, a.State) && has(f.Severities, a.Episode.Severity) &&
		same(f.Kind, a.Episode.Kind) && same(f.Office, a.Episode.Office) &&
		same(f.Officer, a.Officer()) && same(f.Subject, a.Episode.Subject) &&
		(f.From == 0 || a.Episode.Opened >= f.From) && (f.Until == 0 || a.Episode.Opened < f.Until)
}

func has[T comparable](want []T, v T) bool {
	return len(want) == 0 || slices.Contains(want, v)
}

func same[T ~string](want, v T) bool { return want == "" || want == v }

// readLimit is how many items a page of a list may have.
func readLimit(q url.Values) (int, error) {
	v := q.Get("limit")
	if v == "" {
		return defaultLimit, nil
	}
	n, err := strconv.Atoi(v)
	if err != nil || n < 1 || n > alerts.MaxPage {
		return 0, &fieldError{"limit", fmt.Sprintf("is 1 … %d", alerts.MaxPage)}
	}
	return n, nil
}

// readFlag reads a parameter that is true or false; absent it is false.
func readFlag(q url.Values, name string) (bool, error) {
	if !q.Has(name) {
		return false, nil
	}
	on, err := strconv.ParseBool(q.Get(name))
	if err != nil {
		return false, &fieldError{name, "is true or false"}
	}
	return on, nil
}

const defaultLimit = 50
