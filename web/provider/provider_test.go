package provider_test

import (
	"errors"
	"io"
	"maps"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"correctiond/web/provider"
	"correctiond/web/provider/providertest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const redirect = "https://monitor.example/signin/provider/callback"

// begun is when sign-ins of these tests begin.
var begun = time.Date(2026, 3, 3, 8, 0, 0, 0, time.UTC)

func newPair(t *testing.T) (*providertest.Fake, *provider.Provider) {
	f := providertest.Start(t, redirect)
	f.Person(map[string]any{"preferred_username": "li.si", "roles": []string{"officer", "offline_access"}, "office": "O1"})
	return f, provider.New(config(f))
}

func config(f *providertest.Fake) provider.Config {
	return provider.Config{
		Issuer: f.URL, ClientID: providertest.ClientID, ClientSecret: providertest.Secret, RedirectURL: redirect,
		RoleClaim: "roles", OfficeClaim: "office",
	}
}

// visit is what the browser does between Begin and Finish.
func visit(t *testing.T, address string) url.Values {
	t.Helper()
	client := &http.Client{
		Transport:     &http.Transport{DisableKeepAlives: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	resp, err := client.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	back, err := resp.Location()
	if err != nil {
		t.Fatalf("the provider answers %d and leads nowhere", resp.StatusCode)
	}
	if !strings.HasPrefix(back.String(), redirect+"?") {
		t.Fatalf("back to %s", back)
	}
	return back.Query()
}

// signIn goes the whole way.
func signIn(t *testing.T, p *provider.Provider) (provider.Claims, error) {
	t.Helper()
	return signInLater(t, p, 0)
}

func signInLater(t *testing.T, p *provider.Provider, after time.Duration) (provider.Claims, error) {
	t.Helper()
	now, e := begun.Add(after), provider.NewErrand()
	to, err := p.Begin(t.Context(), now, e)
	if err != nil {
		return provider.Claims{}, err
	}
	back := visit(t, to)
	if back.Get("state") != e.State {
		t.Errorf("state %q came back as %q", e.State, back.Get("state"))
	}
	return p.Finish(t.Context(), now, e, back.Get("code"))
}

func TestSignIn(t *testing.T) {
	_, p := newPair(t)
	want := provider.Claims{Name: "li.si", NameClaim: "preferred_username", Roles: []string{"officer", "offline_access"}, Office: "O1"}
	for range 2 {
		if got, err := signIn(t, p); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%+v, %v; want %+v", got, err, want)
		}
	}
}

func TestClaimsAreReadInBothForms(t *testing.T) {
	for _, c := range []struct {
		name   string
		person map[string]any
		want   provider.Claims
	}{
		{"a text", map[string]any{"roles": "ops"}, provider.Claims{Name: "f3a1-subject", NameClaim: "sub", Roles: []string{"ops"}}},
		{"a role twice", map[string]any{"roles": []string{"ops", "", "ops"}}, provider.Claims{Name: "f3a1-subject", NameClaim: "sub", Roles: []string{"ops"}}},
		{"a name of no letters", map[string]any{"preferred_username": ""}, provider.Claims{Name: "f3a1-subject", NameClaim: "sub"}},
		{"roles of another kind", map[string]any{"roles": map[string]any{"officer": true}}, provider.Claims{Name: "f3a1-subject", NameClaim: "sub"}},
		{"two offices", map[string]any{"office": []string{"O1", "O2"}}, provider.Claims{Name: "f3a1-subject", NameClaim: "sub"}},
		{"nested", map[string]any{"roles": map[string]any{"of": []string{"ops"}}}, provider.Claims{Name: "f3a1-subject", NameClaim: "sub"}},
		{"an office in a list", map[string]any{"office": []string{"O1"}}, provider.Claims{Name: "f3a1-subject", NameClaim: "sub", Office: "O1"}},
	} {
		f, p := newPair(t)
		f.Person(c.person)
		got, err := signIn(t, p)
		if len(got.Roles) == 0 {
			got.Roles = nil
		}
		if err != nil || !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: %+v, %v; want %+v", c.name, got, err, c.want)
		}
	}
}

// Whatever is not the ID token of this sign-in, by this provider and for us, lets
// nobody in; the error says no claim, code or token.
func TestIDTokensThatAreRefused(t *testing.T) {
	claim := func(name string, value any) func(*providertest.Fake) {
		return func(f *providertest.Fake) { f.Alter(func(c map[string]any) { c[name] = value }) }
	}
	sign := func(how string) func(*providertest.Fake) { return func(f *providertest.Fake) { f.Sign(how) } }
	for _, c := range []struct {
		name  string
		spoil func(*providertest.Fake)
		says  string
	}{
		{"nonce of another sign-in", claim("nonce", "another"), "nonce"},
		{"no nonce", claim("nonce", nil), "nonce"},
		{"expired", claim("exp", time.Now().Add(-time.Minute).Unix()), "expired"},
		{"of another issuer", claim("iss", "https://evil.example"), "issuer"},
		{"for another client", claim("aud", "other"), "audience"},
		{"for nobody", claim("aud", nil), "audience"},
		{"for two, made for the other", func(f *providertest.Fake) {
			f.Alter(func(c map[string]any) { c["aud"], c["azp"] = []string{providertest.ClientID, "other"}, "other" })
		}, "azp"},
		{"for two, made for nobody", claim("aud", []string{providertest.ClientID, "other"}), "azp"},
		{"not signed", sign("none"), "algorithm"},
		{"signed with the client's secret", sign("HS256"), "algorithm"},
		{"signed by another key", sign("forged"), "not signed by its keys"},
		{"no token", func(f *providertest.Fake) {
			f.Fault("/token", say(200, `{"access_token":"secret-x","token_type":"Bearer"}`))
		}, "no ID token"},
		{"token of no form", func(f *providertest.Fake) {
			f.Fault("/token", say(200, `{"access_token":"secret-x","token_type":"Bearer","id_token":"secret-x"}`))
		}, "form"},
	} {
		f, p := newPair(t)
		c.spoil(f)
		_, err := signIn(t, p)
		if !errors.Is(err, provider.ErrRefused) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v, want %q", c.name, err, c.says)
		}
		silent(t, c.name, err)
	}
}

