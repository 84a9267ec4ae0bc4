package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"correctiond/ingest"
)

// beat is a line that changes nothing, at a time of day on 2 March.
func beat(clock string) string {
	return `{"received":"2026-03-02T` + clock + `+08:00","topic":"jz/v1/P1/notice","payload":{}}`
}

const edgeRoster = "testdata/examples/13-edges-of-time/roster.yaml"

// Lines that are no lines of a replay: the run stops, names the line and what is
// wrong with it, and writes nothing.
func TestReplayStopsAtABadLine(t *testing.T) {
	at := `{"received":"2026-03-02T08:00:00+08:00",`
	for _, tc := range []struct{ name, line, want string }{
		{"out of order", beat("07:59:59"), "line 3: received lies before the line above"},
		{"no JSON", "morning", "line 3: no JSON object of a replay line"},
		{"cut off", at + `"topic":"jz`, "line 3: no JSON object"},
		{"two on one line", beat("08:00:01") + beat("08:00:02"), "line 3: no JSON object"},
		{"an array", "[]", "line 3: no JSON object"},
		{"null", "null", `line 3: received: "" is no time`},
		{"no received", `{"topic":"jz/v1/P1/status","payload":{}}`, `line 3: received: "" is no time with offset`},
		{"received without offset", `{"received":"2026-03-02T08:00:00","topic":"x","payload":{}}`, "is no time with offset"},
		{"received as number", `{"received":1772409600000,"topic":"x","payload":{}}`, "line 3: no JSON object"},
		{"neither topic nor act", at + `"payload":{}}`, "line 3: wants either topic or act"},
		{"both topic and act", at + `"topic":"x","payload":{},"act":{"type":"found","subject":"S1"}}`, "line 3: wants either topic or act"},
		{"no payload", at + `"topic":"jz/v1/P1/status"}`, "line 3: wants either payload or raw"},
		{"payload and raw", at + `"topic":"jz/v1/P1/status","payload":{},"raw":""}`, "line 3: wants either payload or raw"},
		{"unknown act", at + `"act":{"type":"dance"}}`, `line 3: act field "type": "dance" is unknown`},
		{"unknown field of an act", at + `"act":{"type":"found","subject":"S1","mood":1}}`, `line 3: act field "mood"`},
		{"act without subject", at + `"act":{"type":"found"}}`, `line 3: act field "subject": missing`},
		{"act about nobody", at + `"act":{"type":"found","subject":"S9"}}`, `line 3: act found: no subject "S9"`},
		{"unknown alert", at + `"act":{"type":"ack","alert":"0123456789abcdef"}}`, `line 3: there is no alert "0123456789abcdef"`},
		{"leave that nobody granted", at + `"act":{"type":"leave_returned","subject":"S1","leave":"L9"}}`, `line 3: subject "S1" has no leave "L9"`},
		{"too long", at + `"topic":"x","raw":"` + strings.Repeat("x", maxLine) + `"}`, "line 3: longer than 1 MiB"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			events := beat("08:00:00") + "\n\n" + tc.line + "\n" + beat("23:00:00") + "\n"
			out := filepath.Join(t.TempDir(), "out")
			got := cli(events, "replay", "--roster", edgeRoster, "--events", "-", "--out", out)
			if got.code != 2 || got.out != "" || !strings.Contains(got.err, tc.want) || strings.Count(got.err, "\n") != 1 {
				t.Errorf("exit %d, want 2 and %q: %s", got.code, tc.want, got.err)
			}
			if _, err := os.Stat(out); err == nil {
				t.Error("output was written")
			}
		})
	}
}

// Line numbers hold across the blocks in which lines are decoded.
func TestReplayNamesALineFarDown(t *testing.T) {
	events := strings.Repeat(beat("08:00:00")+"\n", 3*blockLines+5) + "broken\n" + strings.Repeat(beat("08:00:00")+"\n", 20*blockLines)
	got := cli(events, "replay", "--roster", edgeRoster, "--events", "-")
	if got.code != 2 || !strings.Contains(got.err, "-: line 3078: ") {
		t.Errorf("%d %s", got.code, got.err)
	}
}

