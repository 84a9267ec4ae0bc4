package main

import (
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"
)

// visitor is a browser without scripts.
type visitor struct {
	t    *testing.T
	base string
	http *http.Client
}

func (w *world) visitor() *visitor {
	jar, err := cookiejar.New(nil)
	if err != nil {
		w.t.Fatal(err)
	}
	return &visitor{w.t, "http://" + w.http, &http.Client{Jar: jar, Timeout: 10 * time.Second}}
}

// get answers the path that a page is found at, and the page.
func (v *visitor) get(path string) (at, page string) {
	v.t.Helper()
	return v.read(v.http.Get(v.base + path))
}

// post sends the form of a page, with its CSRF token.
func (v *visitor) post(path string, pairs ...string) (at, page string) {
	v.t.Helper()
	return v.send(path, path, pairs...)
}

// send sends a form of the page from to another path.
func (v *visitor) send(from, path string, pairs ...string) (at, page string) {
	v.t.Helper()
	fields := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		fields.Set(pairs[i], pairs[i+1])
	}
	_, form := v.get(from)
	if found := regexp.MustCompile(`name="csrf" value="([^"]+)"`).FindStringSubmatch(form); found != nil {
		fields.Set("csrf", found[1])
	}
	return v.read(v.http.PostForm(v.base+path, fields))
}

func (v *visitor) read(resp *http.Response, err error) (at, page string) {
	v.t.Helper()
	if err != nil {
		v.t.Fatal(err)
	}
	return resp.Request.URL.Path, readAll(v.t, resp)
}

// From the first start on: the administrator's printed password has to be changed,
// people get accounts, and a disabled account is out at once.
func TestLiveAccounts(t *testing.T) {
	w := newWorld(t)
	d := w.serve()
	var first []string
	eventually(t, 5*time.Second, "the one-time password is printed", func() bool {
		first = regexp.MustCompile(`one-time password, shown only now: (\S+)`).FindStringSubmatch(d.log.String())
		return first != nil
	})
	admin := w.visitor()
	if at, page := admin.post("/login", "name", "admin", "password", first[1]); at != "/password" || !strings.Contains(page, "一次性密码") {
		t.Fatalf("the first sign-in leads to %s", at)
	}
	const phrase = "four green lanterns hang"
	admin.post("/password", "old", first[1], "new", phrase, "again", phrase)
	if at, page := w.visitor().post("/login", "name", "admin", "password", first[1]); at != "/login" || !strings.Contains(page, "不正确") {
		t.Errorf("the printed password serves twice: %s", at)
	}

	w.importRoster(rosterOf(t, person{subject: "S0001", device: "W1"}))
	password := w.command("user", "add", "zhang", "--role", "officer", "--office", "O1")
	if got := w.run("user", "add", "zhang", "--role", "officer", "--office", "O1"); got.code != 1 {
		t.Errorf("a second account of one name: %+v", got)
	}
	officer := w.visitor()
	officer.post("/login", "name", "zhang", "password", password)
	officer.post("/password", "old", password, "new", "桥下 第三棵 柳树 左转", "again", "桥下 第三棵 柳树 左转")
	if at, page := officer.get("/"); at != "/" || !strings.Contains(page, "没有待处理的告警") {
		t.Errorf("the officer is at %s", at)
	}
	if list := w.command("user", "list"); !regexp.MustCompile(`zhang +officer +D1 +O1 +false +false +\S+ +valid`).MatchString(list) {
		t.Errorf("user list:\n%s", list)
	}
	if uri := w.command("user", "totp", "zhang"); !strings.HasPrefix(uri, "otpauth://totp/correctiond:zhang?") {
		t.Errorf("second factor: %s", uri)
	}
	if at, _ := officer.get("/"); at != "/login" {
		t.Errorf("after the change of the second factor the session leads to %s", at)
	}
	w.command("user", "disable", "zhang")
	if got := w.run("user", "password", "zhang"); got.code != 2 {
		t.Errorf("a password for a disabled account: %+v", got)
	}
	if log := d.log.String(); strings.Contains(log, phrase) || strings.Contains(log, password) {
		t.Error("the log holds a password")
	}
}

// A token that is revoked is refused at once by the daemon that runs.
func TestLiveRevokedTokenIsRefused(t *testing.T) {
	w := newWorld(t)
	w.serve()
	w.importRoster(rosterOf(t, person{subject: "S0001", device: "W1"}))
	w.signIn("--role", "officer", "--office", "O1", "--name", "screen")
	w.answers("GET", "alerts", "", http.StatusOK)
	id, _, _ := strings.Cut(strings.Split(w.command("token", "list"), "\n")[1], " ")
	w.command("token", "revoke", id)
	w.answers("GET", "alerts", "", http.StatusUnauthorized)
	if got := w.run("token", "revoke", id); got.code != 2 || !strings.Contains(got.err, "see correctiond token list") {
		t.Errorf("revoked twice: %+v", got)
	}
}

func readAll(t *testing.T, resp *http.Response) string {
	t.Helper()
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}
