package access

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"correctiond/roster"
	"correctiond/store/audit"
	"correctiond/store/database"
)

// How long a session lives: unused, and at all.
const (
	sessionIdle = roster.Hour
	sessionLife = 12 * roster.Hour
)

const sessionPrefix = "jzs_"

// IsSession tells the secret of a session from that of a token.
func IsSession(secret string) bool { return strings.HasPrefix(secret, sessionPrefix) }

// OpenSession opens a session for someone whom a provider vouches for, with the
// role and place that come of what it says, and returns its secret. It refuses with
// ErrTaken when there is or was an account of that name, because approvals by a
// second person and the audit go by names, and with ErrName as AddAccount does.
func (b *Book) OpenSession(ctx context.Context, a Account, at roster.Instant) (secret string, err error) {
	a.Outside = true
	if !mayBeNamed(a.Name) {
		return "", fmt.Errorf("open session: the name %w", ErrName) // which is the provider's to tell, not ours
	}
	err = b.db.Update(ctx, "open session", func(tx *sql.Tx) error {
		var taken int
		if err := tx.QueryRow("SELECT count(*) FROM accounts WHERE name = ?", a.Name).Scan(&taken); err != nil {
			return err
		}
		if taken > 0 {
			return database.ErrTaken
		}
		secret, err = openSession(tx, a, at)
		return err
	})
	return secret, err
}

// openSession opens a session of someone who has shown who they are, and returns its secret.
func openSession(tx *sql.Tx, a Account, at roster.Instant) (string, error) {
	if _, err := tx.Exec("DELETE FROM sessions WHERE created <= ? OR seen <= ?", at-sessionLife, at-sessionIdle); err != nil {
		return "", err
	}
	text := sessionPrefix + secret(tokenBytes)
	hash := sha256.Sum256([]byte(text))
	_, err := tx.Exec(`INSERT INTO sessions (hash, account, outside, role, district, office, minors, created, seen)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		hash[:], a.Name, database.Flag(a.Outside), a.Role, a.District, a.Office, database.Flag(a.Minors), at, at)
	if err != nil {
		return "", err
	}
	how := "password"
	if a.Outside {
		how = "provider"
	}
	return text, audit.Append(tx, []audit.Record{{At: at, Actor: a.Name, Action: "session.open", Object: a.Name, Detail: "by " + how + ", role " + a.Role, District: a.District}})
}

// LookupSession finds whose session a secret opens; ErrNotFound when it is
// unknown, over, or the account has been disabled. A session that a provider
// vouches for is over, too, once there is an account of its name. Used notes that a
// person was there, which keeps the session alive.
func (b *Book) LookupSession(ctx context.Context, secret string, used bool, at roster.Instant) (a Account, err error) {
	hash := sha256.Sum256([]byte(secret))
	var seen roster.Instant
	err = b.db.Read.QueryRowContext(ctx, `SELECT s.account, s.outside, s.seen, coalesce(a.must_change, 0), a.totp_key IS NOT NULL,
			coalesce(a.role, s.role), coalesce(a.district, s.district), coalesce(a.office, s.office), coalesce(a.minors, s.minors)
		FROM sessions s LEFT JOIN accounts a ON a.name = s.account
		WHERE s.hash = ? AND s.created > ? AND s.seen > ? AND (s.outside = 0 AND a.disabled = 0 OR s.outside = 1 AND a.name IS NULL)`,
		hash[:], at-sessionLife, at-sessionIdle).Scan(&a.Name, &a.Outside, &seen, &a.MustChange, &a.TOTP, &a.Role, &a.District, &a.Office, &a.Minors)
	if err != nil {
		return Account{}, fmt.Errorf("look up session: %w", database.Explain(err))
	}
	if !used || at < seen+roster.Minute {
		return a, nil
	}
	// A full disk must not lock people out: then the session ends an hour early.
	_ = b.db.Update(ctx, "note use of session", func(tx *sql.Tx) error {
		_, err := tx.Exec("UPDATE sessions SET seen = ? WHERE hash = ?", at, hash[:])
		return err
	})
	return a, nil
}

// EndSession ends a session; one that is over already is no error.
func (b *Book) EndSession(ctx context.Context, secret string, at roster.Instant) error {
	hash := sha256.Sum256([]byte(secret))
	return b.db.Update(ctx, "end session", func(tx *sql.Tx) error {
		r := audit.Record{At: at, Action: "session.end"}
		err := tx.QueryRow("DELETE FROM sessions WHERE hash = ? RETURNING account, district", hash[:]).Scan(&r.Actor, &r.District)
		if err != nil {
			return ignoreNone(err)
		}
		r.Object = r.Actor
		return audit.Append(tx, []audit.Record{r})
	})
}

// ignoreNone takes no row for an answer.
func ignoreNone(err error) error {
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	return err
}
