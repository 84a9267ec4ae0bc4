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
	plain, err := json.Marshal(session{ID: rand.Text(), Secret: secret, Until: now.Add(sessionLife)})
	if err != nil {
		return nil, fmt.Errorf("encode session: %w", err)
	}
	value := base64.RawURLEncoding.EncodeToString(ss.aead.Seal(nil, nil, plain, []byte(ss.name())))
	return ss.cookie(value, int(sessionLife.Seconds())), nil
}

// read answers the session of a request, nil when there is no valid one.
func (ss *sessions) read(r *http.Request) *session {
	cookie, err := r.Cookie(ss.name())
	if err != nil {
		return nil
	}
	sealed, err := base64.RawURLEncoding.DecodeString(cookie.Value)
	if err != nil {
		return nil
	}
	plain, err := ss.aead.Open(nil, nil, sealed, []byte(ss.name()))
	if err != nil {
		return nil
	}
	var s session
	if json.Unmarshal(plain, &s) != nil || !time.Now().Before(s.Until) || ss.hasEnded(s.ID) {
		return nil
	}
	return &s
}

// end makes a copied cookie worthless, too, and answers the one that clears it.
func (ss *sessions) end(s *session, now time.Time) *http.Cookie {
	ss.mu.Lock()
	defer ss.mu.Unlock()
	for id, until := range ss.ended {
		if now.After(until) {
			delete(ss.ended, id)
		}
	}
	ss.ended[s.ID] = s.Until
	return ss.cookie("", -1)
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
	return &http.Cookie{
		Name: ss.name(), Value: value, Path: "/", MaxAge: maxAge,
		HttpOnly: true, Secure: ss.secure, SameSite: http.SameSiteLaxMode,
	}
}
