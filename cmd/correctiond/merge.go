package main

import (
	"iter"

	"correctiond/roster"
)

// inOrder merges sequences, each in the order of at; of equal instants those of
// the earlier sequence come first. It ends with the first error.
func inOrder[T any](at func(*T) roster.Instant, seqs ...iter.Seq2[T, error]) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		heads := make([]*head[T], 0, len(seqs))
		for _, seq := range seqs {
			h := &head[T]{}
			h.next, h.stop = iter.Pull2(seq)
			defer h.stop()
			h.pull()
			heads = append(heads, h)
		}
		for {
			first := earliest(at, heads)
			if first == nil {
				return
			}
			if !yield(first.value, first.err) || first.err != nil {
				return
			}
			first.pull()
		}
	}
}

// head is the next value of a sequence.
type head[T any] struct {
	value T
	err   error
	more  bool
	next  func() (T, error, bool)
	stop  func()
}

func (h *head[T]) pull() { h.value, h.err, h.more = h.next() }

// earliest finds the sequence to take from next: one that failed, else the one
// with the least instant; nil when all have ended.
func earliest[T any](at func(*T) roster.Instant, heads []*head[T]) *head[T] {
	var first *head[T]
	for _, h := range heads {
		switch {
		case !h.more:
		case h.err != nil:
			return h
		case first == nil || at(&h.value) < at(&first.value):
			first = h
		}
	}
	return first
}