// With --lenient what would stop the run is passed over and counted.
func TestReplayLenient(t *testing.T) {
	x := example{"testdata/examples/04-closing", t}
	plain, err := os.ReadFile(x.file("events.ndjson"))
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.SplitAfter(string(plain), "\n")
	bad := strings.Join([]string{
		lines[0], "broken", beat("09:00:00"), `{"received":"2026-03-02T10:01:00+08:00","act":{"type":"dance"}}`,
		`{"received":"2026-03-02T10:01:00+08:00","act":{"type":"close","alert":"0123456789abcdef","outcome":"confirmed"}}`,
		strings.Join(lines[1:], ""),
	}, "\n")
	want := x.replay("--events", x.file("events.ndjson"))
	got := cli(bad, "replay", "--roster", x.file("roster.*"), "--events", "-", "--lenient")
	if got.code != 0 || got.out != want.out || !strings.Contains(got.err, "lines skipped                    4\n") {
		t.Errorf("exit %d: %s\n%s", got.code, got.err, got.out)
	}
}

func TestReplayUsage(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		name = filepath.Join(dir, name)
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return name
	}
	events := write("events", beat("08:00:00")+"\n")
	cut := gzipped(t, bytes.Repeat([]byte(beat("08:00:00")+"\n"), 100))
	base := "replay --roster " + edgeRoster + " --events "
	for _, tc := range []struct {
		line, want string
		code       int
	}{
		{"replay --events " + events, "needs --roster and --events", 2},
		{"replay --roster " + edgeRoster, "needs --roster and --events", 2},
		{"replay --roster " + dir + "/none --events " + events, "read roster: open", 2},
		{"replay --roster " + write("bad.yaml", "version: 1\nzones: 3\noffices: x\n") + " --events " + events, "bad.yaml", 2},
		{base + dir + "/none", "read events: open", 2},
		{base + write("cut.gz", cut[:len(cut)/2]), "unexpected EOF", 2},
		{base + write("bad.gz", "\x1f\x8bnothing"), "bad.gz: ", 2},
		{base + events + " --until yesterday", `--until: "yesterday" is no time with offset`, 2},
		{base + events + " --until 2026-03-02T07:59:59+08:00", "--until lies before the first line", 2},
		{base + events + " --zone Mars/Olympus", "zone: ", 2},
		{base + events + " --rules " + write("rules.yaml", "area_exit: {buffer: 3}\n"), "rules.yaml:1: ", 2},
		{base + events + " --rules " + write("low.yaml", "coarse_m: -1\narea_exit: {fixes: 0}\n"), "coarse_m", 2},
		{base + events + " --out " + dir + "/no/such/dir", "no such file or directory", 1},
		{base + write("empty", ""), "", 0},
	} {
		got := cli("", strings.Fields(tc.line)...)
		if got.code != tc.code || !strings.Contains(got.err, tc.want) || got.out != "" {
			t.Errorf("%s\nexit %d, want %d and %q: %s%s", tc.line, got.code, tc.code, tc.want, got.err, got.out)
		}
	}
}

func TestReplayLanguage(t *testing.T) {
	x := example{"testdata/examples/02-area-exit", t}
	for lang, want := range map[string]string{"zh": "离开", "en": "outside"} {
		if got := x.replay("--events", x.file("events.ndjson"), "--language", lang); !strings.Contains(got.out, want) {
			t.Errorf("%s: %s", lang, got.out)
		}
	}
}

// The clock ends at --until: what was received later is not looked at.
func TestReplayEndsBeforeTheFileDoes(t *testing.T) {
	missed := strings.Join([]string{beat("11:00:00"), beat("14:30:00"), beat("21:29:59"), beat("21:30:00"), "broken"}, "\n")
	for until, want := range map[string]int{"14:29:59.999": 0, "14:30:00": 1, "21:29:59.999": 1} {
		got := cli(missed, "replay", "--roster", edgeRoster, "--events", "-", "--until", "2026-03-02T"+until+"+08:00")
		if n := strings.Count(got.out, "\n"); got.code != 0 || n != want {
			t.Errorf("until %s: exit %d, %d episodes, want %d: %s", until, got.code, n, want, got.err)
		}
	}
}

// An interrupted run fails and gives no half of a result.
func TestReplayInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	var out, errOut bytes.Buffer
	argv := []string{"replay", "--roster", edgeRoster, "--events", "-"}
	events := strings.NewReader(strings.Repeat(beat("08:00:00")+"\n", 50*blockLines))
	if code := run(ctx, argv, streams{events, &out, &errOut, nil}); code != 1 || out.Len() > 0 {
		t.Errorf("exit %d: %s%s", code, out.String(), errOut.String())
	}
}

// fullDisk takes no bytes.
type fullDisk struct{}

var errFull = errors.New("no space left")

func (fullDisk) Write([]byte) (int, error) { return 0, errFull }

