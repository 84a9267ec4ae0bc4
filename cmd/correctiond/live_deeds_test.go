package main

import (
	"fmt"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"correctiond/store"
)

// What officers record through the API counts at once: for the rules, for what
// ingest may take, in the stored roster and after a restart.
func TestLiveDeedsOfOfficers(t *testing.T) {
	tool(t, "mosquitto_pub")
	w := newWorld(t)
	d := w.serve()
	w.importRoster(rosterOf(t, person{subject: "S0001", device: "W1", unauthorised: true}))
	w.credential("W1")
	w.signIn("--role", "officer", "--office", "O1", "--name", "F1")

	w.mosquittoPub("W1", "location", fix("before", 0, inTown)) // nothing permits it
	granted := fmt.Sprintf(`{"device":"W1","authority":{"id":"A1","ground":3,"approver":"示范区司法局负责人","from":%q,"until":%q}}`, day(0), day(60))
	w.deed(http.StatusOK, "authority", granted)
	n := 0
	eventually(t, 10*time.Second, "positions are taken under the new authority", func() bool {
		n++
		w.mosquittoPub("W1", "location", fix(fmt.Sprint("after", n), 0, inTown))
		return slices.ContainsFunc(w.track("S0001"), func(id string) bool { return strings.HasPrefix(id, "after") })
	})
	if slices.Contains(w.track("S0001"), "before") {
		t.Error("a position from before the authority was stored")
	}
	w.deed(http.StatusOK, "colour", fmt.Sprintf(`{"colour":"orange","reason":"家庭变故，需要关注","until":%q}`, day(7)))
	w.deed(http.StatusOK, "lost", "")
	lost := w.api.wantAlert("contact-lost", "S0001", nil)
	w.deed(http.StatusOK, "found", "")
	w.api.wantAlert("contact-lost", "S0001", func(a *alertDoc) bool { return a.ID == lost.ID && a.Ended != nil })

	for what, body := range map[string]string{
		"contact": `{"result":"perhaps"}`, "visit": `{"subject":"S0002"}`, "authority": granted,
		"challenge": fmt.Sprintf(`{"device":"W9","id":"c","issued":%q,"expires":%q}`, at(0), at(time.Hour)), "colour": `[]`,
	} {
		w.deed(http.StatusUnprocessableEntity, what, body)
	}

	w.deed(http.StatusNotFound, "dance", `{}`)
	w.readsLife()

	eventually(t, 10*time.Second, "the stored roster has the authority", func() bool {
		return strings.Contains(w.command("roster", "export", "--data", w.data, "--format", "json"), `"A1"`)
	})
	if code, _ := d.stop(15 * time.Second); code != 0 {
		t.Fatalf("serve ended with %d", code)
	}
	w.serve()
	w.mosquittoPub("W1", "location", fix("restarted", 0, inTown))
	eventually(t, 10*time.Second, "the authority outlives the restart", func() bool { return slices.Contains(w.track("S0001"), "restarted") })
	if _, risk := w.api.do("GET", "/api/v1/subjects/S0001/risk", ""); !strings.Contains(risk, "家庭变故") {
		t.Errorf("the officer's colour is lost: %s", risk)
	}
}

// Of two acts before a crash the database has the first in its roster, the journal both:
// the second is not undone by what is stored.
func TestLiveActThatIsNotStoredBeforeAKill(t *testing.T) {
	w := newWorld(t)
	d := w.serve()
	w.importRoster(rosterOf(t, person{subject: "S0001", device: "W1"}))
	w.signIn("--role", "officer", "--office", "O1", "--name", "F1")
	stored := func(what, date string) {
		t.Helper()
		eventually(t, 15*time.Second, what, func() bool { return strings.Contains(w.command("roster", "export", "--format", "json"), date) })
	}
	visit := func(date string) string { return fmt.Sprintf(`{"date":%q}`, date) }
	first, second := day(-3), day(-2)
	w.deed(http.StatusOK, "visit", visit(first))
	stored("the first visit is stored", first)

	unlock := lockDatabase(t, filepath.Join(w.data, "state.db"))
	req, err := http.NewRequest(http.MethodPost, w.api.base+"/api/v1/subjects/S0001/visit", strings.NewReader(visit(second)))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+w.api.token)
	req.Header.Set("Content-Type", "application/json")
	answered := make(chan error, 1)
	go func() {
		resp, err := w.api.http.Do(req)
		if err == nil {
			err = fmt.Errorf("answered %d", resp.StatusCode)
			_ = resp.Body.Close()
		}
		answered <- err
	}()
	d.wantLog(30*time.Second, "alerts are not stored yet") // the rules have read it in the journal
	d.kill()
	if err := <-answered; strings.HasPrefix(err.Error(), "answered") {
		t.Fatalf("the second visit is %v before it is stored", err)
	}
	unlock()
	w.withState(func(st *store.State) {
		v, err := st.CurrentRoster(t.Context(), "D1")
		if text := string(v.JSON); err != nil || v.By != byActs || !strings.Contains(text, first) || strings.Contains(text, second) {
			t.Fatalf("stored by %q: %v\n%s", v.By, err, text)
		}
	})
	w.serve()
	stored("the second visit is stored after the start", second)
	stored("the first visit is kept", first)
}

// deed records something about S0001 and expects that answer.
func (w *world) deed(want int, what, body string) {
	w.t.Helper()
	resp, answer := w.api.do("POST", "/api/v1/subjects/S0001/"+what, body)
	if resp.StatusCode != want {
		w.t.Errorf("%s %s: %d, want %d: %s", what, body, resp.StatusCode, want, answer)
	}
}

// readsLife reads timeline and track of S0001, and that the latter is recorded.
func (w *world) readsLife() {
	w.t.Helper()
	resp, life := w.api.do("GET", "/api/v1/subjects/S0001/timeline", "")
	for _, part := range []string{`"what":"authority","id":"A1"`, `"what":"device","id":"W1"`, `"kind":"contact-lost"`, `"what":"term"`} {
		if resp.StatusCode != http.StatusOK || !strings.Contains(life, part) {
			w.t.Errorf("timeline: %d without %s: %s", resp.StatusCode, part, life)
		}
	}
	span := "from=" + at(-time.Hour) + "&until=" + at(time.Hour)
	resp, track := w.api.do("GET", "/api/v1/subjects/S0001/track?"+strings.ReplaceAll(span, "+", "%2B")+"&reason=live-test", "")
	if resp.StatusCode != http.StatusOK || !strings.Contains(track, `"device":"W1"`) {
		w.t.Errorf("track: %d %s", resp.StatusCode, track)
	}
	w.withState(func(st *store.State) {
		for r, err := range st.Audit(w.t.Context(), 0) {
			if err == nil && r.Action == "track.read" && r.Actor == "F1" && r.Reason == "live-test" {
				return
			}
		}
		w.t.Error("the reading of the track is not recorded")
	})
}
