package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"correctiond/store"
	"correctiond/store/tracks"
)

// resender is a track history that takes a line again which it refused before.
type resender interface {
	Resend(ctx context.Context, line string) error
}

var _ resender = (*tracks.Influx)(nil)

// resend gives a line that the track history refused to it again. The rules have
// judged the event long ago; only its track lacks it.
func (r *replayer) resend(ctx context.Context, l *store.DeadLetter) (fate, error) {
	to, ok := r.d.history.(resender)
	if !ok {
		return fate{text: "refused: it is a line for InfluxDB, which is not the track history now"}, nil
	}
	var p poisonLine
	if err := json.Unmarshal(l.Payload, &p); err != nil || p.Line == "" {
		return fate{text: "refused: its payload holds no line"}, nil
	}
	if r.dryRun {
		return fate{done: true, text: "would be written to the track history"}, nil
	}
	err := to.Resend(ctx, p.Line)
	if errors.Is(err, tracks.ErrStillRefused) {
		return fate{text: fmt.Sprintf("still %v", err)}, nil
	}
	if err != nil {
		return fate{}, err
	}
	return fate{done: true, text: "written to the track history"}, r.mark(ctx, l.ID)
}
