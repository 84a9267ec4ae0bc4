package access

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"
)

// Cost of a password's hash (argon2id, RFC 9106): what OWASP asks for at least.
// It is stored with each hash, so that it can rise without a migration.
const (
	argonMemory  = 19 << 10 // KiB
	argonPasses  = 2
	argonLanes   = 1
	argonKey     = 32
	argonAtOnce  = 4 // hashes computed at the same time, so that sign-ins take at most 76 MiB
	minPassword  = 12
	maxPassword  = 128
	fewestRunes  = 5
	argonPattern = "$argon2id$v=19$m=%d,t=%d,p=%d$"
)

// PasswordError says what is wrong with a new password.
type PasswordError struct{ Detail string }

// Error is the detail.
func (e *PasswordError) Error() string { return "the password " + e.Detail }

// checkPassword refuses passwords that are tried first: short ones, those with
// the name of the account or of this service in them, keyboard rows, counting,
// and a few letters repeated.
func checkPassword(password, name string) error {
	folded := letters(password)
	switch {
	case utf8.RuneCountInString(password) < minPassword:
		return &PasswordError{fmt.Sprintf("has fewer than %d characters", minPassword)}
	case len(password) > maxPassword || !utf8.ValidString(password):
		return &PasswordError{fmt.Sprintf("has more than %d bytes", maxPassword)}
	case len(name) >= 3 && strings.Contains(folded, letters(name)):
		return &PasswordError{"contains the name of the account"}
	case distinct(folded) < fewestRunes:
		return &PasswordError{"repeats a few characters"}
	case common(folded):
		return &PasswordError{"is one of those that are tried first"}
	}
	return nil
}

// letters is a text without case, spaces and the usual disguises.
func letters(s string) string {
	s = strings.NewReplacer("0", "o", "1", "i", "3", "e", "4", "a", "5", "s", "7", "t", "@", "a", "$", "s", "!", "i").Replace(strings.ToLower(s))
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || unicode.IsPunct(r) {
			return -1
		}
		return r
	}, s)
}

func distinct(s string) int {
	seen := map[rune]bool{}
	for _, r := range s {
		seen[r] = true
	}
	return len(seen)
}

// common reports whether little is left of a password, its disguises undone,
// without the words and rows that everybody takes.
func common(folded string) bool {
	rest := folded
	for _, w := range []string{
		letters("1234567890"), letters("0123456789"), letters("123456789"), letters("12345678"), letters("987654321"), letters("123456"), letters("1234"),
		"qwertyuiop", "qwerty", "asdfghjkl", "asdfgh", "zxcvbnm", "abcdefghijkl", "abcdef", letters("1qaz2wsx3edc"), letters("1qaz2wsx"),
		"password", "passwd", "admin", "administrator", "woaini", "iloveyou", "letmein", "welcome", "root",
		"correctiond", "correction", "jiaozheng", "sifasuo", "sifaju", "shequ",
	} {
		rest = strings.ReplaceAll(rest, w, "")
	}
	return utf8.RuneCountInString(rest) < minPassword/2 && rest != folded
}

// hashPassword makes a salted hash, written with its parameters.
func (b *Book) hashPassword(password string) string {
	salt := make([]byte, saltBytes)
	rand.Read(salt)
	sum := b.argon(password, salt, argonCost{argonMemory, argonPasses, argonLanes})
	return fmt.Sprintf(argonPattern, argonMemory, argonPasses, argonLanes) +
		base64.RawStdEncoding.EncodeToString(salt) + "$" + base64.RawStdEncoding.EncodeToString(sum)
}

type argonCost struct {
	memory, passes uint32
	lanes          uint8
}

func (b *Book) argon(password string, salt []byte, c argonCost) []byte {
	b.hashing <- struct{}{}
	defer func() { <-b.hashing }()
	return argon2.IDKey([]byte(password), salt, c.passes, c.memory, c.lanes, argonKey)
}

// samePassword compares in constant time. Without a hash, as for an account that
// does not exist, it takes as long and answers false.
func (b *Book) samePassword(hash, password string) (bool, error) {
	if len(password) > maxPassword {
		password = ""
	}
	if hash == "" {
		b.argon(password, make([]byte, saltBytes), argonCost{argonMemory, argonPasses, argonLanes})
		return false, nil
	}
	var c argonCost
	if _, err := fmt.Sscanf(hash, argonPattern, &c.memory, &c.passes, &c.lanes); err != nil {
		return false, fmt.Errorf("read the parameters of a password hash: %w", err)
	}
	parts := strings.Split(hash, "$")
	salt, err := base64.RawStdEncoding.DecodeString(parts[4])
	if err != nil || len(parts) != 6 {
		return false, errors.New("a password hash is not whole")
	}
	want, err := base64.RawStdEncoding.DecodeString(parts[5])
	if err != nil || len(want) != argonKey {
		return false, errors.New("a password hash is not whole")
	}
	return subtle.ConstantTimeCompare(b.argon(password, salt, c), want) == 1, nil
}
