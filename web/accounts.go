package web

import (
	"context"
	"errors"
)

// ErrSignIn is the one answer of Accounts to credentials that it does not take,
// whatever is wrong with them.
var ErrSignIn = errors.New("name, password or code is wrong, or the account is locked")

// Credentials are what a person signs in with. Code is of the second factor, if
// there is one.
type Credentials struct{ Name, Password, Code string }

// Accounts knows people who sign in by name and password. It counts failures, locks
// accounts out, and takes as long for names that do not exist.
type Accounts interface {
	// SignIn opens a session and answers its secret.
	SignIn(ctx context.Context, c Credentials) (secret string, id Identity, err error)
	// ChangePassword ends all sessions of the account and opens a new one. What is
	// wrong with the new password is a *PasswordError.
	ChangePassword(ctx context.Context, c Credentials, password string) (secret string, err error)
	// SignOut ends a session.
	SignOut(ctx context.Context, secret string) error
}

// PasswordError says what is wrong with a new password.
type PasswordError struct{ Detail string }

// Error is the detail.
func (e *PasswordError) Error() string { return "the password " + e.Detail }
