package journal

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// checkStore compares the streams on disk with those that were recovered. The
// server skips a stream that it cannot decrypt or read, with a warning; the next
// one to create it would then silently replace the data.
func (s *Server) checkStore(ctx context.Context) error {
	dir := filepath.Join(s.cfg.Dir, "jetstream", "$G", "streams")
	folders, err := os.ReadDir(dir)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("list streams: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	for _, f := range folders {
		if holdsNothing(filepath.Join(dir, f.Name())) {
			continue
		}
		if _, err := s.js.Stream(ctx, f.Name()); err != nil {
			return fmt.Errorf("%w: %s was not recovered (wrong key, or its files are broken); nothing was changed: %w",
				ErrDamaged, filepath.Join(dir, f.Name()), err)
		}
	}
	return nil
}

// holdsNothing tells whether a stream's folder has neither messages nor
// consumers: what a crash while the stream was being made leaves behind.
func holdsNothing(dir string) bool {
	consumers, _ := os.ReadDir(filepath.Join(dir, "obs"))
	blocks, _ := filepath.Glob(filepath.Join(dir, "msgs", "*.blk"))
	for _, b := range blocks {
		if info, err := os.Stat(b); err != nil || info.Size() > 0 {
			return false
		}
	}
	return len(consumers) == 0
}
