package main

import (
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"correctiond/web/provider/providertest"
)

// People of the provider get the role and place that its claims say, and no more;
// what they may not be they are told.
func TestLiveProvider(t *testing.T) {
	w := newWorld(t)
	fake := providertest.Start(t, "http://"+w.http+"/signin/provider/callback")
	t.Setenv("CORRECTIOND_HTTP_OIDC_CLIENT_SECRET", providertest.Secret)
	w.flags = append(w.flags, "--http.oidc.issuer", fake.URL, "--http.oidc.client_id", providertest.ClientID)
	const discovery = "/.well-known/openid-configuration"
	fake.Fault(discovery, func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "not yet", http.StatusBadGateway) })
	d := w.serve() // which does not wait for the provider
	w.importRoster(strings.Replace(rosterOf(t, person{subject: "S0001", device: "W1"}), `"name":"示例甲"`, `"name":"示例甲","user":"li.si"`, 1))
	w.command("user", "add", "zhang", "--role", "officer", "--office", "O1")

	officer := w.visitor()
	if at, page := officer.get("/signin/provider"); at != "/login" || !strings.Contains(page, "暂时无法连接") {
		t.Fatalf("while the provider is away: at %s\n%s", at, page)
	}
	fake.Fault(discovery, nil)
	says := func(name, role, office string) {
		fake.Person(map[string]any{"preferred_username": name, "roles": []string{role, "offline_access"}, "office": office})
	}
	for _, c := range []struct{ what, name, role, office, says string }{
		{"no role", "wang.wu", "reader", "O1", "声明“roles”"},
		{"an office that does not exist", "wang.wu", "officer", "O9", "声明“office”"},
		{"no office", "wang.wu", "social_worker", "", "声明“office”"},
		{"the name of an account", "Zhang", "officer", "O1", "同名账户"},
		{"a name that is none", "王五", "officer", "O1", "preferred_username"},
	} {
		says(c.name, c.role, c.office)
		if at, page := w.visitor().get("/signin/provider"); at != "/login" || !strings.Contains(page, c.says) || strings.Contains(page, c.name) {
			t.Errorf("%s: at %s\n%s", c.what, at, page)
		}
	}
	fake.Person(map[string]any{"preferred_username": "wang.wu", "roles": []string{"officer", "admin"}, "office": "O1"})
	if at, page := w.visitor().get("/signin/provider"); at != "/login" || !strings.Contains(page, "声明“roles”") {
		t.Errorf("two roles: at %s", at)
	}
	w.entersAs(fake, officer)
	w.endsSessions(fake)

	log := d.log.String()
	for _, secret := range []string{providertest.Secret, "eyJ", "code=", "wang.wu", "f3a1"} {
		if strings.Contains(log, secret) {
			t.Errorf("the log holds %q:\n%s", secret, log)
		}
	}
}

// entersAs signs in as each kind of role.
func (w *world) entersAs(fake *providertest.Fake, officer *visitor) {
	t := w.t
	t.Helper()
	fake.Person(map[string]any{"preferred_username": "Li.Si", "roles": "officer", "office": "O1"})
	at, page := officer.get("/signin/provider")
	if at != "/" || !strings.Contains(page, "没有待处理的告警") || !strings.Contains(page, "li.si") || strings.Contains(page, `href="/password"`) {
		t.Errorf("the officer is at %s\n%s", at, page)
	}
	for role, home := range map[string]string{"procurator": "S0001", "district": "S0001", "admin": "zhang", "ops": "各部分运行正常"} {
		fake.Person(map[string]any{"preferred_username": "p-" + role, "roles": []string{role}})
		path := "/risk"
		if role == "admin" || role == "ops" {
			path = "/system"
		}
		v := w.visitor()
		if at, page := v.get("/signin/provider"); at == "/login" {
			t.Errorf("%s is not let in:\n%s", role, page)
		}
		if at, page := v.get(path); at != path || !strings.Contains(page, home) {
			t.Errorf("%s at %s does not show %s\n%s", role, at, home, page)
		}
	}
}

