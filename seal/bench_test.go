package seal_test

import (
	"testing"

	"correctiond/seal"
)

// An alert is about 2 KiB, and is opened for every line of a list.
func BenchmarkOpen(b *testing.B) {
	for _, c := range ciphers() {
		r := ring(b, c, "k")
		sealed := r.Seal(make([]byte, 2048), "alerts/1")
		b.Run(string(c), func(b *testing.B) {
			b.SetBytes(2048)
			for b.Loop() {
				if _, err := r.Open(sealed, "alerts/1"); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkHash(b *testing.B) {
	for _, h := range []seal.Hash{seal.SHA256, seal.SM3} {
		text := make([]byte, 300)
		b.Run(string(h), func(b *testing.B) {
			for b.Loop() {
				if _, err := h.Sum(text); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
