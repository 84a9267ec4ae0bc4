package main

import (
	"strings"
	"testing"
	"time"
)

// The district draws a zone by clicking on the map, sees whom it concerns, and saves it;
// an officer's plan and visit are written down on their pages, too.
func TestLiveZonesAndRegistersInABrowser(t *testing.T) {
	tool(t, "chromium")
	w := newWorld(t)
	w.serve()
	w.importRoster(rosterOf(t, person{subject: "S0001", device: "W1"}))
	w.signIn("--role", "district", "--name", "D9")
	tb := openTab(t, &gate{host: w.http, cookie: w.session(t)})
	tb.sized(1440, 900, "light")
	tb.visit("/zones?zone=")
	tb.until(5*time.Second, "the sketch can be drawn on", "document.querySelector('.sketch-tools button')")
	tb.eval(`const svg = document.querySelector('#sketch svg'), box = svg.getBoundingClientRect();
		for (const [x, y] of [[0.2, 0.2], [0.8, 0.2], [0.8, 0.8], [0.2, 0.8]])
			svg.dispatchEvent(new MouseEvent('click', { clientX: box.left + x * box.width, clientY: box.top + y * box.height, bubbles: true })); 0`)
	if drawn := tb.eval("document.querySelector('[name=geometry]').value"); strings.Count(drawn, "],[") != 4 {
		t.Fatalf("drawn: %s", drawn)
	}
	tb.eval("document.querySelector('[name=id]').value = 'school'; document.querySelector('[name=name]').value = '示范学校'; document.querySelector('[name=kind]').value = 'watch'")
	tb.pressed("[name=do][value=preview]")
	tb.until(5*time.Second, "the preview", "document.querySelector('#preview') && document.querySelectorAll('.drawing .cell').length > 0")
	tb.pressed("[name=do][value=save]")
	tb.until(5*time.Second, "the zone is on the list", "location.pathname === '/zones' && document.body.innerText.includes('示范学校')")

	tb.visit("/registers/visits")
	tb.eval("document.querySelector('details').open = true; document.querySelector('[name=subject]').focus(); for (const [k, v] of [['subject', 'S0001'], ['place', '家中'], ['result', '在家']]) document.querySelector('.panel [name=' + k + ']').value = v")
	tb.submits("form[action='/registers/visits'].panel")
	tb.until(5*time.Second, "the visit is written down", "document.querySelector('.record') && document.body.innerText.includes('在家')")
	tb.visit("/plans?plan=none")
	tb.until(5*time.Second, "who has no plan", "document.body.innerText.includes('S0001')")
	tb.wantQuiet()
}

// pressed clicks a button that sends its form, and waits for the answer.
func (tb *tab) pressed(button string) {
	tb.t.Helper()
	tb.eval("document.documentElement.dataset.old = '1'")
	tb.eval(`document.querySelector("` + button + `").click()`)
	tb.loaded(button)
}
