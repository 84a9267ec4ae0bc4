package store_test

import (
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base32"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"golang.org/x/crypto/argon2"

	"correctiond/roster"
	"correctiond/seal"
	"correctiond/store"
	"correctiond/store/access"
	"correctiond/store/database"
	"correctiond/store/storetest"
)

// codeOf is what an authenticator app shows for a secret.
func codeOf(t *testing.T, secret string, at roster.Instant) string {
	t.Helper()
	key := must[[]byte](t)(base32.StdEncoding.DecodeString(secret))
	m := hmac.New(sha1.New, key)
	m.Write(binary.BigEndian.AppendUint64(nil, uint64(at/(30*roster.Second))))
	sum := m.Sum(nil)
	return fmt.Sprintf("%06d", binary.BigEndian.Uint32(sum[sum[19]&15:])&(1<<31-1)%1_000_000)
}

func TestSecondFactor(t *testing.T) { eachState(t, secondFactor) }

func secondFactor(t *testing.T, s *store.State) {
	hired(t, s, "zhang")
	totp := must[string](t)(s.SetTOTP(t.Context(), "zhang", true, "admin", morning))
	code := func(at roster.Instant) string { return codeOf(t, totp, at) }
	with := func(c string) access.Credentials { return access.Credentials{Name: "zhang", Password: good, Code: c} }
	for _, c := range []struct {
		name, code string
		at         roster.Instant
		want       bool
	}{
		{"no code", "", morning, false},
		{"a code of long ago", code(morning - 2*roster.Minute), morning, false},
		{"the code", code(morning), morning, true},
		{"the same code again", code(morning), morning + roster.Second, false},
		{"the code before it", code(morning - 30*roster.Second), morning + roster.Second, false},
		{"the next code, by a clock ahead", code(morning + 30*roster.Second)[:3] + " " + code(morning + 30*roster.Second)[3:], morning + 2*roster.Second, true},
	} {
		if _, ok := signIn(t, s, with(c.code), c.at); ok != c.want {
			t.Errorf("%s: %v", c.name, ok)
		}
	}
	must[string](t)(s.SetTOTP(t.Context(), "zhang", false, "admin", morning))
	if _, ok := signIn(t, s, with(""), morning+roster.Hour); !ok {
		t.Error("taken away, it is still asked for")
	}
}

// eachState runs a test on both kinds of databases, encrypted and not.
func eachState(t *testing.T, test func(*testing.T, *store.State)) { storetest.Each(t, test) }

func unlock(t *testing.T, s *store.State, ring *seal.Ring) {
	t.Helper()
	if err := s.Unlock(t.Context(), ring); err != nil {
		t.Fatal(err)
	}
}

func TestANewKeyReachesSecondFactors(t *testing.T) {
	eachState(t, func(t *testing.T, s *store.State) {
		unlock(t, s, keyring(t, seal.AESGCM, "k"))
		hired(t, s, "zhang")
		totp := must[string](t)(s.SetTOTP(t.Context(), "zhang", true, "admin", morning))
		if n := must[int](t)(s.Reseal(t.Context(), keyring(t, seal.SM4GCM, "n", "k"))); n != 1 {
			t.Errorf("%d rows", n)
		}
		unlock(t, s, keyring(t, seal.SM4GCM, "n"))
		if _, ok := signIn(t, s, access.Credentials{Name: "zhang", Password: good, Code: codeOf(t, totp, morning)}, morning); !ok {
			t.Error("the code is not taken")
		}
	})
}

// before is the schema as it was when a migration had not been written.
func before(t *testing.T, migration string) fs.FS {
	t.Helper()
	old := fstest.MapFS{}
	for _, name := range append(must[[]string](t)(filepath.Glob("state/*.sql")), must[[]string](t)(filepath.Glob("state/pg/*.sql"))...) {
		if filepath.Base(name) < migration {
			old[strings.TrimPrefix(name, "state/")] = &fstest.MapFile{Data: must[[]byte](t)(os.ReadFile(name))}
		}
	}
	return old
}

