package main

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"correctiond/roster"
	"correctiond/rules"
	"correctiond/seal"
	"correctiond/store"
)

func testVault(t *testing.T) *vault {
	t.Helper()
	return vaultOf(t, t.TempDir(), securityConfig{Cipher: "sm4-gcm"})
}

func vaultOf(t *testing.T, path string, cfg securityConfig) *vault {
	t.Helper()
	v, err := (&dataDir{path: path}).vault(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// unlocked opens the state of a data directory that no daemon has.
func unlocked(t *testing.T, path string) *store.State {
	t.Helper()
	st, err := store.OpenState(filepath.Join(path, "state.db"))
	if err != nil {
		t.Fatal(err)
	}
	v := vaultOf(t, path, securityConfig{Cipher: "aes-gcm"})
	if err := v.unlock(t.Context(), st); err != nil {
		t.Fatal(err)
	}
	return st
}

const secretName, secretPhone = "欧阳秘密", "13912345678"

// secretRoster is a roster with a name, a telephone number and a contact.
const secretRoster = `{"version":1,"district":{"id":"D1","name":"示范区","area":"city"},
"offices":[{"id":"O1","name":"示范路司法所"}],
"officers":[{"id":"F1","name":"张三","office":"O1","role":"officer","user":"f1","notify":[{"channel":"sms","to":"13912345678"}]}],
"zones":[{"id":"city","name":"市辖区","kind":"area","datum":"wgs84","geometry":{"type":"Polygon","coordinates":[[[121,31],[122,31],[122,32],[121,32],[121,31]]]}}],
"subjects":[{"id":"S0001","name":"欧阳秘密","office":"O1","officer":"F1","kind":"probation","level":"general","effective":"2026-01-10","reported":"2026-01-15",
"term":{"from":"2026-01-10","until":"2027-01-09"},"home":{"lat":31.23,"lng":121.45,"datum":"wgs84","radius_m":150},
"contacts":[{"name":"欧阳秘密之妻","relation":"配偶","phone":"13912345678"}]}],
"devices":[{"id":"P1","kind":"app","bindings":[{"subject":"S0001","from":"2026-01-15"}]}]}`

// leaks looks for the name and the number in every file below a directory.
func leaks(t *testing.T, dir string) (in []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(name string, d os.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		data, err := os.ReadFile(name)
		for _, secret := range []string{secretName, secretPhone} {
			if bytes.Contains(data, []byte(secret)) {
				in = append(in, name+" holds "+secret)
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return in
}

// Nothing that a daemon keeps of a roster shows names or numbers: databases with
// their logs, the journal, snapshots, attached files.
func TestDataDirectoryHoldsNoNames(t *testing.T) {
	b := newBench(t)
	b.must("roster", "import", b.file("roster.json", secretRoster))
	if !strings.Contains(b.must("roster", "export"), secretName) {
		t.Error("the name does not come back")
	}
	v := vaultOf(t, filepath.Join(b.dir, "data"), securityConfig{Cipher: "aes-gcm"})
	snapshots, err := snapshotsOf(v, "D1")
	if err != nil {
		t.Fatal(err)
	}
	e := rules.New(rules.DefaultConfig(), roster.NewCalendar(nil), nil)
	if err := snapshots.save(e, 1); err != nil {
		t.Fatal(err)
	}
	if _, err := (files{v.dir.file("files"), v}).Keep(t.Context(), strings.NewReader(secretName+secretPhone)); err != nil {
		t.Fatal(err)
	}
	if in := leaks(t, b.dir); len(in) > 0 {
		t.Error(in)
	}
}

// Files from before encryption are encrypted at the next start.
func TestPlainFilesAreSealedAtTheStart(t *testing.T) {
	b := newBench(t)
	data := filepath.Join(b.dir, "data")
	for _, name := range []string{"files/abc", "snapshots/d44-7.snap"} {
		path := filepath.Join(data, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(secretName), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(data, lockFile), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	b.must("audit", "verify")
	if in := leaks(t, data); len(in) > 0 {
		t.Error(in)
	}
	v := vaultOf(t, data, securityConfig{Cipher: "aes-gcm"})
	for _, name := range []string{"files/abc", "snapshots/d44-7.snap"} {
		f, err := v.openSealed(v.dir.file(name))
		if err != nil {
			t.Fatal(err)
		}
		if text, err := io.ReadAll(f); err != nil || string(text) != secretName {
			t.Errorf("%s: %q, %v", name, text, err)
		}
		f.Close()
	}
}

func TestAWrongKeyIsNamedAtTheStart(t *testing.T) {
	b := newBench(t)
	b.must("roster", "import", b.file("roster.json", secretRoster))
	key := b.file("field.key", strings.Repeat("6b", 32))
	got := b.run("roster", "export", "--security.field_key_file", key)
	if got.code != 1 || !strings.Contains(got.err, "encrypted with key") || !strings.Contains(got.err, key) {
		t.Errorf("%+v", got)
	}
}

// The key of the directory is changed; the old one opens nothing any more.
func TestKeyRotation(t *testing.T) {
	b := newBench(t)
	b.must("roster", "import", b.file("roster.json", secretRoster))
	data := filepath.Join(b.dir, "data")
	v := vaultOf(t, data, securityConfig{Cipher: "aes-gcm"})
	kept, err := files{v.dir.file("files"), v}.Keep(t.Context(), strings.NewReader("photo"))
	if err != nil {
		t.Fatal(err)
	}
	if out := b.must("key", "rotate", "--security.cipher", "sm4-gcm"); !strings.Contains(out, "1 rows and 1 files") || !strings.Contains(out, "sm4-gcm") {
		t.Error(out)
	}
	if !strings.Contains(b.must("roster", "export"), secretName) {
		t.Error("the roster cannot be read any more")
	}
	after := vaultOf(t, data, securityConfig{Cipher: "sm4-gcm"})
	if keys, err := after.keys(); err != nil || len(keys) != 1 || after.ring.Load().KeyID() == v.ring.Load().KeyID() {
		t.Errorf("%d keys are left, %v", len(keys), err)
	}
	if _, err := (files{v.dir.file("files"), after}).read(kept.SHA256); err != nil {
		t.Error(err)
	}
	if _, err := (files{v.dir.file("files"), v}).read(kept.SHA256); err == nil {
		t.Error("the old key still opens a file")
	}
	if list := strings.Join(b.audit(), "\n"); !strings.Contains(list, "key.rotated "+after.ring.Load().KeyID()) {
		t.Errorf("audit: %s", list)
	}
}

// A rotation that was broken off has both keys in the file; the next one ends it
// with the same new key.
func TestBrokenOffRotationGoesOn(t *testing.T) {
	b := newBench(t)
	b.must("roster", "import", b.file("roster.json", secretRoster))
	v := vaultOf(t, filepath.Join(b.dir, "data"), securityConfig{Cipher: "aes-gcm"})
	old, err := v.keys()
	if err != nil {
		t.Fatal(err)
	}
	half := [][]byte{bytes.Repeat([]byte("n"), keyBytes), old[0]}
	if err := v.keep(half); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(b.must("roster", "export"), secretName) {
		t.Error("between the keys nothing can be read")
	}
	b.must("key", "rotate")
	want, err := seal.NewRing(seal.AESGCM, half[0])
	if err != nil {
		t.Fatal(err)
	}
	if now := vaultOf(t, v.dir.path, securityConfig{Cipher: "aes-gcm"}); now.ring.Load().KeyID() != want.KeyID() {
		t.Error("the rotation began anew with a third key")
	}
}

// In a file of the operator's, the operator puts the new key.
func TestRotationOfTheOperatorsKey(t *testing.T) {
	b := newBench(t)
	before, after := strings.Repeat("6b", 32), strings.Repeat("7c", 32)
	name := b.file("field.key", before+"\n")
	flags := []string{"--security.field_key_file", name}
	b.must(append([]string{"roster", "import", b.file("roster.json", secretRoster)}, flags...)...)
	if got := b.run(append([]string{"key", "rotate"}, flags...)...); got.code != 2 || !strings.Contains(got.err, "put a line with the new key") {
		t.Errorf("%+v", got)
	}
	if err := os.WriteFile(name, []byte(after+"\n"+before+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if out := b.must(append([]string{"key", "rotate"}, flags...)...); !strings.Contains(out, "take the old key out") {
		t.Error(out)
	}
	if err := os.WriteFile(name, []byte(after), 0o600); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(b.must(append([]string{"roster", "export"}, flags...)...), secretName) {
		t.Error("the roster cannot be read any more")
	}
}
