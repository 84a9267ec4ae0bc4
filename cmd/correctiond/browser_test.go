package main

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/gorilla/websocket"
)

// tab is a page in a real Chromium, driven over its DevTools protocol. All its
// requests go through a gate.
type tab struct {
	t    *testing.T
	gate *gate
	conn *websocket.Conn

	mu     sync.Mutex
	last   int
	waits  map[int]chan devtoolsAnswer
	faults []string // errors in the console, and exceptions
}

// devtoolsAnswer is a message of the browser: an answer, or an event.
type devtoolsAnswer struct {
	ID     int             `json:"id"`
	Method string          `json:"method"`
	Params json.RawMessage `json:"params"`
	Result json.RawMessage `json:"result"`
	Error  *struct {
		Message string `json:"message"`
	} `json:"error"`
}

// openTab starts a browser with one page; flags are further ones of its command line.
func openTab(t *testing.T, g *gate, flags ...string) *tab {
	t.Helper()
	proxy := httptest.NewServer(g)
	profile := filepath.Join(shortDir(t), "profile")
	argv := slices.Concat(browserFlags(), flags, []string{
		"--proxy-server=" + proxy.Listener.Addr().String(), "--proxy-bypass-list=<-loopback>", "--user-data-dir=" + profile,
		"--remote-debugging-port=0", "--enable-unsafe-swiftshader", "--use-angle=swiftshader", "--hide-scrollbars", "about:blank",
	})
	argv = slices.DeleteFunc(argv, func(a string) bool { return strings.HasPrefix(a, "--timeout") || a == "--disable-gpu" })
	ctx, cancel := context.WithCancel(context.Background())
	c := exec.CommandContext(ctx, tool(t, "chromium"), argv...)
	c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	c.Cancel = func() error { return syscall.Kill(-c.Process.Pid, syscall.SIGKILL) }
	c.WaitDelay = 5 * time.Second
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cancel()
		_ = c.Wait()
		proxy.CloseClientConnections()
		proxy.Close()
	})
	tb := &tab{t: t, gate: g, waits: map[int]chan devtoolsAnswer{}}
	tb.attach(profile)
	return tb
}

// attach connects to the only page of the browser of that profile.
func (tb *tab) attach(profile string) {
	tb.t.Helper()
	var port, browser string
	eventually(tb.t, 30*time.Second, "the browser listens", func() bool {
		text, err := os.ReadFile(filepath.Join(profile, "DevToolsActivePort"))
		port, browser, _ = strings.Cut(string(text), "\n")
		return err == nil && browser != ""
	})
	conn, _, err := websocket.DefaultDialer.Dial("ws://127.0.0.1:"+port+browser, nil)
	if err != nil {
		tb.t.Fatal(err)
	}
	targets := &tab{t: tb.t, conn: conn, waits: map[int]chan devtoolsAnswer{}}
	go targets.read()
	var made struct{ TargetID string }
	targets.call("Target.createTarget", map[string]any{"url": "about:blank"}, &made)
	if tb.conn, _, err = websocket.DefaultDialer.Dial("ws://127.0.0.1:"+port+"/devtools/page/"+made.TargetID, nil); err != nil {
		tb.t.Fatal(err)
	}
	_ = conn.Close()
	tb.t.Cleanup(func() { _ = tb.conn.Close() })
	go tb.read()
	for _, domain := range []string{"Page", "Runtime", "Log", "Network"} {
		tb.call(domain+".enable", nil, nil)
	}
}

// read passes answers on and keeps what the console complains of.
func (tb *tab) read() {
	for {
		var m devtoolsAnswer
		if err := tb.conn.ReadJSON(&m); err != nil {
			return
		}
		tb.mu.Lock()
		if wait := tb.waits[m.ID]; wait != nil && m.ID != 0 {
			delete(tb.waits, m.ID)
			wait <- m
		} else if complains(&m) {
			tb.faults = append(tb.faults, m.Method+" "+string(m.Params))
		}
		tb.mu.Unlock()
	}
}

func complains(m *devtoolsAnswer) bool {
	text := string(m.Params)
	switch m.Method {
	case "Runtime.exceptionThrown":
		return true
	case "Log.entryAdded":
		return strings.Contains(text, `"level":"error"`)
	case "Runtime.consoleAPICalled":
		return strings.Contains(text, `"type":"error"`)
	}
	return false
}

