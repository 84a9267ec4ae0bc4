package sms

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"correctiond/alerts/notice"
	"correctiond/alerts/post"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	secret = `hunter2"&<>`
	number = "13800000000"
)

func letter(to string) notice.Letter {
	return notice.Letter{Key: "a1/0/sms/F1", To: to, Lang: "zh", Messages: []notice.Message{{Alert: "a1", Kind: `越"界&{to}`, Severity: "P1"}}}
}

// config is a gateway that takes JSON.
func config(at string) Config {
	return Config{
		URL: at + "/send", User: "jz", Secret: secret, Success: `code == 0 && data.0.state != "rejected"`,
		Limited: `code == 9`, Refused: `code == 4 || code == 5`, RequestID: "data.0.id",
		Body: `{"mobile":"{to}","content":"{text}","ref":"{key}","n":{count},"user":"{user}","key":"{secret}"}`,
	}
}

func gateway(t *testing.T, c Config) *Gateway {
	t.Helper()
	client := post.NewClient(nil)
	t.Cleanup(client.CloseIdleConnections)
	g, err := New(c, client)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func serving(t *testing.T, handler http.HandlerFunc) string {
	t.Helper()
	s := httptest.NewServer(handler)
	t.Cleanup(s.Close)
	return s.URL
}

func TestSendJSON(t *testing.T) {
	var got map[string]any
	at := serving(t, func(w http.ResponseWriter, r *http.Request) {
		json.NewDecoder(r.Body).Decode(&got)
		fmt.Fprint(w, `{"code":"0","data":[{"id":77,"state":"sent"}]}`)
	})
	receipt, err := gateway(t, config(at)).Send(t.Context(), letter(number))
	if err != nil || receipt != (notice.Receipt{Request: "77", Answer: "success"}) {
		t.Fatalf("%+v, %v", receipt, err)
	}
	want := map[string]any{"mobile": number, "content": `[P1] 越"界&{to} 编号 a1`, "ref": "a1/0/sms/F1", "n": 1.0, "user": "jz", "key": secret}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("sent %v\nwant %v", got, want)
	}
}

func TestSendFormAndQuery(t *testing.T) {
	var query, form url.Values
	var header string
	at := serving(t, func(w http.ResponseWriter, r *http.Request) {
		header = r.Header.Get("Authorization")
		body, _ := io.ReadAll(r.Body)
		query = r.URL.Query()
		form, _ = url.ParseQuery(string(body))
		fmt.Fprint(w, "000000,ok")
	})
	g := gateway(t, Config{
		URL: at + "/?m={to}&k={secret}", Format: "form", Body: "c={text}", Secret: secret,
		Headers: map[string]string{"Authorization": "Key {secret}"}, Success: `body startswith "000000,"`,
	})
	if _, err := g.Send(t.Context(), letter("+86"+number)); err != nil {
		t.Fatal(err)
	}
	if query.Get("m") != "+86"+number || query.Get("k") != secret || len(query) != 2 || form.Get("c") != `[P1] 越"界&{to} 编号 a1` || len(form) != 1 || header != "Key "+secret {
		t.Errorf("%v %v %q", query, form, header)
	}
}

func TestSendGetXML(t *testing.T) {
	var body string
	at := serving(t, func(w http.ResponseWriter, r *http.Request) {
		all, _ := io.ReadAll(r.Body)
		body = r.Method + string(all)
		fmt.Fprint(w, "<result>1</result>")
	})
	g := gateway(t, Config{URL: at, Method: "GET", Format: "xml", Body: "<m to='{to}'>{text}</m>", To: number, Success: `body contains "<result>1<"`})
	if _, err := g.Send(t.Context(), letter("")); err != nil || body != "GET<m to='13800000000'>[P1] 越&#34;界&amp;{to} 编号 a1</m>" {
		t.Errorf("%v, sent %s", err, body)
	}
}

