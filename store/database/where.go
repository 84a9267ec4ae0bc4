package database

import (
	"errors"
	"strings"
)

// ErrCursor: the cursor of a list is not one that the list before gave out.
var ErrCursor = errors.New("cursor is not from this list")

// Where collects conditions and their arguments; values never enter the text.
type Where struct {
	conditions []string
	Args       []any
}

// Add adds a condition.
func (w *Where) Add(condition string, args ...any) {
	w.conditions = append(w.conditions, condition)
	w.Args = append(w.Args, args...)
}

// SQL is the clause; nothing without conditions.
func (w *Where) SQL() string {
	if len(w.conditions) == 0 {
		return ""
	}
	return " WHERE " + strings.Join(w.conditions, " AND ")
}

// Equal asks for a value in a column; the zero value asks for nothing.
func Equal[T comparable](w *Where, column string, value T) {
	var zero T
	if value != zero {
		w.Add(column+" = ?", value)
	}
}

// OneOf asks for one of several values; none asks for nothing.
func OneOf[T any](w *Where, column string, values []T) {
	if len(values) == 0 {
		return
	}
	args := make([]any, len(values))
	for i, v := range values {
		args[i] = v
	}
	w.Add(column+" IN (?"+strings.Repeat(", ?", len(values)-1)+")", args...)
}
