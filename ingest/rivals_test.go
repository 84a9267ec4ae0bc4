package ingest

import (
	"strings"
	"testing"
	"time"
)

// A history is made of words: "in12" a log-in at second 12, "out13" the end of the
// connection, "away14" a broker that does not answer.
func TestRivalsAreSuspectedFromHowConnectionsEnd(t *testing.T) {
	for _, tt := range []struct {
		name, history string
		counted       int
		suspects      bool // right after the last word
	}{
		{"nothing has happened", "", 0, false},
		{"two lost connections", "in0 out5 in5 out6 in7", 0, false},
		{"three that ended soon", "in0 out1 in1 out2 in3 out4 in5", 1, true},
		{"it goes on", "in0 out1 in1 out2 in3 out4 in5 out9 in9 out17 in18", 3, true},
		{"three within more than a minute", "in0 out1 in1 out2 in60 out63 in64", 0, false},
		{"three that lasted", "in0 out31 in31 out62 in62 out93 in93", 0, false},
		{"a broker that is away between", "in0 out1 in1 out2 away3 in4 out5 in6", 0, false},
		{"a broker that goes away then", "in0 out1 in1 out2 in3 out4 away5 in6", 1, false},
		{"one that lasted ends it", "in0 out1 in1 out2 in3 out4 in5 out40 in41", 1, false},
	} {
		r, now, counted := lived(t, tt.history)
		if counted != tt.counted || r.suspects(now) != tt.suspects {
			t.Errorf("%s: %d counted, suspects %v", tt.name, counted, r.suspects(now))
		}
		if r.suspects(now.Add(rivalCalm)) {
			t.Errorf("%s: suspected for ever", tt.name)
		}
	}
}

// lived is what rivals make of a history, when it ends, and how often one counted.
func lived(t *testing.T, history string) (r rivals, now time.Time, counted int) {
	t.Helper()
	for word := range strings.FieldsSeq(history) {
		what := strings.TrimRight(word, "0123456789")
		after, err := time.ParseDuration(word[len(what):] + "s")
		if err != nil {
			t.Fatal(err)
		}
		now = time.Unix(1e9, 0).Add(after)
		switch what {
		case "in":
			r.accepted(now)
		case "away":
			r = rivals{}
		case "out":
			if r.ended(now) {
				counted++
			}
		}
	}
	return r, now, counted
}
