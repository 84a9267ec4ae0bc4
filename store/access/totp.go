package access

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha1"
	"crypto/subtle"
	"encoding/base32"
	"encoding/binary"
	"fmt"

	"correctiond/roster"
)

// Second factor by RFC 6238, as every authenticator app has it: SHA-1, six
// digits, 30 seconds. One step before and after is taken for clocks that differ.
const (
	totpStep  = 30 * roster.Second
	totpDrift = 1
	totpBytes = 20
)

// newTOTP draws a secret in the letters that apps take.
func newTOTP() string {
	b := make([]byte, totpBytes)
	rand.Read(b)
	return base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(b)
}

// totpCode is the code of a step (RFC 4226, section 5.3).
func totpCode(secret string, step int64) (string, error) {
	key, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(secret)
	if err != nil {
		return "", fmt.Errorf("read the secret of a second factor: %w", err)
	}
	m := hmac.New(sha1.New, key)
	m.Write(binary.BigEndian.AppendUint64(nil, uint64(step)))
	sum := m.Sum(nil)
	at := sum[len(sum)-1] & 0x0f
	n := binary.BigEndian.Uint32(sum[at:at+4]) & 0x7fffffff
	return fmt.Sprintf("%06d", n%1_000_000), nil
}

// totpMatch finds the step of a code near an instant, later than the last one
// used; 0: there is none.
func totpMatch(secret, code string, last int64, at roster.Instant) (step int64, err error) {
	now := int64(at / totpStep)
	for s := now - totpDrift; s <= now+totpDrift; s++ {
		want, err := totpCode(secret, s)
		if err != nil {
			return 0, err
		}
		if subtle.ConstantTimeCompare([]byte(want), []byte(code)) == 1 && s > last {
			step = s
		}
	}
	return step, nil
}
