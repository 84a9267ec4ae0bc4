package seal

import (
	"crypto/sha256"
	"fmt"
	"hash"

	"github.com/emmansun/gmsm/sm3"
)

// Hash is an algorithm of the audit chain; both give 32 bytes.
type Hash string

// The hashes.
const (
	SHA256 Hash = "sha256"
	SM3    Hash = "sm3"
)

// HashSize is the length of the hashes, in bytes.
const HashSize = 32

// New starts a hash; an unknown algorithm is an error.
func (h Hash) New() (hash.Hash, error) {
	switch h {
	case SHA256:
		return sha256.New(), nil
	case SM3:
		return sm3.New(), nil
	}
	return nil, fmt.Errorf("%q is no hash: use %s or %s", h, SHA256, SM3)
}

// Sum hashes the parts one after another.
func (h Hash) Sum(parts ...[]byte) (sum [HashSize]byte, err error) {
	state, err := h.New()
	if err != nil {
		return sum, err
	}
	for _, p := range parts {
		state.Write(p) // never fails
	}
	copy(sum[:], state.Sum(nil))
	return sum, nil
}
