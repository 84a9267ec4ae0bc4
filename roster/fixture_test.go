package roster_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"correctiond/roster"
)

// fixtures reads the rosters of a folder of testdata by their paths.
func fixtures(t *testing.T, dir string) map[string]*roster.Roster {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join("testdata", dir, "*.yaml"))
	if err != nil || len(paths) == 0 {
		t.Fatalf("no fixtures in %s: %v", dir, err)
	}
	all := map[string]*roster.Roster{}
	for _, path := range paths {
		all[path] = readFixture(t, path)
	}
	return all
}

func readFixture(t *testing.T, path string) *roster.Roster {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r, err := roster.Read(f, path)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// Beside each bad roster lies the list of everything wrong with it.
func TestBadRostersAreRefusedWithEveryProblem(t *testing.T) {
	for path, r := range fixtures(t, "bad") {
		t.Run(filepath.Base(path), func(t *testing.T) {
			want, err := os.ReadFile(strings.TrimSuffix(path, ".yaml") + ".problems")
			if err != nil {
				t.Fatal(err)
			}
			got := roster.Check(r, shanghai()).Error() + "\n"
			if got != string(want) {
				t.Errorf("got:\n%swant:\n%s", got, want)
			}
			if d, err := roster.Compile(r, shanghai()); err == nil || d != nil {
				t.Error("it compiles all the same")
			}
		})
	}
}

// A problem without a fix leaves the reader alone.
func TestEveryProblemNamesTheFix(t *testing.T) {
	for path, r := range fixtures(t, "bad") {
		for _, p := range roster.Check(r, shanghai()) {
			if p.Where == "" || p.What == "" || p.Fix == "" {
				t.Errorf("%s: %+v", path, p)
			}
		}
	}
}

func TestGoodRostersPass(t *testing.T) {
	for path, r := range fixtures(t, "good") {
		t.Run(filepath.Base(path), func(t *testing.T) {
			if ps := roster.Check(r, shanghai()); len(ps) > 0 {
				t.Error(ps)
			}
			compiled(t, r)
		})
	}
}

// Import is idempotent: what was written reads the same, in both forms.
func TestFixturesSurviveBothForms(t *testing.T) {
	for path, r := range fixtures(t, "good") {
		for _, format := range []string{"yaml", "json"} {
			again, err := read(t, written(t, r, format))
			if err != nil {
				t.Fatalf("%s as %s: %v", path, format, err)
			}
			if diff := roster.Compare(r, again); !diff.Empty() {
				t.Errorf("%s as %s:\n%v", path, format, diff)
			}
		}
	}
}
