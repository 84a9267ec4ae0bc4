package main

import (
	"context"
	"errors"
	"slices"

	"correctiond/event"
	"correctiond/roster"
	"correctiond/rules"
	"correctiond/store/access"
	"correctiond/store/audit"
	"correctiond/store/database"
	"correctiond/web"
)

var (
	_ web.Tokens   = ports{}
	_ web.Accounts = ports{}
	_ web.Audit    = ports{}
	_ web.Caseload = ports{}
	_ web.Privates = ports{}
)

// Lookup finds who a token or a session belongs to.
func (p ports) Lookup(ctx context.Context, secret string, used bool) (web.Identity, bool, error) {
	id, err := p.identity(ctx, secret, used)
	if errors.Is(err, database.ErrNotFound) {
		return web.Identity{}, false, nil
	}
	return id, err == nil, err
}

func (p ports) identity(ctx context.Context, secret string, used bool) (web.Identity, error) {
	if access.IsSession(secret) {
		a, err := p.d.state.LookupSession(ctx, secret, used, nowInstant())
		return p.holder(&a), err
	}
	t, err := p.d.state.LookupToken(ctx, secret, nowInstant())
	id := p.holder(&access.Account{Name: t.Name, Role: t.Role, District: t.District, Office: t.Office, Minors: t.Minors})
	id.Password = false
	return id, err
}

// holder is who an account stands for, in the roster too.
func (p ports) holder(a *access.Account) web.Identity {
	id := web.Identity{
		Name: a.Name, Role: web.Role(a.Role), District: a.District, Office: a.Office, Minors: a.Minors,
		Password: !a.Outside, MustChange: a.MustChange,
	}
	if dir := p.d.registry.district(a.District); dir != nil && a.Name != "" {
		officers := dir.Roster().Officers
		if i := slices.IndexFunc(officers, func(o roster.Officer) bool { return o.User == a.Name }); i >= 0 {
			id.Officer = officers[i].ID
		}
	}
	return id
}

// SignIn opens a session for someone with a password.
func (p ports) SignIn(ctx context.Context, c web.Credentials) (string, web.Identity, error) {
	secret, a, err := p.d.state.SignIn(ctx, access.Credentials(c), nowInstant())
	if err != nil {
		return "", web.Identity{}, signInError(err)
	}
	return secret, p.holder(&a), nil
}

// ChangePassword replaces a password and opens a session.
func (p ports) ChangePassword(ctx context.Context, c web.Credentials, password string) (string, error) {
	secret, err := p.d.state.ChangePassword(ctx, access.Credentials(c), password, nowInstant())
	return secret, signInError(err)
}

// SignOut ends a session. A token lives on: it is not the session's.
func (p ports) SignOut(ctx context.Context, secret string) error {
	if !access.IsSession(secret) {
		return nil
	}
	return p.d.state.EndSession(ctx, secret, nowInstant())
}

// signInError puts what the store refuses into the words of the pages.
func signInError(err error) error {
	if weak, ok := errors.AsType[*access.PasswordError](err); ok {
		return &web.PasswordError{Detail: weak.Detail}
	}
	if errors.Is(err, access.ErrSignIn) {
		return web.ErrSignIn
	}
	return err
}

// Append adds to the audit chain. The rules hear of a track that was refused.
func (p ports) Append(ctx context.Context, r web.Recorded) error {
	err := p.d.state.AppendAudit(ctx, audit.Record{
		At: nowInstant(), Actor: r.Actor, Action: r.Action, Object: r.Object, Reason: r.Reason, Detail: r.Detail,
		District: r.District, Subject: r.Subject,
	})
	if err != nil || r.Action != web.TrackRefused || p.d.lane(r.District) == nil {
		return err
	}
	result := event.QueryRefused
	if r.Reason == web.Unreasoned {
		result = event.QueryUnreasoned
	}
	return p.d.queried(ctx, r.District, event.Act{By: r.Actor, Subject: roster.SubjectID(r.Object), Result: result})
}

// queried tells the rules of a district who has read a track, or asked for one.
func (d *daemon) queried(ctx context.Context, district roster.DistrictID, a event.Act) error {
	a.Type = event.ActQuery
	return d.Append(ctx, district, []event.Entry{{At: nowInstant(), Act: &a}})
}

// Assigned lists whom a social worker looks after.
func (p ports) Assigned(ctx context.Context, name string) ([]roster.SubjectID, error) {
	return p.d.state.Assigned(ctx, name)
}

// Sealed lists whose files of a district are sealed.
func (p ports) Sealed(ctx context.Context, id roster.DistrictID) ([]roster.SubjectID, error) {
	return p.d.state.Sealed(ctx, id)
}

// seal remembers the minors of a roster, before anything about them can be shown.
func (d *daemon) seal(ctx context.Context, dir *roster.Directory) error {
	var minors []roster.SubjectID
	for _, s := range dir.Subjects() {
		if s.Minor {
			minors = append(minors, s.ID)
		}
	}
	return d.state.Seal(ctx, dir.DistrictID(), minors)
}

// Private reads name and contacts of someone under supervision.
func (p ports) Private(_ context.Context, d roster.DistrictID, id roster.SubjectID) (web.Private, bool, error) {
	l := p.d.lane(d)
	if l == nil {
		return web.Private{}, false, nil
	}
	var found web.Private
	var ok bool
	l.district.ask(func(e *rules.Engine) {
		if dir := e.Directory(); dir != nil && dir.Subject(id) != nil {
			s := dir.Subject(id)
			found, ok = web.Private{Name: s.Name, Contacts: slices.Clone(s.Contacts)}, true
		}
	})
	return found, ok, nil
}
