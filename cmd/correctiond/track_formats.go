package main

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"strconv"
	"time"

	"correctiond/event"
)

// eventSource calls yield for each event, in order of time.
type eventSource func(yield func(*event.Event) error) error

// trackWriter writes a track in one format, with times in loc.
type trackWriter func(w *bufio.Writer, loc *time.Location, events eventSource) error

func trackFormats() map[string]trackWriter {
	return map[string]trackWriter{"ndjson": trackNDJSON, "geojson": trackGeoJSON, "gpx": trackGPX, "csv": trackCSV}
}

// trackPoint is one event of a track as people and programs read it.
type trackPoint struct {
	ID        string       `json:"id"`
	Device    string       `json:"device"`
	Kind      string       `json:"kind"`
	Time      string       `json:"time"`
	Received  string       `json:"received"`
	Seq       *int64       `json:"seq,omitempty"`
	Lat       *float64     `json:"lat,omitempty"`
	Lng       *float64     `json:"lng,omitempty"`
	AccuracyM *float64     `json:"accuracy_m,omitempty"`
	Source    event.Source `json:"source,omitempty"`
	Mock      bool         `json:"mock,omitempty"`
	Battery   *float32     `json:"battery_pct,omitempty"`
	Passed    *bool        `json:"passed,omitempty"`
	Verify    string       `json:"verify,omitempty"`
	Status    string       `json:"event,omitempty"`
}

func pointOf(ev *event.Event, loc *time.Location) trackPoint {
	kinds := map[event.Kind]string{event.Location: "location", event.Checkin: "checkin", event.Status: "status"}
	p := trackPoint{
		ID: ev.ID, Device: string(ev.Device), Kind: kinds[ev.Kind], Status: string(ev.Status),
		Time: ev.Time.Time(loc).Format(rfc3339Milli), Received: ev.Received.Time(loc).Format(rfc3339Milli),
	}
	if ev.Seq >= 0 {
		p.Seq = &ev.Seq
	}
	if ev.Battery >= 0 {
		p.Battery = &ev.Battery
	}
	if ev.Check != nil {
		p.Passed, p.Verify = &ev.Check.Passed, ev.Check.Verify
	}
	if pos := ev.Position; pos != nil {
		p.Lat, p.Lng, p.AccuracyM, p.Source, p.Mock = &pos.Lat, &pos.Lng, &pos.AccuracyM, pos.Source, pos.Mock
	}
	return p
}

func trackNDJSON(w *bufio.Writer, loc *time.Location, events eventSource) error {
	enc := json.NewEncoder(w)
	return events(func(ev *event.Event) error { return enc.Encode(pointOf(ev, loc)) })
}

// trackGeoJSON writes a FeatureCollection of points (RFC 7946).
func trackGeoJSON(w *bufio.Writer, loc *time.Location, events eventSource) error {
	sep := `{"type":"FeatureCollection","features":[`
	err := events(func(ev *event.Event) error {
		if ev.Position == nil {
			return nil
		}
		props, err := json.Marshal(pointOf(ev, loc))
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(w, "%s\n{\"type\":\"Feature\",\"geometry\":{\"type\":\"Point\",\"coordinates\":[%v,%v]},\"properties\":%s}",
			sep, ev.Position.Lng, ev.Position.Lat, props)
		sep = ","
		return err
	})
	if err != nil {
		return err
	}
	if sep != "," {
		fmt.Fprint(w, sep)
	}
	_, err = fmt.Fprintln(w, "\n]}")
	return err
}

// trackGPX writes one track segment (GPX 1.1).
func trackGPX(w *bufio.Writer, _ *time.Location, events eventSource) error {
	fmt.Fprint(w, xml.Header+`<gpx version="1.1" creator="correctiond" xmlns="http://www.topografix.com/GPX/1/1"><trk><trkseg>`+"\n")
	err := events(func(ev *event.Event) error {
		if ev.Position == nil {
			return nil
		}
		_, err := fmt.Fprintf(w, "<trkpt lat=\"%s\" lon=\"%s\"><time>%s</time></trkpt>\n",
			number(&ev.Position.Lat), number(&ev.Position.Lng), ev.Time.Time(time.UTC).Format(rfc3339Milli))
		return err
	})
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(w, "</trkseg></trk></gpx>")
	return err
}

func trackCSV(w *bufio.Writer, loc *time.Location, events eventSource) error {
	out := csv.NewWriter(w)
	if err := out.Write([]string{"time", "received", "kind", "device", "id", "lat", "lng", "accuracy_m", "source", "event", "verify"}); err != nil {
		return err
	}
	err := events(func(ev *event.Event) error {
		p := pointOf(ev, loc)
		return out.Write([]string{
			p.Time, p.Received, p.Kind, p.Device, p.ID, number(p.Lat), number(p.Lng), number(p.AccuracyM), string(p.Source), p.Status, p.Verify,
		})
	})
	if err != nil {
		return err
	}
	out.Flush()
	return out.Error()
}

func number(v *float64) string {
	if v == nil {
		return ""
	}
	return strconv.FormatFloat(*v, 'f', -1, 64)
}
