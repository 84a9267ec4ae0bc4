package tracks

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"time"

	"correctiond/event"
	"correctiond/roster"
	"correctiond/store/database"
)

// ErrNoFlux: this server is written to only; it runs no Flux queries (InfluxDB 3 Core).
var ErrNoFlux = errors.New("this InfluxDB does not run Flux queries: tracks cannot be read from it")

// span is a time range, [from, until).
type span struct{ from, until roster.Instant }

// ever covers every time that a point can have here.
func ever() span { return span{0, 9_000_000_000_000} }

// Reads are cut into spans that hold about this many events, of these lengths.
const (
	pageEvents = 20_000
	firstPage  = roster.Day
	minPage    = roster.Second
	maxPage    = 64 * roster.Day
)

// Track yields the events of a subject with a time in [from, until), in order
// of that time. It stops at the first error.
func (x *Influx) Track(ctx context.Context, subject roster.SubjectID, from, until roster.Instant) iter.Seq2[event.Event, error] {
	where := ofPerson(subject)
	return func(yield func(event.Event, error) bool) {
		err := x.pages(ctx, span{from, until}, where, func(s span) error {
			events, err := x.events(ctx, s, where)
			if err != nil {
				return err
			}
			slices.SortFunc(events, byTime)
			for i := range events {
				if !yield(events[i], nil) {
					return database.ErrStop
				}
			}
			return nil
		})
		if err != nil && !errors.Is(err, database.ErrStop) {
			yield(event.Event{}, fmt.Errorf("read track: %w", err))
		}
	}
}

func byTime(a, b event.Event) int {
	return cmp.Or(cmp.Compare(a.Time, b.Time), byReceived(a, b))
}

// byReceived orders events as they arrived; equal ones in an order that is
// always the same.
func byReceived(a, b event.Event) int {
	return cmp.Or(cmp.Compare(a.Received, b.Received), cmp.Compare(a.Device, b.Device),
		cmp.Compare(a.Seq, b.Seq), cmp.Compare(a.Time, b.Time), cmp.Compare(a.ID, b.ID))
}

// Seen tells whether an event of a device is stored. It looks through the whole
// history of the device, which takes time in proportion to it.
func (x *Influx) Seen(ctx context.Context, device roster.DeviceID, id string) (bool, error) {
	n := 0
	err := x.query(ctx, x.source(ever())+
		fmt.Sprintf(" |> filter(fn: (r) => r.device == %s and r._field == \"id\" and r._value == %s) |> limit(n: 1)",
			fluxText(armour(string(device))), fluxText(armour(id))),
		func(row) error {
			n++
			return nil
		})
	if err != nil {
		return false, fmt.Errorf("look up event: %w", err)
	}
	return n > 0, nil
}

// Counts tells how many events of each kind are stored. It counts them.
func (x *Influx) Counts(ctx context.Context) (map[event.Kind]int64, error) {
	counts := map[event.Kind]int64{}
	for _, kind := range []event.Kind{event.Location, event.Checkin, event.Status} {
		n, err := x.count(ctx, ever(), ofKind(kind))
		if err != nil {
			return nil, fmt.Errorf("count events: %w", err)
		}
		counts[kind] = n
	}
	return counts, nil
}

func ofKind(kind event.Kind) string {
	return fmt.Sprintf(" |> filter(fn: (r) => r._measurement == %q)", measurement(kind))
}

func ofPerson(id roster.SubjectID) string {
	return " |> filter(fn: (r) => r.subject == " + fluxText(armour(string(id))) + ")"
}

// anyKind leaves out the probes of send.
const anyKind = ` |> filter(fn: (r) => r._measurement == "location" or r._measurement == "checkin" or r._measurement == "status")`

// pages calls read for consecutive spans of all, neither too full nor too many.
func (x *Influx) pages(ctx context.Context, all span, where string, read func(span) error) error {
	all.from, all.until = max(all.from, ever().from), min(all.until, ever().until)
	length := firstPage
	for all.from < all.until {
		page := span{all.from, min(all.from+length, all.until)}
		n, err := x.count(ctx, page, where)
		if err != nil {
			return err
		}
		if n > pageEvents && length > minPage {
			length = max(length/2, minPage)
			continue
		}
		all.from = page.until
		if n == 0 { // years may be empty
			length *= 2
			continue
		}
		if err := read(page); err != nil {
			return err
		}
		if n < pageEvents/4 {
			length = max(min(2*length, maxPage), length)
		}
	}
	return nil
}

func (x *Influx) count(ctx context.Context, s span, where string) (int64, error) {
	total := int64(0)
	// Every event has the field received.
	flux := x.source(s) + where + ` |> filter(fn: (r) => r._field == "received") |> count() |> group() |> sum()`
	err := x.query(ctx, flux, func(r row) error {
		total += r.integer("_value")
		return nil
	})
	return total, err
}

// A server shows a point field by field while it is being written: a reading that
// finds one so is done again.
const (
	readings    = 6
	readingRest = 100 * time.Millisecond
)

// events reads the events of a span, in no order.
func (x *Influx) events(ctx context.Context, s span, where string) ([]event.Event, error) {
	for n := 1; ; n++ {
		events, err := x.reading(ctx, s, where)
		if !errors.Is(err, errPartial) || n == readings {
			return events, err
		}
		if err := rest(ctx, readingRest); err != nil {
			return nil, err
		}
	}
}

// reading reads the events of a span once.
func (x *Influx) reading(ctx context.Context, s span, where string) ([]event.Event, error) {
	var events []event.Event
	flux := x.source(s) + where + ` |> drop(columns: ["_start", "_stop"])` +
		` |> pivot(rowKey: ["_time"], columnKey: ["_field"], valueColumn: "_value")`
	err := x.query(ctx, flux, func(r row) error {
		e, err := r.event()
		events = append(events, e)
		return err
	})
	return events, err
}

func (x *Influx) source(s span) string {
	const layout = "2006-01-02T15:04:05.000Z"
	return fmt.Sprintf("from(bucket: %s) |> range(start: %s, stop: %s)", fluxText(x.cfg.Bucket),
		time.UnixMilli(int64(s.from)).UTC().Format(layout), time.UnixMilli(int64(s.until)).UTC().Format(layout))
}

// query runs a Flux query and gives its rows to read, whose error ends it.
func (x *Influx) query(ctx context.Context, flux string, read func(row) error) error {
	if x.version.Load() == influx3 {
		return ErrNoFlux
	}
	ctx, cancel := context.WithCancel(ctx)
	result, err := x.client.QueryAPI(x.cfg.Org).Query(ctx, flux)
	if err != nil {
		cancel()
		return err
	}
	// Closing reads what is left: the cancelled request has nothing left.
	defer result.Close()
	defer cancel()
	for result.Next() {
		if err := read(row(result.Record().Values())); err != nil {
			return err
		}
	}
	return result.Err()
}

// fluxText writes a text as a Flux string. Everything unusual goes in as its
// bytes, so that no text can end the string or begin an interpolation.
func fluxText(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for i := range len(s) {
		c := s[i]
		if c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'z' || strings.IndexByte("-_./:~@ ", c) >= 0 {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, `\x%02x`, c)
		}
	}
	b.WriteByte('"')
	return b.String()
}
