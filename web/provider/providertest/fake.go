// Package providertest is an identity provider for tests: discovery, keys, sign-in
// and tokens, as strict as a real one and with the faults of bad ones.
package providertest

import (
	"crypto"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"io"
	"log"
	"maps"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"
)

// What the client has to know, and nobody else.
const (
	ClientID = "correctiond"
	Secret   = "client secret of the tests"
)

const discovery = "/.well-known/openid-configuration"

// Fake is a provider that runs. Whoever comes is signed in at once, as Person, unless
// AsksFor names what has to be typed.
type Fake struct {
	// URL is its issuer.
	URL string
	// Authority, in PEM, is who its certificate is of; empty: it has none.
	Authority []byte

	mu       sync.Mutex
	redirect string
	person   map[string]any
	alter    func(claims map[string]any)
	sign     string
	deny     string
	method   string // how clients say who they are; empty: client_secret_basic
	password string // of whoever signs in; empty: nobody is asked
	at       string // before the paths that clients learn from the description
	faults   map[string]http.HandlerFunc
	key      *rsa.PrivateKey
	keyID    string
	old      *rsa.PrivateKey // withdrawn
	oldID    string
	grants   map[string]url.Values // by code: what was asked for
	asked    map[string]int        // by path
}

// Start runs a provider that sends people back to an address.
func Start(t testing.TB, redirect string) *Fake {
	t.Helper()
	f, srv := prepare(t, redirect)
	srv.Start()
	f.URL = srv.URL
	return f
}

// StartTLS is Start with a certificate that only its own authority vouches for.
func StartTLS(t testing.TB, redirect string) *Fake {
	t.Helper()
	f, srv := prepare(t, redirect)
	srv.Config.ErrorLog = log.New(io.Discard, "", 0) // clients that do not trust it are tested
	srv.StartTLS()
	f.URL = srv.URL
	f.Authority = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: srv.Certificate().Raw})
	return f
}

func prepare(t testing.TB, redirect string) (*Fake, *httptest.Server) {
	t.Helper()
	f := &Fake{redirect: redirect, faults: map[string]http.HandlerFunc{}, grants: map[string]url.Values{}, asked: map[string]int{}}
	f.Rotate(t)
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+discovery, f.describe)
	mux.HandleFunc("GET /keys", f.keys)
	mux.HandleFunc("/authorize", f.authorize)
	mux.HandleFunc("POST /token", f.token)
	srv := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		f.mu.Lock()
		f.asked[r.URL.Path]++
		fault, at := f.faults[r.URL.Path], f.at
		f.mu.Unlock()
		switch {
		case fault != nil:
			fault(w, r)
		case r.URL.Path == discovery:
			mux.ServeHTTP(w, r)
		default:
			http.StripPrefix(at, mux).ServeHTTP(w, r)
		}
	}))
	t.Cleanup(srv.Close)
	return f, srv
}

// Person sets the claims of who signs in next, beside those of every ID token.
func (f *Fake) Person(claims map[string]any) { f.set(func() { f.person = claims }) }

// Alter changes the claims of ID tokens at the last moment; nil: not.
func (f *Fake) Alter(change func(claims map[string]any)) { f.set(func() { f.alter = change }) }

// Sign has ID tokens signed by another algorithm: none, HS256 with the client's
// secret, forged, by a key that is not the provider's, or withdrawn, by the one that it
// had before; empty: RS256.
func (f *Fake) Sign(how string) { f.set(func() { f.sign = how }) }

// Deny answers sign-ins with an error, such as access_denied; empty: not.
func (f *Fake) Deny(code string) { f.set(func() { f.deny = code }) }

// Clients says how clients have to prove who they are: client_secret_basic,
// client_secret_post, or none, for public ones.
func (f *Fake) Clients(method string) { f.set(func() { f.method = method }) }

// AsksFor lets whoever signs in type a password on a page.
func (f *Fake) AsksFor(password string) { f.set(func() { f.password = password }) }

// Move puts everything but the description behind another path.
func (f *Fake) Move(to string) { f.set(func() { f.at = to }) }

// Fault answers a path by something else; nil: as it should be.
func (f *Fake) Fault(path string, h http.HandlerFunc) { f.set(func() { f.faults[path] = h }) }

// Asked is how often a path was asked for.
func (f *Fake) Asked(path string) (n int) {
	f.set(func() { n = f.asked[path] })
	return n
}

// Rotate takes another key, under another name.
func (f *Fake) Rotate(t testing.TB) {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	f.set(func() { f.old, f.oldID, f.key, f.keyID = f.key, f.keyID, key, rand.Text() })
}

func (f *Fake) set(change func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	change()
}

