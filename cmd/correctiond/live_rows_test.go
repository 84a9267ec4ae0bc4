package main

import (
	"fmt"
	"testing"
	"time"
)

// Of a later row of a long list the forms are fetched when somebody wants them, by
// mouse or by key; what was fetched works as in the first rows.
func TestLiveLaterRowsUnfoldInABrowser(t *testing.T) {
	tool(t, "mosquitto_pub")
	tool(t, "chromium")
	w := newWorld(t)
	w.serve()
	var people []person
	for n := range 6 {
		people = append(people, person{subject: fmt.Sprintf("S000%d", n), device: fmt.Sprintf("W%d", n)})
	}
	w.importRoster(rosterOf(t, people...))
	w.signIn("--role", "officer", "--office", "O1", "--name", "F1")
	for _, p := range people {
		w.credential(p.device)
		w.mosquittoPub(p.device, "status", status("cut", "strap_open", at(0)))
	}
	eventually(t, 20*time.Second, "six alerts", func() bool { return len(w.api.alerts("kind=strap-tamper")) == 6 })
	tb := openTab(t, &gate{host: w.http, live: true})
	tb.sized(390, 844, "light")
	tb.signsIn(w.api.token)
	tb.until(10*time.Second, "the stream is open", "document.querySelector('#live.on')")

	id := tb.eval("document.querySelector('.alert a[data-key=c]').closest('.alert').dataset.id")
	tb.eval("document.querySelector('#a-" + id + " a[data-key=c]').click()")
	tb.until(5*time.Second, "the closing form is open", "document.querySelector('#a-"+id+" details[data-key=c][open] form[action$=\"/close\"]')")
	tb.until(2*time.Second, "it has the focus", "document.activeElement.closest('#a-"+id+" details[data-key=c]')")
	tb.eval("document.querySelector('.alert details[open]').open = false")

	last := "[...document.querySelectorAll('.alert')].at(-1)"
	tb.eval(last + ".focus()")
	tb.press("n")
	tb.until(5*time.Second, "a note can be written", last+".querySelector('details[data-key=n][open] textarea') === document.activeElement")
	tb.eval(last + ".querySelector('textarea[name=text]').value = '已到现场'")
	tb.eval(last + ".querySelector('form[action$=\"/note\"]').requestSubmit()")
	tb.until(5*time.Second, "the note is kept", last+".querySelector('.notes').textContent.includes('已到现场')")
	tb.wantQuiet()
}
