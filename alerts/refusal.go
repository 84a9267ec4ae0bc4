package alerts

import (
	"errors"
	"fmt"
)

// Why an action is refused; a *Refusal wraps one of them.
var (
	// ErrStale: the alert changed since the person saw it.
	ErrStale = errors.New("alert has changed")
	// ErrClosed: a closed alert takes notes and files only, until it is reopened.
	ErrClosed = errors.New("alert is closed")
	// ErrConflict: the state of the alert does not allow the action.
	ErrConflict = errors.New("action does not fit the alert's state")
	// ErrInvalid: a field of the action is missing or wrong.
	ErrInvalid = errors.New("invalid action")
)

// Refusal says why an action changed nothing.
type Refusal struct {
	Err     error  // ErrStale, ErrClosed, ErrConflict or ErrInvalid
	Field   string // field of the action; empty unless ErrInvalid or ErrStale
	Detail  string // the rest of a sentence that begins with the field or the alert
	Current Alert  // as it stands
}

// Error is a sentence that names the alert and the field.
func (r *Refusal) Error() string {
	if r.Field == "" {
		return fmt.Sprintf("alert %s %s", r.Current.Episode.ID, r.Detail)
	}
	return fmt.Sprintf("alert %s: %s %s", r.Current.Episode.ID, r.Field, r.Detail)
}

// Unwrap gives the reason, for errors.Is.
func (r *Refusal) Unwrap() error { return r.Err }

func invalid(cur *Alert, field, detail string) error {
	return &Refusal{Err: ErrInvalid, Field: field, Detail: detail, Current: *cur}
}

func conflict(cur *Alert, detail string) error {
	return &Refusal{Err: ErrConflict, Detail: detail, Current: *cur}
}

func closed(cur *Alert) error {
	return &Refusal{Err: ErrClosed, Detail: "is closed: reopen it first", Current: *cur}
}

func stale(cur *Alert, seen int) error {
	detail := fmt.Sprintf("%d is not the current one: the alert is at version %d", seen, cur.Version)
	return &Refusal{Err: ErrStale, Field: "version", Detail: detail, Current: *cur}
}
