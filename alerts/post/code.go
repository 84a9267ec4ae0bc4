package post

import (
	"strconv"
	"strings"
)

// Code is a receiver's error code, written as a number or as a string of digits.
// Anything else, and a code that is missing, is not known and means no success.
type Code struct {
	Value int
	Known bool
}

// UnmarshalJSON reads a code. What is none is no error, so that the rest of the
// answer can still be read.
func (c *Code) UnmarshalJSON(b []byte) error {
	n, err := strconv.Atoi(strings.Trim(string(b), `"`))
	*c = Code{n, err == nil}
	return nil
}

// OK reports whether the code is there and says success.
func (c Code) OK() bool { return c.Known && c.Value == 0 }

// String gives the code, or "missing".
func (c Code) String() string {
	if !c.Known {
		return "missing"
	}
	return strconv.Itoa(c.Value)
}
