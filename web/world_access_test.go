package web_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"correctiond/roster"
	"correctiond/web"
)

var (
	_ web.Accounts = (*world)(nil)
	_ web.Members  = (*world)(nil)
	_ web.Audit    = (*world)(nil)
	_ web.Caseload = (*world)(nil)
	_ web.Privates = (*world)(nil)
)

// member is an account of the world.
type member struct {
	password, code   string
	id               web.Identity
	disabled, locked roster.Instant
}

// employ makes an account.
func (w *world) employ(password, code string, id web.Identity) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.members == nil {
		w.members = map[string]*member{}
	}
	id.Password = true
	w.members[id.Name] = &member{password: password, code: code, id: id}
}

func (w *world) verify(c web.Credentials) (*member, error) {
	m := w.members[c.Name]
	if m == nil || m.password != c.Password || m.code != c.Code {
		return nil, web.ErrSignIn
	}
	return m, nil
}

func (w *world) open(m *member) string {
	w.opened++
	secret := fmt.Sprintf("session-%d", w.opened)
	w.tokens[secret] = m.id
	return secret
}

// SignIn opens a session.
func (w *world) SignIn(_ context.Context, c web.Credentials) (string, web.Identity, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	m, err := w.verify(c)
	if err != nil {
		return "", web.Identity{}, err
	}
	return w.open(m), m.id, nil
}

// ChangePassword ends all sessions and opens another.
func (w *world) ChangePassword(_ context.Context, c web.Credentials, password string) (string, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	m, err := w.verify(c)
	if err != nil {
		return "", err
	}
	if utf8.RuneCountInString(password) < 12 {
		return "", &web.PasswordError{Detail: "is short"}
	}
	for secret, id := range w.tokens {
		if id.Name == c.Name {
			delete(w.tokens, secret)
		}
	}
	m.password, m.id.MustChange = password, false
	return w.open(m), nil
}

// SignOut ends a session; tokens live on.
func (w *world) SignOut(_ context.Context, secret string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if strings.HasPrefix(secret, "session-") {
		delete(w.tokens, secret)
	}
	return w.broken
}

// Append keeps the record.
func (w *world) Append(_ context.Context, r web.Recorded) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.audit = append(w.audit, r)
	return w.broken
}

// recorded lists the records of an action.
func (w *world) recorded(action string) []web.Recorded {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(w.audit), func(r web.Recorded) bool { return r.Action != action })
}

// Assigned is whom every social worker looks after.
func (w *world) Assigned(context.Context, string) ([]roster.SubjectID, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.assigned, w.broken
}

// Sealed lists the minors of a district.
func (w *world) Sealed(_ context.Context, d roster.DistrictID) (ids []roster.SubjectID, _ error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for i := range w.people {
		if p := &w.people[i]; p.Minor && p.District == d {
			ids = append(ids, p.ID)
		}
	}
	return ids, nil
}

// Private is the full name, and a contact.
func (w *world) Private(_ context.Context, d roster.DistrictID, id roster.SubjectID) (web.Private, bool, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	i := slices.IndexFunc(w.people, func(p web.Person) bool { return p.ID == id && p.District == d })
	if i < 0 {
		return web.Private{}, false, nil
	}
	return web.Private{Name: w.people[i].Name, Contacts: []roster.Contact{{Name: "王五", Relation: "配偶", Phone: "13900000000"}}}, true, nil
}

// Members lists the accounts by name.
func (w *world) Members(context.Context) (list []web.Member, _ error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, name := range slices.Sorted(maps.Keys(w.members)) {
		m := w.members[name]
		list = append(list, web.Member{
			Name: name, Role: m.id.Role, District: m.id.District, Office: m.id.Office, Minors: m.id.Minors, MustChange: m.id.MustChange,
			TOTP: m.code != "", Disabled: m.disabled, Locked: m.locked,
		})
	}
	return list, w.broken
}

// AddMember makes an account; O1 and O2 are all offices.
func (w *world) AddMember(_ context.Context, m web.Member, by string) (string, error) {
	switch {
	case len(m.Name) < 3:
		return "", web.ErrMemberName
	case m.Role == web.Officer && w.OfficeName("D1", m.Office) == "":
		return "", web.ErrMemberPlace
	case w.members[m.Name] != nil:
		return "", web.ErrMemberTaken
	}
	w.employ("printed for "+m.Name, "", web.Identity{Name: m.Name, Role: m.Role, District: "D1", Office: m.Office, Minors: m.Minors, MustChange: true})
	w.changed = append(w.changed, by+" adds "+m.Name)
	return "printed for " + m.Name, w.broken
}

// valid is an account that is not disabled.
func (w *world) valid(name string) (*member, error) {
	if m := w.members[name]; m != nil && m.disabled == 0 {
		return m, w.broken
	}
	return nil, web.ErrNoMember
}

// DisableMember ends an account.
func (w *world) DisableMember(_ context.Context, name, by string) error {
	m, err := w.valid(name)
	if err == nil {
		m.disabled = 1
		w.changed = append(w.changed, by+" disables "+name)
	}
	return err
}

// ResetMember makes a password.
func (w *world) ResetMember(_ context.Context, name, by string) (string, error) {
	m, err := w.valid(name)
	if err != nil {
		return "", err
	}
	m.password = "another for " + name
	w.changed = append(w.changed, by+" resets "+name)
	return m.password, nil
}

// IssuedTokens lists what was issued.
func (w *world) IssuedTokens(context.Context) ([]web.IssuedToken, error) { return w.issued, w.broken }

// RevokeToken ends a token.
func (w *world) RevokeToken(_ context.Context, id, by string) error {
	i := slices.IndexFunc(w.issued, func(t web.IssuedToken) bool { return t.ID == id && t.Revoked == 0 })
	if i < 0 {
		return web.ErrNoMember
	}
	w.issued[i].Revoked = 1
	w.changed = append(w.changed, by+" revokes "+id)
	return w.broken
}