// endsSessions ends one by signing out and one by an account of its name.
func (w *world) endsSessions(fake *providertest.Fake) {
	t := w.t
	t.Helper()
	fake.Person(map[string]any{"preferred_username": "zhao.liu", "roles": "officer", "office": "O1"})
	v := w.visitor()
	v.get("/signin/provider")
	v.send("/", "/logout")
	if at, _ := v.get("/"); at != "/login" {
		t.Errorf("signed out, at %s", at)
	}
	if at, _ := v.get("/signin/provider"); at != "/" {
		t.Errorf("again at %s", at)
	}
	w.command("user", "add", "zhao.liu", "--role", "officer", "--office", "O1")
	w.command("user", "disable", "zhao.liu")
	if at, _ := v.get("/"); at != "/login" {
		t.Errorf("barred, at %s", at)
	}
	if at, page := v.get("/signin/provider"); at != "/login" || !strings.Contains(page, "同名账户") {
		t.Errorf("barred, and again at %s", at)
	}
	record := w.command("audit", "export", "--from", at(-time.Hour), "--until", at(time.Hour))
	for _, line := range []string{`session.open.*zhao\.liu.*by provider, role officer`, `session.refuse.*provider: role`} {
		if !regexp.MustCompile(line).MatchString(record) {
			t.Errorf("the audit lacks %s:\n%s", line, record)
		}
	}
}

// Offices of two districts may have one id, and then the claim names the district, too.
// Roles lie where Keycloak puts them.
func TestLiveProviderOfTwoDistricts(t *testing.T) {
	w := newWorld(t)
	fake := providertest.Start(t, "http://"+w.http+"/signin/provider/callback")
	fake.Clients("none")
	w.flags = append(w.flags, "--http.oidc.issuer", fake.URL, "--http.oidc.client_id", providertest.ClientID, "--http.oidc.role_claim", "realm_access.roles")
	w.serve()
	first := rosterOf(t, person{subject: "S0001", device: "W1"})
	w.importRoster(first)
	w.importRoster(strings.NewReplacer(`"D1"`, `"D2"`, "S0001", "S0002", "W1", "W2", `"O2"`, `"O3"`).Replace(first))
	for _, c := range []struct{ role, office, shows, refused string }{
		{"officer", "D2/O1", "S0002", ""},
		{"officer", "D1/O1", "S0001", ""},
		{"officer", "O3", "S0002", ""}, // only one district has it
		{"officer", "O1", "", "声明“office”"},
		{"officer", "D3/O1", "", "声明“office”"},
		{"officer", "D2/O2", "", "声明“office”"},
		{"officer", "D2/", "", "声明“office”"},
		{"procurator", "D2/", "S0002", ""},
		{"district", "D1/O9", "S0001", ""},
		{"district", "", "", "区县不止一个"},
		{"district", "O3", "", "区县不止一个"},
		{"district", "D3/", "", "区县不止一个"},
	} {
		fake.Person(map[string]any{"preferred_username": "li.si", "realm_access": map[string]any{"roles": []string{c.role, "offline_access"}}, "office": c.office})
		v := w.visitor()
		at, page := v.get("/signin/provider")
		if c.refused != "" {
			if at != "/login" || !strings.Contains(page, c.refused) {
				t.Errorf("%s of %q: at %s\n%s", c.role, c.office, at, page)
			}
			continue
		}
		other := map[string]string{"S0001": "S0002", "S0002": "S0001"}[c.shows]
		if at, page := v.get("/risk"); at != "/risk" || strings.Contains(page, other) || c.office != "O3" && !strings.Contains(page, c.shows) {
			t.Errorf("%s of %q: at %s\n%s", c.role, c.office, at, page)
		}
	}
}