func TestReplaySaysThatOutputFailed(t *testing.T) {
	var errOut bytes.Buffer
	x := example{"testdata/examples/02-area-exit", t}
	argv := []string{"replay", "--roster", x.file("roster.*"), "--events", x.file("events.ndjson")}
	if code := run(context.Background(), argv, streams{nil, fullDisk{}, &errOut, nil}); code != 1 || !strings.Contains(errOut.String(), "no space left") {
		t.Errorf("exit %d: %s", code, errOut.String())
	}
}

// Whatever a line holds, decoding answers with a message, an act or an error
// that says what is wrong.
func FuzzReplayLine(f *testing.F) {
	for _, dir := range []string{"04-closing", "06-refused", "07-phone-and-kiosk", "10-leave"} {
		data, err := os.ReadFile(filepath.Join("testdata/examples", dir, "events.ndjson"))
		if err != nil {
			f.Fatal(err)
		}
		for line := range bytes.Lines(data) {
			f.Add(line)
		}
	}
	f.Add([]byte(`{"received":"9999-12-31T23:59:59.999999999-23:59","topic":"jz/v1//location","payload":[[],{},null,1e999]}`))
	f.Add([]byte(`{"received":"0000-01-01T00:00:00Z","act":null,"topic":"","raw":"\ud800"}`))
	dec := ingest.NewDecoder("jz", nil)
	f.Fuzz(func(t *testing.T, raw []byte) {
		if quick, ok := usualForm(raw); ok {
			sameForm(t, raw, quick)
		}
		var l line
		err := l.decode(raw, dec)
		switch {
		case err != nil && strings.TrimSpace(err.Error()) == "":
			t.Error("an error without a word")
		case err == nil && l.act != nil && len(l.drafts) > 0:
			t.Error("both an act and a message")
		}
		for i := range l.drafts {
			if d := &l.drafts[i]; (d.Event == nil) == (d.Rejection == nil) {
				t.Errorf("draft %d is neither an event nor a rejection, or both", i)
			}
		}
		// The whole command must survive it, too.
		if got := cli(string(raw), "replay", "--roster", edgeRoster, "--events", "-"); got.code != 0 && got.err == "" {
			t.Errorf("exit %d in silence", got.code)
		}
	})
}

// sameForm compares the short way of reading a line with the long one.
func sameForm(t *testing.T, raw []byte, quick lineForm) {
	t.Helper()
	var slow lineForm
	if err := json.Unmarshal(raw, &slow); err != nil {
		t.Fatalf("taken for a line, yet %v", err)
	}
	payload := bytes.Trim(quick.Payload, " \t\r\n")
	if slow.Received != quick.Received || slow.Topic != quick.Topic || !bytes.Equal(slow.Payload, payload) || slow.Raw != nil || slow.Act != nil {
		t.Errorf("read as %+v, is %+v", quick, slow)
	}
}

func TestUsualForm(t *testing.T) {
	for line, want := range map[string]bool{
		beat("08:00:00"): true,
		`{ "received" : "2026" , "topic": "a" , "payload": [1, 2] } `: true,
		`{"received":"2026","topic":"a","payload":{}}}`:               false,
		`{"received":"2026","topic":"a","payload":{},"raw":""}`:       false,
		`{"received":"2026","topic":"a","payload":}`:                  false,
		`{"received":"2026","topic":"a","raw":"{}"}`:                  false,
		`{"received":"2026","topic":"\u0061","payload":{}}`:           false,
		`{"topic":"a","received":"2026","payload":{}}`:                false,
		`{"received":"2026","topic":"a" "payload":{}}`:                false,
		`{"received":7,"topic":"a","payload":{}}`:                     false,
		`{}`: false,
		``:   false,
	} {
		if form, ok := usualForm([]byte(line)); ok != want {
			t.Errorf("%s: %v", line, ok)
		} else if ok {
			sameForm(t, []byte(line), form)
		}
	}
}

// The reader of an events file may fail at any place.
func TestReplayReportsAReadError(t *testing.T) {
	events := io.MultiReader(strings.NewReader(beat("08:00:00")+"\n"), brokenReader{})
	var out, errOut bytes.Buffer
	argv := []string{"replay", "--roster", edgeRoster, "--events", "-"}
	if code := run(context.Background(), argv, streams{events, &out, &errOut, nil}); code == 0 || !strings.Contains(errOut.String(), "line 2: torn") {
		t.Errorf("exit %d: %s", code, errOut.String())
	}
}

type brokenReader struct{}

func (brokenReader) Read([]byte) (int, error) { return 0, errors.New("torn") }
