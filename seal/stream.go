package seal

import (
	"bufio"
	"bytes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// A stream is the header, a salt from which a key of its own is derived, and
// segments that are numbered and of which the last says that it is: none can be
// moved, left out or cut off.
const (
	saltSize    = 16
	segmentSize = 64 << 10
)

// box seals or opens the segments of one stream in their order.
type box struct {
	aead  cipher.AEAD
	extra []byte
	n     uint64
}

// nonce of the next segment.
func (b *box) nonce(last bool) []byte {
	nonce := make([]byte, b.aead.NonceSize())
	binary.BigEndian.PutUint64(nonce[3:], b.n)
	if last {
		nonce[11] = 1
	}
	b.n++
	return nonce
}

func newBox(k *key, c Cipher, head []byte, place string) (*box, error) {
	aead, err := derive(c, k.secret, head[headerSize:], "correctiond stream")
	if err != nil {
		return nil, err
	}
	return &box{aead: aead, extra: append(bytes.Clone(head), place...)}, nil
}

// writer encrypts what is written to it.
type writer struct {
	to   io.Writer
	box  *box
	held []byte // not yet written: at most a segment
}

var _ io.WriteCloser = (*writer)(nil)

// Writer encrypts for a place what is written to it. Close ends the stream and
// leaves w open; without it the stream cannot be read to its end.
func (r *Ring) Writer(w io.Writer, place string) (io.WriteCloser, error) {
	head := append(r.header(true), make([]byte, saltSize)...)
	rand.Read(head[headerSize:]) // never fails
	b, err := newBox(&r.keys[0], r.cipher, head, place)
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(head); err != nil {
		return nil, err
	}
	return &writer{to: w, box: b, held: make([]byte, 0, segmentSize)}, nil
}

func (w *writer) Write(p []byte) (int, error) {
	total := len(p)
	for len(p) > 0 {
		if len(w.held) == segmentSize {
			if err := w.flush(false); err != nil {
				return total - len(p), err
			}
		}
		n := min(len(p), segmentSize-len(w.held))
		w.held, p = append(w.held, p[:n]...), p[n:]
	}
	return total, nil
}

func (w *writer) flush(last bool) error {
	_, err := w.to.Write(w.box.aead.Seal(nil, w.box.nonce(last), w.held, w.box.extra))
	w.held = w.held[:0]
	return err
}

func (w *writer) Close() error { return w.flush(true) }

// reader decrypts a stream.
type reader struct {
	from *bufio.Reader
	box  *box
	left []byte // decrypted and not yet read
	last bool
	buf  []byte
}

// Reader decrypts a stream that was sealed for the place. A stream that was
// changed or cut off ends with ErrBroken, of an unknown key with ErrKey.
func (r *Ring) Reader(from io.Reader, place string) (io.Reader, error) {
	head := make([]byte, headerSize+saltSize)
	if _, err := io.ReadFull(from, head); err != nil {
		return nil, brokenOff(err)
	}
	k, c, err := r.find(head, true)
	if err != nil {
		return nil, err
	}
	b, err := newBox(k, c, head, place)
	if err != nil {
		return nil, err
	}
	size := segmentSize + b.aead.Overhead()
	return &reader{from: bufio.NewReaderSize(from, size+1), box: b, buf: make([]byte, size)}, nil
}

func (r *reader) Read(p []byte) (int, error) {
	for len(r.left) == 0 {
		if r.last {
			return 0, io.EOF
		}
		if err := r.next(); err != nil {
			return 0, err
		}
	}
	n := copy(p, r.left)
	r.left = r.left[n:]
	return n, nil
}

// next opens the segment that follows.
func (r *reader) next() error {
	n, err := io.ReadFull(r.from, r.buf)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
		return brokenOff(err)
	}
	_, err = r.from.Peek(1)
	r.last = errors.Is(err, io.EOF)
	if err != nil && !r.last {
		return err
	}
	r.left, err = r.box.aead.Open(nil, r.box.nonce(r.last), r.buf[:n], r.box.extra)
	if err != nil {
		return ErrBroken
	}
	return nil
}

// brokenOff names the end of a stream that should go on.
func brokenOff(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("%w: it is cut off", ErrBroken)
	}
	return err
}