// silent looks for what must not be in an error.
func silent(t *testing.T, name string, err error) {
	t.Helper()
	for _, word := range []string{"li.si", "officer", "f3a1", "secret-x", "evil", "eyJ", providertest.Secret} {
		if err != nil && strings.Contains(err.Error(), word) {
			t.Errorf("%s: the error holds %q: %v", name, word, err)
		}
	}
}

func say(status int, text string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_, _ = w.Write([]byte(text))
	}
}

// A provider that is not well is told from one that refuses, and asked again at the
// next sign-in.
func TestAProviderThatIsNotWell(t *testing.T) {
	slow := func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body) // else the server does not see that nobody waits
		<-r.Context().Done()
	}
	const discovery = "/.well-known/openid-configuration"
	for name, c := range map[string]struct {
		path  string
		fault http.HandlerFunc
	}{
		"discovery 500":        {discovery, say(500, `secret-x`)},
		"discovery garbage":    {discovery, say(200, `<html>`)},
		"discovery elsewhere":  {discovery, func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "https://evil.example", 302) }},
		"discovery of another": {discovery, say(200, `{"issuer":"https://another.example"}`)},
		"discovery slow":       {discovery, slow},
		"keys 500":             {"/keys", say(500, `secret-x`)},
		"keys garbage":         {"/keys", say(200, `secret-x`)},
		"token 500":            {"/token", say(503, `secret-x`)},
		"token garbage":        {"/token", say(200, `<html>secret-x`)},
		"token slow":           {"/token", slow},
		"token endless":        {"/token", say(200, strings.Repeat(" ", 2<<20))},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f, p := newPair(t)
			f.Fault(c.path, c.fault)
			_, err := signIn(t, p)
			if !errors.Is(err, provider.ErrAway) {
				t.Errorf("%v, want that it is away", err)
			}
			if c.path != discovery { // whose answer is public
				silent(t, name, err)
			}
			f.Fault(c.path, nil)
			if _, err := signIn(t, p); err != nil {
				t.Errorf("well again: %v", err)
			}
		})
	}
}

// Addresses from the description are followed over TLS alone.
func TestAddressesHaveToBeEncrypted(t *testing.T) {
	for _, bad := range []string{"authorization_endpoint", "token_endpoint", "jwks_uri"} {
		f, p := newPair(t)
		at := map[string]string{"authorization_endpoint": f.URL, "token_endpoint": f.URL, "jwks_uri": f.URL}
		at[bad] = "http://provider.example/x"
		f.Fault("/.well-known/openid-configuration", say(200, `{"issuer":"`+f.URL+`","authorization_endpoint":"`+at["authorization_endpoint"]+
			`","token_endpoint":"`+at["token_endpoint"]+`","jwks_uri":"`+at["jwks_uri"]+`"}`))
		if err := p.Try(t.Context()); !errors.Is(err, provider.ErrAway) || !strings.Contains(err.Error(), "not https") {
			t.Errorf("%s: %v", bad, err)
		}
	}
	for address, ok := range map[string]bool{
		"https://id.example/realms/jz": true, "http://127.0.0.1:8080": true, "http://localhost/x": true, "http://[::1]:80": true,
		"http://id.example": false, "https://": false, "javascript:alert(1)": false, "https://user:secret@id.example": false, "": false,
		"http://127.evil.example": false,
	} {
		if provider.Trusted(address) != ok {
			t.Errorf("%q: trusted %t", address, !ok)
		}
	}
}

