package notice

import (
	"encoding/json"
	"fmt"
	"time"
)

// mostText bounds the text beside the messages, in bytes.
const mostText = 64 << 10

// letterJSON is a letter for programs: text to show, and what it is made of.
type letterJSON struct {
	Key      string        `json:"key"` // equal keys: the same letter again
	To       string        `json:"to,omitempty"`
	Lang     string        `json:"lang"`
	Text     string        `json:"text"`
	Messages []messageJSON `json:"messages"`
}

// messageJSON writes the time as people and other programs read it.
type messageJSON struct {
	*Message
	At string `json:"at,omitempty"`
}

// JSON is the letter as an object for programs: key, to, lang, text and
// messages, with times to the minute in the letter's zone (RFC 3339).
func (l *Letter) JSON() ([]byte, error) {
	out := letterJSON{Key: l.Key, To: l.To, Lang: l.Lang, Text: l.Text(mostText), Messages: []messageJSON{}}
	for i := range l.Messages {
		m := messageJSON{Message: &l.Messages[i]}
		if at := l.Messages[i].At.Time(l.zone()); !at.IsZero() {
			m.At = at.Truncate(time.Minute).Format(time.RFC3339)
		}
		out.Messages = append(out.Messages, m)
	}
	data, err := json.Marshal(out)
	if err != nil {
		return nil, fmt.Errorf("encode letter: %w", err)
	}
	return data, nil
}
