package main

import (
	"net/http"
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
