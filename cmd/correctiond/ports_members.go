package main

import (
	"context"
	"errors"

	"correctiond/store/access"
	"correctiond/store/database"
	"correctiond/web"
)

var _ web.Members = ports{}

// Members lists the accounts.
func (p ports) Members(ctx context.Context) ([]web.Member, error) {
	found, err := p.d.state.Accounts(ctx)
	list := make([]web.Member, 0, len(found))
	for i := range found {
		a := &found[i]
		list = append(list, web.Member{
			Name: a.Name, Role: web.Role(a.Role), District: a.District, Office: a.Office, Minors: a.Minors,
			MustChange: a.MustChange, TOTP: a.TOTP, LastUsed: a.LastUsed, Locked: a.Locked, Disabled: a.Disabled,
		})
	}
	return list, err
}

// AddMember makes an account as the command user add does.
func (p ports) AddMember(ctx context.Context, m web.Member, by string) (string, error) {
	t := access.Token{Role: string(m.Role), District: m.District, Office: m.Office}
	if err := p.d.placeToken(ctx, &t); err != nil {
		if exitCode(err) == 2 || errors.Is(err, database.ErrNotFound) {
			err = web.ErrMemberPlace
		}
		return "", err
	}
	a := access.Account{Name: m.Name, Role: t.Role, District: t.District, Office: t.Office, Minors: m.Minors}
	password, err := p.d.state.AddAccount(ctx, a, by, nowInstant())
	return password, memberError(err)
}

// DisableMember ends an account and its sessions.
func (p ports) DisableMember(ctx context.Context, name, by string) error {
	return memberError(p.d.state.DisableAccount(ctx, name, by, nowInstant()))
}

// ResetMember makes an account a new one-time password.
func (p ports) ResetMember(ctx context.Context, name, by string) (string, error) {
	password, err := p.d.state.ResetPassword(ctx, name, by, nowInstant())
	return password, memberError(err)
}

// IssuedTokens lists the access tokens.
func (p ports) IssuedTokens(ctx context.Context) ([]web.IssuedToken, error) {
	found, err := p.d.state.Tokens(ctx)
	list := make([]web.IssuedToken, 0, len(found))
	for i := range found {
		t := &found[i]
		list = append(list, web.IssuedToken{
			ID: t.ID, Name: t.Name, Role: web.Role(t.Role), District: t.District, Office: t.Office,
			Created: t.Created, LastUsed: t.LastUsed, Revoked: t.Revoked,
		})
	}
	return list, err
}

// RevokeToken ends a token.
func (p ports) RevokeToken(ctx context.Context, id, by string) error {
	return memberError(p.d.state.RevokeToken(ctx, id, by, nowInstant()))
}

// memberError puts what the store refuses into the words of the pages.
func memberError(err error) error {
	switch {
	case errors.Is(err, database.ErrNotFound):
		return web.ErrNoMember
	case errors.Is(err, database.ErrTaken):
		return web.ErrMemberTaken
	case errors.Is(err, access.ErrName):
		return web.ErrMemberName
	}
	return err
}
