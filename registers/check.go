package registers

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"correctiond/roster"
)

// FieldError says what is wrong with a field of an entry.
type FieldError struct{ Field, Detail string }

// Error is a sentence that begins with the field.
func (e *FieldError) Error() string { return e.Field + " " + e.Detail }

// ErrConflict is what a step answers that comes too early, or twice.
var ErrConflict = errors.New("the record stands otherwise")

const (
	maxWords = 4000 // characters
	maxList  = 50
)

// Check tells what is wrong with the fields of an entry, as a *FieldError; nil:
// nothing. The field "step" names the step and is judged by whoever found the form.
func (f *Form) Check(subject roster.SubjectID, body Body) error {
	switch {
	case subject == "" && f.Subject == "needed":
		return &FieldError{"subject", "is missing"}
	case subject != "" && f.Subject == "":
		return &FieldError{"subject", "does not belong here"}
	}
	for _, field := range f.Fields {
		if _, typed := body[field.Name]; typed && field.Given {
			return &FieldError{field.Name, "is filled in by the program"}
		}
		if err := field.check(body); err != nil {
			return err
		}
	}
	for name := range body {
		if name != "step" && !slices.ContainsFunc(f.Fields, func(field Field) bool { return field.Name == name }) {
			return &FieldError{name, "is unknown"}
		}
	}
	return nil
}

func (f *Field) check(body Body) error {
	v, given := body[f.Name]
	if !given || v == "" {
		if f.Needed {
			return &FieldError{f.Name, "is missing"}
		}
		return nil
	}
	if f.Kind == List {
		return f.list(v)
	}
	text, isText := v.(string)
	if !isText || utf8.RuneCountInString(text) > maxWords {
		return &FieldError{f.Name, fmt.Sprintf("is text of at most %d characters", maxWords)}
	}
	if f.Kind == Choice && !slices.Contains(strings.Fields(f.Words), text) {
		return &FieldError{f.Name, "is one of " + strings.ReplaceAll(f.Words, " ", ", ")}
	}
	if f.Kind == Day {
		if _, err := roster.ParseDate(text); err != nil {
			return &FieldError{f.Name, "is a day such as 2026-03-02, or a time with its offset"}
		}
	}
	return nil
}

func (f *Field) list(v any) error {
	list, ok := v.([]any)
	if !ok || len(list) > maxList {
		return &FieldError{f.Name, fmt.Sprintf("is a list of at most %d", maxList)}
	}
	for _, item := range list {
		if s, isText := item.(string); !isText || s == "" || utf8.RuneCountInString(s) > 100 {
			return &FieldError{f.Name, "holds text of at most 100 characters"}
		}
	}
	return nil
}

// Follows tells whether a step may come now: after the one it needs, and once.
// The error is ErrConflict with its cause.
func (r *Register) Follows(rec *Record, f *Form, subject roster.SubjectID) error {
	came := func(step string, who roster.SubjectID) bool {
		return slices.ContainsFunc(rec.Steps, func(e Entry) bool {
			return e.Body.Text("step") == step && (who == "" || e.Subject == who)
		})
	}
	switch {
	case f.After != "" && !came(f.After, ""):
		return fmt.Errorf("%w: %s comes after %s", ErrConflict, f.Name, f.After)
	case came(f.Name, subject):
		return fmt.Errorf("%w: it is %s already", ErrConflict, f.Name)
	case came("ended", ""):
		return fmt.Errorf("%w: it has ended", ErrConflict)
	}
	return nil
}

// Key is what can be entered only once, empty for what may come again.
func (e *Entry) Key(f *Form) string {
	switch {
	case e.Of == 0 && e.Register == "incidents" && e.Body.Text("alert") != "":
		return "alert/" + e.Body.Text("alert")
	case e.Of == 0:
		return ""
	case f.Many:
		return fmt.Sprintf("%d/%s/%s", e.Of, f.Name, e.Subject)
	}
	return fmt.Sprintf("%d/%s", e.Of, f.Name)
}
