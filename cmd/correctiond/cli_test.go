package main

import (
	"context"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"correctiond/store"
	"correctiond/store/access"
)

// bench is a data directory to run commands on, without a daemon.
type bench struct {
	t   *testing.T
	dir string
}

func newBench(t *testing.T) bench {
	t.Helper()
	return bench{t, t.TempDir()}
}

// file writes an input file beside the data directory.
func (b bench) file(name, text string) string {
	b.t.Helper()
	name = filepath.Join(b.t.TempDir(), name)
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		b.t.Fatal(err)
	}
	return name
}

// run executes a command line on the data directory.
func (b bench) run(argv ...string) outcome {
	return cli("", append(argv, "--data", filepath.Join(b.dir, "data"))...)
}

// must is run where success is expected; it returns what was printed.
func (b bench) must(argv ...string) string {
	b.t.Helper()
	got := b.run(argv...)
	if got.code != 0 || got.err != "" {
		b.t.Fatalf("%v: exit %d: %s", argv, got.code, got.err)
	}
	return got.out
}

// audit lists what the audit log holds: action, object, reason.
func (b bench) audit() []string {
	b.t.Helper()
	s, err := store.OpenState(filepath.Join(b.dir, "data", "state.db"))
	if err != nil {
		b.t.Fatal(err)
	}
	defer s.Close()
	if _, err := s.VerifyAudit(context.Background()); err != nil {
		b.t.Error(err)
	}
	var list []string
	for r, err := range s.Audit(context.Background(), 0) {
		if err != nil {
			b.t.Fatal(err)
		}
		list = append(list, strings.TrimSpace(r.Action+" "+r.Object+" "+r.Reason))
	}
	return list
}

