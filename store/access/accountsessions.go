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

// openSession opens a session of an account that has shown who it is, and returns its secret.
func openSession(tx *sql.Tx, a Account, at roster.Instant) (string, error) {
	if _, err := tx.Exec("DELETE FROM sessions WHERE created <= ? OR seen <= ?", at-sessionLife, at-sessionIdle); err != nil {
		return "", err
	}
	text := sessionPrefix + secret(tokenBytes)
	hash := sha256.Sum256([]byte(text))
	_, err := tx.Exec("INSERT INTO sessions (hash, account, created, seen) VALUES (?, ?, ?, ?)", hash[:], a.Name, at, at)
	if err != nil {
		return "", err
	}
	return text, audit.Append(tx, []audit.Record{{At: at, Actor: a.Name, Action: "session.open", Object: a.Name, Detail: "by password, role " + a.Role, District: a.District}})
}

// LookupSession finds whose session a secret opens; ErrNotFound when it is
// unknown, over, or the account has been disabled. Used notes that a person was
// there, which keeps the session alive.
func (b *Book) LookupSession(ctx context.Context, secret string, used bool, at roster.Instant) (a Account, err error) {
	hash := sha256.Sum256([]byte(secret))
	var seen roster.Instant
	err = b.db.Read.QueryRowContext(ctx, `SELECT a.name, s.seen, a.must_change, a.totp_key IS NOT NULL, a.role, a.district, a.office, a.minors
		FROM sessions s JOIN accounts a ON a.name = s.account
		WHERE s.hash = ? AND s.created > ? AND s.seen > ? AND a.disabled = 0`,
		hash[:], at-sessionLife, at-sessionIdle).Scan(&a.Name, &seen, &a.MustChange, &a.TOTP, &a.Role, &a.District, &a.Office, &a.Minors)
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
