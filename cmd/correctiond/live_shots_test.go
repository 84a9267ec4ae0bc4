package main

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"testing"
	"time"
)

// With JZ_SHOTS=DIR, pictures of the pages of a demo are put there, to be looked
// at: at 1440 and 390 px, light and dark, in Chinese and in English.
func TestLiveScreenshots(t *testing.T) {
	dir := os.Getenv("JZ_SHOTS")
	if dir == "" {
		t.Skip("JZ_SHOTS names no directory")
	}
	w := newWorld(t)
	w.demo(t, "--speed", "60")
	var paths [][2]string
	var exits []alertDoc
	eventually(t, 90*time.Second, "somebody leaves the area", func() bool {
		exits = w.api.alerts("kind=area-exit")
		return len(exits) > 0
	})
	exit := exits[0]
	if resp, answer := w.api.do("POST", "/api/v1/subjects/"+exit.Subject+"/lost", ""); resp.StatusCode != 200 {
		t.Fatal(answer)
	}
	w.api.wantAlert("contact-lost", exit.Subject, nil)
	eventually(t, 90*time.Second, "alerts to look at", func() bool {
		paths = w.sights()
		return len(paths) >= 16
	})
	for _, size := range [][2]int{{1440, 900}, {390, 844}} {
		for lang, scheme := range map[string]string{"zh-CN": "light", "en": "dark"} {
			tb := openTab(t, &gate{host: w.http, cookie: w.session(t), live: true, lang: lang})
			tb.sized(size[0], size[1], scheme)
			for _, p := range paths {
				tb.visit(p[1])
				tb.until(10*time.Second, "map", "!document.querySelector('.map[data-now]') || document.querySelector('.map[data-done]')")
				tb.shot(filepath.Join(dir, fmt.Sprintf("%s-%d-%s.png", p[0], size[0], scheme)))
			}
			tb.wantQuiet()
		}
	}
}

// sights are the pages worth a look.
func (w *world) sights() [][2]string {
	list := [][2]string{
		{"list", "/"},
		{"groups", "/?group=subject"},
		{"overview", "/overview"},
		{"risk", "/risk"},
		{"rollcall", "/rollcall"},
		{"reports", "/reports"},
		{"plans", "/plans"},
		{"visits", "/registers/visits"},
		{"sweeps", "/registers/sweeps"},
		{"objections", "/registers/objections"},
		{"zones", "/zones"},
		{"zone", "/zones?zone="},
		{"office", "/overview?office=O1"},
	}
	for _, kind := range []string{"area-exit", "strap-tamper", "contact-lost", "contact-suspect", "forbidden-zone", "device-separated"} {
		found := w.api.alerts("kind=" + kind)
		if len(found) == 0 {
			continue
		}
		list = append(list, [2]string{kind, "/alerts/" + found[0].ID})
		if kind == "area-exit" {
			list = append(list, [2]string{"subject", "/subjects/" + found[0].Subject}, [2]string{"plan", "/subjects/" + found[0].Subject + "/plan"})
		}
	}
	return list
}

// listens tells whether somebody takes connections there.
func listens(addr string) bool {
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		return false
	}
	_ = conn.Close()
	return true
}

// demo runs the demo and signs the world's client in to its district.
func (w *world) demo(t *testing.T, flags ...string) *process {
	t.Helper()
	argv := append([]string{
		"demo", "--data", w.data, "--http.listen", w.http, "--http.public_url", "http://" + w.http,
		"--http.metrics_listen", w.prom, "--mqtt.listen", w.mqtt,
	}, flags...)
	d := start(t, nil, w.bin, argv...)
	district := regexp.MustCompile(`district +(jzt_\S+)`)
	eventually(t, 20*time.Second, "demo prints its sign-ins", func() bool {
		found := district.FindStringSubmatch(d.log.String())
		if found != nil {
			w.api.token = found[1]
		}
		return found != nil && listens(w.http)
	})
	return d
}
