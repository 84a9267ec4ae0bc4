package seal_test

import (
	"bytes"
	"encoding/hex"
	"errors"
	"io"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"correctiond/seal"
)

func ring(t interface{ Fatal(...any) }, c seal.Cipher, keys ...string) *seal.Ring {
	var raw [][]byte
	for _, k := range keys {
		raw = append(raw, []byte(strings.Repeat(k, seal.KeySize)))
	}
	r, err := seal.NewRing(c, raw...)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func ciphers() []seal.Cipher { return []seal.Cipher{seal.AESGCM, seal.SM4GCM} }

func TestWhatIsSealedOpensAtItsPlaceOnly(t *testing.T) {
	for _, c := range ciphers() {
		r := ring(t, c, "k")
		sealed := r.Seal([]byte("李四 13800000000"), "rosters/1")
		if bytes.Contains(sealed, []byte("李四")) || !seal.Sealed(sealed) || seal.KeyID(sealed) != r.KeyID() {
			t.Errorf("%s: sealed as %q", c, sealed)
		}
		if !bytes.HasPrefix(sealed, r.Header()) {
			t.Errorf("%s: begins with another header", c)
		}
		plain, err := r.Open(sealed, "rosters/1")
		if err != nil || string(plain) != "李四 13800000000" {
			t.Errorf("%s: opens as %q, %v", c, plain, err)
		}
		if _, err := r.Open(sealed, "rosters/2"); !errors.Is(err, seal.ErrBroken) {
			t.Errorf("%s: at another place: %v", c, err)
		}
		if again := r.Seal([]byte("李四 13800000000"), "rosters/1"); bytes.Equal(again, sealed) {
			t.Errorf("%s: the same text twice", c)
		}
	}
}

func TestAnOldKeyStillOpens(t *testing.T) {
	for _, before := range ciphers() {
		for _, after := range ciphers() {
			sealed := ring(t, before, "a").Seal([]byte("x"), "p")
			both := ring(t, after, "b", "a")
			if plain, err := both.Open(sealed, "p"); err != nil || string(plain) != "x" {
				t.Errorf("%s, then %s: %q, %v", before, after, plain, err)
			}
			if bytes.HasPrefix(sealed, both.Header()) {
				t.Error("an old value has the header of new ones")
			}
			if _, err := ring(t, after, "b").Open(sealed, "p"); !errors.Is(err, seal.ErrKey) {
				t.Errorf("without the old key: %v", err)
			}
		}
	}
}

func TestAnyChangedByteIsNoticed(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := ring(t, rapid.SampledFrom(ciphers()).Draw(t, "cipher"), "k")
		plain := rapid.SliceOf(rapid.Byte()).Draw(t, "plain")
		sealed := r.Seal(plain, "p")
		if back, err := r.Open(sealed, "p"); err != nil || !bytes.Equal(back, plain) {
			t.Fatalf("%q comes back as %q: %v", plain, back, err)
		}
		sealed[rapid.IntRange(0, len(sealed)-1).Draw(t, "at")] ^= byte(rapid.IntRange(1, 255).Draw(t, "bits"))
		if _, err := r.Open(sealed, "p"); err == nil {
			t.Fatal("a changed value opens")
		}
		cut := rapid.IntRange(0, len(sealed)-1).Draw(t, "cut")
		if _, err := r.Open(sealed[:cut], "p"); err == nil {
			t.Fatal("a cut value opens")
		}
	})
}

func TestRingsThatCannotBe(t *testing.T) {
	key := make([]byte, seal.KeySize)
	for name, make := range map[string]func() (*seal.Ring, error){
		"no key":         func() (*seal.Ring, error) { return seal.NewRing(seal.AESGCM) },
		"short key":      func() (*seal.Ring, error) { return seal.NewRing(seal.AESGCM, key[:16]) },
		"unknown cipher": func() (*seal.Ring, error) { return seal.NewRing("rot13", key) },
	} {
		if _, err := make(); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func stream(t interface{ Fatal(...any) }, r *seal.Ring, plain []byte) []byte {
	var out bytes.Buffer
	w, err := r.Writer(&out, "p")
	if err == nil {
		_, err = w.Write(plain)
	}
	if err = errors.Join(err, w.Close()); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func unstream(r *seal.Ring, sealed []byte, place string) ([]byte, error) {
	from, err := r.Reader(bytes.NewReader(sealed), place)
	if err != nil {
		return nil, err
	}
	return io.ReadAll(from)
}

// Segments are 64 KiB: what fills them exactly ends like everything else.
func TestStreamsComeBackWhole(t *testing.T) {
	for _, c := range ciphers() {
		r := ring(t, c, "k")
		for _, n := range []int{0, 1, 64<<10 - 1, 64 << 10, 64<<10 + 1, 200_000} {
			plain := bytes.Repeat([]byte{7}, n)
			sealed := stream(t, r, plain)
			if back, err := unstream(r, sealed, "p"); err != nil || !bytes.Equal(back, plain) {
				t.Errorf("%s, %d bytes: %d come back, %v", c, n, len(back), err)
			}
			if _, err := unstream(r, sealed, "q"); !errors.Is(err, seal.ErrBroken) {
				t.Errorf("%s, %d bytes, another place: %v", c, n, err)
			}
		}
	}
}

func TestBrokenStreamsAreNoticed(t *testing.T) {
	r := ring(t, seal.AESGCM, "k")
	sealed := stream(t, r, bytes.Repeat([]byte{7}, 150_000))
	const head, segment = 12 + 16, 64<<10 + 16
	swapped := append(append(append([]byte{}, sealed[:head]...), sealed[head+segment:head+2*segment]...), sealed[head:head+segment]...)
	for name, bad := range map[string][]byte{
		"cut inside a segment":   sealed[:len(sealed)-1],
		"cut between segments":   sealed[:head+segment],
		"nothing after the head": sealed[:head],
		"cut in the head":        sealed[:10],
		"segments swapped":       append(swapped, sealed[head+2*segment:]...),
		"a value is no stream":   r.Seal(make([]byte, 100), "p"),
	} {
		if _, err := unstream(r, bad, "p"); !errors.Is(err, seal.ErrBroken) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := unstream(ring(t, seal.AESGCM, "x"), sealed, "p"); !errors.Is(err, seal.ErrKey) {
		t.Errorf("another key: %v", err)
	}
}

// The examples of GB/T 32905-2016 and FIPS 180-4 for "abc".
func TestHashes(t *testing.T) {
	for h, want := range map[seal.Hash]string{
		seal.SM3:    "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0",
		seal.SHA256: "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
	} {
		sum, err := h.Sum([]byte("a"), []byte("bc"))
		if got := hex.EncodeToString(sum[:]); err != nil || got != want {
			t.Errorf("%s: %s, %v", h, got, err)
		}
	}
	if _, err := seal.Hash("md5").Sum(); err == nil {
		t.Error("an unknown hash is accepted")
	}
}

func FuzzOpen(f *testing.F) {
	r := ring(f, seal.SM4GCM, "k")
	f.Add(r.Seal([]byte("x"), "p"))
	f.Add([]byte("jzS"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if plain, err := r.Open(data, "q"); err == nil {
			t.Errorf("%q opens as %q", data, plain)
		}
		if _, err := unstream(r, data, "p"); err == nil {
			t.Errorf("%q is read as a stream", data)
		}
	})
}