// oldSecret is one that an earlier version kept readable.
const oldSecret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"

// fillOld leaves a database as an earlier version did: unlocked, with two accounts
// of which one has a second factor.
func fillOld(t *testing.T, d *database.DB, ring *seal.Ring) {
	t.Helper()
	columns := []database.Column{{Table: "registers", Column: "body", Key: []string{"ref"}, Since: 1}}
	must[int](t)(database.NewSealing(d, columns).Unlock(t.Context(), ring))
	for name, totp := range map[string]string{"zhang": oldSecret, "li.si": ""} {
		_, err := d.Write.ExecContext(t.Context(), "INSERT INTO accounts (name, role, district, office, hash, totp, created) VALUES (?, 'officer', 'D1', 'O1', ?, ?, 1)",
			name, "$argon2id$v=19$m=64,t=1,p=1$"+base64.RawStdEncoding.EncodeToString(make([]byte, 16))+"$"+
				base64.RawStdEncoding.EncodeToString(argon2.IDKey([]byte(good), make([]byte, 16), 1, 64, 1, 32)), totp)
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
}

// Secrets that an earlier version kept readable are encrypted once, and still serve.
func TestReadableSecretsOfSecondFactorsAreEncrypted(t *testing.T) {
	ring := keyring(t, seal.AESGCM, "k")
	old := before(t, "0013_totp.sql")
	serve := func(t *testing.T, s *store.State) {
		unlock(t, s, ring)
		for name, code := range map[string]string{"zhang": codeOf(t, oldSecret, morning), "li.si": ""} {
			if _, ok := signIn(t, s, access.Credentials{Name: name, Password: good, Code: code}, morning); !ok {
				t.Errorf("%s does not get in", name)
			}
		}
		unlock(t, s, ring) // changes nothing
		if n := must[int](t)(s.Reseal(t.Context(), ring)); n != 0 {
			t.Errorf("%d rows were not encrypted", n)
		}
	}
	t.Run("SQLite", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "state.db")
		fillOld(t, must[*database.DB](t)(database.Open(path, old)), ring)
		if len(holds(t, path, oldSecret)) == 0 {
			t.Fatal("the test finds nothing where nothing is encrypted")
		}
		s := must[*store.State](t)(store.OpenState(path))
		defer s.Close()
		serve(t, s)
		if in := holds(t, path, oldSecret); len(in) > 0 {
			t.Errorf("readable in %v", in)
		}
	})
	t.Run("PostgreSQL", func(t *testing.T) {
		address := pgDatabase(t, "")
		fillOld(t, must[*database.DB](t)(database.OpenPostgres(t.Context(), database.Server{Address: address}, old)), ring)
		serve(t, openPG(t, address))
	})
}

// A secret that somebody wrote into the database is not taken for one of ours.
func TestAReplacedSecretIsRefused(t *testing.T) {
	s, path := stateAt(t)
	unlock(t, s, keyring(t, seal.AESGCM, "k"))
	for _, name := range []string{"zhang", "li.si"} {
		hired(t, s, name)
		must[string](t)(s.SetTOTP(t.Context(), name, true, "admin", morning))
	}
	for what, key := range map[string]string{"readable": "CAST('" + oldSecret + "' AS BLOB)", "of another": "(SELECT totp_key FROM accounts WHERE name = 'li.si')"} {
		run(t, raw(t, path), "UPDATE accounts SET totp_key = "+key+" WHERE name = 'zhang'")
		_, _, err := s.SignIn(t.Context(), access.Credentials{Name: "zhang", Password: good, Code: codeOf(t, oldSecret, morning)}, morning)
		if !errors.Is(err, database.ErrPlain) && !errors.Is(err, seal.ErrBroken) {
			t.Errorf("%s: %v", what, err)
		}
	}
}
