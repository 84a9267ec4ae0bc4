package tracks

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"correctiond/event"
)

func (x *Influx) remove(ctx context.Context, kind event.Kind, s span) error {
	if x.version.Load() == influx1 {
		_, err := x.influxQL(ctx, fmt.Sprintf("DELETE FROM %s WHERE time >= %d AND time < %d",
			identifier(measurement(kind)), int64(s.from)*pointsPerMilli, int64(s.until)*pointsPerMilli))
		return err
	}
	// The stop is included here: the last nanosecond before it.
	const layout = "2006-01-02T15:04:05.999999999Z"
	body := map[string]string{
		"start": time.UnixMilli(int64(s.from)).UTC().Format(layout), "stop": time.UnixMilli(int64(s.until)).UTC().Add(-1).Format(layout),
		"predicate": fmt.Sprintf("_measurement=%q", measurement(kind)),
	}
	query := url.Values{"org": {x.cfg.Org}, "bucket": {x.cfg.Bucket}}
	return x.call(ctx, http.MethodPost, "/api/v2/delete?"+query.Encode(), body, func(*http.Response) error { return nil })
}