func (f *Fake) describe(w http.ResponseWriter, _ *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	at := f.URL + f.at
	said := map[string]any{
		"issuer": f.URL, "authorization_endpoint": at + "/authorize", "token_endpoint": at + "/token", "jwks_uri": at + "/keys",
		"id_token_signing_alg_values_supported": []string{"RS256", "HS256", "none"},
	}
	switch f.method {
	case "client_secret_post":
		said["token_endpoint_auth_methods_supported"] = []string{f.method}
	case "none": // which is said of one client, the description of all
		said["token_endpoint_auth_methods_supported"] = []string{"client_secret_basic", "client_secret_post", "none"}
	}
	answer(w, http.StatusOK, said)
}

func (f *Fake) keys(w http.ResponseWriter, _ *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	answer(w, http.StatusOK, map[string]any{"keys": []map[string]string{{
		"kty": "RSA", "use": "sig", "alg": "RS256", "kid": f.keyID,
		"n": encode(f.key.N.Bytes()), "e": encode(big.NewInt(int64(f.key.E)).Bytes()),
	}}})
}

// authorize signs in, at once or who knows the password, and sends back with a code.
func (f *Fake) authorize(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	f.mu.Lock()
	defer f.mu.Unlock()
	if q.Get("client_id") != ClientID || q.Get("redirect_uri") != f.redirect || q.Get("response_type") != "code" ||
		!strings.Contains(q.Get("scope"), "openid") || q.Get("code_challenge_method") != "S256" || q.Get("state") == "" || q.Get("nonce") == "" {
		http.Error(w, "not a sign-in that was agreed on", http.StatusBadRequest)
		return
	}
	if f.password != "" && r.PostFormValue("password") != f.password {
		w.Header().Set("Content-Type", "text/html")
		_, _ = io.WriteString(w, `<link rel="icon" href="data:,"><form method="post"><input name="password" type="password"></form>`) // to this address
		return
	}
	back := url.Values{"state": {q.Get("state")}}
	if f.deny != "" {
		back.Set("error", f.deny)
	} else {
		code := rand.Text()
		f.grants[code] = q
		back.Set("code", code)
	}
	http.Redirect(w, r, f.redirect+"?"+back.Encode(), http.StatusFound)
}

// token exchanges a code, once, for who knows secret and verifier.
func (f *Fake) token(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.knows(r) {
		answer(w, http.StatusUnauthorized, map[string]any{"error": "invalid_client"})
		return
	}
	code := r.PostFormValue("code")
	grant, ok := f.grants[code]
	delete(f.grants, code)
	challenge := sha256.Sum256([]byte(r.PostFormValue("code_verifier")))
	if !ok || r.PostFormValue("grant_type") != "authorization_code" || r.PostFormValue("redirect_uri") != f.redirect ||
		encode(challenge[:]) != grant.Get("code_challenge") {
		answer(w, http.StatusBadRequest, map[string]any{"error": "invalid_grant"})
		return
	}
	answer(w, http.StatusOK, map[string]any{
		"access_token": "not used", "token_type": "Bearer", "expires_in": 60, "id_token": f.idToken(grant.Get("nonce")),
	})
}

// knows tells whether a client says who it is as was agreed, and in no other way.
func (f *Fake) knows(r *http.Request) bool {
	id, secret, basic := r.BasicAuth()
	secret, _ = url.QueryUnescape(secret)
	formID, formSecret := r.PostFormValue("client_id"), r.PostFormValue("client_secret")
	switch f.method {
	case "none":
		return !basic && formID == ClientID && formSecret == ""
	case "client_secret_post":
		return !basic && formID == ClientID && formSecret == Secret
	default:
		return id == ClientID && secret == Secret && formSecret == ""
	}
}

// idToken says who it was.
func (f *Fake) idToken(nonce string) string {
	now := time.Now()
	claims := map[string]any{
		"iss": f.URL, "aud": ClientID, "sub": "f3a1-subject", "nonce": nonce,
		"iat": now.Unix(), "exp": now.Add(time.Minute).Unix(),
	}
	maps.Copy(claims, f.person)
	if f.alter != nil {
		f.alter(claims)
	}
	alg := "RS256"
	if f.sign == "none" || f.sign == "HS256" {
		alg = f.sign
	}
	keyID := f.keyID
	if f.sign == "withdrawn" {
		keyID = f.oldID
	}
	signed := part(map[string]any{"alg": alg, "kid": keyID, "typ": "JWT"}) + "." + part(claims)
	return signed + "." + encode(f.signature(signed))
}

func (f *Fake) signature(text string) []byte {
	key := f.key
	switch f.sign {
	case "none":
		return nil
	case "HS256":
		m := hmac.New(sha256.New, []byte(Secret))
		m.Write([]byte(text))
		return m.Sum(nil)
	case "withdrawn":
		key = f.old
	case "forged":
		key, _ = rsa.GenerateKey(rand.Reader, 2048)
	}
	sum := sha256.Sum256([]byte(text))
	made, _ := rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, sum[:]) // fails for keys that are too small only
	return made
}

func part(v any) string {
	text, _ := json.Marshal(v) // claims of tests
	return encode(text)
}

func encode(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

func answer(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v)
}