// In a real browser, with a provider on another site: the cookies of the way there hold
// on the way back, and the policy of the pages lets people go.
func TestLiveProviderInABrowser(t *testing.T) {
	w := newWorld(t)
	fake := providertest.Start(t, "http://"+w.http+"/signin/provider/callback")
	fake.URL = strings.Replace(fake.URL, "127.0.0.1", "localhost", 1)
	fake.AsksFor("four green lanterns")
	fake.Person(map[string]any{"preferred_username": "li.si", "roles": "officer", "office": "O1"})
	t.Setenv("CORRECTIOND_HTTP_OIDC_CLIENT_SECRET", providertest.Secret)
	w.flags = append(w.flags, "--http.oidc.issuer", fake.URL, "--http.oidc.client_id", providertest.ClientID)
	w.serve()
	w.importRoster(rosterOf(t, person{subject: "S0001", device: "W1"}))
	tb := openTab(t, &gate{host: w.http, live: true, provider: strings.TrimPrefix(fake.URL, "http://")})
	tb.visit("/login")
	tb.eval("document.querySelector('a[href=\"/signin/provider\"]').click()")
	tb.until(20*time.Second, "the provider asks for a password", "document.querySelector('[name=password]') && location.host === '"+tb.gate.provider+"'")
	tb.eval("document.querySelector('[name=password]').value = 'four green lanterns'")
	tb.eval("document.querySelector('form').submit()")
	tb.until(20*time.Second, "the officer is in", "location.href === 'http://"+w.http+"/' && document.querySelector('form[action=\"/logout\"]')")
	if text := tb.eval("document.body.innerText"); !strings.Contains(text, "li.si") {
		t.Errorf("the page does not say who is in:\n%s", text)
	}
	tb.submits("form[action='/logout']")
	tb.visit("/")
	if at := tb.eval("location.pathname"); at != "/login" {
		t.Errorf("signed out, at %s", at)
	}
	tb.wantQuiet()
}

// A provider with a certificate of the organisation's own authority is trusted when the
// system's list holds that, or SSL_CERT_FILE names it.
func TestProviderOfAnOwnAuthority(t *testing.T) {
	w := newWorld(t)
	fake := providertest.StartTLS(t, "")
	argv := []string{"check", "--http.oidc.issuer", fake.URL, "--http.oidc.client_id", "x", "--http.listen", w.http, "--http.metrics_listen", w.prom, "--mqtt.listen", w.mqtt}
	if got := w.run(argv...); got.code != 1 || !strings.Contains(got.out, "# failed http.oidc.issuer: ") || !strings.Contains(got.out, "certificate") {
		t.Errorf("an authority that nobody knows: %d\n%s%s", got.code, got.out, got.err)
	}
	file := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(file, fake.Authority, 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("SSL_CERT_FILE", file)
	if got := w.run(argv...); got.code != 0 || !strings.Contains(got.out, "# ok     http.oidc.issuer: "+fake.URL+" answers") {
		t.Errorf("SSL_CERT_FILE names it: %d\n%s%s", got.code, got.out, got.err)
	}
}

func TestCheckTriesTheProvider(t *testing.T) {
	fake := providertest.Start(t, "")
	flags := []string{"--http.oidc.issuer", fake.URL, "--http.oidc.client_id", "correctiond"}
	wantTried(t, tried(t, "", flags...), 0, "# ok     http.oidc.issuer: "+fake.URL+" answers; it has to send people back to http://127.0.0.1:8080/signin/provider/callback")
	fake.Fault("/.well-known/openid-configuration", http.NotFound)
	wantTried(t, tried(t, "", flags...), 1, "# failed http.oidc.issuer: ", "404 Not Found", "as it spells it")
}

func TestKeysOfTheProvider(t *testing.T) {
	for _, c := range []struct{ issuer, id, says string }{
		{"", "", ""},
		{"https://id.example/realms/jz", "correctiond", ""},
		{"http://127.0.0.1:9000", "correctiond", ""},
		{"http://id.example", "correctiond", "http.oidc.issuer: not understood"},
		{"https://id.example?tenant=1", "correctiond", "http.oidc.issuer: not understood"},
		{"https://id.example", "", "http.oidc.client_id: is empty"},
		{"", "correctiond", "http.oidc.issuer: is empty"},
	} {
		cfg := defaultConfig()
		cfg.HTTP.OIDC.Issuer, cfg.HTTP.OIDC.ClientID = c.issuer, c.id
		says := ""
		if err := cfg.validate(); err != nil {
			says = err.Error()
		}
		if (says == "") != (c.says == "") || !strings.HasPrefix(says, c.says) {
			t.Errorf("%q, %q: %q, want %q", c.issuer, c.id, says, c.says)
		}
	}
	cfg := defaultConfig()
	cfg.HTTP.OIDC = oidcConfig{Issuer: "https://id.example", ClientID: "x"}
	cfg.HTTP.PublicURL = ""
	err := cfg.validate()
	for _, key := range []string{"http.public_url", "http.oidc.role_claim", "http.oidc.office_claim"} {
		if err == nil || !strings.Contains(err.Error(), key+": ") {
			t.Errorf("nothing on %s: %v", key, err)
		}
	}
}
