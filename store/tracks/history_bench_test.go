package tracks_test

import (
	"context"
	"strconv"
	"testing"

	"correctiond/event"
)

// BenchmarkWrite stores positions of 5 000 devices in batches of one journal
// entry (512) and of eight joined, as when catching up; one operation is one
// batch with its sync.
func BenchmarkWrite(b *testing.B) {
	for _, size := range []int{512, 4096} {
		b.Run(strconv.Itoa(size), func(b *testing.B) { writeBatches(b, size) })
	}
}

func writeBatches(b *testing.B, size int) {
	h := openHistory(b)
	batch := make([]event.Event, size)
	at := 0
	for seq := uint64(1); b.Loop(); seq++ {
		for i := range batch {
			batch[i] = fix(at%5000, at)
			at++
		}
		if err := h.Write(context.Background(), "D1", seq, batch); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(at)/b.Elapsed().Seconds(), "rows/s")
}
