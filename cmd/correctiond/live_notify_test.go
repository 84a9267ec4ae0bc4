package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"correctiond/alerts/webhook"
)

// noticeTaker is a program that takes notices. It fails as often as it is told to.
type noticeTaker struct {
	*httptest.Server
	mu      sync.Mutex
	failing int
	refused []string // keys of what it did not take
	taken   []string // key and reason of what it took, in order
	bodies  []string
	forged  int
}

func newNoticeTaker(t *testing.T, failing int) *noticeTaker {
	r := &noticeTaker{failing: failing}
	r.Server = httptest.NewServer(http.HandlerFunc(r.take))
	t.Cleanup(r.Close)
	return r
}

const hookSecret = "shared between the two of them"

func (r *noticeTaker) take(w http.ResponseWriter, req *http.Request) {
	body, err := io.ReadAll(req.Body)
	r.mu.Lock()
	defer r.mu.Unlock()
	if err != nil || req.Header.Get(webhook.SignatureHeader) != "sha256="+webhook.Sign(hookSecret, req.Header.Get(webhook.TimestampHeader), body) {
		r.forged++
	}
	key := req.Header.Get(webhook.KeyHeader)
	if r.failing > 0 {
		r.failing--
		r.refused = append(r.refused, key)
		w.WriteHeader(http.StatusBadGateway)
		return
	}
	var letter struct{ Messages []struct{ Why string } }
	if json.Unmarshal(body, &letter) != nil || len(letter.Messages) == 0 {
		r.forged++
		return
	}
	r.taken = append(r.taken, key+" "+letter.Messages[0].Why)
	r.bodies = append(r.bodies, string(body))
}

// got lists why something was delivered, in order.
func (r *noticeTaker) got() (whys []string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, line := range r.taken {
		_, why, _ := strings.Cut(line, " ")
		whys = append(whys, why)
	}
	return whys
}

// An alert reaches the receiver although it fails at first and the daemon is
// killed, under one key; who got the opening gets the closing; and nothing about
// the person leaves but the masked name.
func TestLiveNoticeReachesItsReceiver(t *testing.T) {
	tool(t, "mosquitto_pub")
	hook := newNoticeTaker(t, 2)
	w := newWorld(t)
	dir := shortDir(t)
	for name, text := range map[string]string{
		"secret": hookSecret,
		"config.yaml": fmt.Sprintf("alerts:\n  channels:\n    - {name: console, kind: webhook, url: %q, secret_file: %q, group: true}\n",
			hook.URL, filepath.Join(dir, "secret")),
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	w.flags = []string{"--config", filepath.Join(dir, "config.yaml")}
	w.importRoster(rosterOf(t, person{subject: "S0001", device: "W1"}))
	w.signIn("--role", "officer", "--office", "O1", "--name", "F1")
	d := w.serve()
	w.credential("W1")
	w.mosquittoPub("W1", "status", status("cut", "strap_open", at(0)))
	eventually(t, 20*time.Second, "the receiver has failed once", func() bool {
		hook.mu.Lock()
		defer hook.mu.Unlock()
		return len(hook.refused) > 0
	})
	d.kill()
	w.serve()
	eventually(t, 40*time.Second, "it is delivered", func() bool { return slices.Equal(hook.got(), []string{"opened"}) })

	a := w.api.wantAlert("strap-tamper", "S0001", func(*alertDoc) bool { return true })
	_, detail := w.api.do(http.MethodGet, "/api/v1/alerts/"+a.ID, "")
	if !strings.Contains(detail, `"state":"sent"`) || !strings.Contains(detail, `"channel":"console"`) {
		t.Errorf("the alert does not tell who was told: %s", detail)
	}
	if code, answer := w.api.act(&a, "close", `{"outcome":"confirmed","reason":"已核实属实","note":"已查验腕带"}`); code != http.StatusOK {
		t.Fatalf("close: %d %s", code, answer)
	}
	eventually(t, 20*time.Second, "the closing is told, too", func() bool { return slices.Equal(hook.got(), []string{"opened", "closed"}) })

	hook.mu.Lock()
	defer hook.mu.Unlock()
	opened, _, _ := strings.Cut(hook.taken[0], " ")
	for _, key := range hook.refused {
		if key != opened {
			t.Errorf("tried under key %s, delivered under %s", key, opened)
		}
	}
	if hook.forged > 0 {
		t.Errorf("%d requests with a wrong signature or no letter", hook.forged)
	}
	for _, body := range hook.bodies {
		if strings.Contains(body, "示例S0001") || strings.Contains(body, "121.") || !strings.Contains(body, "示*") || !strings.Contains(body, "/alerts/"+a.ID) {
			t.Errorf("the letter says %s", body)
		}
	}
}
