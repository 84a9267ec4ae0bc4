package access

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"correctiond/roster"
	"correctiond/store/audit"
	"correctiond/store/database"
)

// ErrSignIn is the one answer to every sign-in that fails: name, password or code
// is wrong, the account is locked, disabled, or does not exist.
var ErrSignIn = errors.New("name, password or code is wrong, or the account is locked")

// Lock-out: after so many failures in a row the account waits, first a minute and
// then twice as long with each further one.
const (
	freeFailures = 5
	firstLock    = roster.Minute
	longestLock  = roster.Hour
)

// Credentials are what someone signs in with. Code is of the second factor.
type Credentials struct{ Name, Password, Code string }

// SignIn opens a session and returns its secret; ErrSignIn when it does not. A
// lock ends by itself, and no attempt during it counts.
func (b *Book) SignIn(ctx context.Context, c Credentials, at roster.Instant) (secret string, a Account, err error) {
	if a, err = b.verify(ctx, c, at); err != nil {
		return "", Account{}, fmt.Errorf("sign in: %w", err)
	}
	err = b.db.Update(ctx, "sign in", func(tx *sql.Tx) error {
		if err := welcome(tx, a.Name, at); err != nil {
			return err
		}
		secret, err = openSession(tx, a, at)
		return err
	})
	if err != nil {
		return "", Account{}, err
	}
	return secret, a, nil
}

// ChangePassword replaces the password of someone who knows the old one, and the
// code if there is a second factor. It ends all sessions, opens a new one, and
// returns its secret. A *PasswordError says what is wrong with the new password,
// ErrSignIn that the old one is.
func (b *Book) ChangePassword(ctx context.Context, c Credentials, password string, at roster.Instant) (secret string, err error) {
	c.Name = strings.ToLower(c.Name)
	if err := checkPassword(password, c.Name); err != nil {
		return "", err
	}
	if password == c.Password {
		return "", &PasswordError{"is the old one"}
	}
	a, err := b.verify(ctx, c, at)
	if err != nil {
		return "", fmt.Errorf("change password: %w", err)
	}
	r := audit.Record{At: at, Actor: a.Name, Action: "account.password", Object: a.Name, Detail: "changed"}
	if err := b.alter(ctx, r, "hash = ?, must_change = 0", b.hashPassword(password)); err != nil {
		return "", err
	}
	err = b.db.Update(ctx, "change password", func(tx *sql.Tx) error {
		if err := welcome(tx, a.Name, at); err != nil {
			return err
		}
		a.MustChange = false
		secret, err = openSession(tx, a, at)
		return err
	})
	return secret, err
}

// verify answers whose credentials these are. Every attempt counts as a failure
// before it is judged, so that many at once get no more tries than one after the
// other.
func (b *Book) verify(ctx context.Context, c Credentials, at roster.Instant) (Account, error) {
	known, err := b.attempt(ctx, strings.ToLower(strings.TrimSpace(c.Name)), at)
	if err != nil {
		return Account{}, err
	}
	same, err := b.samePassword(known.hash, c.Password)
	if err != nil {
		return Account{}, err
	}
	if same && known.open {
		err = b.takeCode(ctx, &known, c.Code, at)
	} else {
		err = ErrSignIn
	}
	if errors.Is(err, ErrSignIn) && known.open {
		// The lock bounds how many of these there are.
		err = errors.Join(err, b.chain.AppendAudit(ctx, audit.Record{
			At: at, Actor: known.Name, Action: "session.refuse", Object: known.Name, Detail: fmt.Sprintf("failure %d in a row", known.tries),
		}))
	}
	return known.Account, err
}

// knownAccount is an account with what it is verified by.
type knownAccount struct {
	Account
	hash, totp string
	last       int64
	tries      int  // since the last sign-in, this one included
	open       bool // neither locked nor disabled
}

// attempt counts a try and reads the account; without one, the zero account.
func (b *Book) attempt(ctx context.Context, name string, at roster.Instant) (known knownAccount, err error) {
	err = b.db.Update(ctx, "count a sign-in", func(tx *sql.Tx) error {
		err := tx.QueryRow(`SELECT name, role, district, office, minors, must_change, totp <> '', locked, disabled, hash, totp, totp_step, failures
			FROM accounts WHERE name = ?`, name).Scan(&known.Name, &known.Role, &known.District, &known.Office, &known.Minors,
			&known.MustChange, &known.TOTP, &known.Locked, &known.Disabled, &known.hash, &known.totp, &known.last, &known.tries)
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		if err != nil {
			return err
		}
		if known.open = known.Locked <= at && known.Disabled == 0; !known.open {
			return nil
		}
		known.tries++
		_, err = tx.Exec("UPDATE accounts SET failures = ?, locked = ? WHERE name = ?", known.tries, lockUntil(known.tries, at), name)
		return err
	})
	return known, err
}

// lockUntil is how long the account waits should this try fail; 0: not.
func lockUntil(failures int, at roster.Instant) roster.Instant {
	if failures < freeFailures {
		return 0
	}
	wait := firstLock
	for range failures - freeFailures {
		if wait *= 2; wait > longestLock {
			return at + longestLock
		}
	}
	return at + wait
}

// takeCode takes the code of the second factor, if there is one, once.
func (b *Book) takeCode(ctx context.Context, known *knownAccount, code string, at roster.Instant) error {
	if known.totp == "" {
		return nil
	}
	step, err := totpMatch(known.totp, strings.ReplaceAll(code, " ", ""), known.last, at)
	if err != nil {
		return err
	}
	if step == 0 {
		return ErrSignIn
	}
	return b.db.Update(ctx, "take a code", func(tx *sql.Tx) error {
		done, err := tx.Exec("UPDATE accounts SET totp_step = ? WHERE name = ? AND totp_step < ?", step, known.Name, step)
		if err := database.One(done, err); errors.Is(err, database.ErrNotFound) {
			return ErrSignIn // another request was faster with it
		} else if err != nil {
			return err
		}
		return nil
	})
}

// welcome takes back the failure that the try counted as, and lifts the lock.
func welcome(tx *sql.Tx, name string, at roster.Instant) error {
	_, err := tx.Exec("UPDATE accounts SET failures = 0, locked = 0, last_used = ? WHERE name = ?", at, name)
	return err
}
