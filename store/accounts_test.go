package store_test

import (
	"errors"
	"strings"
	"sync"
	"testing"

	"correctiond/roster"
	"correctiond/store"
	"correctiond/store/access"
	"correctiond/store/audit"
	"correctiond/store/database"
)

const good = "桥下 第三棵 柳树 左转"

// hired makes an account whose password is good.
func hired(t *testing.T, s *store.State, name string) {
	t.Helper()
	first := must[string](t)(s.AddAccount(t.Context(), access.Account{Name: name, Role: "officer", District: "D1", Office: "O1"}, "admin", morning))
	must[string](t)(s.ChangePassword(t.Context(), access.Credentials{Name: name, Password: first}, good, morning))
}

// signIn answers whether someone gets in.
func signIn(t *testing.T, s *store.State, c access.Credentials, at roster.Instant) (string, bool) {
	t.Helper()
	secret, _, err := s.SignIn(t.Context(), c, at)
	if err != nil && !errors.Is(err, access.ErrSignIn) {
		t.Fatal(err)
	}
	return secret, err == nil
}

func TestThePrintedPasswordServesOnce(t *testing.T) {
	s := openState(t)
	first := must[string](t)(s.AddAccount(t.Context(), access.Account{Name: "zhang.san", Role: "officer", District: "D1", Office: "O1"}, "admin", morning))
	secret, a, err := s.SignIn(t.Context(), access.Credentials{Name: " Zhang.San ", Password: first}, morning)
	if err != nil || !a.MustChange || a.Office != "O1" {
		t.Fatalf("first sign-in: %+v %v", a, err)
	}
	next := must[string](t)(s.ChangePassword(t.Context(), access.Credentials{Name: "zhang.san", Password: first}, good, morning))
	if _, err := s.LookupSession(t.Context(), secret, true, morning); !errors.Is(err, database.ErrNotFound) {
		t.Errorf("the session of the old password lives on: %v", err)
	}
	if a := must[access.Account](t)(s.LookupSession(t.Context(), next, true, morning)); a.MustChange {
		t.Errorf("changed, yet %+v", a)
	}
	if _, ok := signIn(t, s, access.Credentials{Name: "zhang.san", Password: first}, morning); ok {
		t.Error("the printed password still serves")
	}
	if _, err := s.AddAccount(t.Context(), access.Account{Name: "zhang.san"}, "admin", morning); !errors.Is(err, database.ErrTaken) {
		t.Errorf("twice: %v", err)
	}
}

func TestAccountNames(t *testing.T) {
	s := openState(t)
	for name, ok := range map[string]bool{
		"li4": true, "a-b_c.d": true, "li": false, "Li4": false, "li 4": false, "-li4": false, "李四四": false, "li4\n": false, "": false,
		"correctiond": false, "daemon": false, "system": false, // would read like the daemon's own deeds
	} {
		if _, err := s.AddAccount(t.Context(), access.Account{Name: name}, "admin", morning); (err == nil) != ok {
			t.Errorf("%q: %v", name, err)
		}
	}
}

func TestPasswordsThatAreRefused(t *testing.T) {
	s := openState(t)
	first := must[string](t)(s.AddAccount(t.Context(), access.Account{Name: "wangming"}, "admin", morning))
	for password, why := range map[string]string{
		"短密码 abc":                "fewer than 12",
		strings.Repeat("长", 50):  "more than 128",
		"wangming-2026-x":        "name of the account",
		"W@ngM1ng zusammen":      "name of the account",
		"abababababab":           "repeats",
		"Password1234":           "tried first",
		"P@ssw0rd12345678":       "tried first",
		"qwertyuiop123":          "tried first",
		"1qaz2wsx3edc!":          "tried first",
		"admin1234567890":        "tried first",
		"correctiond-1234":       "tried first",
		first:                    "is the old one",
		"\xff\xfe123456789abcde": "more than 128",
	} {
		_, err := s.ChangePassword(t.Context(), access.Credentials{Name: "wangming", Password: first}, password, morning)
		var bad *access.PasswordError
		if !errors.As(err, &bad) || !strings.Contains(bad.Detail, why) {
			t.Errorf("%q: %v, want %s", password, err, why)
		}
	}
	for _, password := range []string{good, "correct horse battery staple", "Tz7!kq0-Wm2x", "春风又绿江南岸明月何时"} {
		if _, err := s.ChangePassword(t.Context(), access.Credentials{Name: "wangming", Password: first}, password, morning); err != nil {
			if password == "春风又绿江南岸明月何时" {
				continue // eleven characters
			}
			t.Errorf("%q: %v", password, err)
		}
		first = password
	}
}

