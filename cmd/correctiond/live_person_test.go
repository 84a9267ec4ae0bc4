package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"correctiond/store"
)

// What an officer does about a person is recorded on the person's page in a real
// browser, reaches the rules through the running daemon, and stands in the timeline.
func TestLiveDeedsOnThePageOfAPerson(t *testing.T) {
	tool(t, "chromium")
	w := newWorld(t)
	w.serve()
	w.importRoster(rosterOf(t, person{subject: "S0001", device: "W1"}))
	w.signIn("--role", "officer", "--office", "O1", "--name", "F1")
	tb := openTab(t, &gate{host: w.http, cookie: w.session(t)})
	tb.sized(390, 844, "dark")
	tb.visit("/subjects/S0001")
	for _, c := range []struct{ deed, fill, said string }{
		{"contact", "form.querySelector('[value=reached]').checked = true", "已记录联系情况"},
		{"visit", "", "已记录走访"},
		{"leave", "form.reason.value = '就医复查'", "已记录批准外出"},
		{"colour", "form.querySelector('[value=orange]').checked = true; form.reason.value = '家庭变故，需要关注'; form.until.value = form.until.max", "已设定风险等级"},
	} {
		tb.eval("(() => { const form = document.querySelector('form[action$=\"/" + c.deed + "\"]'); form.closest('details').open = true; " + c.fill + " })()")
		tb.submits("form[action$='/" + c.deed + "']")
		if text := tb.eval("document.body.innerText"); !strings.Contains(text, c.said) {
			t.Errorf("%s: %q is missing in %s", c.deed, c.said, text)
		}
	}
	line := func() string { return tb.eval("document.querySelector('#timeline').innerText") }
	for _, part := range []string{"走访", "批准外出", "就医复查", "风险等级变为 橙"} {
		if !strings.Contains(line(), part) {
			t.Errorf("%q is not in the timeline: %s", part, line())
		}
	}
	tb.eval("const form = document.querySelector('form[action$=\"/return\"]'); form.closest('details').open = true; form.querySelector('[name=leave]').checked = true")
	tb.submits("form[action$='/return']")
	tb.until(5*time.Second, "the return is in the timeline", "document.querySelector('#timeline').innerText.includes('销假返回') && !document.querySelector('form[action$=\"/return\"]')")
	tb.eval("document.querySelector('form[action$=\"/found\"] [name=csrf]').value = 'forged'; document.querySelector('form[action$=\"/found\"] [type=checkbox]').checked = true")
	tb.submits("form[action$='/found']")
	if text := tb.eval("document.body.innerText"); !strings.Contains(text, "403") {
		t.Errorf("a forged form is answered %s", text)
	}
	var done []string
	w.withState(func(st *store.State) {
		for r, err := range st.Audit(t.Context(), 0) {
			if family, _, _ := strings.Cut(r.Action, "."); err == nil && family == "subject" && r.Actor == "F1" && r.District == "D1" && r.Subject == "S0001" {
				done = append(done, r.Action)
			}
		}
	})
	if want := []string{"subject.contact", "subject.visit", "subject.leave_granted", "subject.colour", "subject.leave_returned"}; !slices.Equal(done, want) {
		t.Errorf("the audit has %q", done)
	}
}

// The procurator finds in the audit of the district who looked at whose track, told
// apart from what the page of an alert shows by itself, and whether the chain is whole.
func TestLiveAuditOfTracksInABrowser(t *testing.T) {
	tool(t, "mosquitto_pub")
	tool(t, "chromium")
	w := newWorld(t)
	w.serve()
	w.importRoster(rosterOf(t, person{subject: "S0001", device: "W1"}))
	w.credential("W1")
	w.signIn("--role", "officer", "--office", "O1", "--name", "F1")
	w.mosquittoPub("W1", "status", status("cut", "strap_open", at(0)))
	alert := w.api.wantAlert("strap-tamper", "S0001", nil)
	get := func(path string, want int) {
		t.Helper()
		if resp, answer := w.api.do(http.MethodGet, path, ""); resp.StatusCode != want {
			t.Errorf("%s: %d %s", path, resp.StatusCode, answer)
		}
	}
	span := "from=" + strings.ReplaceAll(at(-time.Hour), "+", "%2B") + "&until=" + strings.ReplaceAll(at(0), "+", "%2B")
	get("/alerts/"+alert.ID+"/map", http.StatusOK)
	get("/api/v1/subjects/S0001/track?"+span+"&reason=live-test", http.StatusOK)
	w.signIn("--role", "officer", "--office", "O2", "--name", "F9")
	get("/alerts/"+alert.ID+"/map", http.StatusNotFound)
	get("/api/v1/subjects/S0001/track?"+span+"&reason=curious", http.StatusNotFound)
	w.signIn("--role", "procurator", "--name", "J1")
	_, answer := w.api.do(http.MethodGet, "/api/v1/audit?action=track.", "")
	var list struct {
		Items []struct{ Action, Actor, Purpose string }
	}
	if err := json.Unmarshal([]byte(answer), &list); err != nil {
		t.Fatal(err)
	}
	if got, want := fmt.Sprint(list.Items), "[{track.refuse F9 } {track.refuse F9 } {track.read F1 } {track.read F1 alert}]"; got != want {
		t.Errorf("the audit of tracks: %s, want %s", got, want)
	}
	tb := openTab(t, &gate{host: w.http, cookie: w.session(t)})
	tb.sized(1440, 900, "light")
	eventually(t, 30*time.Second, "the chain is verified", func() bool {
		tb.visit("/audit?about=S0001")
		return strings.Contains(tb.eval("document.body.innerText"), "审计链完好")
	})
	text := tb.eval("document.querySelector('#records').innerText")
	for _, part := range []string{"查看轨迹被拒绝", "告警页自动显示", "live-test", "F9"} {
		if !strings.Contains(text, part) {
			t.Errorf("%q is missing in %s", part, text)
		}
	}
}
