package duty

import "errors"

// ErrInvalid: a field of a shift or a silence is missing or wrong.
var ErrInvalid = errors.New("invalid entry")

// FieldError says what is wrong with a field of what a person wants to store. It
// is an ErrInvalid.
type FieldError struct{ Field, Detail string }

// Error is a sentence that begins with the field.
func (e *FieldError) Error() string { return e.Field + " " + e.Detail }

// Unwrap gives ErrInvalid.
func (e *FieldError) Unwrap() error { return ErrInvalid }
