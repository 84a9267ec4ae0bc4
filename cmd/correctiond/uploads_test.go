package main

import (
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"correctiond/alerts"
	"correctiond/roster"
)

// What a refused upload has brought is removed, unless somebody else has brought it, too.
func TestRefusedUploadsLeaveNothing(t *testing.T) {
	const refused, kept = true, false
	for name, c := range map[string]struct {
		before bool // the content was there already
		ends   []bool
		left   int
	}{
		"refused":                        {false, []bool{refused}, 0},
		"kept":                           {false, []bool{kept}, 1},
		"refused twice at once":          {false, []bool{refused, refused}, 0},
		"refused, and kept by another":   {false, []bool{refused, kept}, 1},
		"kept, and refused of another":   {false, []bool{kept, refused, refused}, 1},
		"refused, but of another before": {true, []bool{refused}, 1},
	} {
		u := newUploads(files{filepath.Join(t.TempDir(), "files"), testVault(t)})
		if c.before {
			if _, err := u.files.Keep(t.Context(), strings.NewReader("photo")); err != nil {
				t.Fatal(err)
			}
		}
		var all []alerts.File
		for range c.ends {
			f, err := u.Keep(t.Context(), strings.NewReader("photo"))
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, f)
		}
		for i, end := range c.ends {
			if err := u.done(&all[i], end); err != nil {
				t.Fatal(err)
			}
			if left := len(namesIn(t, u.dir)); i+1 < len(c.ends) && left != 1 {
				t.Errorf("%s: %d files while it is under way", name, left)
			}
		}
		if left := len(namesIn(t, u.dir)); left != c.left || len(u.claims) != 0 {
			t.Errorf("%s: %d files, want %d", name, left, c.left)
		}
		if err := u.done(nil, refused); err != nil {
			t.Errorf("%s: an act without a file: %v", name, err)
		}
	}
}

// The sweep removes what is old and what no alert names, and nothing else.
func TestSweepOfFiles(t *testing.T) {
	u := newUploads(files{filepath.Join(t.TempDir(), "files"), testVault(t)})
	now := nowInstant()
	hash := map[string]string{}
	for _, name := range []string{"named", "orphan", "young", "claimed"} {
		f, err := u.Keep(t.Context(), strings.NewReader(name))
		if err != nil {
			t.Fatal(err)
		}
		if name != "claimed" {
			u.claims = map[string]*claim{}
		}
		hash[name] = f.SHA256
	}
	for _, name := range []string{".new-1", ".new-2", hash["orphan"] + ".new"} {
		if err := os.WriteFile(u.path(name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	old := time.Now().Add(-2 * time.Hour)
	for _, name := range []string{hash["named"], hash["orphan"], hash["claimed"], ".new-1", hash["orphan"] + ".new"} {
		if err := os.Chtimes(u.path(name), old, old); err != nil {
			t.Fatal(err)
		}
	}
	var asked []string
	n, err := u.sweep(now-roster.Length(orphanRest), func(names []string) ([]string, error) {
		asked = names
		return slices.DeleteFunc(slices.Clone(names), func(name string) bool { return name == hash["named"] }), nil
	})
	want := []string{hash["named"], hash["young"], hash["claimed"], ".new-2"}
	slices.Sort(want)
	if got := namesIn(t, u.dir); err != nil || n != 3 || !slices.Equal(got, want) || slices.Contains(asked, hash["young"]) {
		t.Errorf("%d removed, left %v, want %v, %v", n, got, want, err)
	}
	if n, err := newUploads(files{filepath.Join(u.dir, "none"), u.vault}).sweep(now, nil); n != 0 || err != nil {
		t.Errorf("without a directory: %d, %v", n, err)
	}
}

// A daemon that is asked to attach what it then refuses keeps no file, and after a
// start it removes what a killed one has left, but not what an alert names.
func TestLiveFilesThatNothingNames(t *testing.T) {
	w := newWorld(t)
	d := w.serve()
	w.importRoster(rosterOf(t, person{subject: "S0001", device: "W1"}))
	w.signIn("--role", "officer", "--office", "O1", "--name", "F1")
	w.deed(http.StatusOK, "lost", "")
	a := w.api.wantAlert("contact-lost", "S0001", nil)
	dir := filepath.Join(w.data, "files")
	path := "alerts/" + a.ID + "/attach"
	for _, body := range []string{`{"name":"","content":"cGhvdG8="}`, `{"name":"` + strings.Repeat("x", 600) + `","content":"cGhvdG8="}`} {
		w.answers("POST", path, body, http.StatusUnprocessableEntity)
		if names := namesIn(t, dir); len(names) != 0 {
			t.Fatalf("refused, yet it is there: %v", names)
		}
	}
	w.answers("POST", path, `{"name":"photo.txt","content":"cGhvdG8="}`, http.StatusOK)
	named := namesIn(t, dir)
	orphan := strings.Repeat("0a", 32)
	for _, name := range []string{orphan, ".new-7"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	old := time.Now().Add(-2 * time.Hour)
	for _, name := range namesIn(t, dir) {
		if err := os.Chtimes(filepath.Join(dir, name), old, old); err != nil {
			t.Fatal(err)
		}
	}
	d.kill()
	w.serve()
	eventually(t, 30*time.Second, "only the file of the alert is left", func() bool { return slices.Equal(namesIn(t, dir), named) })
}
