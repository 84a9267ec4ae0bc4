package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
)

// row is what a minute of the soak has shown.
type row struct {
	heap       float64 // MiB, the least of the minute: what remained after a collection
	resident   float64 // MiB
	goroutines float64 // the least of the minute
	files      float64 // the least of the minute
}

// watch prints a row a minute until ctx ends.
func (s *soak) watch(ctx context.Context) ([]row, error) {
	fmt.Println("  min      sent  accepted rejected duplicate    stored waiting  reads   heap MiB  resident  goroutines  files  CPU µs/event  load")
	var rows []row
	for n := 1; ; n++ {
		before, sent := time.Duration(0), s.sent.Load()
		before, err := s.daemon.cpu()
		if err != nil {
			return rows, err
		}
		r, last, err := s.minute(ctx)
		if err != nil || ctx.Err() != nil {
			return rows, err
		}
		rows = append(rows, r)
		after, err := s.daemon.cpu()
		if err != nil {
			return rows, err
		}
		fmt.Printf("%5d %9d %9.0f %8.0f %9.0f %9.0f %7.0f %6d %10.1f %9.1f %11.0f %6.0f %13.1f %5s\n",
			n, s.sent.Load(), last["correctiond_ingest_accepted_total"], total(last, "correctiond_ingest_rejected_total"),
			last["correctiond_ingest_duplicate_total"], last["correctiond_store_written_total"],
			last[`correctiond_journal_pending{consumer="history"}`], s.reads.Load(), r.heap, r.resident, r.goroutines, r.files,
			float64((after-before).Microseconds())/float64(max(s.sent.Load()-sent, 1)), loadAverage())
	}
}

// minute watches for one minute and returns the counters at its end, too.
func (s *soak) minute(ctx context.Context) (row, map[string]float64, error) {
	var r row
	var last map[string]float64
	t := time.NewTicker(2 * time.Second)
	defer t.Stop()
	for n := range 30 {
		select {
		case <-ctx.Done():
			return r, last, nil
		case <-t.C:
		}
		all, errCounters := s.daemon.counters()
		files, errFiles := s.daemon.files()
		resident, errMemory := s.daemon.memory("VmRSS")
		if err := errors.Join(errCounters, errFiles, errMemory); err != nil {
			return r, last, err
		}
		now := row{all["go_memstats_heap_alloc_bytes"] / (1 << 20), resident, all["go_goroutines"], float64(files)}
		if n == 0 {
			r = now
		}
		r = row{min(r.heap, now.heap), now.resident, min(r.goroutines, now.goroutines), min(r.files, now.files)}
		last = all
	}
	return r, last, nil
}

// total adds up a metric over its labels.
func total(all map[string]float64, name string) (sum float64) {
	for key, value := range all {
		if key == name || strings.HasPrefix(key, name+"{") {
			sum += value
		}
	}
	return sum
}

// verdict looks at the second half of the run, when caches and windows are full:
// by its slope nothing may grow by more than a twentieth in that time, and of
// goroutines and files by no more than 3.
func verdict(rows []row) error {
	half := rows[len(rows)/2:]
	var all []error
	for _, w := range []struct {
		name  string
		of    func(row) float64
		slack float64
	}{
		{"heap", func(r row) float64 { return r.heap }, 0},
		{"resident memory", func(r row) float64 { return r.resident }, 0},
		{"goroutines", func(r row) float64 { return r.goroutines }, 3},
		{"open files", func(r row) float64 { return r.files }, 3},
	} {
		var values []float64
		for _, r := range half {
			values = append(values, w.of(r))
		}
		middle := quantile(values, 0.5)
		grows := slope(values) * float64(len(values)-1)
		fmt.Printf("%s: median %.1f, by its slope %+.1f in the last %d min\n", w.name, middle, grows, len(half))
		if grows > max(middle/20, w.slack) {
			all = append(all, fmt.Errorf("%s grows", w.name))
		}
	}
	if err := errors.Join(all...); err != nil {
		return err
	}
	fmt.Println("verdict: flat")
	return nil
}