func (b bench) wantAudit(want ...string) {
	b.t.Helper()
	if got := b.audit(); strings.Join(got, "\n") != strings.Join(want, "\n") {
		b.t.Errorf("audit\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

const smallRoster = "testdata/examples/10-leave/roster.yaml"

func readFile(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func TestRosterCheck(t *testing.T) {
	b := newBench(t)
	good := cli("", "roster", "check", smallRoster)
	if good.code != 0 || good.out != smallRoster+": ok, 1 subjects, 1 devices, 2 zones\n" {
		t.Errorf("%+v", good)
	}
	broken := strings.NewReplacer("id: O1,", "id: O9,", "until: 2026-04-19", "until: 2026-07-19", "rollcall: none", "rollcall: some").
		Replace(readFile(t, smallRoster))
	bad := cli("", "roster", "check", b.file("bad.yaml", broken))
	if bad.code != 2 || bad.out != "" || strings.Count(bad.err, "\n") < 3 {
		t.Errorf("not every defect on a line of its own: %+v", bad)
	}
	for _, what := range []string{"O1", "some", "authority"} {
		if !strings.Contains(bad.err, what) {
			t.Errorf("no word of %s in\n%s", what, bad.err)
		}
	}
}

func TestRosterImport(t *testing.T) {
	b := newBench(t)
	shown := b.must("roster", "import", smallRoster, "--dry-run")
	for _, line := range []string{"district: add D1\n", "subjects: add S1\n", "devices: add W1\n", "zones: add coast\n"} {
		if !strings.Contains(shown, line) {
			t.Errorf("no %q in\n%s", line, shown)
		}
	}
	if got := b.run("roster", "export"); got.code != 1 || !strings.Contains(got.err, "no roster yet") {
		t.Errorf("a dry run left something: %+v", got)
	}
	if again := b.must("roster", "import", smallRoster); again != shown {
		t.Errorf("the import showed\n%s\nthe dry run\n%s", again, shown)
	}
	if again := b.must("roster", "import", smallRoster); again != "" {
		t.Errorf("the second import changes\n%s", again)
	}
	b.wantAudit("roster.import D1")

	before := b.must("roster", "export")
	changed := strings.NewReplacer("interval: 5m", "interval: 10m", "  - {id: coast", "  - {id: bay").Replace(readFile(t, smallRoster))
	broken := strings.Replace(changed, "subject: S1", "subject: S9", 1)
	if got := b.run("roster", "import", b.file("broken.yaml", broken)); got.code != 2 || got.out != "" || !strings.Contains(got.err, "S9") {
		t.Errorf("%+v", got)
	}
	if b.must("roster", "export") != before {
		t.Error("a refused import changed something")
	}
	want := "zones: add bay\nzones: end coast\ndevices: change W1 (interval)\n"
	if got := b.must("roster", "import", b.file("new.yaml", changed)); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
	b.wantAudit("roster.import D1", "roster.export D1", "roster.export D1", "roster.import D1")
}

// What is exported changes nothing when it is imported, in every form.
func TestRosterRoundTrip(t *testing.T) {
	people := filepath.Join(t.TempDir(), "people.yaml")
	cli("", "simulate", "--subjects", "120", "--from", "2026-03-02T00:00:00+08:00", "--until", "2026-03-02T01:00:00+08:00",
		"--out", "-", "--roster-out", people)
	for _, name := range []string{people, smallRoster} {
		b := newBench(t)
		b.must("roster", "import", name)
		for file, format := range map[string]string{
			"r.yaml": "yaml", "r.json": "json", "subjects.csv": "subjects.csv", "devices.csv": "devices.csv",
		} {
			form := b.must("roster", "export", "--format", format)
			if got := b.must("roster", "import", b.file(file, form)); got != "" {
				t.Errorf("%s of %s changes\n%s", format, name, got)
			}
			if again := b.must("roster", "export", "--format", format); again != form {
				t.Errorf("%s of %s is not the same when exported again", format, name)
			}
		}
		if got := b.run("roster", "export", "--format", "xml"); got.code != 2 || !strings.Contains(got.err, "none of yaml") {
			t.Errorf("%+v", got)
		}
	}
}

func TestRosterCSV(t *testing.T) {
	b := newBench(t)
	if got := b.run("roster", "import", b.file("devices.csv", "id,kind\nK1,kiosk\n")); got.code != 1 || !strings.Contains(got.err, "no roster yet") {
		t.Errorf("%+v", got)
	}
	b.must("roster", "import", smallRoster)
	devices := b.must("roster", "export", "--format", "devices.csv") + "K1,kiosk,O1,,,\n"
	if got := b.must("roster", "import", b.file("devices.csv", devices)); got != "devices: add K1\n" {
		t.Errorf("got %q", got)
	}
	for name, bad := range map[string]string{
		"devices.csv":  "id,kind,colour\nW1,wristband,red\n",
		"subjects.csv": "id,office,kind,term.from\nS1,O9,probation,2026-01-10\nS1,O1,probation,never\n",
	} {
		if got := b.run("roster", "import", b.file(name, bad)); got.code != 2 || got.out != "" || !strings.Contains(got.err, name) {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

func TestRosterDiff(t *testing.T) {
	b := newBench(t)
	other := b.file("other.yaml", strings.Replace(readFile(t, smallRoster), "level: general", "level: strict", 1))
	if got := cli("", "roster", "diff", smallRoster, other); got != (outcome{0, "subjects: change S1 (level)\n", ""}) {
		t.Errorf("%+v", got)
	}
	if got := cli("", "roster", "diff", smallRoster, smallRoster); got != (outcome{}) {
		t.Errorf("%+v", got)
	}
	if got := cli("", "roster", "diff", smallRoster, b.dir+"/none"); got.code != 2 {
		t.Errorf("%+v", got)
	}
}

func TestDeviceCredential(t *testing.T) {
	b := newBench(t)
	b.must("roster", "import", smallRoster)
	if got := b.run("device", "credential", "W9"); got.code != 2 || !strings.Contains(got.err, `device "W9" is in no roster`) {
		t.Errorf("%+v", got)
	}
	first := b.must("device", "credential", "W1")
	if got := b.run("device", "credential", "W1"); got.code != 1 || got.out != "" || !strings.Contains(got.err, "--rotate") {
		t.Errorf("%+v", got)
	}
	second := b.must("device", "credential", "W1", "--rotate")
	if first == second || len(strings.TrimSpace(first)) < 20 || strings.Count(first, "\n") != 1 {
		t.Errorf("passwords %q and %q", first, second)
	}
	s, err := store.OpenState(filepath.Join(b.dir, "data", "state.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for password, want := range map[string]bool{first: false, second: true} {
		ok, err := s.VerifyDevice(context.Background(), "W1", strings.TrimSpace(password))
		if err != nil || ok != want {
			t.Errorf("password opens: %v, want %v; %v", ok, want, err)
		}
	}
}

// The credential of a device on another broker comes with what that one needs.
func TestDeviceCredentialElsewhere(t *testing.T) {
	b := newBench(t)
	b.must("roster", "import", smallRoster)
	got := b.must("device", "credential", "W1", "--mqtt.url", "mqtts://broker.example:8883", "--mqtt.username", "daemon")
	for _, want := range []string{"mosquitto_passwd -b", "user W1\n", "topic write jz/v1/W1/location", "topic read jz/v1/W1/challenge"} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
}

func TestTokenCreate(t *testing.T) {
	b := newBench(t)
	if got := b.run("token", "create", "--role", "district", "--name", "x"); got.code != 1 || !strings.Contains(got.err, "no roster yet") {
		t.Errorf("%+v", got)
	}
	b.must("roster", "import", smallRoster)
	for line, want := range map[string]string{
		"--role officer --office O1":                 "--name: who holds the token?",
		"--role king --office O1 --name x":           `"king" is not a role`,
		"--role officer --name x":                    "--office: is for officer",
		"--role district --office O1 --name x":       "--office: is for officer",
		"--role officer --office O9 --name x":        `district D1 has no office "O9"`,
		"--name x":                                   "--role",
		"--role officer --office O1 --name x --colo": `unknown flag "--colo"`,
	} {
		if got := b.run(append([]string{"token", "create"}, strings.Fields(line)...)...); got.code != 2 || got.out != "" || !strings.Contains(got.err, want) {
			t.Errorf("%s: want %q, got %+v", line, want, got)
		}
	}
	for line, want := range map[string]access.Token{
		"--role officer --office O1 --name zhang": {Name: "zhang", Role: "officer", District: "D1", Office: "O1"},
		"--role district --name li":               {Name: "li", Role: "district", District: "D1"},
		"--role ops --name wang":                  {Name: "wang", Role: "ops"},
	} {
		secret := b.must(append([]string{"token", "create"}, strings.Fields(line)...)...)
		if strings.Count(secret, "\n") != 1 {
			t.Errorf("%s: the token is not alone: %q", line, secret)
		}
		got := b.lookup(strings.TrimSpace(secret))
		if got.Name != want.Name || got.Role != want.Role || got.District != want.District || got.Office != want.Office {
			t.Errorf("%s: %+v", line, got)
		}
	}
}

// A token is named by its id from its making to its end; the list shows no secret.
func TestTokensAreListedAndRevoked(t *testing.T) {
	b := newBench(t)
	b.must("roster", "import", smallRoster)
	secret := strings.TrimSpace(b.must("token", "create", "--role", "officer", "--office", "O1", "--name", "screen"))
	b.must("token", "create", "--role", "ops", "--name", "watch")
	list := b.must("token", "list")
	line := regexp.MustCompile(`(?m)^(\S+) +screen +officer +D1 +O1 +false +\S+ +- +valid$`).FindStringSubmatch(list)
	if line == nil || strings.Contains(list, secret) || !regexp.MustCompile(`(?m) watch +ops +- +- +`).MatchString(list) {
		t.Fatalf("token list:\n%s", list)
	}
	if got := b.run("token", "revoke", line[1]); got.code != 0 || got.out != "" {
		t.Errorf("%+v", got)
	}
	if list := b.must("token", "list"); !regexp.MustCompile(`(?m) screen .* revoked \S+$`).MatchString(list) || strings.Count(list, " valid\n") != 1 {
		t.Errorf("after the revocation:\n%s", list)
	}
	for _, id := range []string{line[1], "nothing"} {
		if got := b.run("token", "revoke", id); got.code != 2 || !strings.Contains(got.err, `there is no valid token "`+id+`"; see correctiond token list`) {
			t.Errorf("%s: %+v", id, got)
		}
	}
	now := time.Now()
	said := b.must("audit", "export", "--from", now.Add(-time.Hour).Format(time.RFC3339))
	if !strings.Contains(said, `"action":"token.revoke","object":"`+line[1]+`"`) {
		t.Errorf("the revocation is not in the audit chain:\n%s", said)
	}
	if got := b.run("token", "revoke"); got.code != 2 || !strings.Contains(got.err, "wants ID") {
		t.Errorf("%+v", got)
	}
}

func (b bench) lookup(secret string) access.Token {
	b.t.Helper()
	s, err := store.OpenState(filepath.Join(b.dir, "data", "state.db"))
	if err != nil {
		b.t.Fatal(err)
	}
	defer s.Close()
	got, err := s.LookupToken(context.Background(), secret, nowInstant())
	if err != nil {
		b.t.Error(err)
	}
	return got
}
