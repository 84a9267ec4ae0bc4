package store

import (
	"errors"
	"strings"
)

// ErrCursor: the cursor of a list is not one that the list before gave out.
var ErrCursor = errors.New("cursor is not from this list")

// where collects conditions and their arguments; values never enter the text.
type where struct {
	conditions []string
	args       []any
}

func (w *where) add(condition string, args ...any) {
	w.conditions = append(w.conditions, condition)
	w.args = append(w.args, args...)
}

func (w *where) sql() string {
	if len(w.conditions) == 0 {
		return ""
	}
	return " WHERE " + strings.Join(w.conditions, " AND ")
}

// equal asks for a value in a column; the zero value asks for nothing.
func equal[T comparable](w *where, column string, value T) {
	var zero T
	if value != zero {
		w.add(column+" = ?", value)
	}
}

func oneOf[T any](w *where, column string, values []T) {
	if len(values) == 0 {
		return
	}
	args := make([]any, len(values))
	for i, v := range values {
		args[i] = v
	}
	w.add(column+" IN (?"+strings.Repeat(", ?", len(values)-1)+")", args...)
}
