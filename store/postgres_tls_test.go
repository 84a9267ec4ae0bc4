package store_test

import (
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"correctiond/bench/postgres15"
	"correctiond/store"
	"correctiond/store/database"
)

// authority is a certification authority of the test.
type authority struct {
	t   *testing.T
	dir string
}

func newAuthority(t *testing.T, name string) *authority {
	t.Helper()
	if _, err := exec.LookPath("openssl"); err != nil && os.Getenv("CI") == "" {
		t.Skip(err)
	}
	a := &authority{t, t.TempDir()}
	a.openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", "/CN="+name,
		"-keyout", a.file("ca.key"), "-out", a.file("ca.pem"))
	return a
}

func (a *authority) file(name string) string { return filepath.Join(a.dir, name) }

func (a *authority) openssl(args ...string) {
	a.t.Helper()
	if out, err := exec.Command("openssl", args...).CombinedOutput(); err != nil {
		a.t.Fatalf("openssl %s: %v\n%s", strings.Join(args, " "), err, out)
	}
}

// certify gives a certificate for a host and its key.
func (a *authority) certify(host string) (cert, key []byte) {
	a.t.Helper()
	a.openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN="+host,
		"-keyout", a.file("host.key"), "-out", a.file("host.csr"))
	if err := os.WriteFile(a.file("ext"), []byte("subjectAltName=DNS:"+host+"\n"), 0o600); err != nil {
		a.t.Fatal(err)
	}
	a.openssl("x509", "-req", "-in", a.file("host.csr"), "-CA", a.file("ca.pem"), "-CAkey", a.file("ca.key"), "-CAcreateserial",
		"-days", "1", "-extfile", a.file("ext"), "-out", a.file("host.pem"))
	return must[[]byte](a.t)(os.ReadFile(a.file("host.pem"))), must[[]byte](a.t)(os.ReadFile(a.file("host.key")))
}

// A server is let in by its name and the authority that vouches for it; any other is
// refused, and the error says why.
func TestPostgresIsVerified(t *testing.T) {
	postgres(t) // is it installed?
	s, err := postgres15.Start()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Remove() })
	ours, theirs := newAuthority(t, "ours"), newAuthority(t, "theirs")
	for i, c := range []struct {
		host, mode string
		trusts     *authority
		want       string // in the error
	}{
		{"localhost", "verify-full", ours, ""},
		{"localhost", "verify-full", theirs, "signed by unknown authority"},
		{"localhost", "verify-ca", theirs, "signed by unknown authority"},
		{"db.example.cn", "verify-full", ours, "valid for db.example.cn, not localhost"},
		{"db.example.cn", "verify-ca", ours, ""},
	} {
		cert, key := ours.certify(c.host)
		if err := s.TLS(t.Context(), cert, key); err != nil {
			t.Fatal(err)
		}
		u := must[*url.URL](t)(url.Parse(s.URL("postgres")))
		u.Host = "localhost:" + u.Port()
		u.RawQuery = url.Values{"sslmode": {c.mode}, "sslrootcert": {c.trusts.file("ca.pem")}}.Encode()
		var state *store.State
		for range 100 { // the server takes its new certificate in its own time
			if state, err = store.OpenPostgres(t.Context(), u.String(), ""); (err == nil) == (c.want == "") && (err == nil || strings.Contains(err.Error(), c.want)) {
				break
			}
			<-time.After(20 * time.Millisecond)
		}
		_, tried := database.TryPostgres(t.Context(), u.String(), "")
		what := fmt.Sprintf("case %d, %s for a certificate of %s", i, c.mode, c.host)
		wantVerdict(t, what, c.want, err)
		wantVerdict(t, what, c.want, tried)
		if state != nil {
			state.Close()
		}
	}
}

// wantVerdict checks the answer to a certificate; without a want it is taken.
func wantVerdict(t *testing.T, what, want string, err error) {
	t.Helper()
	switch {
	case want == "" && err != nil:
		t.Errorf("%s: %v", what, err)
	case want != "" && (!errors.Is(err, database.ErrUntrusted) || errors.Is(err, database.ErrDown) || !strings.Contains(err.Error(), want)):
		t.Errorf("%s: %v, want %s", what, err, want)
	}
}