// After five failures in a row the account waits, each time twice as long, at most
// an hour; then the right password serves again.
func TestLockOutGrows(t *testing.T) {
	s := openState(t)
	hired(t, s, "zhang")
	wrong, right := access.Credentials{Name: "zhang", Password: "falsch falsch"}, access.Credentials{Name: "zhang", Password: good}
	now := morning
	for range 5 {
		signIn(t, s, wrong, now)
	}
	for _, wait := range []roster.Instant{1, 2, 4, 8, 16, 32, 60, 60} {
		if _, ok := signIn(t, s, right, now+wait*roster.Minute-1); ok {
			t.Fatalf("let in before %d min are over", wait)
		}
		now += wait * roster.Minute
		signIn(t, s, wrong, now) // one try, and the wait begins anew
	}
	if _, ok := signIn(t, s, right, now+roster.Hour); !ok {
		t.Error("the lock does not end")
	}
	signIn(t, s, wrong, now+roster.Hour)
	if _, ok := signIn(t, s, right, now+roster.Hour); !ok {
		t.Error("failures before the sign-in still count")
	}
	if end := must[audit.Checkpoint](t)(s.VerifyAudit(t.Context())); end.N < 15 {
		t.Errorf("%d records", end.N)
	}
}

// Guesses sent at the same time are not more guesses than the lock-out allows.
func TestManyGuessesAtOnce(t *testing.T) {
	s := openState(t)
	hired(t, s, "zhang")
	var wg sync.WaitGroup
	for range 12 {
		wg.Go(func() {
			_, _, _ = s.SignIn(t.Context(), access.Credentials{Name: "zhang", Password: "falsch falsch"}, morning)
		})
	}
	wg.Wait()
	refused := 0
	for r, err := range s.Audit(t.Context(), 0) {
		if err == nil && r.Action == "session.refuse" {
			refused++
		}
	}
	if refused != 5 {
		t.Errorf("%d guesses were judged, want 5", refused)
	}
}

// Whoever guesses learns nothing about which names exist.
func TestOneAnswerToEveryFailure(t *testing.T) {
	s := openState(t)
	hired(t, s, "zhang")
	hired(t, s, "gone")
	if err := s.DisableAccount(t.Context(), "gone", "admin", morning); err != nil {
		t.Fatal(err)
	}
	for _, c := range []access.Credentials{
		{Name: "zhang", Password: "wrong"},
		{Name: "nobody", Password: good},
		{Name: "gone", Password: good},
		{Name: "", Password: ""},
		{Name: "zhang", Password: strings.Repeat("x", 4000)},
	} {
		_, _, err := s.SignIn(t.Context(), c, morning)
		if err == nil || err.Error() != "sign in: "+access.ErrSignIn.Error() {
			t.Errorf("%.20q: %v", c.Name, err)
		}
	}
}

func TestSessionsEnd(t *testing.T) {
	s := openState(t)
	hired(t, s, "zhang")
	open := func(at roster.Instant) string {
		secret, ok := signIn(t, s, access.Credentials{Name: "zhang", Password: good}, at)
		if !ok {
			t.Fatal("no session")
		}
		return secret
	}
	lives := func(secret string, used bool, at roster.Instant) bool {
		_, err := s.LookupSession(t.Context(), secret, used, at)
		return err == nil
	}
	idle, used := open(morning), open(morning)
	for at := morning; at < morning+12*roster.Hour; at += 50 * roster.Minute {
		if !lives(used, true, at) {
			t.Fatalf("in use, it ended after %v", (at - morning).Duration())
		}
	}
	if lives(used, true, morning+12*roster.Hour) {
		t.Error("it never ends")
	}
	if !lives(idle, false, morning+roster.Hour-1) || lives(idle, false, morning+roster.Hour) {
		t.Error("a session that nobody used must end after an hour, whoever looks at it")
	}
}

func TestWhatEndsASessionAtOnce(t *testing.T) {
	for name, end := range map[string]func(s *store.State, secret string) error{
		"signed out": func(s *store.State, secret string) error { return s.EndSession(t.Context(), secret, morning) },
		"another password": func(s *store.State, _ string) error {
			_, err := s.ResetPassword(t.Context(), "zhang", "admin", morning)
			return err
		},
		"a second factor": func(s *store.State, _ string) error {
			_, err := s.SetTOTP(t.Context(), "zhang", true, "admin", morning)
			return err
		},
		"disabled": func(s *store.State, _ string) error { return s.DisableAccount(t.Context(), "zhang", "admin", morning) },
	} {
		s := openState(t)
		hired(t, s, "zhang")
		secret, _ := signIn(t, s, access.Credentials{Name: "zhang", Password: good}, morning)
		must[access.Account](t)(s.LookupSession(t.Context(), secret, true, morning))
		if err := end(s, secret); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := s.LookupSession(t.Context(), secret, true, morning); !errors.Is(err, database.ErrNotFound) {
			t.Errorf("%s: the session lives on: %v", name, err)
		}
	}
}

