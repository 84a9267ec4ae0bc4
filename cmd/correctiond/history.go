package main

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"log/slog"
	"slices"
	"sync/atomic"
	"time"

	"correctiond/event"
	"correctiond/roster"
	"correctiond/store"
	"correctiond/store/tracks"
)

// trackHistory keeps accepted events: SQLite in the data directory, or InfluxDB.
type trackHistory interface {
	Cursor(ctx context.Context, district roster.DistrictID) (uint64, error)
	Write(ctx context.Context, district roster.DistrictID, seq uint64, events []event.Event) error
	Track(ctx context.Context, subject roster.SubjectID, from, until roster.Instant) iter.Seq2[event.Event, error]
	Export(ctx context.Context, from, until roster.Instant) iter.Seq2[event.Event, error]
	Seen(ctx context.Context, device roster.DeviceID, id string) (bool, error)
	PruneKeeping(ctx context.Context, kind event.Kind, before roster.Instant, kept []tracks.Kept) (int64, error)
	Close() error
}

var (
	_ trackHistory = (*tracks.History)(nil)
	_ trackHistory = (*tracks.Influx)(nil)
)

// openHistory opens the track history that the configuration names.
func (st *openState) openHistory(ctx context.Context, log *slog.Logger) (err error) {
	if st.cfg.Store.Kind == "sqlite" {
		st.history, err = tracks.OpenHistory(st.dir.file("history.db"))
		return err
	}
	in, err := st.cfg.influx()
	if err != nil {
		return err
	}
	in.Cursors, in.Refused, in.Observer, in.Log = st.state, st.keepRefused, &st.sink, log
	st.history, err = tracks.OpenInflux(ctx, in)
	return err
}

// influx is where the configuration says that InfluxDB is.
func (cfg *config) influx() (tracks.InfluxConfig, error) {
	in := cfg.Store.InfluxDB
	token, err := cfg.secret("store.influxdb.token_file")
	return tracks.InfluxConfig{
		URL: in.URL, Org: in.Org, Bucket: in.Bucket, Token: token, Gzip: in.Gzip,
		CreateBucket: in.CreateBucket, Retention: longest(in.Retention, cfg.Store.Retention),
	}, err
}

// longest is what the bucket must keep: the class that is kept longest decides,
// the shorter ones are deleted by upkeep. Zero keeps for ever.
func longest(bucket time.Duration, r retentionConfig) time.Duration {
	all := []time.Duration{bucket, r.Location, r.Checkin, r.Status}
	if slices.Min(all) <= 0 {
		return 0
	}
	return slices.Max(all)
}

// refusedBySink is the reason of dead letters of events that the track history
// refused; they were accepted, and judged by the rules.
const refusedBySink event.Reason = "refused_by_store"

// keepRefused makes a dead letter of an event that InfluxDB will never take.
func (st *openState) keepRefused(ctx context.Context, r tracks.Refused) error {
	payload, err := json.Marshal(poisonLine{r.Event.ID, r.Line, r.Message})
	if err != nil {
		return err
	}
	return st.state.AddDeadLetter(ctx, store.DeadLetter{
		District: r.District, Seq: r.Seq, Nth: -1 - r.Nth,
		Rejection: event.Rejection{
			Device: r.Event.Device, Seq: r.Event.Seq, Topic: "store/influxdb", Received: r.Event.Received, Time: r.Event.Time,
			Reason: refusedBySink, Detail: fmt.Sprintf("InfluxDB answered %d; the payload is the line and its message", r.Status),
			Payload: payload,
		},
	})
}

// poisonLine is the payload of a dead letter of the track history.
type poisonLine struct {
	ID      string `json:"id"` // of the event
	Line    string `json:"line"`
	Message string `json:"message"` // of the server
}

// sinkCounts counts for the daemon's metrics, once there are any.
type sinkCounts struct {
	metrics atomic.Pointer[pipelineMetrics]
}

var _ tracks.SinkObserver = (*sinkCounts)(nil)

// Stored is counted by the recorder, for every kind of history alike.
func (s *sinkCounts) Stored(int) {}

// Retried counts one more try, by what failed.
func (s *sinkCounts) Retried(class string) {
	if m := s.metrics.Load(); m != nil {
		m.retries.WithLabelValues(class).Inc()
	}
}

// DeadLettered counts events that the server refused for good.
func (s *sinkCounts) DeadLettered(events int) {
	if m := s.metrics.Load(); m != nil {
		m.refused.Add(float64(events))
	}
}
