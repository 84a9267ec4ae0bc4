package main

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"correctiond/event"
)

// systemWorld is a daemon with messages that wait, accounts and tokens.
func systemWorld(t *testing.T) *world {
	t.Helper()
	w := newWorld(t)
	w.keepLetters(
		rejected("W1", event.DatumReason, time.Minute, fix("lost", 0, inTown)),
		rejected("W7", event.UnknownDevice, time.Hour, fix("secret", 0, inTown)),
		rejected("W8", event.NoBasis, 2*time.Hour, ""),
	)
	w.serve()
	w.importRoster(rosterOf(t, person{subject: "S0001", device: "W1"}, person{subject: "S0002", device: "W2"}))
	w.command("user", "add", "zhang", "--role", "officer", "--office", "O1", "--minors")
	w.command("user", "add", "li.head", "--role", "office_head", "--office", "O1")
	w.command("user", "add", "gone", "--role", "ops")
	w.command("user", "disable", "gone")
	w.command("token", "create", "--role", "officer", "--office", "O1", "--name", "screen")
	return w
}

// as opens a session by a token of the role.
func (w *world) as(role string) *visitor {
	w.t.Helper()
	w.signIn("--role", role, "--name", role+"-1")
	v := w.visitor()
	v.post("/login", "token", w.api.token)
	return v
}

// Administration makes an account that its person can use, and ends a token, from the
// page; operations replay a message there. Neither sees whom anything is about.
func TestLiveSystemPage(t *testing.T) {
	w := systemWorld(t)
	w.signIn("--role", "officer", "--office", "O1", "--name", "tablet")
	tablet := w.api.token
	admin := w.as("admin")
	_, page := admin.send("/system", "/system/accounts", "name", "wang", "role", "officer", "office", "O2")
	first := regexp.MustCompile(`class="secret">([^<]+)<`).FindStringSubmatch(page)
	if first == nil {
		t.Fatalf("no password on %s", tail(page, 3000))
	}
	if at, _ := w.visitor().post("/login", "name", "wang", "password", first[1]); at != "/password" {
		t.Errorf("the account of the page leads to %s", at)
	}
	if _, page := admin.send("/system", "/system/accounts", "name", "wang2", "role", "officer", "office", "O9"); !strings.Contains(page, "没有新建") {
		t.Error("an office that does not exist is taken")
	}
	id := regexp.MustCompile(`<b>tablet</b> <small>([A-Z0-9]+)<`).FindStringSubmatch(page)
	if id == nil {
		t.Fatal("the token is not listed")
	}
	if _, page := admin.send("/system", "/system/tokens/"+id[1]+"/revoke"); !strings.Contains(page, "令牌已撤销") {
		t.Errorf("revoked: %s", tail(page, 2000))
	}
	w.api.token = tablet
	w.answers("GET", "alerts", "", http.StatusUnauthorized)

	ops := w.as("ops")
	if _, page := ops.send("/system", "/system/deadletters/1/replay"); !strings.Contains(page, "已重放") {
		t.Errorf("replayed: %s", tail(page, 2000))
	}
	_, page = ops.get("/system")
	for _, hidden := range []string{"S0001", "31.2", "121.4", "secret", "/deadletters/1/"} {
		if strings.Contains(page, hidden) {
			t.Errorf("operations see %q", hidden)
		}
	}
	said := w.command("audit", "export", "--from", time.Now().Add(-time.Hour).Format(time.RFC3339))
	for _, part := range []string{
		`"actor":"admin-1","action":"account.create","object":"wang"`, `"actor":"admin-1","action":"token.revoke","object":"` + id[1] + `"`,
		`"actor":"ops-1","action":"deadletter.replay","object":"1"`,
	} {
		if !strings.Contains(said, part) {
			t.Errorf("not recorded: %s", part)
		}
	}
	w.shootSystem()
}

// shootSystem puts pictures of the page where JZ_SHOTS says.
func (w *world) shootSystem() {
	dir := os.Getenv("JZ_SHOTS")
	if dir == "" {
		return
	}
	for _, role := range []string{"ops", "admin"} {
		w.signIn("--role", role, "--name", role+"-1")
		for _, size := range [][2]int{{1440, 900}, {390, 844}} {
			tb := openTab(w.t, &gate{host: w.http, cookie: w.session(w.t), live: true, lang: "zh-CN"})
			tb.sized(size[0], size[1], "dark")
			paths := map[string]string{"": "/system"}
			if role == "ops" {
				paths["-thresholds"] = "/system?show=thresholds"
			}
			for name, path := range paths {
				tb.visit(path)
				tb.shot(filepath.Join(dir, fmt.Sprintf("system-%s%s-%d.png", role, name, size[0])))
			}
			tb.wantQuiet()
		}
	}
}
