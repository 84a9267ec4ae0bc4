package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// The demo shows several kinds of alerts within a minute, on pages that a browser
// renders without asking anybody else.
func TestLiveDemo(t *testing.T) {
	w := newWorld(t)
	d := start(t, nil, w.bin, "demo", "--data", w.data, "--http.listen", w.http, "--http.public_url", "http://"+w.http,
		"--http.metrics_listen", w.prom, "--mqtt.listen", w.mqtt)
	tokens := regexp.MustCompile(`(district|officer) +(jzt_\S+)`)
	var found [][]string
	eventually(t, 20*time.Second, "demo prints its sign-ins", func() bool {
		found = tokens.FindAllStringSubmatch(d.log.String(), -1)
		return len(found) >= 2
	})
	for _, m := range found {
		if m[1] == "district" {
			w.api.token = m[2]
		}
	}
	kinds := map[string]bool{}
	eventually(t, time.Minute, "alerts of eight kinds", func() bool {
		for _, a := range w.api.alerts("") {
			kinds[a.Kind] = true
		}
		return len(kinds) >= 8
	})
	t.Run("pages", func(t *testing.T) { w.looksRight(t) })
	if code, took := d.stop(15 * time.Second); code != 0 {
		t.Errorf("demo ended with %d after %v", code, took)
	}
}

// looksRight opens the pages in a browser, before and after sign-in.
func (w *world) looksRight(t *testing.T) {
	tool(t, "chromium")
	anonymous := &gate{host: w.http}
	page := browse(t, anonymous, "http://"+w.http+"/login")
	for _, want := range []string{"<form", `name="token"`} {
		if !strings.Contains(page, want) {
			t.Errorf("/login shows no %s:\n%s", want, tail(page, 1000))
		}
	}
	signedIn := &gate{host: w.http, cookie: w.session(t)}
	for path, wanted := range map[string][]string{
		"/":         {"越界", "断带", "P1"},
		"/overview": {"在册 <b>267</b>", "今日点名", "示范第1司法所"},
		"/risk":     {"怎样降低", "拆卸/断带", `class="person red"`},
		"/rollcall": {"待签到", "示* S0"},
	} {
		page = browse(t, signedIn, "http://"+w.http+path)
		for _, want := range wanted {
			if !strings.Contains(page, want) {
				t.Errorf("%s shows no %s:\n%s", path, want, tail(page, 1000))
			}
		}
	}
	w.tellsOfPeople(t)
	for _, g := range []*gate{anonymous, signedIn} {
		if len(g.strangers) > 0 {
			t.Errorf("the browser asked others: %q", g.strangers)
		}
	}
}

// tellsOfPeople asks the API who needs a look, and why.
func (w *world) tellsOfPeople(t *testing.T) {
	for _, colour := range []string{"red", "orange", "yellow", "green"} {
		_, list := w.api.do("GET", "/api/v1/subjects?limit=1&colour="+colour, "")
		var people struct {
			Items []struct{ ID, Name, Colour string }
		}
		if err := json.Unmarshal([]byte(list), &people); err != nil || len(people.Items) != 1 || people.Items[0].Name != "示*" {
			t.Fatalf("%s: %v %s", colour, err, list)
		}
	}
	_, risk := w.api.do("GET", "/api/v1/subjects/"+w.api.alerts("kind=strap-tamper")[0].Subject+"/risk", "")
	_, board := w.api.do("GET", "/api/v1/rollcall", "")
	_, overview := w.api.do("GET", "/api/v1/overview", "")
	for _, c := range []struct{ got, want string }{
		{risk, `"name":"integrity","points":5`},
		{risk, `"colour":"red"`},
		{board, `"windows":[{"from":`},
		{overview, `"subjects":267,"colours":{`},
	} {
		if !strings.Contains(c.got, c.want) {
			t.Errorf("no %s in %s", c.want, tail(c.got, 1000))
		}
	}
}

