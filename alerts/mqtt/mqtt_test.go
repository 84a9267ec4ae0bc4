package mqtt

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"correctiond/alerts/notice"
	"correctiond/roster"
)

// broker acknowledges what it holds, or fails.
type broker struct {
	topic   string
	payload []byte
	err     error
}

func (b *broker) Publish(ctx context.Context, topic string, payload []byte) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	b.topic, b.payload = topic, payload
	return b.err
}

func letter(officer string) notice.Letter {
	return notice.Letter{Key: "a1/0/app/F1", Officer: roster.OfficerID(officer), Lang: "zh", Messages: []notice.Message{{Alert: "a1", Kind: "越界", Severity: "P1"}}}
}

func TestSend(t *testing.T) {
	b := &broker{}
	receipt, err := New("jz", b).Send(t.Context(), letter("F1"))
	var got struct{ Key, Text string }
	if err != nil || receipt.Answer != "PUBACK" || b.topic != "jz/notify/F1" || json.Unmarshal(b.payload, &got) != nil || got.Key != "a1/0/app/F1" || !strings.HasPrefix(got.Text, "[P1]") {
		t.Errorf("%+v, %v, %s: %s", receipt, err, b.topic, b.payload)
	}
}

func TestFailures(t *testing.T) {
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	for name, tc := range map[string]struct {
		ctx     context.Context
		to      Publisher
		officer string
		want    notice.Failing
	}{
		"group":     {t.Context(), &broker{}, "", notice.Refused},
		"wildcard":  {t.Context(), &broker{}, "#", notice.Refused},
		"level":     {t.Context(), &broker{}, "F1/x", notice.Refused},
		"no daemon": {t.Context(), nil, "F1", notice.Temporary},
		"broker":    {t.Context(), &broker{err: errors.New("not connected")}, "F1", notice.Temporary},
		"cancelled": {cancelled, &broker{}, "F1", notice.Temporary},
	} {
		_, err := New("jz", tc.to).Send(tc.ctx, letter(tc.officer))
		if failed, ok := errors.AsType[*notice.SendError](err); !ok || failed.Failing != tc.want {
			t.Errorf("%s: %v", name, err)
		}
	}
	if well, err := New("jz", nil).Try(t.Context()); err != nil || !strings.Contains(well, "jz/notify/") || new(Config).Check() != nil || new(Config).Complete() != nil {
		t.Errorf("%q, %v", well, err)
	}
}