func TestSecretsTellWhatTheyOpen(t *testing.T) {
	s := openState(t)
	hired(t, s, "zhang")
	secret, _ := signIn(t, s, access.Credentials{Name: "zhang", Password: good}, morning)
	if !access.IsSession(secret) || access.IsSession("jzt_x") {
		t.Error("secrets of sessions and tokens are mistaken for each other")
	}
	if err := s.EndSession(t.Context(), secret+"x", morning); err != nil {
		t.Errorf("a session that is no more: %v", err)
	}
}

// Whom a provider vouches for has the role and place of the sign-in, and no password.
func TestSessionsOfAProvider(t *testing.T) {
	s := openState(t)
	want := access.Account{Name: "li.si", Role: "office_head", District: "D1", Office: "O1", Outside: true}
	secret := must[string](t)(s.OpenSession(t.Context(), want, morning))
	if got := must[access.Account](t)(s.LookupSession(t.Context(), secret, true, morning+roster.Minute)); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if _, err := s.LookupSession(t.Context(), secret, true, morning+roster.Minute+roster.Hour); !errors.Is(err, database.ErrNotFound) {
		t.Errorf("unused for an hour, the session lives on: %v", err)
	}
	ended := must[string](t)(s.OpenSession(t.Context(), want, morning))
	if err := s.EndSession(t.Context(), ended, morning); err != nil {
		t.Error(err)
	}
	if _, err := s.LookupSession(t.Context(), ended, true, morning); !errors.Is(err, database.ErrNotFound) {
		t.Errorf("signed out, the session lives on: %v", err)
	}
	opened := 0
	for r, err := range s.Audit(t.Context(), 0) {
		if err == nil && r.Action == "session.open" && r.Actor == "li.si" && r.Detail == "by provider, role office_head" && r.District == "D1" {
			opened++
		}
	}
	if opened != 2 {
		t.Errorf("%d sign-ins are recorded, want 2", opened)
	}
}

// One name is one person: accounts go before the provider, also those that come
// later and those that are disabled.
func TestAProviderCannotTakeTheNameOfAnAccount(t *testing.T) {
	s := openState(t)
	who := access.Account{Name: "li.si", Role: "officer", District: "D1", Office: "O1"}
	secret := must[string](t)(s.OpenSession(t.Context(), who, morning))
	hired(t, s, "li.si")
	if _, err := s.LookupSession(t.Context(), secret, true, morning); !errors.Is(err, database.ErrNotFound) {
		t.Errorf("beside an account of that name, the session lives on: %v", err)
	}
	for range 2 {
		if _, err := s.OpenSession(t.Context(), who, morning); !errors.Is(err, database.ErrTaken) {
			t.Errorf("a session by the name of an account: %v", err)
		}
		_ = s.DisableAccount(t.Context(), "li.si", "admin", morning)
	}
	for _, name := range []string{"", "李四四", "Li.Si", "li.si@example.org", "li", "system"} {
		if _, err := s.OpenSession(t.Context(), access.Account{Name: name, Role: "officer"}, morning); !errors.Is(err, access.ErrName) {
			t.Errorf("%q: %v", name, err)
		}
	}
}

func TestAccountsAreListed(t *testing.T) {
	s := openState(t)
	hired(t, s, "zhang")
	hired(t, s, "gone")
	signIn(t, s, access.Credentials{Name: "zhang", Password: good}, morning+1)
	if err := s.DisableAccount(t.Context(), "gone", "admin", morning+2); err != nil {
		t.Error(err)
	}
	for _, name := range []string{"gone", "nobody"} {
		if err := s.DisableAccount(t.Context(), name, "admin", morning+3); !errors.Is(err, database.ErrNotFound) {
			t.Errorf("disable %s: %v", name, err)
		}
	}
	list := must[[]access.Account](t)(s.Accounts(t.Context()))
	if len(list) != 2 || list[0].Disabled != morning+2 || list[1].LastUsed != morning+1 || list[1].TOTP || list[1].MustChange {
		t.Errorf("%+v", list)
	}
	if _, err := s.ResetPassword(t.Context(), "gone", "admin", morning); !errors.Is(err, database.ErrNotFound) {
		t.Errorf("a disabled account gets a password: %v", err)
	}
}
