package web_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"correctiond/roster"
	"correctiond/web"
)

var (
	_ web.Accounts = (*world)(nil)
	_ web.Audit    = (*world)(nil)
	_ web.Caseload = (*world)(nil)
	_ web.Privates = (*world)(nil)
)

// member is an account of the world.
type member struct {
	password, code string
	id             web.Identity
}

// employ makes an account.
func (w *world) employ(password, code string, id web.Identity) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.members == nil {
		w.members = map[string]*member{}
	}
	id.Password = true
	w.members[id.Name] = &member{password, code, id}
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
