package evidence

import (
	"bytes"
	"encoding/hex"
	"encoding/json"

	"correctiond/event"
	"correctiond/geo"
	"correctiond/seal"
)

// message is what a device sent, as the track history keeps it: the position as it
// was sent, with its datum, beside the one that was judged (WGS-84).
type message struct {
	ID       string     `json:"id"`
	Device   string     `json:"device"`
	Kind     string     `json:"kind"`
	Time     string     `json:"time"`
	Received string     `json:"received"`
	Seq      *int64     `json:"seq,omitempty"`
	Battery  *float32   `json:"battery_pct,omitempty"`
	Status   string     `json:"event,omitempty"`
	Sent     *geo.Point `json:"sent,omitempty"`
	Datum    geo.Datum  `json:"datum,omitempty"`
	Judged   *geo.Point `json:"wgs84,omitempty"`
	Accuracy *float64   `json:"accuracy_m,omitempty"`
	Source   string     `json:"source,omitempty"`
	Mock     bool       `json:"mock,omitempty"`
	Check    *verdict   `json:"check,omitempty"`
}

// verdict is a check-in's; a score that is absent, which JSON cannot hold as a
// number, stays absent.
type verdict struct {
	*event.Check
	Score *float32 `json:"Score,omitempty"`
}

func verdictOf(k *event.Check) *verdict {
	if k == nil {
		return nil
	}
	v := &verdict{Check: k}
	if k.Score == k.Score { // not NaN
		v.Score = &k.Score
	}
	return v
}

func (c *Case) message(ev *event.Event) message {
	kinds := map[event.Kind]string{event.Location: "location", event.Checkin: "checkin", event.Status: "status"}
	m := message{
		ID: ev.ID, Device: string(ev.Device), Kind: kinds[ev.Kind], Status: string(ev.Status), Check: verdictOf(ev.Check),
		Time: ev.Time.Time(c.Zone).Format(clockLayout), Received: ev.Received.Time(c.Zone).Format(clockLayout),
	}
	if ev.Seq >= 0 {
		m.Seq = &ev.Seq
	}
	if ev.Battery >= 0 {
		m.Battery = &ev.Battery
	}
	if p := ev.Position; p != nil {
		m.Sent, m.Judged, m.Datum = &p.Original, &p.Point, p.Datum
		m.Accuracy, m.Source, m.Mock = &p.AccuracyM, string(p.Source), p.Mock
	}
	return m
}

const clockLayout = "2006-01-02T15:04:05.000Z07:00"

// messages are the events, a line each, with the hash of the line's message.
func (c *Case) messages() ([]byte, error) {
	var out bytes.Buffer
	for i := range c.Events {
		text, err := json.Marshal(c.message(&c.Events[i]))
		if err != nil {
			return nil, err
		}
		sum, err := seal.SHA256.Sum(text)
		if err != nil {
			return nil, err
		}
		line, err := json.Marshal(struct {
			Message json.RawMessage `json:"message"`
			SHA256  string          `json:"sha256"`
		}{text, hex.EncodeToString(sum[:])})
		if err != nil {
			return nil, err
		}
		out.Write(append(line, '\n'))
	}
	return out.Bytes(), nil
}
