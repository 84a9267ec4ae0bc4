package main

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"correctiond/strict"
)

// errReported is returned when the problem is already on stderr.
var errReported = errors.New("already reported")

// invalidError marks wrong usage or invalid input: exit code 2, nothing changed.
type invalidError struct{ error }

func (e invalidError) Unwrap() error { return e.error }

// invalid marks err as the caller's mistake: the process answers 2.
func invalid(err error) error {
	if err == nil {
		return nil
	}
	return invalidError{err}
}

func usagef(format string, args ...any) error { return invalid(fmt.Errorf(format, args...)) }

// codeError is the answer of a command that ran in another process.
type codeError int

func (e codeError) Error() string        { return fmt.Sprintf("exit code %d", int(e)) }
func (e codeError) Is(target error) bool { return target == errReported }

func exitCode(err error) int {
	var code codeError
	var bad invalidError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &code):
		return int(code)
	case errors.As(err, &bad):
		return 2
	}
	return 1
}

// printError writes one line per problem.
func printError(w io.Writer, err error) {
	for line := range strings.SplitSeq(strings.TrimRight(err.Error(), "\n"), "\n") {
		fmt.Fprintf(w, "correctiond: %s\n", line)
	}
}

// unknown says that there is no such thing, and which of the known is nearest.
func unknown(what, name string, known []string) error {
	if best := nearest(name, known); best != "" {
		return usagef("unknown %s %q; did you mean %s?", what, name, best)
	}
	return usagef("unknown %s %q; see correctiond --help", what, name)
}

// nearest returns the known name with the fewest edits, "" when all are too far.
func nearest(name string, known []string) string {
	best, edits := strict.Nearest(name, known)
	if edits >= len(name)/2+2 {
		return ""
	}
	return best
}
