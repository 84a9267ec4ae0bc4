package post

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func serving(t *testing.T, handler http.HandlerFunc) (*http.Client, string) {
	t.Helper()
	s := httptest.NewServer(handler)
	client := NewClient(nil)
	t.Cleanup(func() { client.CloseIdleConnections(); s.Close() })
	return client, s.URL
}

func TestJSON(t *testing.T) {
	client, url := serving(t, func(w http.ResponseWriter, r *http.Request) {
		var body map[string]string
		if json.NewDecoder(r.Body).Decode(&body) != nil || body["a"] != "<&>" || !strings.HasPrefix(r.Header.Get("Content-Type"), "application/json") {
			w.WriteHeader(http.StatusBadRequest)
		}
		w.Write([]byte(`{"b":1}`))
	})
	answer, err := JSON(t.Context(), client, url, map[string]string{"a": "<&>"})
	var got struct{ B int }
	if err != nil || answer.Status != 200 || answer.Decode(&got) != nil || got.B != 1 {
		t.Errorf("%+v, %v", answer, err)
	}
}

// No redirection is followed, to whatever place.
func TestRedirect(t *testing.T) {
	asked := 0
	client, url := serving(t, func(w http.ResponseWriter, r *http.Request) {
		asked++
		http.Redirect(w, r, "/elsewhere", http.StatusTemporaryRedirect)
	})
	if answer, err := JSON(t.Context(), client, url, 1); err != nil || answer.Status != http.StatusTemporaryRedirect || asked != 1 {
		t.Errorf("%d after %d requests, %v", answer.Status, asked, err)
	}
}

func TestUnusableAnswers(t *testing.T) {
	for name, body := range map[string]string{"huge": strings.Repeat(" ", MaxAnswer+1) + "{}", "garbage": "<html>", "truncated": `{"a":`, "empty": "", "two": "{} {}"} {
		client, url := serving(t, func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte(body)) })
		answer, err := Get(t.Context(), client, url)
		if err != nil || len(answer.Body) > MaxAnswer {
			t.Fatalf("%s: %v", name, err)
		}
		if err := answer.Decode(new(struct{})); err == nil {
			t.Errorf("%s passes", name)
		}
	}
	client, url := serving(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "100")
		w.Write([]byte("{}"))
	})
	if answer, err := Get(t.Context(), client, url); err != nil || !answer.Cut {
		t.Errorf("broken off: %+v, %v", answer, err)
	}
}

// What is asked for holds keys: no error repeats it.
func TestErrorsHoldNoAddress(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, cancelled := Get(ctx, NewClient(nil), "http://127.0.0.1:1/?key=hunter2")
	_, refused := Get(t.Context(), NewClient(nil), "http://127.0.0.1:1/?key=hunter2")
	_, unparsed := JSON(t.Context(), NewClient(nil), "http://a b/?key=hunter2\x7f", 1)
	_, unknown := JSON(t.Context(), NewClient(nil), "gopher://a/?key=hunter2", 1)
	reach := Reach(t.Context(), NewClient(nil), "http://127.0.0.1:1/?key=hunter2\x7f")
	for i, err := range []error{cancelled, refused, unparsed, unknown, reach} {
		if err == nil || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%d: %v", i, err)
		}
	}
	if _, err := JSON(t.Context(), NewClient(nil), "http://127.0.0.1:1", func() {}); err == nil {
		t.Error("what is no JSON is sent")
	}
}

func TestReach(t *testing.T) {
	path := ""
	client, url := serving(t, func(w http.ResponseWriter, r *http.Request) {
		path = r.Method + r.URL.String()
		w.WriteHeader(http.StatusNotFound)
	})
	if err := Reach(t.Context(), client, url+"/hook?key=hunter2"); err != nil || path != "HEAD/" {
		t.Errorf("%q, %v", path, err)
	}
}

func TestRetryAfter(t *testing.T) {
	now := time.Date(2026, 3, 2, 14, 0, 0, 0, time.UTC)
	for value, want := range map[string]time.Duration{
		"": 0, "7": 7 * time.Second, "-7": 0, "x": 0, "2000000000": 24 * time.Hour, "99999999999999999999": 0,
		"Mon, 02 Mar 2026 14:01:00 GMT": time.Minute, "Mon, 02 Mar 2026 13:00:00 GMT": 0,
	} {
		a := Answer{Header: http.Header{"Retry-After": {value}}}
		if got := a.RetryAfter(now); got != want {
			t.Errorf("%q: %s, want %s", value, got, want)
		}
	}
}

func TestCheckURL(t *testing.T) {
	for raw, want := range map[string]bool{
		"https://h/p?q=1": true, "http://127.0.0.1:8/p": true, "http://localhost/": true, "http://[::1]/": true, "http://h/": false,
		"https://u:p@h/": false, "https://": false, "h": false, "https://h/#f": false, "ftp://h/": false, "https://h\x7f": false, "": false,
	} {
		if err := CheckURL(raw, false); (err == nil) != want {
			t.Errorf("%q: %v", raw, err)
		}
	}
	if CheckURL("http://h/", true) != nil || CheckURL("ftp://h/", true) == nil {
		t.Error("allow_http allows http, and that only")
	}
}

func TestCode(t *testing.T) {
	for text, want := range map[string]Code{
		`0`: {0, true}, `"0"`: {0, true}, `45009`: {45009, true}, `"45009"`: {45009, true}, `-1`: {-1, true},
		`null`: {}, `""`: {}, `"ok"`: {}, `0.5`: {}, `true`: {}, `{}`: {}, `[0]`: {}, `"0x0"`: {},
	} {
		var got struct{ C Code }
		if err := json.Unmarshal([]byte(`{"c":`+text+`}`), &got); err != nil || got.C != want || got.C.OK() != (want == Code{0, true}) {
			t.Errorf("%s: %v, %v", text, got.C, err)
		}
	}
	if (Code{}).String() != "missing" || (Code{7, true}).String() != "7" {
		t.Error("strings")
	}
}

// Success needs a zero that is there, whatever else comes.
func FuzzCode(f *testing.F) {
	for _, seed := range []string{`{"errcode":0}`, `{"errcode":"0"}`, `{}`, `{"errcode":null}`, `{"errcode":{}}`, `{"errcode":0`, `[]`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, body string) {
		answer := Answer{Status: 200, Body: []byte(body)}
		var got struct {
			Code Code `json:"errcode"`
		}
		if err := answer.Decode(&got); err == nil && got.Code.OK() && !strings.Contains(body, "0") {
			t.Errorf("%q passes for success", body)
		}
	})
}
