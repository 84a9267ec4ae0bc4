// Package access keeps who may do what: accounts with passwords and second factors,
// their sessions, tokens of the API, passwords of devices, whom a social worker looks
// after, whose files are sealed, and who may export evidence.
package access

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"regexp"

	"correctiond/roster"
	"correctiond/store/audit"
	"correctiond/store/database"
)

// Book is who may do what, in one database.
type Book struct {
	db      *database.DB
	chain   *audit.Chain
	sealing *database.Sealing
	hashing chan struct{} // room for passwords being hashed
}

// New is the book in d; secrets of second factors are encrypted by sealing.
func New(d *database.DB, sealing *database.Sealing) *Book {
	return &Book{db: d, chain: audit.New(d), sealing: sealing, hashing: make(chan struct{}, argonAtOnce)}
}

// Account is a person who signs in by name and password, or whom a provider
// vouches for.
type Account struct {
	Name     string // lower case; recorded as the actor
	Role     string
	District roster.DistrictID // empty: none, as for operations
	Office   roster.OfficeID   // empty: all of the district
	// Minors: may see the sealed files of minors.
	Minors bool
	// Outside: a provider vouches; there is no password here.
	Outside bool
	// MustChange: the password was printed, and only serves to choose another.
	MustChange bool
	TOTP       bool           // has a second factor
	Locked     roster.Instant // until then; 0: not
	Created    roster.Instant
	LastUsed   roster.Instant // last sign-in; 0: never
	Disabled   roster.Instant // 0: valid
}

// ErrName says that a name is not one that an account may have.
var ErrName = errors.New("is no name; use 3 to 64 of a-z, 0-9, dot, dash and underscore, but not correctiond, daemon or system")

var accountName = regexp.MustCompile(`^[a-z0-9][a-z0-9._-]{1,62}[a-z0-9]$`)

// mayBeNamed tells whether a person may have a name: not those under which the daemon
// itself stands in alerts and audit.
func mayBeNamed(name string) bool {
	return accountName.MatchString(name) && name != "correctiond" && name != "daemon" && name != "system"
}

// firstPassword is the length of a printed password, in bytes: 120 bits.
const firstPassword = 15

const accountQuery = `SELECT name, role, district, office, minors, must_change, totp_key IS NOT NULL, locked, created, last_used, disabled FROM accounts`

func scanAccount(scan func(...any) error) (a Account, err error) {
	err = scan(&a.Name, &a.Role, &a.District, &a.Office, &a.Minors, &a.MustChange, &a.TOTP, &a.Locked, &a.Created, &a.LastUsed, &a.Disabled)
	return a, err
}

// AddAccount makes an account and draws its first password, which has to be
// changed at the first sign-in; ErrTaken when there is one of that name. The name
// has 3 to 64 letters of a-z, 0-9, dot, dash and underscore.
func (b *Book) AddAccount(ctx context.Context, a Account, by string, at roster.Instant) (password string, err error) {
	if !mayBeNamed(a.Name) {
		return "", fmt.Errorf("add account: %q %w", a.Name, ErrName)
	}
	password = secret(firstPassword)
	hash := b.hashPassword(password)
	err = b.db.Update(ctx, fmt.Sprintf("add account %s", a.Name), func(tx *sql.Tx) error {
		done, err := tx.Exec(`INSERT INTO accounts (name, role, district, office, minors, hash, must_change, created)
			VALUES (?, ?, ?, ?, ?, ?, 1, ?) ON CONFLICT (name) DO NOTHING`,
			a.Name, a.Role, a.District, a.Office, database.Flag(a.Minors), hash, at)
		if err := database.One(done, err); errors.Is(err, database.ErrNotFound) {
			return database.ErrTaken
		} else if err != nil {
			return err
		}
		return audit.Append(tx, []audit.Record{{At: at, Actor: by, Action: "account.create", Object: a.Name, Detail: fmt.Sprintf(
			"role %s, district %s, office %s, minors %t", a.Role, a.District, a.Office, a.Minors)}})
	})
	if err != nil {
		return "", err
	}
	return password, nil
}

// Accounts lists all accounts, also disabled ones, by name.
func (b *Book) Accounts(ctx context.Context) ([]Account, error) {
	var list []Account
	err := b.db.Each(ctx, accountQuery+" ORDER BY name", nil, func(scan func(...any) error) error {
		a, err := scanAccount(scan)
		list = append(list, a)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list accounts: %w", err)
	}
	return list, nil
}

// DisableAccount ends an account and its sessions at once; ErrNotFound when there
// is no valid one.
func (b *Book) DisableAccount(ctx context.Context, name, by string, at roster.Instant) error {
	return b.alter(ctx, audit.Record{At: at, Actor: by, Action: "account.disable", Object: name}, "disabled = ?", at)
}

// ResetPassword draws a password that has to be changed at the next sign-in, lifts
// a lock and ends the sessions; ErrNotFound when there is no valid account.
func (b *Book) ResetPassword(ctx context.Context, name, by string, at roster.Instant) (password string, err error) {
	password = secret(firstPassword)
	err = b.alter(ctx, audit.Record{At: at, Actor: by, Action: "account.password", Object: name, Detail: "reset"},
		"hash = ?, must_change = 1, failures = 0, locked = 0", b.hashPassword(password))
	if err != nil {
		return "", err
	}
	return password, nil
}

// SetTOTP gives an account a second factor and returns its secret, or takes it
// away, and ends the sessions; ErrNotFound when there is no valid account.
func (b *Book) SetTOTP(ctx context.Context, name string, on bool, by string, at roster.Instant) (secret string, err error) {
	r := audit.Record{At: at, Actor: by, Action: "account.totp", Object: name, Detail: "off"}
	var key []byte
	if on {
		secret, r.Detail = newTOTP(), "on"
		key = b.sealing.Encrypt([]byte(secret), factorPlace(name))
	}
	if err := b.alter(ctx, r, "totp_key = ?, totp_step = 0", key); err != nil {
		return "", err
	}
	return secret, nil
}

// alter changes a valid account, ends its sessions and records it.
func (b *Book) alter(ctx context.Context, r audit.Record, set string, args ...any) error {
	return b.db.Update(ctx, r.Action+" "+r.Object, func(tx *sql.Tx) error {
		done, err := tx.Exec("UPDATE accounts SET "+set+" WHERE name = ? AND disabled = 0", append(args, r.Object)...)
		if err := database.One(done, err); err != nil {
			return err
		}
		if _, err := tx.Exec("DELETE FROM sessions WHERE account = ?", r.Object); err != nil {
			return err
		}
		return audit.Append(tx, []audit.Record{r})
	})
}
