package notice

import (
	"cmp"
	"fmt"
	"strings"
	"time"
	"unicode"
)

// limitedPause is how long a channel is left alone that asks for slower sending
// and does not say for how long.
const limitedPause = time.Minute

// Unreached is the failure of an attempt that got no usable answer: the network
// broke, time was up, or nobody understands what came back. The letter may have
// arrived all the same, so the next attempt repeats its key. The error's text
// must be free of secrets.
func Unreached(err error) *SendError {
	return &SendError{Failing: Temporary, Code: "no answer", Detail: Shorten(err.Error())}
}

// Undeliverable is the failure of a letter that will never be taken as it is.
func Undeliverable(code, detail string) *SendError {
	return &SendError{Failing: Refused, Code: code, Detail: detail}
}

// HTTPFailure judges the status of an HTTP answer, nil for 2xx. After is what
// the answer asked to wait for, 0 if nothing. Redirections are refused: a letter
// goes where it was addressed.
func HTTPFailure(status int, after time.Duration) *SendError {
	e := &SendError{Failing: Refused, Code: fmt.Sprintf("HTTP %d", status), Detail: "the receiver does not take it"}
	switch {
	case status/100 == 2:
		return nil
	case status/100 == 3:
		e.Detail = "the receiver redirects, which is not followed; configure the final address"
	case status == 429:
		e.Failing, e.After, e.Detail = Limited, cmp.Or(after, limitedPause), "too many requests"
	case status == 408, status == 425, status/100 != 4:
		e.Failing, e.After, e.Detail = Temporary, after, "the receiver is out of order"
	}
	return e
}

// Bounds of what Shorten keeps: more says nothing new in a log, and what is
// shorter than a secret can be would blacken innocent text.
const (
	shortened = 200 // characters
	leastBare = 4   // bytes
)

// Shorten makes the words of a receiver fit for a log: one line of at most 200
// characters, with every hidden text of at least 4 bytes replaced by ***.
func Shorten(text string, hidden ...string) string {
	for _, h := range hidden {
		if len(h) >= leastBare {
			text = strings.ReplaceAll(text, h, "***")
		}
	}
	return firstRunes(plain(text), shortened)
}

// plain makes one line of printable characters, so that no field of a message
// can end a header, hide text, or be taken for markup by a receiver.
func plain(text string) string {
	text = strings.Map(func(r rune) rune {
		switch {
		case r == '<':
			return '＜'
		case r == '>':
			return '＞'
		case unicode.IsPrint(r):
			return r
		}
		return ' '
	}, text)
	return strings.Join(strings.Fields(text), " ")
}

func firstRunes(text string, most int) string {
	n := 0
	for i := range text {
		if n == most {
			return text[:i] + "…"
		}
		n++
	}
	return text
}