// session signs in as a form would and returns the cookie.
func (w *world) session(t *testing.T) string {
	t.Helper()
	form := url.Values{"token": {w.api.token}}
	resp, err := w.api.http.PostForm(w.api.base+"/login", form)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusSeeOther || len(resp.Cookies()) != 1 {
		t.Fatalf("sign-in: %d %v", resp.StatusCode, resp.Cookies())
	}
	c := resp.Cookies()[0]
	return c.Name + "=" + c.Value
}

// gate is the proxy all requests of a browser go through. It passes on those to the
// daemon, with the cookie of a session, and notes whom else the browser asks.
type gate struct {
	host, cookie string
	live         bool   // pass streams on, too
	provider     string // host of the identity provider, which is asked as well
	lang         string // zh-CN by default

	mu        sync.Mutex
	strangers []string
}

func (g *gate) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if g.provider != "" && r.Host == g.provider {
		(&httputil.ReverseProxy{Rewrite: func(*httputil.ProxyRequest) {}, Transport: &http.Transport{DisableKeepAlives: true}}).ServeHTTP(w, r)
		return
	}
	if r.Host != g.host {
		if !isBrowserService(r.Host) {
			g.mu.Lock()
			g.strangers = append(g.strangers, r.Method+" "+r.Host)
			g.mu.Unlock()
		}
		http.Error(w, "not here", http.StatusForbidden)
		return
	}
	if !g.live && strings.HasSuffix(r.URL.Path, "/stream") {
		w.WriteHeader(http.StatusNoContent) // a stream has no end, and the browser waits for the end of the page
		return
	}
	pass := &httputil.ReverseProxy{Rewrite: func(p *httputil.ProxyRequest) {
		p.Out.URL.Scheme, p.Out.URL.Host = "http", g.host
		p.Out.Header.Set("Accept-Language", cmp.Or(g.lang, "zh-CN"))
		if g.cookie != "" {
			p.Out.Header.Set("Cookie", g.cookie)
		}
	}, Transport: &http.Transport{DisableKeepAlives: true}}
	pass.ServeHTTP(w, r)
}

// isBrowserService knows the hosts that this browser asks of itself, whatever page
// it shows.
func isBrowserService(host string) bool {
	name, _, _ := strings.Cut(host, ":")
	switch name {
	case "update.googleapis.com", "clients2.google.com", "accounts.google.com", "content-autofill.googleapis.com",
		"www.google.com", "android.clients.google.com", "mtalk.google.com":
		return true
	}
	return false
}

// browse renders a page and returns what the browser then holds.
func browse(t *testing.T, g *gate, address string) string {
	t.Helper()
	proxy := httptest.NewServer(g)
	defer proxy.Close()
	defer proxy.CloseClientConnections()
	argv := slices.Concat(browserFlags(), []string{
		"--proxy-server=" + proxy.Listener.Addr().String(), "--proxy-bypass-list=<-loopback>",
		"--user-data-dir=" + filepath.Join(shortDir(t), "profile"), "--virtual-time-budget=3000", "--dump-dom", address,
	})
	ctx, cancel := context.WithTimeout(t.Context(), 40*time.Second)
	defer cancel()
	c := exec.CommandContext(ctx, tool(t, "chromium"), argv...)
	c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	c.Cancel = func() error { return syscall.Kill(-c.Process.Pid, syscall.SIGKILL) }
	c.WaitDelay = 5 * time.Second
	out, err := c.Output()
	if err != nil {
		t.Fatal(fmt.Errorf("chromium: %w\n%s", err, tail(string(out), 1000)))
	}
	return string(out)
}

func browserFlags() []string {
	return []string{
		"--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", "--disable-background-networking",
		"--disable-component-update", "--disable-sync", "--disable-default-apps", "--disable-extensions", "--no-pings",
		"--disable-features=OptimizationHints,MediaRouter,Translate", "--timeout=10000",
	}
}
