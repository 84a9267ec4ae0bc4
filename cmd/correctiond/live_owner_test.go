package main

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"correctiond/store"
)

// ofD2 is a roster of rosterOf as that of another district.
func ofD2(text string) string { return strings.Replace(text, `"id":"D1"`, `"id":"D2"`, 1) }

// twoDaemons have a PostgreSQL, a key and a receiver of notices in common.
func twoDaemons(t *testing.T, hook *noticeTaker) (a, b *world) {
	t.Helper()
	onPostgres(t)
	dir := shortDir(t)
	for name, text := range map[string]string{
		"secret": hookSecret, "key": strings.Repeat("0f", 32),
		"config.yaml": fmt.Sprintf("security: {field_key_file: %q}\nalerts:\n  channels:\n    - {name: console, kind: webhook, url: %q, secret_file: %q, group: true}\n",
			filepath.Join(dir, "key"), hook.URL, filepath.Join(dir, "secret")),
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	a, b = newWorld(t), newWorld(t)
	for _, w := range []*world{a, b} {
		w.flags = []string{"--config", filepath.Join(dir, "config.yaml")}
		t.Setenv("CORRECTIOND_SECURITY_FIELD_KEY_FILE", filepath.Join(dir, "key")) // for commands
	}
	return a, b
}

// Two daemons on one PostgreSQL: each runs its own districts, and each notice goes out
// once, whoever sends it. A district of the other is refused until it is released.
func TestLiveTwoDaemonsOnOnePostgres(t *testing.T) {
	tool(t, "mosquitto_pub")
	hook := newNoticeTaker(t, 0)
	a, b := twoDaemons(t, hook)
	people := map[*world]person{a: {subject: "S0001", device: "W1"}, b: {subject: "S0002", device: "W2"}}
	rosters := map[*world]string{a: rosterOf(t, people[a]), b: ofD2(rosterOf(t, people[b]))}
	for _, w := range []*world{a, b} {
		w.importRoster(rosters[w])
		w.credential(people[w].device)
		w.signIn("--role", "ops", "--name", "watch")
	}
	file := filepath.Join(t.TempDir(), "roster.json")
	if err := os.WriteFile(file, []byte(strings.Replace(rosters[a], "示范路司法所", "示范路新所", 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	a.signIn("--role", "district", "--district", "D1", "--name", "L1")
	b.signIn("--role", "district", "--district", "D1", "--name", "L2") // somebody of D1 on the other daemon
	first := a.serve()
	second := b.serve()
	cut := func(w *world, id string) { w.mosquittoPub(people[w].device, "status", status(id, "strap_open", at(0))) }
	const each = 1
	cut(a, "a1")
	cut(b, "b1")
	eventually(t, 30*time.Second, "both are told of", func() bool { return len(hook.got()) >= 2*each })
	wait(t.Context(), 3*time.Second) // for whoever would tell again

	hook.mu.Lock()
	keys := slices.Clone(hook.taken)
	hook.mu.Unlock()
	slices.Sort(keys)
	if len(keys) != 2*each || len(slices.Compact(keys)) != 2*each {
		t.Errorf("told %v", keys)
	}
	alert := a.api.wantAlert("strap-tamper", "S0001", nil)

	if got := b.run("roster", "import", file); got.code != 2 || !strings.Contains(got.err, "district D1 belongs to the daemon at ") || !strings.Contains(got.err, a.data) {
		t.Errorf("import of the other's district: %+v", got)
	}
	b.answers("POST", "alerts/"+alert.ID+"/ack", `{}`, http.StatusConflict, "another daemon runs")
	b.answers("POST", "subjects/S0001/contact", `{"result":"reached"}`, http.StatusNotFound)
	a.answers("POST", "alerts/"+alert.ID+"/ack", `{}`, http.StatusOK)

	// Neither takes the other's while that is away, nor after a start of its own.
	first.kill()
	second.kill()
	second = b.serve()
	second.wantLog(10*time.Second, "a district is left to another daemon")
	cut(b, "b2")
	first = a.serve()
	cut(a, "a2")
	for _, w := range []*world{a, b} {
		eventually(t, 20*time.Second, "nothing is lost", func() bool { return w.account().accepted == 1 })
	}

	// The first is gone for good: the second has its district once it is released.
	first.kill()
	if got := b.run("state", "release", "D9"); got.code != 2 || !strings.Contains(got.err, "no district") {
		t.Errorf("an unknown district: %+v", got)
	}
	b.command("state", "release", "D1")
	second.stop(15 * time.Second)
	second = b.serve()
	b.credentialOf(people[a].device, a)
	b.mosquittoPub(people[a].device, "status", status("a3", "strap_closed", at(0)))
	b.answers("POST", "alerts/"+alert.ID+"/note", `{"text":"接管"}`, http.StatusOK)
	got := a.run("roster", "import", file)
	if got.code != 2 || !strings.Contains(got.err, "district D1 belongs to the daemon at ") {
		t.Errorf("the first comes back: %+v", got)
	}
	if code, _ := second.stop(15 * time.Second); code != 0 {
		t.Errorf("exit %d", code)
	}
}

// credentialOf lets a device that has its password from another world's command in.
func (w *world) credentialOf(device string, from *world) {
	w.passwords[device] = from.passwords[device]
}

// A daemon from before there were owners keeps the districts of its journal, and only
// those.
func TestDistrictsFromBeforeOwners(t *testing.T) {
	eachOwner := func(s *store.State, o store.Owner, journaled bool) string {
		has, err := s.Claim(t.Context(), "D1", o, journaled)
		if err != nil {
			t.Fatal(err)
		}
		return has.ID
	}
	s := unlocked(t, t.TempDir())
	defer s.Close()
	if err := s.Commit(t.Context(), store.Batch{District: "D1", Seq: 7}); err != nil {
		t.Fatal(err)
	}
	a, b := store.Owner{ID: "a", Place: "h:/a"}, store.Owner{ID: "b", Place: "h:/b"}
	for i, c := range []struct {
		o         store.Owner
		journaled bool
		want      string
	}{{a, false, ""}, {b, false, ""}, {a, true, "a"}, {b, true, "a"}, {a, false, "a"}} {
		if got := eachOwner(s, c.o, c.journaled); got != c.want {
			t.Errorf("step %d: %q, want %q", i, got, c.want)
		}
	}
	if err := s.Release(t.Context(), "D1", "ops", nowInstant()); err != nil {
		t.Fatal(err)
	}
	if got := eachOwner(s, b, false); got != "b" {
		t.Errorf("released, it is of %q", got)
	}
}
