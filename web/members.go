package web

import (
	"context"
	"errors"

	"correctiond/roster"
)

// Member is an account as administrators see it: no password, no secret.
type Member struct {
	Name     string
	Role     Role
	District roster.DistrictID
	Office   roster.OfficeID
	// Minors: may see the sealed files of minors.
	Minors bool
	// MustChange: the password was printed, and has not been changed yet.
	MustChange bool
	TOTP       bool           // has a second factor
	LastUsed   roster.Instant // last sign-in; 0: never
	Locked     roster.Instant // until then; 0: not
	Disabled   roster.Instant // 0: valid
}

// IssuedToken is an access token as administrators see it, without its secret.
type IssuedToken struct {
	ID, Name string
	Role     Role
	District roster.DistrictID
	Office   roster.OfficeID
	Created  roster.Instant
	LastUsed roster.Instant // 0: never
	Revoked  roster.Instant // 0: valid
}

// What Members answers to what it does not do.
var (
	ErrNoMember    = errors.New("there is no such account or token, or it is over already")
	ErrMemberTaken = errors.New("there is an account of that name already")
	ErrMemberName  = errors.New("the name is not one that an account may have")
	ErrMemberPlace = errors.New("district and office do not exist, or do not fit the role")
)

// Members makes accounts and ends them and tokens; every change is recorded with who
// made it. A password that it answers is kept nowhere else.
type Members interface {
	Members(ctx context.Context) ([]Member, error)
	AddMember(ctx context.Context, m Member, by string) (password string, err error)
	DisableMember(ctx context.Context, name, by string) error
	ResetMember(ctx context.Context, name, by string) (password string, err error)
	IssuedTokens(ctx context.Context) ([]IssuedToken, error)
	RevokeToken(ctx context.Context, id, by string) error
}