// call sends a command and reads its result.
func (tb *tab) call(method string, params map[string]any, result any) {
	tb.t.Helper()
	tb.mu.Lock()
	tb.last++
	id, wait := tb.last, make(chan devtoolsAnswer, 1)
	tb.waits[id] = wait
	if params == nil {
		params = map[string]any{}
	}
	err := tb.conn.WriteJSON(map[string]any{"id": id, "method": method, "params": params})
	tb.mu.Unlock()
	if err != nil {
		tb.t.Fatalf("%s: %v", method, err)
	}
	select {
	case m := <-wait:
		if m.Error != nil {
			tb.t.Fatalf("%s: %s", method, m.Error.Message)
		}
		if result != nil {
			if err := json.Unmarshal(m.Result, result); err != nil {
				tb.t.Fatalf("%s: %v", method, err)
			}
		}
	case <-time.After(30 * time.Second):
		tb.t.Fatalf("%s: no answer", method)
	}
}

// eval computes an expression on the page; what it throws is an empty text.
func (tb *tab) eval(expression string) string {
	tb.t.Helper()
	var got struct {
		Result struct{ Value any }
	}
	tb.call("Runtime.evaluate", map[string]any{"expression": expression, "returnByValue": true, "awaitPromise": true}, &got)
	if got.Result.Value == nil {
		return ""
	}
	return fmt.Sprint(got.Result.Value)
}

// number computes an expression that is a number; 0 when it is none.
func (tb *tab) number(expression string) float64 {
	tb.t.Helper()
	var n float64
	_, _ = fmt.Sscan(tb.eval("Promise.race([("+expression+"), new Promise((r) => setTimeout(r, 200, 0))]).then(Number)"), &n)
	return n
}

// until waits for an expression to be true on the page.
func (tb *tab) until(within time.Duration, what, expression string) {
	tb.t.Helper()
	eventually(tb.t, within, what, func() bool { return tb.eval("!!("+expression+")") == "true" })
}

// visit opens a page of the gate's host and waits until it has loaded.
func (tb *tab) visit(path string) {
	tb.t.Helper()
	tb.eval("document.documentElement.dataset.old = '1'")
	tb.call("Page.navigate", map[string]any{"url": "http://" + tb.gate.host + path}, nil)
	tb.loaded(path)
}

// loaded waits until the page that replaces the current one has loaded.
func (tb *tab) loaded(what string) {
	tb.t.Helper()
	tb.until(20*time.Second, "loaded: "+what, "document.readyState === 'complete' && !document.documentElement.dataset.old")
}

// sized shows the page as a screen of that width does, in light or in dark.
func (tb *tab) sized(width, height int, scheme string) {
	tb.call("Emulation.setDeviceMetricsOverride", map[string]any{
		"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600,
	}, nil)
	tb.call("Emulation.setEmulatedMedia", map[string]any{
		"features": []map[string]string{{"name": "prefers-color-scheme", "value": scheme}},
	}, nil)
}

// press types one key.
func (tb *tab) press(key string) {
	tb.t.Helper()
	event := map[string]any{"key": key, "text": key, "type": "keyDown"}
	if key == "Enter" {
		event["text"], event["windowsVirtualKeyCode"] = "\r", 13
	}
	tb.call("Input.dispatchKeyEvent", event, nil)
	tb.call("Input.dispatchKeyEvent", map[string]any{"key": key, "type": "keyUp"}, nil)
}

// shot keeps a picture of the whole page.
func (tb *tab) shot(file string) {
	tb.t.Helper()
	var got struct{ Data string }
	tb.call("Page.captureScreenshot", map[string]any{"format": "png", "captureBeyondViewport": true}, &got)
	png, err := base64.StdEncoding.DecodeString(got.Data)
	if err == nil {
		err = os.WriteFile(file, png, 0o600)
	}
	if err != nil {
		tb.t.Fatal(err)
	}
}

// wantQuiet checks that the console holds no error and that nobody else was asked.
func (tb *tab) wantQuiet() {
	tb.t.Helper()
	tb.mu.Lock()
	defer tb.mu.Unlock()
	if len(tb.faults) > 0 {
		tb.t.Errorf("the console complains: %s", strings.Join(tb.faults, "\n"))
	}
	tb.gate.mu.Lock()
	defer tb.gate.mu.Unlock()
	if len(tb.gate.strangers) > 0 {
		tb.t.Errorf("the browser asked others: %q", tb.gate.strangers)
	}
}
