package delivery

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"correctiond/alerts/notice"
	"correctiond/roster"
)

const morning roster.Instant = 1_772_409_600_000

// What becomes of a notice after a failure, for the least and the most of what is
// left to chance.
func TestAfterAFailure(t *testing.T) {
	const s, m = roster.Second, roster.Minute
	pending := func(d roster.Instant) notice.Fate {
		return notice.Fate{State: notice.Pending, Due: morning + d}
	}
	failed := notice.Fate{State: notice.Failed}
	for name, c := range map[string]struct {
		n           int
		since       roster.Instant // the first attempt
		failing     notice.Failing
		after       time.Duration
		least, most notice.Fate
	}{
		"the first":                     {1, 0, notice.Temporary, 0, pending(2 * s), pending(4 * s)},
		"the second":                    {2, 0, notice.Temporary, 0, pending(4 * s), pending(8 * s)},
		"the fifth":                     {5, 0, notice.Temporary, 0, pending(32 * s), pending(64 * s)},
		"the hundredth":                 {100, 0, notice.Temporary, 0, pending(5 * m), pending(10 * m)},
		"the receiver names a time":     {1, 0, notice.Temporary, time.Hour, pending(60 * m), pending(60 * m)},
		"and a shorter one":             {100, 0, notice.Temporary, time.Second, pending(5 * m), pending(10 * m)},
		"the last comes after a day":    {100, roster.Day - m, notice.Temporary, 0, pending(m), pending(m)},
		"a day is over":                 {100, roster.Day, notice.Temporary, 0, failed, failed},
		"refused":                       {1, 0, notice.Refused, time.Hour, failed, failed},
		"too many":                      {1, 0, notice.Limited, 90 * time.Second, pending(90 * s), pending(90 * s)},
		"too many, for who knows":       {1, 0, notice.Limited, 0, pending(m), pending(m)},
		"too many is no failure, ever":  {9, 2 * roster.Day, notice.Limited, time.Second, pending(s), pending(s)},
		"too many again and again":      {30, 0, notice.Limited, 0, pending(5 * m), pending(10 * m)},
		"a count that was never begun":  {0, 0, notice.Temporary, 0, pending(2 * s), pending(4 * s)},
		"a clock that was put backward": {1, -roster.Hour, notice.Temporary, 0, pending(2 * s), pending(4 * s)},
	} {
		x := try{n: c.n, first: morning - c.since, ended: morning, why: &notice.SendError{Failing: c.failing, After: c.after}}
		if got := after(x, 0); got != c.least {
			t.Errorf("%s: at least %+v, want %+v", name, got, c.least)
		}
		almost := after(x, 0.999999)
		if almost.State != c.most.State || c.most.Due-almost.Due > 10 || almost.Due > c.most.Due {
			t.Errorf("%s: at most %+v, want %+v", name, almost, c.most)
		}
	}
}

// However it fails, a try comes between 2 s and 10 min later and never before the
// receiver wants it, and the tries end a day after the first.
func TestTriesComeAndEnd(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		at := morning
		for n := 1; ; n++ {
			wait := time.Duration(rapid.Int64Range(0, int64(20*time.Minute)).Draw(t, "after"))
			ended := at + roster.Instant(rapid.IntRange(0, 15000).Draw(t, "took"))
			x := try{n: n, first: morning, ended: ended, why: &notice.SendError{After: wait}}
			f := after(x, rapid.Float64Range(0, 0.999).Draw(t, "random"))
			if f.State == notice.Failed {
				if ended < morning+patience || n < 60 {
					t.Fatalf("given up at try %d, after %v", n, (ended - morning).Duration())
				}
				return
			}
			least, last := min(shortest, morning+patience-ended), max(longest, roster.Length(wait))
			if d := f.Due - ended; d < least || d > last || d < roster.Length(wait) {
				t.Fatalf("try %d after %v, the receiver wants %v", n, d.Duration(), wait)
			}
			at = f.Due
		}
	})
}
