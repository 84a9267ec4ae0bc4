package main

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"correctiond/roster"
	"correctiond/rules"
	"correctiond/store"
)

// ruledWorld is a world whose daemon reads a rule file.
func ruledWorld(t *testing.T, text string) (w *world, file string) {
	t.Helper()
	w = newWorld(t)
	file = filepath.Join(shortDir(t), "rules.yaml")
	writeRules(t, file, text)
	w.flags = []string{"--rules.file", file}
	w.importRoster(rosterOf(t, person{subject: "S0001", device: "W1"}, person{subject: "S0002", device: "W2"}))
	w.signIn("--role", "district", "--name", "L1")
	w.credential("W1")
	w.credential("W2")
	return w, file
}

func writeRules(t *testing.T, file, text string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// hangUp asks the daemon to read its rule file again and waits for the answer.
func (w *world) hangUp(d *process, answer string) {
	w.t.Helper()
	before := strings.Count(d.log.String(), answer)
	if err := d.cmd.Process.Signal(syscall.SIGHUP); err != nil {
		w.t.Fatal(err)
	}
	eventually(w.t, 10*time.Second, answer, func() bool { return strings.Count(d.log.String(), answer) > before })
}

// levels sends one battery level of a device and waits until it is judged.
func (w *world) level(device, id string, percent string, ago time.Duration, events float64) {
	w.t.Helper()
	w.mosquittoPub(device, "status", `{"id":"`+id+`","time":"`+at(-ago)+`","event":"heartbeat","battery_pct":`+percent+`}`)
	eventually(w.t, 10*time.Second, id+" is judged", func() bool {
		return w.metric("correctiond_ingest_accepted_total") >= events && w.metric(`correctiond_journal_pending{consumer="rules"}`) == 0
	})
}

const (
	lowAt20 = "battery_low: {low: 20}\n"
	lowAt28 = "battery_low: {low: 28}\n"
)

// A reload holds from its place in the journal on. Killed right after it, the
// daemon judges what came before by the old thresholds again, and what came
// after by the new ones, and raises the same alerts.
func TestLiveKillAfterReload(t *testing.T) {
	tool(t, "mosquitto_pub")
	w, file := ruledWorld(t, lowAt20)
	d := w.serve()
	w.level("W1", "a", "25", 3*time.Minute, 1)
	writeRules(t, file, lowAt28)
	w.hangUp(d, "rule file read again")
	w.level("W2", "b", "25", 2*time.Minute, 2)
	before := w.verdict()
	if len(before) != 1 || !strings.Contains(before[0], "battery-low S0002") {
		t.Fatalf("25 %% is low for W2 only: %q", before)
	}
	d.kill()

	// The file changes while nothing runs: that, too, holds from now on only.
	writeRules(t, file, lowAt20)
	d = w.serve()
	eventually(t, 10*time.Second, "the journal is read", func() bool { return w.metric(`correctiond_journal_pending{consumer="rules"}`) == 0 })
	differ(t, w.verdict(), before)
	w.level("W1", "c", "25", time.Minute, 1)
	differ(t, w.verdict(), before)
	d.kill()
	w.mustAudit("rules.changed", "battery_low.low: 20 → 28", "battery_low.low: 28 → 20")
}

// A file that does not pass its checks changes nothing, and is said.
func TestLiveRefusedReload(t *testing.T) {
	w, file := ruledWorld(t, lowAt28)
	d := w.serve()
	writeRules(t, file, "battery_low: {lo: 20}\n")
	w.hangUp(d, "nothing is reloaded")
	if !strings.Contains(d.log.String(), "did you mean battery_low.low?") {
		t.Errorf("the log does not say what is wrong:\n%s", d.log)
	}
	d.stop(15 * time.Second)
	w.mustAudit("rules.changed", "battery_low.low: 20 → 28")
	w.mustAudit("rules.refused", "did you mean battery_low.low?")
}

// The legal ladder is read again along with the rules; overrides for nobody are said.
func TestLiveLadderReload(t *testing.T) {
	w, file := ruledWorld(t, lowAt28)
	text, err := os.ReadFile("../../rules/ladder.yaml")
	if err != nil {
		t.Fatal(err)
	}
	ladder := filepath.Join(t.TempDir(), "ladder.yaml")
	writeRules(t, ladder, string(text))
	w.flags = append(w.flags, "--rules.ladder_file", ladder)
	d := w.serve()
	writeRules(t, ladder, "version: 2\n")
	w.hangUp(d, "nothing is reloaded")
	writeRules(t, ladder, string(text))
	writeRules(t, file, "overrides: [{office: O9, coarse_m: 100}]\n")
	w.hangUp(d, "rule file read again")
	if !strings.Contains(d.log.String(), `override="office=O9"`) {
		t.Errorf("an override for nobody passes in silence:\n%s", d.log)
	}
	d.stop(15 * time.Second)
	w.mustAudit("ladder.refused", "must be version: 1")
	got := runTable(commands(), nil, append([]string{"check", "--data", w.data}, w.flags...)...)
	if !strings.Contains(got.out, "# warn   rules: the override for office=O9 matches no district or office of the roster") {
		t.Errorf("%+v", got)
	}
}

// mustAudit reads the records of an action: as many as there are words, each
// with its word.
func (w *world) mustAudit(action string, words ...string) {
	w.t.Helper()
	st, err := store.OpenState(filepath.Join(w.data, "state.db"))
	if err != nil {
		w.t.Fatal(err)
	}
	defer st.Close()
	var got []string
	for r, err := range st.Audit(w.t.Context(), 0) {
		if err != nil {
			w.t.Fatal(err)
		}
		if r.Action == action {
			got = append(got, r.Reason+r.Detail)
		}
	}
	if len(got) != len(words) {
		w.t.Fatalf("%s: %q, want %d records", action, got, len(words))
	}
	for i, word := range words {
		if !strings.Contains(got[i], word) {
			w.t.Errorf("%s: %q does not mention %q", action, got[i], word)
		}
	}
}

func TestRulesChangedNamesEveryKey(t *testing.T) {
	from, to := rules.DefaultConfig(), rules.DefaultConfig()
	to.Area.BufferM, to.AuthorityDays = 200, []int{30}
	got := rulesChanged("D1", roster.Instant(7), from, to)
	want := from.Version() + " → " + to.Version() + "; area_exit.buffer_m: 300 → 200; authority_expiring_days: [15, 7, 1] → [30]"
	if got.Detail != want || got.Object != "D1" || got.At != 7 {
		t.Errorf("%+v, want %s", got, want)
	}
}

func TestCheckPrintsTheRules(t *testing.T) {
	file := filepath.Join(t.TempDir(), "rules.yaml")
	writeRules(t, file, "area_exit: {fixes: 4}\noverrides:\n  - {district: D1, area_exit: {buffer_m: 200}}\n  - {level: strict, area_exit: {fixes: 2}}\n")
	got := checkWith(t, "rules: {file: "+file+"}\n", "--offline")
	want := file + `
#   area_exit.fixes: 3 → 4
# for district=D1 level=strict:
#   area_exit.buffer_m: 300 → 200
#   area_exit.fixes: 4 → 2
# for district=D1:
#   area_exit.buffer_m: 300 → 200
# for level=strict:
#   area_exit.fixes: 4 → 2
# ladder:  built in
`
	if got.code != 0 || !strings.HasSuffix(got.out, want) {
		t.Errorf("%+v\nwant %s", got, want)
	}
	if err := decodeConfig([]byte(got.out), "printed", defaultConfig()); err != nil {
		t.Errorf("what is printed cannot be read back: %v", err)
	}
	writeRules(t, file, "area_exit: {fixs: 4}\n")
	got = checkWith(t, "rules: {file: "+file+"}\n", "--offline")
	if got.code != 2 || got.out != "" || !strings.Contains(got.err, file+`:1: unknown key "area_exit.fixs"; did you mean area_exit.fixes?`) {
		t.Errorf("%+v", got)
	}
}

func TestCheckReadsTheLadder(t *testing.T) {
	file := filepath.Join(t.TempDir(), "ladder.yaml")
	text, err := os.ReadFile("../../rules/ladder.yaml")
	if err != nil {
		t.Fatal(err)
	}
	writeRules(t, file, string(text))
	got := checkWith(t, "rules: {ladder_file: "+file+"}\n", "--offline")
	if got.code != 0 || !strings.HasSuffix(got.out, "# ladder:  "+file+"\n") {
		t.Errorf("%+v", got)
	}
	writeRules(t, file, strings.Replace(string(text), "kinds: [control, probation, medical], propose: penalty", "propose: penalty", 1))
	got = checkWith(t, "rules: {ladder_file: "+file+"}\n", "--offline")
	if got.code != 2 || !strings.Contains(got.err, file+": rows[8] punishable: must be kinds: the law knows no penalty for one of them") {
		t.Errorf("%+v", got)
	}
}
