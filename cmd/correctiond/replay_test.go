package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"
)

// cli runs a command line as main does, with text on standard input.
func cli(stdin string, argv ...string) outcome {
	return cliEnv(stdin, nil, argv...)
}

func cliEnv(stdin string, env map[string]string, argv ...string) outcome {
	var out, errOut bytes.Buffer
	code := run(context.Background(), argv, streams{strings.NewReader(stdin), &out, &errOut, func(k string) string { return env[k] }})
	return outcome{code, out.String(), errOut.String()}
}

// example is a directory with a roster, events, and what must come of them.
type example struct {
	dir string
	t   *testing.T
}

func examples(t *testing.T) []string {
	t.Helper()
	dirs, err := filepath.Glob("testdata/examples/*")
	if err != nil || len(dirs) == 0 {
		t.Fatalf("no examples: %v", err)
	}
	return dirs
}

func (x example) file(pattern string) string {
	names, err := filepath.Glob(filepath.Join(x.dir, pattern))
	if err != nil || len(names) != 1 {
		x.t.Fatalf("%s: %d files %s", x.dir, len(names), pattern)
	}
	return names[0]
}

// args are the flags of the example's own args file; files are those of its directory.
func (x example) args() []string {
	text, err := os.ReadFile(filepath.Join(x.dir, "args"))
	if err != nil {
		return nil
	}
	args := strings.Fields(string(text))
	for i, a := range args {
		if _, err := os.Stat(filepath.Join(x.dir, a)); err == nil {
			args[i] = filepath.Join(x.dir, a)
		}
	}
	return args
}

func (x example) replay(flags ...string) outcome {
	argv := append([]string{"replay", "--roster", x.file("roster.*")}, flags...)
	return cli("", append(argv, x.args()...)...)
}

// row is one line of an output file.
type row = map[string]any

func rowsIn(t *testing.T, r io.Reader) []row {
	t.Helper()
	var list []row
	for dec := json.NewDecoder(r); ; {
		var o row
		if err := dec.Decode(&o); err == io.EOF {
			return list
		} else if err != nil {
			t.Fatal(err)
		}
		list = append(list, o)
	}
}

func rowsOf(t *testing.T, name string) []row {
	t.Helper()
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	return rowsIn(t, f)
}

// hasFields tells whether got has every field of want; instants are compared as such.
func hasFields(got, want row) bool {
	for name, w := range want {
		g, present := got[name]
		if !present || !sameValue(g, w) {
			return false
		}
	}
	return true
}

func sameValue(a, b any) bool {
	s, isText := a.(string)
	u, isText2 := b.(string)
	if !isText || !isText2 {
		return a == b
	}
	x, err := time.Parse(time.RFC3339Nano, s)
	y, err2 := time.Parse(time.RFC3339Nano, u)
	return s == u || err == nil && err2 == nil && x.Equal(y)
}

// matchRows reports what is missing and what is too much, each want taking one got.
func matchRows(t *testing.T, what string, got, want []row) {
	t.Helper()
	used := make([]bool, len(got))
	for _, w := range want {
		found := false
		for i := range got {
			if !used[i] && hasFields(got[i], w) {
				used[i], found = true, true
				break
			}
		}
		if !found {
			t.Errorf("missing %s: %s", what, rowText(w))
		}
	}
	for i := range got {
		if !used[i] {
			t.Errorf("unexpected %s: %s", what, rowText(got[i]))
		}
	}
}

func rowText(o row) string {
	b, _ := json.Marshal(o) // came from JSON
	return string(b)
}

func TestExamples(t *testing.T) {
	for _, dir := range examples(t) {
		t.Run(filepath.Base(dir), func(t *testing.T) {
			x := example{dir, t}
			rejects := filepath.Join(t.TempDir(), "rejects.ndjson")
			risk := filepath.Join(t.TempDir(), "risk.ndjson")
			got := x.replay("--events", x.file("events.ndjson"), "--rejects", rejects, "--risk", risk)
			if got.code != 0 {
				t.Fatalf("exit %d: %s", got.code, got.err)
			}
			matchRows(t, "episode", rowsIn(t, strings.NewReader(got.out)), rowsOf(t, x.file("expected.ndjson")))
			matchRows(t, "reject", rowsOf(t, rejects), rowsOf(t, x.file("rejects.ndjson")))
			if want, err := os.ReadFile(filepath.Join(dir, "risk.ndjson")); err == nil {
				if lines, err := os.ReadFile(risk); err != nil || string(lines) != string(want) {
					t.Errorf("%v: scores\n%s\nwant\n%s", err, lines, want)
				}
			}
		})
	}
}

// Every example gives the same bytes packed as plain, through standard input and
// into a file.
func TestReplayTakesPackedEvents(t *testing.T) {
	for _, dir := range examples(t) {
		x := example{dir, t}
		plain, err := os.ReadFile(x.file("events.ndjson"))
		if err != nil {
			t.Fatal(err)
		}
		want := x.replay("--events", x.file("events.ndjson")).out
		argv := append([]string{"replay", "--roster", x.file("roster.*"), "--events", "-"}, x.args()...)
		for name, packed := range map[string]string{"plain": string(plain), "gzip": gzipped(t, plain), "zstd": zstandard(t, plain)} {
			out := filepath.Join(t.TempDir(), "out")
			if got := cli(packed, append(argv, "--out", out)...); got.code != 0 || got.out != "" || !strings.Contains(got.err, "events/s") {
				t.Errorf("%s %s: %+v", dir, name, got)
			}
			if got, err := os.ReadFile(out); err != nil || string(got) != want {
				t.Errorf("%s %s: %v\n%s\nwant\n%s", dir, name, err, got, want)
			}
		}
	}
}

func gzipped(t *testing.T, data []byte) string {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, err := w.Write(data)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func zstandard(t *testing.T, data []byte) string {
	t.Helper()
	w, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	return string(w.EncodeAll(data, nil))
}

// A roll-call and a challenge answered by nothing but the button of OwnTracks: missed
// without the setting, answered with it, and a comparison says so beforehand.
func TestReplayOfReportsByHand(t *testing.T) {
	x := example{"testdata/examples/18-owntracks-button", t}
	argv := []string{"replay", "--roster", x.file("roster.*"), "--events", x.file("events.ndjson"), "--until", "2026-03-02T22:00:00+08:00"}
	kinds := func(flags ...string) (found, summary string) {
		got := cli("", append(argv, flags...)...)
		if got.code != 0 {
			t.Fatalf("exit %d: %s", got.code, got.err)
		}
		var list []string
		for _, ep := range rowsIn(t, strings.NewReader(got.out)) {
			list = append(list, ep["kind"].(string))
		}
		return strings.Join(list, " "), strings.Join(strings.Fields(got.err), " ")
	}
	off, told := kinds()
	if off != "challenge-unanswered no-lawful-basis alert-backlog checkin-missed" || !strings.Contains(told, "accepted 4 duplicate 1 lines 8 rejected no_basis 2") {
		t.Errorf("without the setting: %s\n%s", off, told)
	}
	on, told := kinds("--rules", x.file("rules.yaml"))
	if on != "no-lawful-basis alert-backlog" || !strings.Contains(told, "accepted 5 duplicate 1 lines 8 rejected no_basis 1") {
		t.Errorf("with it: %s\n%s", on, told)
	}
	compared := cli("", append(argv, "--compare", x.file("rules.yaml"))...)
	if compared.code != 0 || !strings.Contains(compared.out, "checkin-missed") {
		t.Errorf("%+v", compared)
	}
}
