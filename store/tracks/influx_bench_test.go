package tracks_test

import (
	"context"
	"net/http"
	"strconv"
	"testing"

	"correctiond/event"
	"correctiond/roster"
	"correctiond/store/tracks"
)

// BenchmarkInflux writes positions of 900 devices to a real InfluxDB 1.8 on this
// machine; one operation is one batch: a journal entry, or ten joined.
func BenchmarkInflux(b *testing.B) {
	d := startInfluxd(b)
	for _, size := range []int{512, 5120} {
		b.Run(strconv.Itoa(size), func(b *testing.B) { influxBatches(b, d.url, size) })
	}
}

// BenchmarkInfluxEncode is the part of that which is ours: encoding, compressing
// and a request that is confirmed at once.
func BenchmarkInfluxEncode(b *testing.B) {
	influxBatches(b, "", 512)
}

type accepting struct{}

func (accepting) RoundTrip(r *http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: http.StatusNoContent, Body: http.NoBody, Request: r, Header: http.Header{"X-Influxdb-Version": {"3.0"}}}, nil
}

type forgetful struct{}

func (forgetful) SinkCursor(context.Context, string, roster.DistrictID) (uint64, error) {
	return 0, nil
}

func (forgetful) SaveSinkCursor(context.Context, string, roster.DistrictID, uint64) error { return nil }

func influxBatches(b *testing.B, url string, size int) {
	cfg := tracks.InfluxConfig{
		URL: url, Bucket: "bench" + strconv.Itoa(size), Gzip: true, CreateBucket: true, Cursors: forgetful{},
		Refused: func(context.Context, tracks.Refused) error { return nil },
	}
	if url == "" {
		cfg.URL, cfg.Transport = "http://influx", accepting{}
	}
	h, err := tracks.OpenInflux(b.Context(), cfg)
	if err != nil {
		b.Fatal(err)
	}
	defer h.Close()
	batch, at, seq := make([]event.Event, size), 0, uint64(0)
	b.ReportAllocs()
	for b.Loop() {
		for i := range batch {
			batch[i] = fix(at%900, at)
			at++
		}
		seq++
		if err := h.Write(b.Context(), "D1", seq, batch); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(at)/b.Elapsed().Seconds(), "events/s")
}
