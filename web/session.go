package web

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"sync"
	"time"
)

// sessionLife is how long a sign-in lasts: one shift.
const sessionLife = 12 * time.Hour

// session is what the cookie holds, sealed. It carries the secret it was opened
// with and not its rights, so that withdrawing a token ends its sessions on
// every node at the next request.
type session struct {
	ID     string    `json:"i"`
	Secret string    `json:"s"`
	Until  time.Time `json:"u"`
}

// sessions seals and opens cookies with AES-256-GCM.
type sessions struct {
	aead   cipher.AEAD
	mac    []byte
	secure bool

	mu    sync.Mutex
	ended map[string]time.Time // signed out before their time
}

// newSessions derives its keys from key; a random one is made when it is empty.
func newSessions(key []byte, secure bool) (*sessions, error) {
	if len(key) == 0 {
		key = make([]byte, 32)
		_, _ = rand.Read(key) // never fails, see crypto/rand
	}
	if len(key) < 32 {
		return nil, fmt.Errorf("the session key has %d bytes: use at least 32", len(key))
	}
	block, err := aes.NewCipher(derive(key, "cookie"))
	if err != nil {
		return nil, fmt.Errorf("session cipher: %w", err)
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		return nil, fmt.Errorf("session cipher: %w", err)
	}
	return &sessions{aead: aead, mac: derive(key, "csrf"), secure: secure, ended: map[string]time.Time{}}, nil
}

func derive(key []byte, purpose string) []byte {
	m := hmac.New(sha256.New, key)
	m.Write([]byte("correctiond " + purpose))
	return m.Sum(nil)
}

// open makes the cookie of a new session.
func (ss *sessions) open(secret string, now time.Time) (*http.Cookie, error) {
	value, err := ss.seal(ss.name(), session{ID: rand.Text(), Secret: secret, Until: now.Add(sessionLife)})
	if err != nil {
		return nil, err
	}
	return ss.cookie(value, int(sessionLife.Seconds())), nil
}

// seal encrypts the value of a cookie. Its name goes in, so that none is taken for
// another.
func (ss *sessions) seal(name string, v any) (string, error) {
	plain, err := json.Marshal(v)
	if err != nil {
		return "", fmt.Errorf("encode cookie: %w", err)
	}
	return base64.RawURLEncoding.EncodeToString(ss.aead.Seal(nil, nil, plain, []byte(name))), nil
}

// unseal reads the value of a cookie into v; false when there is none of ours.
func (ss *sessions) unseal(r *http.Request, name string, v any) bool {
	cookie, err := r.Cookie(name)
	if err != nil {
		return false
	}
	sealed, err := base64.RawURLEncoding.DecodeString(cookie.Value)
	if err != nil {
		return false
	}
	plain, err := ss.aead.Open(nil, nil, sealed, []byte(name))
	return err == nil && json.Unmarshal(plain, v) == nil
}

// read answers the session of a request, nil when there is no valid one.
func (ss *sessions) read(r *http.Request) *session {
	var s session
	if !ss.unseal(r, ss.name(), &s) || !time.Now().Before(s.Until) || ss.hasEnded(s.ID) {
		return nil
	}
	return &s
}

// end makes a copied cookie worthless, too, and answers the one that clears it.
func (ss *sessions) end(s *session, now time.Time) *http.Cookie {
	ss.spend(s.ID, s.Until, now)
	return ss.cookie("", -1)
}

// spend notes that an id serves no more; false when it did not before.
func (ss *sessions) spend(spent string, until, now time.Time) bool {
	ss.mu.Lock()
	defer ss.mu.Unlock()
	for id, last := range ss.ended {
		if now.After(last) {
			delete(ss.ended, id)
		}
	}
	_, before := ss.ended[spent]
	ss.ended[spent] = until
	return !before
}

func (ss *sessions) hasEnded(id string) bool {
	ss.mu.Lock()
	defer ss.mu.Unlock()
	_, ended := ss.ended[id]
	return ended
}

// csrf is the token that forms of the session carry.
func (ss *sessions) csrf(s *session) string {
	return base64.RawURLEncoding.EncodeToString(derive(ss.mac, s.ID))
}

// name binds the cookie to this host when it travels encrypted.
func (ss *sessions) name() string {
	if ss.secure {
		return "__Host-correctiond"
	}
	return "correctiond"
}

func (ss *sessions) cookie(value string, maxAge int) *http.Cookie {
	return ss.named(ss.name(), value, maxAge)
}

func (ss *sessions) named(name, value string, maxAge int) *http.Cookie {
	return &http.Cookie{
		Name: name, Value: value, Path: "/", MaxAge: maxAge,
		HttpOnly: true, Secure: ss.secure, SameSite: http.SameSiteLaxMode,
	}
}
