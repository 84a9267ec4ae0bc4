package main

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/klauspost/compress/zstd"

	"correctiond/event"
	"correctiond/ingest"
	"correctiond/roster"
)

// Bounds of reading an events file.
const (
	maxLine    = 1 << 20 // bytes of one line
	blockLines = 1024    // lines decoded together
	blocksOpen = 8       // blocks on their way, which bounds memory
)

// line is one line of an events file, decoded as far as that needs no state.
type line struct {
	number   int
	received roster.Instant
	act      *event.Act
	drafts   []ingest.Draft
	err      error
}

// openEvents opens a file, or takes standard input for "-", and unpacks gzip and
// zstd by their magic bytes.
func openEvents(name string, stdin io.Reader) (io.ReadCloser, error) {
	file := io.NopCloser(stdin)
	if name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return nil, invalid(fmt.Errorf("read events: %w", err))
		}
		file = f
	}
	buffered := bufio.NewReaderSize(file, 1<<16)
	magic, _ := buffered.Peek(4) // shorter files are plain
	switch {
	case bytes.HasPrefix(magic, []byte{0x1f, 0x8b}):
		z, err := gzip.NewReader(buffered)
		if err != nil {
			return nil, invalid(fmt.Errorf("%s: %w", name, err))
		}
		return unpacked{z, file}, nil
	case bytes.Equal(magic, []byte{0x28, 0xb5, 0x2f, 0xfd}):
		z, err := zstd.NewReader(buffered)
		if err != nil {
			return nil, invalid(fmt.Errorf("%s: %w", name, err))
		}
		return unpacked{z.IOReadCloser(), file}, nil
	}
	return unpacked{io.NopCloser(buffered), file}, nil
}

// unpacked closes both the unpacker and its file.
type unpacked struct {
	io.ReadCloser
	file io.Closer
}

func (u unpacked) Close() error { return errors.Join(u.ReadCloser.Close(), u.file.Close()) }

// block is a row of lines, decoded when done is closed.
type block struct {
	first int
	raw   [][]byte
	lines []line
	done  chan struct{}
}

// eachLine decodes lines on all cores and hands them to fn in their order.
func eachLine(ctx context.Context, in io.Reader, dec *ingest.Decoder, fn func(*line) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	queue := make(chan *block, blocksOpen)
	failed := make(chan error, 1)
	go func() {
		defer close(queue)
		failed <- readBlocks(ctx, in, dec, queue)
	}()
	err := drain(queue, fn)
	if err == nil {
		err = ctx.Err() // interrupted: what was read is not the whole file
	}
	cancel()
	for range queue { // let the reader end
	}
	return errors.Join(err, <-failed)
}

func drain(queue <-chan *block, fn func(*line) error) error {
	for b := range queue {
		<-b.done
		for i := range b.lines {
			if err := fn(&b.lines[i]); err != nil {
				return err
			}
		}
	}
	return nil
}

// readBlocks cuts the input into blocks, each decoded by a goroutine of its own;
// the queue's capacity bounds how many run.
func readBlocks(ctx context.Context, in io.Reader, dec *ingest.Decoder, queue chan<- *block) error {
	sc := bufio.NewScanner(in)
	sc.Buffer(make([]byte, 1<<16), maxLine)
	b := &block{first: 1, done: make(chan struct{})}
	send := func() bool {
		if len(b.raw) == 0 {
			return true
		}
		full := b
		b = &block{first: full.first + len(full.raw), done: make(chan struct{})}
		go full.decode(dec)
		select {
		case queue <- full:
			return true
		case <-ctx.Done():
			return false
		}
	}
	for sc.Scan() {
		b.raw = append(b.raw, bytes.Clone(sc.Bytes()))
		if len(b.raw) == blockLines && !send() {
			return nil
		}
	}
	send()
	err := sc.Err()
	if errors.Is(err, bufio.ErrTooLong) {
		err = fmt.Errorf("longer than %d MiB", maxLine>>20)
	}
	if err != nil {
		return fmt.Errorf("line %d: %w", b.first+len(b.raw), err)
	}
	return nil
}

func (b *block) decode(dec *ingest.Decoder) {
	defer close(b.done)
	b.lines = make([]line, 0, len(b.raw))
	for i, raw := range b.raw {
		if len(bytes.TrimSpace(raw)) == 0 {
			continue
		}
		l := line{number: b.first + i}
		l.err = l.decode(raw, dec)
		b.lines = append(b.lines, l)
	}
	b.raw = nil
}

// decode reads one line: a message (topic with payload or raw), or an act.
func (l *line) decode(raw []byte, dec *ingest.Decoder) error {
	form, err := readForm(raw)
	if err != nil {
		return err
	}
	t, err := time.Parse(time.RFC3339Nano, form.Received)
	if err != nil {
		return fmt.Errorf("received: %q is no time with offset", form.Received)
	}
	l.received = roster.InstantOf(t)
	switch {
	case form.Act != nil && form.Topic == "":
		l.act, err = event.ParseAct(form.Act)
		return err
	case form.Topic == "" || form.Act != nil:
		return errors.New("wants either topic or act")
	case (form.Payload == nil) == (form.Raw == nil):
		return errors.New("wants either payload or raw beside topic")
	}
	payload := []byte(form.Payload)
	if form.Raw != nil {
		payload = []byte(*form.Raw)
	}
	l.drafts = dec.Decode(ingest.Message{Topic: form.Topic, Payload: payload, Received: l.received}, nil)
	return nil
}
