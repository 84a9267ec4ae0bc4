package notice_test

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"correctiond/alerts/notice"
	"correctiond/roster"

	"pgregory.net/rapid"
)

var shanghai = time.FixedZone("CST", 8*3600)

func noticed(alert string, severity string) notice.Message {
	return notice.Message{
		Alert: alert, Why: notice.ToOpen, Kind: "越界", Severity: severity, Name: "李*", Office: "城关司法所",
		At: roster.InstantOf(time.Date(2026, 3, 2, 14, 5, 40, 0, shanghai)), Link: "https://jz.example/alerts/" + alert,
	}
}

func TestTextOfOne(t *testing.T) {
	l := notice.Letter{Messages: []notice.Message{noticed("a1", "P1")}, Lang: "zh", Zone: shanghai}
	if got, want := l.Text(2048), "[P1] 越界 · 李* · 城关司法所\n2026-03-02 14:05 新告警 编号 a1\nhttps://jz.example/alerts/a1"; got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	l.Lang, l.Zone = "en", nil
	if got, want := l.Text(2048), "[P1] 越界 · 李* · 城关司法所\n2026-03-02 06:05 new alert no. a1\nhttps://jz.example/alerts/a1"; got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestTextOfSeveral(t *testing.T) {
	l := notice.Letter{Messages: []notice.Message{noticed("low", "P3"), noticed("top", "P1")}, Lang: "zh", Zone: shanghai}
	got := l.Text(2048)
	if !strings.HasPrefix(got, "社区矫正监管：2 条通知\n1. [P1]") || !strings.Contains(got, "\n2. [P3]") {
		t.Errorf("got\n%s", got)
	}
	for range 60 {
		l.Messages = append(l.Messages, noticed("more", "P2"))
	}
	got = l.Text(2048)
	if len(got) > 2048 || !strings.Contains(got, "alerts/top") || !strings.Contains(got, "另有 ") || strings.Contains(got, "alerts/low") {
		t.Errorf("%d bytes\n%s", len(got), got)
	}
}

func TestTextOfWhatIsLeftOut(t *testing.T) {
	for why, want := range map[notice.Why]string{
		notice.ToEscalate: "escalated", notice.ToRepeat: "still not", notice.ToReturn: "in time", notice.ToEnd: "ended",
		notice.ToClose: "closed", notice.ToDigest: "digest", notice.ToOperate: "operations", "other": "other",
	} {
		l := notice.Letter{Messages: []notice.Message{{Why: why, Kind: "k", Severity: "P4"}}, Lang: "en"}
		if got := l.Text(500); !strings.HasPrefix(got, "[P4] k\n") || !strings.HasSuffix(got, want) && !strings.Contains(got, want) {
			t.Errorf("%s: %q", why, got)
		}
	}
}

// No field of a message can add a line, a header or markup.
func TestTextIsPlain(t *testing.T) {
	m := noticed("a\r\nBcc: x", "P1")
	m.Office, m.Kind = "<at user_id=\"all\">\u202e所", "k\x00\n\n"
	l := notice.Letter{Messages: []notice.Message{m}, Lang: "zh", Zone: shanghai}
	if got := l.Text(500); strings.Count(got, "\n") != 2 || strings.ContainsAny(got, "\r\x00<>\u202e") {
		t.Errorf("%q", got)
	}
	if got := l.Subject(); strings.ContainsAny(got, "\r\n<") {
		t.Errorf("%q", got)
	}
}

// Whatever a letter holds, its text is valid, within the bound, and has the most
// urgent message first.
func TestTextProperty(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := notice.Letter{Lang: rapid.SampledFrom([]string{"zh", "en"}).Draw(t, "lang"), Zone: shanghai}
		first := "P4"
		for range rapid.IntRange(1, 30).Draw(t, "messages") {
			m := noticed(rapid.String().Draw(t, "alert"), fmt.Sprintf("P%d", rapid.IntRange(1, 4).Draw(t, "severity")))
			m.Office = rapid.String().Draw(t, "office")
			first = min(first, m.Severity)
			l.Messages = append(l.Messages, m)
		}
		most := rapid.IntRange(200, 3000).Draw(t, "most")
		got := l.Text(most)
		if len(got) > most || !utf8.ValidString(got) || !strings.Contains(got, "["+first+"]") {
			t.Fatalf("%d of %d bytes: %q", len(got), most, got)
		}
	})
}

func TestLetterJSON(t *testing.T) {
	l := notice.Letter{Key: "a1/0/hook/F1", Officer: "F1", To: "x", Messages: []notice.Message{noticed("a1", "P1"), {}}, Lang: "zh", Zone: shanghai}
	data, err := l.JSON()
	if err != nil {
		t.Fatal(err)
	}
	var got struct {
		Key, To, Lang, Text string
		Messages            []map[string]any
	}
	if err := json.Unmarshal(data, &got); err != nil || len(got.Messages) != 2 {
		t.Fatalf("%v in %s", err, data)
	}
	if got.Key != l.Key || got.To != "x" || got.Text != l.Text(math.MaxInt) || got.Messages[0]["at"] != "2026-03-02T14:05:00+08:00" || got.Messages[0]["severity"] != "P1" {
		t.Errorf("%s", data)
	}
}

func TestHTTPFailure(t *testing.T) {
	for status, want := range map[int]notice.Failing{
		302: notice.Refused, 400: notice.Refused, 401: notice.Refused, 404: notice.Refused, 408: notice.Temporary, 425: notice.Temporary,
		429: notice.Limited, 500: notice.Temporary, 503: notice.Temporary, 100: notice.Temporary,
	} {
		if got := notice.HTTPFailure(status, 0); got == nil || got.Failing != want {
			t.Errorf("%d: %v", status, got)
		}
	}
	if got := notice.HTTPFailure(204, 0); got != nil {
		t.Errorf("204: %v", got)
	}
	if got := notice.HTTPFailure(503, 7*time.Second); got.After != 7*time.Second {
		t.Errorf("%+v", got)
	}
	if got := notice.HTTPFailure(429, 0); got.After != time.Minute {
		t.Errorf("%+v", got)
	}
}

func TestShorten(t *testing.T) {
	if got := notice.Shorten("token hunter2 of\r\n13800000000, id 7", "hunter2", "13800000000", "7", ""); got != "token *** of ***, id 7" {
		t.Errorf("%q", got)
	}
	if got := []rune(notice.Shorten(strings.Repeat("长", 5000))); len(got) != 201 {
		t.Errorf("%d characters", len(got))
	}
}

func TestPace(t *testing.T) {
	p, now := notice.NewPace(2, time.Minute), time.Unix(1000, 0)
	for i, tc := range []struct {
		to   string
		at   time.Duration
		want time.Duration
	}{{"a", 0, 0}, {"a", 10, 0}, {"a", 20, 40}, {"b", 20, 0}, {"a", 59, 1}, {"a", 60, 0}, {"a", 61, 9}, {"b", 200, 0}} {
		after := time.Duration(0)
		if early := p.Book(tc.to, now.Add(tc.at*time.Second)); early != nil {
			after = early.After
		}
		if after != tc.want*time.Second {
			t.Errorf("%d: wait %s, want %d s", i, after, tc.want)
		}
	}
}
