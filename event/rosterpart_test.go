package event_test

import (
	"fmt"
	"reflect"
	"testing"

	"correctiond/event"
	"correctiond/roster"
)

// sample is a roster large enough for several parts.
func sample() *roster.Roster {
	r := &roster.Roster{Version: 1, District: roster.District{ID: "D1", Name: "示范区"}}
	for i := range 500 {
		from := roster.Date{Day: "2026-01-10"}
		r.Subjects = append(r.Subjects, roster.Subject{
			ID: roster.SubjectID(fmt.Sprintf("S%04d", i)), Office: "O1", Kind: roster.Probation, Effective: &from,
			Term: roster.Span{From: from, Until: &roster.Date{Day: fmt.Sprintf("2027-01-%02d", 1+i%28)}},
		})
	}
	return r
}

func split(t *testing.T, r *roster.Roster, maxBytes int) []event.Entry {
	t.Helper()
	parts, err := event.SplitRoster(r, maxBytes)
	if err != nil {
		t.Fatal(err)
	}
	return parts
}

func TestRosterIsJoinedFromItsParts(t *testing.T) {
	want := sample()
	for _, maxBytes := range []int{100, 1000, 1 << 20} {
		var j event.RosterJoiner
		parts := split(t, want, maxBytes)
		for i, p := range parts {
			if n := len(p.Roster.Data); n > maxBytes {
				t.Fatalf("part %d holds %d bytes, more than %d", i, n, maxBytes)
			}
			got, err := j.Add(p.Roster)
			if err != nil {
				t.Fatalf("part %d: %v", i, err)
			}
			if last := i == len(parts)-1; (got != nil) != last {
				t.Fatalf("part %d of %d gave a roster: %v", i, len(parts), got != nil)
			} else if last && !reflect.DeepEqual(got, want) {
				t.Error("the joined roster differs")
			}
		}
	}
}

func TestRosterPartsOutOfPlace(t *testing.T) {
	a := split(t, sample(), 300)
	other := sample()
	other.District.Name = "another"
	b := split(t, other, 300)
	damaged := *a[1].Roster
	damaged.Data = append([]byte(nil), damaged.Data...)
	damaged.Data[10] ^= 1
	last := len(a) - 1

	tests := []struct {
		name    string
		parts   []event.Entry
		wantErr bool
		roster  bool
	}{
		{"an import that crashed and was repeated", append(a[:2:2], a...), false, true},
		{"another version begins before the first ends", append(a[:2:2], b...), false, true},
		{"a part twice", append(append(a[:2:2], a[1]), a[2:]...), false, true},
		{"a part missing", append(a[:1:1], a[2:]...), true, false},
		{"the beginning missing", a[1:], true, false},
		{"a part of another version", append(a[:1:1], b[1:]...), true, false},
		{"a flipped bit", append([]event.Entry{a[0], {Roster: &damaged}}, a[2:]...), true, false},
		{"the end missing", a[:last], false, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var j event.RosterJoiner
			var got *roster.Roster
			var err error
			for _, p := range tt.parts {
				if got, err = j.Add(p.Roster); err != nil {
					break
				}
			}
			if (err != nil) != tt.wantErr || (got != nil) != tt.roster {
				t.Errorf("roster %v, error %v", got != nil, err)
			}
		})
	}
}

func TestSplitNeedsRoom(t *testing.T) {
	if _, err := event.SplitRoster(sample(), 0); err == nil {
		t.Error("parts of no bytes were made")
	}
}
