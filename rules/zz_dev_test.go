package rules_test

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"testing"
	"time"

	"correctiond/event"
	"correctiond/roster"
	"correctiond/rules"
)

func TestZZDev(t *testing.T) {
	raw, err := os.ReadFile("/tmp/ds_roster.json")
	if err != nil {
		t.Fatal(err)
	}
	var people roster.Roster
	if err := json.Unmarshal(raw, &people); err != nil {
		t.Fatal(err)
	}
	bin, err := os.ReadFile("/tmp/ds_entries.bin")
	if err != nil {
		t.Fatal(err)
	}
	entries, err := event.DecodeEntries(bin)
	if err != nil {
		t.Fatal(err)
	}
	bin = nil
	var best []float64
	n := 3
	if os.Getenv("ROUNDS") != "" {
		fmt.Sscan(os.Getenv("ROUNDS"), &n)
	}
	for range n {
		dir := compiled(t, &people)
		h0 := heapInUse()
		e := rules.New(rules.DefaultConfig(), dir.Calendar(), dir)
		warm := len(entries) / 3
		h := sha256.New()
		do := func(list []event.Entry) {
			for i := range list {
				eps, err := e.Apply(&list[i])
				if err != nil {
					t.Fatal(err)
				}
				for j := range eps {
					b, _ := json.Marshal(&eps[j])
					h.Write(b)
				}
			}
		}
		do(entries[:warm])
		c0, t0 := cpuTime(t), time.Now()
		do(entries[warm:])
		c, w := cpuTime(t)-c0, time.Since(t0)
		m := float64(len(entries) - warm)
		best = append(best, float64(c.Nanoseconds())/m)
		kept := heapInUse() - h0
		fmt.Printf("cpu %.0f wall %.0f ns/event, %d B/subject, %d events, hash %x\n", float64(c.Nanoseconds())/m, float64(w.Nanoseconds())/m, kept/10000, len(entries), h.Sum(nil)[:6])
		_ = e
	}
	slices.Sort(best)
	fmt.Printf("BEST cpu %.0f\n", best[0])
}
