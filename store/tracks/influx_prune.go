package tracks

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"correctiond/event"
	"correctiond/roster"
)

// remove deletes the events of a kind in a span, of one person or of all, and
// returns how many there were.
func (x *Influx) remove(ctx context.Context, kind event.Kind, s span, of roster.SubjectID) (int64, error) {
	where := ofKind(kind)
	if of != "" {
		where += ofPerson(of)
	}
	n, err := x.count(ctx, s, where)
	if err != nil || n == 0 {
		return 0, err
	}
	if x.version.Load() == influx1 {
		return n, x.removeQL(ctx, kind, s, of)
	}
	predicate := fmt.Sprintf("_measurement=%q", measurement(kind))
	if of != "" {
		predicate += ` AND subject="` + strings.ReplaceAll(armour(string(of)), `"`, `\"`) + `"`
	}
	// The stop is included here: the last nanosecond before it.
	const layout = "2006-01-02T15:04:05.999999999Z"
	body := map[string]string{
		"start": time.UnixMilli(int64(s.from)).UTC().Format(layout), "stop": time.UnixMilli(int64(s.until)).UTC().Add(-1).Format(layout),
		"predicate": predicate,
	}
	query := url.Values{"org": {x.cfg.Org}, "bucket": {x.cfg.Bucket}}
	return n, x.call(ctx, http.MethodPost, "/api/v2/delete?"+query.Encode(), body, func(*http.Response) error { return nil })
}

// removeQL is remove on InfluxDB 1.8.
func (x *Influx) removeQL(ctx context.Context, kind event.Kind, s span, of roster.SubjectID) error {
	statement := fmt.Sprintf("DELETE FROM %s WHERE time >= %d AND time < %d",
		identifier(measurement(kind)), int64(s.from)*pointsPerMilli, int64(s.until)*pointsPerMilli)
	if of != "" {
		statement += " AND subject = '" + strings.ReplaceAll(armour(string(of)), "'", `\'`) + "'"
	}
	_, err := x.influxQL(ctx, statement)
	return err
}