func TestAnswers(t *testing.T) {
	for name, tc := range map[string]struct {
		status int
		body   string
		want   notice.SendError
	}{
		"limited":          {200, `{"code":9}`, notice.SendError{Failing: notice.Limited, After: 30 * time.Second, Code: "HTTP 200"}},
		"limited by 400":   {400, `{"code":9}`, notice.SendError{Failing: notice.Limited, After: 30 * time.Second, Code: "HTTP 400"}},
		"refused":          {200, `{"code":"5","msg":"bad number 13800000000"}`, notice.SendError{Failing: notice.Refused, Code: "HTTP 200"}},
		"unknown":          {200, `{"code":7,"msg":"key hunter2\"&<>"}`, notice.SendError{Code: "HTTP 200"}},
		"rejected":         {200, `{"code":0,"data":[{"state":"rejected"}]}`, notice.SendError{Code: "HTTP 200"}},
		"half an answer":   {200, `{"code":0}`, notice.SendError{Code: "HTTP 200"}},
		"success in a 500": {500, `{"code":0,"data":[{"state":"sent"}]}`, notice.SendError{Code: "HTTP 500", After: 30 * time.Second}},
		"truncated":        {200, `{"code":0,"data":[{"st`, notice.SendError{Code: "HTTP 200"}},
		"huge":             {200, `{"code":0,"data":[{"state":"sent"}]}` + strings.Repeat(" ", 100_000), notice.SendError{Code: "HTTP 200"}},
		"page":             {200, `<html>`, notice.SendError{Code: "HTTP 200"}},
	} {
		at := serving(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", "30")
			w.WriteHeader(tc.status)
			fmt.Fprint(w, tc.body)
		})
		_, err := gateway(t, config(at)).Send(t.Context(), letter(number))
		got, ok := errors.AsType[*notice.SendError](err)
		if !ok || got.Failing != tc.want.Failing || got.Code != tc.want.Code || got.After != tc.want.After || strings.Contains(err.Error(), number) || strings.Contains(err.Error(), secret) {
			t.Errorf("%s: got %+v, want %+v", name, err, tc.want)
		}
	}
}

