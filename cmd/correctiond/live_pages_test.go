package main

import (
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// An officer's night in a real browser: signs in, sees an alert arrive, deals with
// it, and asks nobody but the daemon.
func TestLivePagesInABrowser(t *testing.T) {
	tool(t, "mosquitto_pub")
	tool(t, "chromium")
	w := newWorld(t)
	w.serve()
	people := []person{{subject: "S0001", device: "W1"}, {subject: "S0002", device: "W2"}, {subject: "S0003", device: "W3"}, {subject: "S0004", device: "W4"}}
	w.importRoster(rosterOf(t, people...))
	for _, p := range people {
		w.credential(p.device)
	}
	w.signIn("--role", "officer", "--office", "O1", "--name", "F1")
	elsewhere := w.command("token", "create", "--role", "officer", "--office", "O2", "--name", "F9")
	tb := openTab(t, &gate{host: w.http, live: true})
	tb.sized(1440, 900, "light")
	tb.signsIn(w.api.token)
	tb.until(10*time.Second, "the stream is open", "document.querySelector('#live.on')")

	w.mosquittoPub("W1", "status", status("cut", "strap_open", at(0)))
	tb.until(10*time.Second, "the alert is on the list", "document.querySelector('.alert.P1')")
	w.arriveWithinASecond(t, tb, people[1:])

	tb.press("j")
	tb.until(2*time.Second, "the first row has the focus", "document.activeElement.matches('.alert.P1')")
	tb.press("a")
	tb.until(5*time.Second, "the first row is acknowledged", "document.querySelector('.alert.P1.acknowledged')")

	id := tb.eval("document.querySelector('.alert.P1.acknowledged').dataset.id")
	tb.dealsWith(t, id)
	tb.eval("document.documentElement.dataset.old = '1'")
	tb.eval("document.querySelector('form[action=\"/logout\"]').requestSubmit()")
	tb.loaded("signed out")
	tb.signsIn(elsewhere)
	tb.wantQuiet()
	tb.visit("/alerts/" + id)
	if text := tb.eval("document.body.innerText"); !strings.Contains(text, "404") || strings.Contains(text, "S000") {
		t.Errorf("an officer of another office sees %s", text)
	}
}

// signsIn fills in the form of the sign-in page.
func (tb *tab) signsIn(token string) {
	tb.t.Helper()
	tb.visit("/login")
	tb.eval("document.querySelector('[name=token]').value = '" + token + "'")
	tb.submits("form[action='/login']:has([name=token])")
}

// submits sends a form and waits for the page that answers it.
func (tb *tab) submits(form string) {
	tb.t.Helper()
	tb.eval("document.documentElement.dataset.old = '1'")
	tb.eval(`document.querySelector("` + form + `").requestSubmit()`)
	tb.loaded(form)
}

// arriveWithinASecond: of a few alerts one is on the page within a second of its
// device's message. None is late by design; the machine may be.
func (w *world) arriveWithinASecond(t *testing.T, tb *tab, people []person) {
	t.Helper()
	var took time.Duration
	for _, p := range people {
		if took = w.arrives(t, tb, p); took <= time.Second {
			t.Logf("on the page %v after mosquitto_pub had ended", took)
			return
		}
	}
	t.Errorf("%d alerts were on the page late, the last %v after its message", len(people), took)
}

// arrives measures from the device's message to the row on the page.
func (w *world) arrives(t *testing.T, tb *tab, p person) time.Duration {
	t.Helper()
	tb.eval(`window.arrived = new Promise((done) => new MutationObserver(() => {
		const row = [...document.querySelectorAll('.alert')].find((r) => r.textContent.includes('` + p.subject + `'));
		if (row) done(Date.now());
	}).observe(document.body, { childList: true, subtree: true })); 0`)
	w.mosquittoPub(p.device, "status", status("cut", "strap_open", at(0)))
	published := time.Now()
	var shown int64
	eventually(t, 10*time.Second, "the alert of "+p.subject+" is on the list", func() bool {
		shown = int64(tb.number("window.arrived"))
		return shown > 0
	})
	return time.UnixMilli(shown).Sub(published)
}

// dealsWith notes, attaches and closes on the page of an alert, by keyboard.
func (tb *tab) dealsWith(t *testing.T, id string) {
	t.Helper()
	tb.visit("/alerts/" + id)
	tb.until(20*time.Second, "the map is drawn", "document.querySelector('.map[data-done=map], .map[data-done=drawing]')")
	t.Logf("the map is a %s", tb.eval("document.querySelector('.map').dataset.done"))
	tb.press("n")
	tb.until(2*time.Second, "the note can be written", "document.activeElement.closest('details[data-key=n][open]')")
	tb.eval("document.querySelector('[data-key=n] [value=inspection]').checked = true; document.querySelector('[data-key=n] textarea').value = '腕带完好，已复位'")
	tb.submits("[data-key=n] form")
	tb.until(5*time.Second, "the note is in the timeline", "document.querySelector('#timeline').innerText.includes('腕带完好')")
	tb.press("c")
	tb.until(2*time.Second, "the closing form is open", "document.querySelector('details[data-key=c][open]')")
	if state := tb.eval("document.querySelector('.lead .state').className"); !strings.Contains(state, "acknowledged") {
		t.Errorf("one key closed the alert: %q", state)
	}
	tb.eval("document.querySelector('[data-key=c] [value=technical]').checked = true; document.querySelector('[data-key=c] [name=reason]').value = '误触，已查验'")
	tb.submits("[data-key=c] form")
	tb.until(5*time.Second, "the alert is closed", "document.querySelector('.lead .state.closed')")
}

// A map shows the track of somebody who left the area, also where there is no WebGL.
func TestLiveMapInABrowser(t *testing.T) {
	tool(t, "mosquitto_pub")
	tool(t, "chromium")
	w := newWorld(t)
	w.serve()
	w.importRoster(rosterOf(t, person{subject: "S0001", device: "W1"}))
	w.credential("W1")
	w.signIn("--role", "officer", "--office", "O1", "--name", "F1")
	for i, lng := range []float64{inTown, outside, outside + 0.01, outside + 0.02, outside + 0.03} {
		w.mosquittoPub("W1", "location", fix(string(rune('a'+i)), time.Duration(i-5)*5*time.Minute, lng))
	}
	exit := w.api.wantAlert("area-exit", "S0001", nil)
	eventually(t, 10*time.Second, "the track is stored", func() bool { return len(w.track("S0001")) == 5 })
	tb := openTab(t, &gate{host: w.http, cookie: w.session(t)})
	tb.sized(1440, 900, "light")
	tb.visit("/alerts/" + exit.ID)
	tb.until(20*time.Second, "MapLibre has drawn", "document.querySelector('.map.ready[data-done=map] canvas')")
	if n := tb.number("document.querySelector('.player input').max"); n != 4 {
		t.Errorf("the track ends at %v", n)
	}
	before := tb.eval("document.querySelector('.player output').textContent")
	tb.eval("const p = document.querySelector('.player input'); p.value = 0; p.dispatchEvent(new Event('input'))")
	if now := tb.eval("document.querySelector('.player output').textContent"); now == before || now == "" {
		t.Errorf("the slider shows %q, then %q", before, now)
	}
	tb.eval("document.querySelector('.stays-switch').click()")
	if only := tb.eval("document.querySelector('.map.stays-only .stays') && document.querySelector('.stays-switch').getAttribute('aria-pressed')"); only != "true" {
		t.Errorf("the time spent is not shown alone: %s", only)
	}
	tb.wantQuiet()
	log := bench{t: t, dir: filepath.Dir(w.data)}.audit()
	if want := "track.read S0001 alert " + exit.ID + " area-exit"; !slices.Contains(log, want) {
		t.Errorf("no %q in the audit log: %q", want, log)
	}
	resp, answer := w.api.do(http.MethodGet, "/alerts/"+exit.ID+"/map", "")
	if resp.StatusCode != http.StatusOK || strings.Count(answer, `class=\"fix\"`) != 5 {
		t.Errorf("the drawing: %d %s", resp.StatusCode, tail(answer, 1000))
	}
	old := openTab(t, &gate{host: w.http, cookie: w.session(t)}, "--disable-3d-apis")
	old.visit("/alerts/" + exit.ID)
	old.until(20*time.Second, "the drawing stays without WebGL", "document.querySelector('.map.still[data-done=drawing] .drawing')")
	old.eval("const p = document.querySelector('.player input'); p.value = 0; p.dispatchEvent(new Event('input'))")
	if moved := old.eval("document.querySelector('.last').getAttribute('cx') === document.querySelector('.fix').getAttribute('cx')"); moved != "true" {
		t.Error("the slider does not move along the drawing")
	}
	old.wantQuiet()
	if dir := os.Getenv("JZ_SHOTS"); dir != "" {
		tb.shot(filepath.Join(dir, "map.png"))
		old.shot(filepath.Join(dir, "drawing.png"))
	}
}
