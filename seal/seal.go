// Package seal encrypts what must not lie readable on a disk, such as names,
// telephone numbers and addresses, and provides the hashes of the audit chain.
// Both come in the international algorithms and in those of the national
// standards: AES-256-GCM or SM4-GCM (GB/T 32907), SHA-256 or SM3 (GB/T 32905).
//
// A sealed value begins with a header that names the cipher and the key, so that
// values of an old and a new key stand side by side while keys are changed. What
// is sealed for one place, such as a row of a table, does not open at another.
package seal

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"

	"github.com/emmansun/gmsm/sm3"
	"github.com/emmansun/gmsm/sm4"
)

// Cipher is how values are encrypted.
type Cipher string

// The ciphers. Their keys are derived from the key of the ring: 256 bits for
// AES, 128 for SM4.
const (
	AESGCM Cipher = "aes-gcm"
	SM4GCM Cipher = "sm4-gcm"
)

// KeySize is the length of a key of a ring, in bytes.
const KeySize = 32

// The header of a sealed value: a mark, the form, the id of the key.
const (
	mark       = "jzS"
	idSize     = 8
	headerSize = len(mark) + 1 + idSize
)

// What callers can test for.
var (
	// ErrKey: the value is sealed with a key that the ring does not hold.
	ErrKey = errors.New("sealed with another key")
	// ErrBroken: the value was changed, or was sealed for another place.
	ErrBroken = errors.New("the sealed value was changed, or belongs elsewhere")
)

// Ring holds the keys that values may be sealed with; it seals with the first.
// It is never changed, and safe for concurrent use.
type Ring struct {
	cipher Cipher
	keys   []key
}

// key is one key of a ring with what is derived from it.
type key struct {
	id     [idSize]byte
	secret []byte
	value  map[Cipher]cipher.AEAD
}

// NewRing makes a ring of keys of KeySize bytes, the one to seal with first.
func NewRing(c Cipher, keys ...[]byte) (*Ring, error) {
	if c != AESGCM && c != SM4GCM {
		return nil, fmt.Errorf("%q is no cipher: use %s or %s", c, AESGCM, SM4GCM)
	}
	if len(keys) == 0 {
		return nil, errors.New("a ring needs a key")
	}
	r := &Ring{cipher: c}
	for _, secret := range keys {
		k, err := newKey(secret)
		if err != nil {
			return nil, err
		}
		r.keys = append(r.keys, k)
	}
	return r, nil
}

func newKey(secret []byte) (key, error) {
	if len(secret) != KeySize {
		return key{}, fmt.Errorf("a key has %d bytes, not %d", KeySize, len(secret))
	}
	k := key{secret: slices.Clone(secret), value: map[Cipher]cipher.AEAD{}}
	id, err := hkdf.Key(sha256.New, secret, nil, "correctiond key id", idSize)
	if err != nil {
		return key{}, err
	}
	copy(k.id[:], id)
	for _, c := range []Cipher{AESGCM, SM4GCM} {
		if k.value[c], err = derive(c, secret, nil, "correctiond value"); err != nil {
			return key{}, err
		}
	}
	return k, nil
}

// derive makes a cipher from a key, a salt and what it is for.
func derive(c Cipher, secret, salt []byte, purpose string) (cipher.AEAD, error) {
	var block cipher.Block
	var err error
	if c == SM4GCM {
		if secret, err = hkdf.Key(sm3.New, secret, salt, purpose, sm4.BlockSize); err == nil {
			block, err = sm4.NewCipher(secret)
		}
	} else {
		if secret, err = hkdf.Key(sha256.New, secret, salt, purpose, KeySize); err == nil {
			block, err = aes.NewCipher(secret)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("derive %s key: %w", c, err)
	}
	return cipher.NewGCM(block)
}

// form is the byte of the header that names the cipher: a letter, small for a
// value and capital for a stream.
func form(c Cipher, stream bool) byte {
	letter := byte('a')
	if c == SM4GCM {
		letter = 's'
	}
	if stream {
		letter -= 'a' - 'A'
	}
	return letter
}

func (r *Ring) header(stream bool) []byte {
	head := append([]byte(mark), form(r.cipher, stream))
	return append(head, r.keys[0].id[:]...)
}

// Header is what every value begins with that the ring seals now.
func (r *Ring) Header() []byte { return r.header(false) }

// KeyID names the key that the ring seals with, in hex. It says nothing about
// the key.
func (r *Ring) KeyID() string { return hex.EncodeToString(r.keys[0].id[:]) }

// Sealed tells whether data begins like a sealed value or stream.
func Sealed(data []byte) bool {
	return len(data) >= headerSize && bytes.HasPrefix(data, []byte(mark))
}

// KeyID names the key that a sealed value or stream was sealed with; empty for
// what is not sealed.
func KeyID(data []byte) string {
	if !Sealed(data) {
		return ""
	}
	return hex.EncodeToString(data[len(mark)+1 : headerSize])
}

// Seal encrypts a value for a place. The same value gives another text each time.
func (r *Ring) Seal(plain []byte, place string) []byte {
	head := r.header(false)
	box := r.keys[0].value[r.cipher]
	nonce := make([]byte, box.NonceSize())
	rand.Read(nonce) // never fails
	out := make([]byte, 0, len(head)+len(nonce)+len(plain)+box.Overhead())
	out = append(append(out, head...), nonce...)
	return box.Seal(out, nonce, plain, append(head, place...))
}

// Open decrypts what was sealed for the place. The error is ErrKey or ErrBroken.
func (r *Ring) Open(sealed []byte, place string) ([]byte, error) {
	k, c, err := r.find(sealed, false)
	if err != nil {
		return nil, err
	}
	box := k.value[c]
	if len(sealed) < headerSize+box.NonceSize() {
		return nil, ErrBroken
	}
	head, rest := sealed[:headerSize:headerSize], sealed[headerSize:]
	plain, err := box.Open(nil, rest[:box.NonceSize()], rest[box.NonceSize():], append(head, place...))
	if err != nil {
		return nil, ErrBroken
	}
	return plain, nil
}

// find tells which key and cipher a header names.
func (r *Ring) find(data []byte, stream bool) (*key, Cipher, error) {
	if !Sealed(data) {
		return nil, "", ErrBroken
	}
	id := data[len(mark)+1 : headerSize]
	i := slices.IndexFunc(r.keys, func(k key) bool { return bytes.Equal(k.id[:], id) })
	if i < 0 {
		return nil, "", fmt.Errorf("%w: %x", ErrKey, id)
	}
	for _, c := range []Cipher{AESGCM, SM4GCM} {
		if data[len(mark)] == form(c, stream) {
			return &r.keys[i], c, nil
		}
	}
	return nil, "", ErrBroken
}

// StreamHeader is what every stream begins with that the ring seals now.
func (r *Ring) StreamHeader() []byte { return r.header(true) }

// KeyIDs names all keys of the ring.
func (r *Ring) KeyIDs() []string {
	ids := make([]string, len(r.keys))
	for i := range r.keys {
		ids[i] = hex.EncodeToString(r.keys[i].id[:])
	}
	return ids
}
