package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"correctiond/roster"
)

// progress draws a bar on a terminal while long work runs; elsewhere it is silent.
type progress struct {
	w           io.Writer // nil: no terminal
	from, until roster.Instant
	drawn       time.Time
	n           int
}

const progressWidth = 40

func newProgress(w io.Writer, from, until roster.Instant) *progress {
	return &progress{w: terminal(w), from: from, until: until}
}

// terminal is w if that is a terminal, else nil.
func terminal(w io.Writer) io.Writer {
	if f, ok := w.(*os.File); ok {
		if info, err := f.Stat(); err == nil && info.Mode()&os.ModeCharDevice != 0 {
			return w
		}
	}
	return nil
}

// at says how far the work has come; it draws a few times a second.
func (p *progress) at(t roster.Instant) {
	p.n++
	if p.w == nil || p.n&255 != 1 || time.Since(p.drawn) < 200*time.Millisecond {
		return
	}
	p.drawn = time.Now()
	share := float64(t-p.from) / float64(max(p.until-p.from, 1))
	full := min(max(int(share*progressWidth), 0), progressWidth)
	fmt.Fprintf(p.w, "\r[%s%s] %3.0f %%  %d lines", strings.Repeat("#", full), strings.Repeat(".", progressWidth-full), share*100, p.n)
}

// end leaves the last figure on its own line.
func (p *progress) end() {
	if p.w != nil {
		fmt.Fprintf(p.w, "\r[%s] 100 %%  %d lines\n", strings.Repeat("#", progressWidth), p.n)
	}
}