// Claims lie in claims, as Keycloak's roles do; a claim of the very name goes first.
func TestNestedClaims(t *testing.T) {
	keycloak := map[string]any{
		"realm_access":    map[string]any{"roles": []string{"officer"}},
		"resource_access": map[string]any{"jz.monitor": map[string]any{"roles": []string{"ops"}}, "account": "x"},
	}
	for _, c := range []struct {
		claim string
		more  map[string]any
		want  []string
	}{
		{"realm_access.roles", nil, []string{"officer"}},
		{"resource_access.jz.monitor.roles", nil, []string{"ops"}},
		{"realm_access.roles", map[string]any{"realm_access.roles": "admin"}, []string{"admin"}},
		{"resource_access.jz.monitor.roles", map[string]any{"resource_access": map[string]any{"jz.monitor.roles": "admin"}}, []string{"admin"}},
		{"realm_access.groups", nil, nil},
		{"realm_access", nil, nil},
		{"realm_access.roles.officer", nil, nil},
		{"resource_access.account.roles", nil, nil},
		{"nothing.roles", map[string]any{"nothing": nil}, nil},
		{".", nil, nil},
	} {
		f, _ := newPair(t)
		person := maps.Clone(keycloak)
		maps.Copy(person, c.more)
		f.Person(person)
		cfg := config(f)
		cfg.RoleClaim = c.claim
		if got, err := signIn(t, provider.New(cfg)); err != nil || !slices.Equal(got.Roles, c.want) {
			t.Errorf("%s with %v: %q, %v; want %q", c.claim, c.more, got.Roles, err, c.want)
		}
	}
}

// How the daemon says who it is goes by what the provider takes, and by whether there is
// a secret to be told.
func TestHowClientsAreKnown(t *testing.T) {
	for _, c := range []struct {
		method, secret string
		refused        bool
	}{
		{"client_secret_basic", providertest.Secret, false},
		{"client_secret_post", providertest.Secret, false},
		{"client_secret_post", "guess", true},
		{"none", "", false},
		{"client_secret_basic", "", true},
	} {
		f, _ := newPair(t)
		f.Clients(c.method)
		cfg := config(f)
		cfg.ClientSecret = c.secret
		_, err := signIn(t, provider.New(cfg))
		if c.refused != errors.Is(err, provider.ErrRefused) || !c.refused && err != nil {
			t.Errorf("%s with %q: %v", c.method, c.secret, err)
		}
	}
}

// A provider that moves is found after a while, without a restart; while it says nothing
// the addresses from before serve.
func TestAddressesAreAskedForAgain(t *testing.T) {
	f, p := newPair(t)
	ask := func(after time.Duration, times int) {
		t.Helper()
		if _, err := signInLater(t, p, after); err != nil {
			t.Errorf("after %v: %v", after, err)
		}
		if n := f.Asked("/.well-known/openid-configuration"); n != times {
			t.Errorf("after %v it has been asked %d times, want %d", after, n, times)
		}
	}
	ask(0, 1)
	ask(9*time.Minute, 1)
	f.Fault("/.well-known/openid-configuration", http.NotFound)
	ask(10*time.Minute, 2)
	ask(19*time.Minute, 2)
	f.Fault("/.well-known/openid-configuration", nil)
	f.Move("/v2")
	ask(20*time.Minute, 3)
	ask(-time.Hour, 4) // the clock was set
}

func TestKeysAreRotated(t *testing.T) {
	f, p := newPair(t)
	for range 2 {
		if _, err := signIn(t, p); err != nil {
			t.Fatal(err)
		}
		f.Rotate(t)
	}
}

// What a key signs that the provider has withdrawn is taken for a while, not for ever.
func TestKeysAreWithdrawn(t *testing.T) {
	f, p := newPair(t)
	if _, err := signIn(t, p); err != nil {
		t.Fatal(err)
	}
	f.Rotate(t)
	f.Sign("withdrawn")
	if _, err := signInLater(t, p, 10*time.Minute); !errors.Is(err, provider.ErrRefused) || !strings.Contains(err.Error(), "not signed by its keys") {
		t.Errorf("got %v", err)
	}
}

// A code serves once, and only who began the sign-in.
func TestCodesAreBound(t *testing.T) {
	f, p := newPair(t)
	e := provider.NewErrand()
	to, err := p.Begin(t.Context(), begun, e)
	if err != nil {
		t.Fatal(err)
	}
	code := visit(t, to).Get("code")
	if _, err := p.Finish(t.Context(), begun, e, code); err != nil {
		t.Fatal(err)
	}
	_, twice := p.Finish(t.Context(), begun, e, code)
	_, none := p.Finish(t.Context(), begun, e, "")
	stolen := visit(t, to).Get("code")
	_, theirs := p.Finish(t.Context(), begun, provider.NewErrand(), stolen)
	wrong := config(f)
	wrong.ClientSecret = "guess"
	_, unknown := signIn(t, provider.New(wrong))
	for name, err := range map[string]error{"twice": twice, "without": none, "verifier of another": theirs, "wrong secret": unknown} {
		if !errors.Is(err, provider.ErrRefused) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if !strings.Contains(unknown.Error(), "401, invalid_client") {
		t.Errorf("the operator is not told of a wrong secret: %v", unknown)
	}
}

// Many who come at once ask the provider for its addresses once.
func TestDiscoveryIsShared(t *testing.T) {
	f, p := newPair(t)
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			if _, err := p.Begin(t.Context(), begun, provider.NewErrand()); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if n := f.Asked("/.well-known/openid-configuration"); n != 1 {
		t.Errorf("asked %d times", n)
	}
}
