package main

import (
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// exampleChannels is the commented list of the example, without the marks.
func exampleChannels(t *testing.T) string {
	t.Helper()
	text := "alerts:\n  channels:\n"
	for line := range strings.Lines(string(readExample(t))) {
		if rest, ok := strings.CutPrefix(line, "  #  "); ok {
			text += "    " + rest
		}
	}
	return text
}

// The example's channels are valid as they stand, and show every kind and key.
func TestExampleChannels(t *testing.T) {
	cfg := defaultConfig()
	if err := decodeConfig([]byte(exampleChannels(t)), "example", cfg); err != nil {
		t.Fatal(err)
	}
	if err := cfg.validate(); err != nil {
		t.Fatal(err)
	}
	shown := map[string]map[string]bool{}
	for _, ch := range cfg.Alerts.Channels {
		if shown[ch.Kind] == nil {
			shown[ch.Kind] = map[string]bool{}
		}
		for key := range ch.Options {
			shown[ch.Kind][key] = true
		}
	}
	for _, k := range channelKinds() {
		if shown[k.name] == nil {
			t.Errorf("kind %s is not shown", k.name)
		}
		for _, o := range optionsOf(k.options()) {
			if !shown[k.name][o.path] {
				t.Errorf("key %s of kind %s is not shown", o.path, k.name)
			}
		}
	}
}

func TestCheckRefusesChannels(t *testing.T) {
	for name, tc := range map[string]struct{ channels, want string }{
		"kind":      {"{name: a, kind: wechat}", `alerts.channels.a.kind: "wechat" is not known; did you mean wecom? There are webhook, wecom, dingtalk, feishu, email, sms, mqtt`},
		"no kind":   {"{name: a}", `alerts.channels.a.kind: "" is not known; did you mean sms? There are webhook, wecom, dingtalk, feishu, email, sms, mqtt`},
		"key":       {"{name: a, kind: wecom, agentid: 3}", `alerts.channels.a.agentid: line 1: unknown key; did you mean agent_id?`},
		"common":    {"{name: a, kind: dingtalk, severity: P1}", `alerts.channels.a.severity: line 1: unknown key; did you mean severities?`},
		"secret":    {"{name: a, kind: webhook, url: 'https://h', secret: x}", `alerts.channels.a.secret: line 1: unknown key; did you mean secret_file?`},
		"value":     {"{name: a, kind: email, port: many}", "alerts.channels.a.port: line 1 is not a valid int"},
		"option":    {"{name: a, kind: webhook, url: 'http://h'}", "alerts.channels.a.url: is not https; what is sent could be read on the way"},
		"name":      {"{name: Duty Phone, kind: dingtalk}", `alerts.channels[0]: name: "Duty Phone" is not a channel's name; use a to z, 0 to 9 and -, such as duty-wecom`},
		"twice":     {"{name: a, kind: dingtalk}, {name: a, kind: feishu}", "alerts.channels.a: name: is taken by an earlier channel"},
		"group":     {"{name: a, kind: mqtt, group: true}", "alerts.channels.a.group: kind mqtt writes to each officer; name the one recipient with to, where the kind has it"},
		"no secret": {"{name: a, kind: dingtalk}", "alerts.channels.a.token_file: there is no access_token of the robot"},
		"no file":   {"{name: a, kind: dingtalk, token_file: /nowhere/t}", "alerts.channels.a.token_file: open /nowhere/t: no such file or directory"},
		"severity":  {"{name: a, kind: dingtalk, severities: [P9]}", `F`},
	} {
		got := checkWith(t, "alerts: {channels: ["+tc.channels+"]}\n", "--offline")
		if got.code != 2 || got.out != "" || tc.want != "F" && got.err != "correctiond: "+tc.want+"\n" || tc.want == "F" && !strings.Contains(got.err, "P9") {
			t.Errorf("%s: code %d, out %q\ngot  %swant correctiond: %s", name, got.code, got.out, got.err, tc.want)
		}
	}
}

func TestCheckNamesTheLine(t *testing.T) {
	got := checkWith(t, "alerts:\n  channels:\n    - name: a\n      kind: sms\n      sucess: code == 0\n      bdy: x\n", "--offline")
	want := "correctiond: alerts.channels.a.bdy: line 6: unknown key; did you mean body?\n" +
		"correctiond: alerts.channels.a.sucess: line 5: unknown key; did you mean success?\n"
	if got.err != want {
		t.Errorf("got  %swant %s", got.err, want)
	}
}

// Secrets come from the environment before files, end up in no output, and
// numbers that begin with + keep it.
func TestOpenChannels(t *testing.T) {
	file := filepath.Join(t.TempDir(), "s")
	if err := os.WriteFile(file, []byte("from-file\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	cfg := defaultConfig()
	text := "alerts: {channels: [{name: group-d, kind: dingtalk, token_file: " + file + ", secret_file: /nowhere}," +
		"{name: s, kind: sms, url: 'https://h', body: '{to}{text}', success: code == 0, to: +8613800000000, severities: [P1, P2]}, {name: w, kind: webhook, url: 'https://h', secret_file: " + file + "}]}"
	if err := decodeConfig([]byte(text), "F", cfg); err != nil {
		t.Fatal(err)
	}
	cfg.getenv = func(name string) string {
		return map[string]string{"CORRECTIOND_ALERTS_CHANNELS_GROUP_D_SECRET": "from-env"}[name]
	}
	all, err := cfg.openChannels(nil)
	if err != nil || len(all) != 3 {
		t.Fatalf("%d channels, %v", len(all), err)
	}
	if d, s, w := all[0], all[1], all[2]; d.name != "group-d" || d.kind != "dingtalk" || !d.group || !s.group || w.group {
		t.Errorf("opened %+v", all)
	}
	if _, options, err := cfg.Alerts.Channels[1].decode(); err != nil || textOption(options, "to") != "+8613800000000" {
		t.Errorf("%+v, %v", options, err)
	}
	_, options, _ := cfg.Alerts.Channels[0].decode()
	if err := cfg.channelSecrets("group-d", options); err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	if err := cfg.print(&out); err != nil || strings.Contains(out.String(), "from-") || !strings.Contains(out.String(), "severities: [P1, P2]") {
		t.Errorf("%v\n%s", err, out.String())
	}
}

// What is set by a program instead of a file has no lines, and works all the same.
func TestChannelWithoutFile(t *testing.T) {
	ch := channelConfig{Name: "a", Kind: "email", Options: map[string]any{"host": "h", "port": 25, "frm": "x"}}
	_, _, err := ch.decode()
	if err == nil || !strings.Contains(err.Error(), "frm: line 0: unknown key; did you mean from?") {
		t.Error(err)
	}
	delete(ch.Options, "frm")
	if _, options, err := ch.decode(); err != nil || textOption(options, "host") != "h" || textOption(options, "nothing") != "" {
		t.Errorf("%+v, %v", options, err)
	}
}

func TestCheckTriesChannels(t *testing.T) {
	var asked []string
	s := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { asked = append(asked, r.Method) }))
	defer s.Close()
	file := filepath.Join(t.TempDir(), "s")
	if err := os.WriteFile(file, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	channel := "{name: hook, kind: webhook, secret_file: " + file + ", url: "
	got := tried(t, "alerts: {channels: ["+channel+"'"+s.URL+"'}, {name: app, kind: mqtt}]}\n")
	wantTried(t, got, 0, "# ok     alerts.channels.hook: ", "# ok     alerts.channels.app: publishes to jz/notify/OFFICER")
	if !slices.Equal(asked, []string{"HEAD"}) {
		t.Errorf("asked %q", asked)
	}
	wantTried(t, tried(t, "alerts: {channels: ["+channel+"'http://127.0.0.1:1/'}]}\n"), 1, "# failed alerts.channels.hook: ")
}

// The environment's names of two channels never meet.
func TestChannelNames(t *testing.T) {
	seen := map[string]string{}
	for _, name := range []string{"a", "a-b", "a_b", "A-B", "a.b", "9a", "-a", "", strings.Repeat("a", 33)} {
		if channelName.MatchString(name) {
			seen[envName(name)] = name
		}
	}
	if got := slices.Sorted(maps.Values(seen)); !slices.Equal(got, []string{"a", "a-b"}) {
		t.Errorf("%q", got)
	}
}

// Both languages tell of every kind.
func TestChannelsAreDocumented(t *testing.T) {
	for _, name := range []string{"notifications.md", "notifications.zh-CN.md"} {
		text, err := os.ReadFile(filepath.Join("..", "..", "docs", name))
		if err != nil {
			t.Fatal(err)
		}
		for _, k := range channelKinds() {
			if !strings.Contains(string(text), "`"+k.name+"`") {
				t.Errorf("%s does not tell of %s", name, k.name)
			}
		}
	}
}
