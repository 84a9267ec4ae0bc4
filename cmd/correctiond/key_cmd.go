package main

import (
	"context"
	"errors"
	"flag"
	"fmt"

	"correctiond/seal"
	"correctiond/store/audit"
)

func keyRotateCommand(fs *flag.FlagSet) action {
	return onStores(fs, func(ctx context.Context, c *call, st *openState) error { return st.rotateKey(ctx, c) })
}

// rotateKey encrypts everything with a new key. Broken off, it goes on with the
// same key when it is called again: the old one stays in the file until the end.
func (st *openState) rotateKey(ctx context.Context, c *call) error {
	if !st.vault.changing.TryLock() {
		return errors.New("the key is being changed already")
	}
	defer st.vault.changing.Unlock()
	keys, err := st.nextKeys(ctx)
	if err != nil {
		return err
	}
	ring, err := seal.NewRing(st.vault.cipher, keys...)
	if err != nil {
		return err
	}
	if err := st.auditKey(ctx, "key.rotate", ring); err != nil {
		return err
	}
	st.vault.ring.Store(ring)
	files, err := st.vault.resealFiles()
	if err != nil {
		return err
	}
	rows, err := st.state.Reseal(ctx, ring)
	if err != nil {
		return err
	}
	if err := errors.Join(st.state.Scrub(ctx), st.auditKey(ctx, "key.rotated", ring)); err != nil {
		return err
	}
	fmt.Fprintf(c.out, "%d rows and %d files are encrypted with key %s (%s)\n", rows, files, ring.KeyID(), st.vault.cipher)
	return st.dropOldKeys(c, keys)
}

func (st *openState) auditKey(ctx context.Context, action string, ring *seal.Ring) error {
	return st.state.AppendAudit(ctx, audit.Record{
		At: nowInstant(), Actor: systemUser(), Action: action, Object: ring.KeyID(), Detail: string(st.vault.cipher),
	})
}

// nextKeys are the keys of the file, with a new one in front unless a change is
// under way. In a file of the operator's the operator puts it.
func (st *openState) nextKeys(ctx context.Context) ([][]byte, error) {
	keys, err := st.vault.keys()
	if err != nil || len(keys) > 1 {
		return keys, err
	}
	if st.vault.named == "" {
		keys = append([][]byte{newKey()}, keys...)
		return keys, st.vault.keep(keys)
	}
	if _, current, err := st.state.SealKey(ctx, st.vault.ring.Load()); err != nil || !current {
		return keys, err // the same key, for another cipher
	}
	return nil, usagef("%s: put a line with the new key before that of the old one, in hexadecimal digits, then run this again", st.vault.named)
}

// dropOldKeys leaves the first key in the directory's file. What a reader fetched
// before the change still opens: the running daemon forgets the old keys when it
// is started again.
func (st *openState) dropOldKeys(c *call, keys [][]byte) (err error) {
	if st.vault.named == "" {
		return st.vault.keep(keys[:1])
	}
	if len(keys) > 1 {
		_, err = fmt.Fprintf(c.out, "now take the old key out of %s; keep it as long as you keep backups from before\n", st.vault.named)
	}
	return err
}
