package main

import (
	"encoding/json"
	"strings"
	"testing"
	"time"
)

func TestQuantile(t *testing.T) {
	for _, c := range []struct {
		values []float64
		p      float64
		want   float64
	}{
		{nil, 0.5, 0},
		{[]float64{7}, 0.99, 7},
		{[]float64{5, 1, 3}, 0.5, 3},
		{[]float64{4, 3, 2, 1, 0}, 1, 4},
	} {
		if got := quantile(c.values, c.p); got != c.want {
			t.Errorf("quantile %v of %v is %v, want %v", c.p, c.values, got, c.want)
		}
	}
}

func TestSlopeIgnoresPeaks(t *testing.T) {
	if got := slope([]float64{10, 10, 90, 10, 10, 10}); got != 0 {
		t.Errorf("flat with a peak: %v", got)
	}
	if got := slope([]float64{0, 2, 4, 90, 8, 10}); got != 2 {
		t.Errorf("rising by 2 with a peak: %v", got)
	}
}

func TestVerdict(t *testing.T) {
	rows := func(heap, files float64) (all []row) {
		for i := range 30 {
			all = append(all, row{heap: 100 + heap*float64(i), resident: 200, goroutines: 90, files: 25 + files*float64(i)})
		}
		return all
	}
	for _, c := range []struct {
		name string
		rows []row
		want string
	}{
		{"flat", rows(0, 0), ""},
		{"heap within a twentieth", rows(0.3, 0), ""},
		{"heap grows", rows(1, 0), "heap grows"},
		{"a file a minute stays open", rows(0, 1), "open files grows"},
	} {
		err := verdict(c.rows)
		if (err == nil) != (c.want == "") || err != nil && err.Error() != c.want {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
	}
}

// The mixed load has every part that it is said to have, and what is repeated is
// the same to the last byte.
func TestMixedLoad(t *testing.T) {
	begins := time.Unix(1_800_000_000, 0)
	seen, repeats, parts := map[string]message{}, 0, map[string]int{}
	for n := 1000; n < 3000; n++ {
		m := mixed(n, 200, begins, time.Millisecond)
		var p struct{ ID, Datum, Event string }
		if err := json.Unmarshal([]byte(m.payload), &p); err != nil {
			t.Fatalf("%s: %v", m.payload, err)
		}
		if before, ok := seen[p.ID]; ok {
			repeats++
			if before != m {
				t.Errorf("%v is repeated as %v", before, m)
			}
			continue
		}
		seen[p.ID] = m
		parts[m.topic[strings.LastIndexByte(m.topic, '/')+1:]]++
	}
	if parts["checkin"] != 40 || parts["status"] != 24 || repeats < 20 || parts["location"] < 1800 {
		t.Errorf("%v and %d repeats", parts, repeats)
	}
}
