package access

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"fmt"
	"time"

	"correctiond/roster"
	"correctiond/store/audit"
	"correctiond/store/database"
)

// Token is an access token of the API, without its secret.
type Token struct {
	ID       string // to name it in lists and in the audit chain; no secret
	Name     string
	Role     string
	District roster.DistrictID // empty: all
	Office   roster.OfficeID   // empty: all of the district
	Minors   bool              // may see the sealed files of minors
	Created  roster.Instant
	LastUsed roster.Instant // to the minute; 0: never
	Revoked  roster.Instant // 0: valid
}

const (
	tokenPrefix = "jzt_" // lets secret scanners find a leaked one
	tokenQuery  = "SELECT id, name, role, district, office, minors, created, last_used, revoked FROM tokens"
)

func scanToken(scan func(...any) error) (Token, error) {
	var t Token
	err := scan(&t.ID, &t.Name, &t.Role, &t.District, &t.Office, &t.Minors, &t.Created, &t.LastUsed, &t.Revoked)
	return t, err
}

// CreateToken draws a token with the name, role and scope of t and returns the
// secret, of which only the SHA-256 is kept. The audit chain records who did it.
func (b *Book) CreateToken(ctx context.Context, t Token, by string, at roster.Instant) (Token, string, error) {
	text := tokenPrefix + secret(tokenBytes)
	hash := sha256.Sum256([]byte(text))
	t.ID, t.Created, t.LastUsed, t.Revoked = rand.Text()[:12], at, 0, 0 // no id begins like a flag
	err := b.db.Update(ctx, "create token", func(tx *sql.Tx) error {
		_, err := tx.Exec("INSERT INTO tokens (id, name, role, district, office, minors, hash, created) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
			t.ID, t.Name, t.Role, t.District, t.Office, database.Flag(t.Minors), hash[:], at)
		if err != nil {
			return err
		}
		return audit.Append(tx, []audit.Record{{
			At: at, Actor: by, Action: "token.create", Object: t.ID,
			Detail: fmt.Sprintf("name %s, role %s, district %s, office %s", t.Name, t.Role, t.District, t.Office),
		}})
	})
	if err != nil {
		return Token{}, "", err
	}
	return t, text, nil
}

// LookupToken finds the token of a secret and notes its use; ErrNotFound when
// it is unknown or revoked. The comparison is of hashes inside an index: what
// its timing could tell is a prefix of a hash, which leads to no secret.
func (b *Book) LookupToken(ctx context.Context, secret string, at roster.Instant) (Token, error) {
	hash := sha256.Sum256([]byte(secret))
	t, err := scanToken(b.db.Read.QueryRowContext(ctx, tokenQuery+" WHERE hash = ? AND revoked = 0", hash[:]).Scan)
	if err != nil {
		return Token{}, fmt.Errorf("look up token: %w", database.Explain(err))
	}
	// Once a minute is enough to see which tokens are in use, and spares a
	// synced write per request.
	if at < t.LastUsed+roster.Minute {
		return t, nil
	}
	// Nor is anyone kept waiting for a database that another process holds.
	ctx, cancel := context.WithTimeout(ctx, 250*time.Millisecond)
	defer cancel()
	err = b.db.Update(ctx, "note use of token", func(tx *sql.Tx) error {
		_, err := tx.Exec("UPDATE tokens SET last_used = ? WHERE id = ?", at, t.ID)
		return err
	})
	// A full disk must not lock people out: then the use is noted later.
	if err == nil {
		t.LastUsed = at
	}
	return t, nil
}

// Tokens lists all tokens, also revoked ones, oldest first.
func (b *Book) Tokens(ctx context.Context) ([]Token, error) {
	var list []Token
	err := b.db.Each(ctx, tokenQuery+" ORDER BY created, id", nil, func(scan func(...any) error) error {
		t, err := scanToken(scan)
		list = append(list, t)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list tokens: %w", err)
	}
	return list, nil
}

// RevokeToken ends a token for good; ErrNotFound when there is no valid one.
func (b *Book) RevokeToken(ctx context.Context, id, by string, at roster.Instant) error {
	return b.db.Update(ctx, fmt.Sprintf("revoke token %s", id), func(tx *sql.Tx) error {
		done, err := tx.Exec("UPDATE tokens SET revoked = ? WHERE id = ? AND revoked = 0", at, id)
		if err := database.One(done, err); err != nil {
			return err
		}
		return audit.Append(tx, []audit.Record{{At: at, Actor: by, Action: "token.revoke", Object: id}})
	})
}
