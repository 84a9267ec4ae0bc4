package access

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"database/sql"
	"encoding/base64"
	"errors"
	"fmt"

	"correctiond/roster"
	"correctiond/store/audit"
	"correctiond/store/database"
)

// Lengths of what is drawn, in bytes.
const (
	passwordBytes = 24 // 192 bits
	tokenBytes    = 32 // 256 bits
	saltBytes     = 16
)

// secret draws n random bytes and writes them in URL-safe letters.
func secret(n int) string {
	b := make([]byte, n)
	rand.Read(b) // never fails: the program ends if the system has no randomness
	return base64.RawURLEncoding.EncodeToString(b)
}

// IssueDevicePassword draws the MQTT password of a device, keeps its hash and
// returns it; it cannot be read again. A device that has one already is
// ErrTaken unless rotate is set; then the old one stops working. The audit
// chain records who did it.
//
// The hash is one salted SHA-256. That is enough because the password is never
// a person's choice: nobody can try 2^192 of them. (A slow hash would let a
// reconnecting fleet keep the daemon busy.)
func (b *Book) IssueDevicePassword(ctx context.Context, device roster.DeviceID, rotate bool, by string, at roster.Instant) (string, error) {
	password, salt := secret(passwordBytes), make([]byte, saltBytes)
	rand.Read(salt)
	what := fmt.Sprintf("issue password of device %s", device)
	err := b.db.Update(ctx, what, func(tx *sql.Tx) error {
		conflict, action := "NOTHING", "device.credential.create"
		if rotate {
			conflict, action = "UPDATE SET salt = excluded.salt, hash = excluded.hash, at = excluded.at", "device.credential.rotate"
		}
		done, err := tx.Exec("INSERT INTO device_passwords (device, salt, hash, at) VALUES (?, ?, ?, ?) ON CONFLICT (device) DO "+conflict,
			device, salt, salted(salt, password), at)
		if err := database.One(done, err); err != nil {
			if errors.Is(err, database.ErrNotFound) {
				err = fmt.Errorf("it has one, rotate it instead: %w", database.ErrTaken)
			}
			return err
		}
		return audit.Append(tx, []audit.Record{{At: at, Actor: by, Action: action, Object: string(device)}})
	})
	if err != nil {
		return "", err
	}
	return password, nil
}

func salted(salt []byte, password string) []byte {
	sum := sha256.Sum256(append(append([]byte{}, salt...), password...))
	return sum[:]
}

// VerifyDevice tells whether password is the device's. Unknown devices take as
// long as known ones.
func (b *Book) VerifyDevice(ctx context.Context, device roster.DeviceID, password string) (bool, error) {
	salt, hash := make([]byte, saltBytes), make([]byte, sha256.Size)
	err := b.db.Read.QueryRowContext(ctx, "SELECT salt, hash FROM device_passwords WHERE device = ?", device).Scan(&salt, &hash)
	unknown := errors.Is(err, sql.ErrNoRows)
	if err != nil && !unknown {
		return false, fmt.Errorf("verify device %s: %w", device, database.Explain(err))
	}
	same := subtle.ConstantTimeCompare(salted(salt, password), hash) == 1
	return same && !unknown, nil
}