func TestRecipientsAndReach(t *testing.T) {
	asked := ""
	at := serving(t, func(_ http.ResponseWriter, r *http.Request) { asked = r.Method })
	g := gateway(t, config(at))
	for _, to := range []string{"", "1380000000x", "13800000000,13900000000", "1", "+"} {
		_, err := g.Send(t.Context(), letter(to))
		if failed, ok := errors.AsType[*notice.SendError](err); !ok || failed.Failing != notice.Refused || asked != "" {
			t.Errorf("%q: %v", to, err)
		}
	}
	if _, err := g.Try(t.Context()); err != nil || asked != http.MethodHead {
		t.Errorf("%q, %v", asked, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := g.Send(ctx, letter(number))
	if failed, ok := errors.AsType[*notice.SendError](err); !ok || failed.Failing != notice.Temporary {
		t.Error(err)
	}
	if _, err := gateway(t, config("http://127.0.0.1:1")).Try(t.Context()); err == nil {
		t.Error("nobody answers, and it is well")
	}
}

func TestCheck(t *testing.T) {
	for name, tc := range map[string]struct {
		change func(*Config)
		want   string
	}{
		"good":          {func(*Config) {}, ""},
		"no success":    {func(c *Config) { c.Success = "" }, `success: is empty or too long; write it like code == "0"`},
		"bad limited":   {func(c *Config) { c.Limited = "code" }, `limited: is not understood at "code"; write terms like code == "0"`},
		"bad refused":   {func(c *Config) { c.Refused = "a == 1 & b == 2" }, `refused: has "& b == 2" where && or || is expected`},
		"method":        {func(c *Config) { c.Method = "PUT" }, `method: "PUT" is not known; use POST or GET`},
		"format":        {func(c *Config) { c.Format = "soap" }, `format: "soap" is not known; use json or form or xml`},
		"size":          {func(c *Config) { c.MaxBytes = 50 }, "max_bytes: 50 is out of range; use 100 to 6000"},
		"no text":       {func(c *Config) { c.Body = "{to}" }, "body: {to} and {text} must stand in url or body"},
		"place":         {func(c *Config) { c.Body += "{txt}" }, "body: unknown place {txt}; did you mean {text}?"},
		"place in url":  {func(c *Config) { c.URL += "?{number}" }, "url: unknown place {number}; did you mean {user}?"},
		"place, header": {func(c *Config) { c.Headers = map[string]string{"A": "{secrets}"} }, "headers.A: unknown place {secrets}; did you mean {secret}?"},
		"http":          {func(c *Config) { c.URL = "http://h/" }, "url: is not https; what is sent could be read on the way"},
		"http allowed":  {func(c *Config) { c.URL, c.AllowHTTP = "http://h/", true }, ""},
	} {
		c := config("https://h")
		tc.change(&c)
		got := ""
		if err := c.Check(); err != nil {
			got = err.Error()
		}
		if _, err := New(c, nil); got != tc.want || (err == nil) != (got == "") {
			t.Errorf("%s: %s, want %s", name, got, tc.want)
		}
	}
}

func TestRule(t *testing.T) {
	const body = `{"code":0,"msg":"ok \"x\"","data":[{"id":1e3,"ok":true,"no":null,"in":{}}],"word":"0"}`
	for text, want := range map[string]bool{
		`code == 0`: true, `code == "0"`: true, `word==0`: true, `code != 0`: false, `code != 1`: true, `missing != 1`: false, `missing == ""`: false,
		`data.0.id == 1e3`: true, `data.0.ok == true`: true, `data.0.no == null`: false, `data.0.in != 1`: false, `data.1.id != 1`: false, `data.x.id != 1`: false,
		`msg contains "\"x"`: true, `msg startswith ok`: true, `msg startswith x`: false, `status == 200`: true, `body contains word`: true,
		`code == 1 || word == 0`: true, `code == 0 && word == 1 || status == 201`: false, `code == 1 && word == 1 || code == 0 && word == 0`: true,
	} {
		r, err := parseRule(text)
		if err != nil || r.holds(200, []byte(body)) != want {
			t.Errorf("%s: want %v, %v", text, want, err)
		}
	}
	for _, bad := range []string{"", " ", "code", "code ==", `code == "x`, "code == 0 &&", "|| code == 0", "code = 0", "(code == 0)", `code == "\q"`, "code == 0 0", strings.Repeat("a", 2000)} {
		if _, err := parseRule(bad); err == nil {
			t.Errorf("%q is accepted", bad)
		}
	}
}

// Nothing breaks the reader of expressions, and no rule holds on an answer that
// says nothing.
func FuzzRule(f *testing.F) {
	for _, seed := range []string{`code == 0`, `a.0.b != "x\"y" && status == 200 || body contains z`, `&&`, `a==`} {
		f.Add(seed, `{"code":0,"a":[{"b":1}]}`)
	}
	f.Fuzz(func(t *testing.T, text, body string) {
		r, err := parseRule(text)
		if err != nil {
			return
		}
		r.holds(200, []byte(body))
		for _, terms := range r {
			for _, at := range terms {
				if at.field != "status" && at.field != "body" && at.holds(200, []byte("{}")) {
					t.Errorf("%q holds on an empty object", text)
				}
			}
		}
	})
}

// Whatever a value holds, a JSON body stays the object that the template says.
func FuzzTemplate(f *testing.F) {
	f.Add(`","x":"`)
	f.Add("{secret}\x00\u2028")
	f.Fuzz(func(t *testing.T, value string) {
		filled := template(`{"a":"{to}","b":"{text}"}`).fill(map[string]string{"to": value, "text": "z", "secret": "S"}, escapeFor("json"))
		var got map[string]string
		if err := json.Unmarshal([]byte(filled), &got); err != nil || len(got) != 2 || got["b"] != "z" || got["a"] != strings.ToValidUTF8(value, "\ufffd") && strings.ToValidUTF8(value, "") == value {
			t.Errorf("%q gives %s", value, filled)
		}
		header := inHeader(value)
		if strings.ContainsAny(header, "\r\n") {
			t.Errorf("%q in a header", header)
		}
	})
}

func TestComplete(t *testing.T) {
	if (&Config{Body: "{to}"}).Complete() != nil || (&Config{Body: "{secret}"}).Complete() == nil || (&Config{URL: "{secret}", Secret: secret}).Complete() != nil {
		t.Error("a secret is needed where it stands, and only there")
	}
}
