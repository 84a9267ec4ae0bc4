package main

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"
)

// apiClient speaks to the daemon as an officer's program would.
type apiClient struct {
	t     *testing.T
	base  string
	token string
	http  *http.Client
}

func newAPIClient(t *testing.T, addr string) *apiClient {
	c := &http.Client{
		Timeout: 10 * time.Second, Transport: &http.Transport{},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	t.Cleanup(c.CloseIdleConnections)
	return &apiClient{t: t, base: "http://" + addr, http: c}
}

// alertDoc is what the tests read of an alert.
type alertDoc struct {
	ID, Kind, Subject, Severity, State, Condition, Started string

	Ended   *string
	Count   int
	Version int

	Retracted bool
}

// status gives the answer's code, 0 when nobody answers.
func (c *apiClient) status(path string) int {
	resp, err := c.http.Get(c.base + path)
	if err != nil {
		return 0
	}
	resp.Body.Close()
	return resp.StatusCode
}

// do sends a request and returns the answer with its body.
func (c *apiClient) do(method, path, body string, header ...string) (*http.Response, string) {
	c.t.Helper()
	req, err := http.NewRequest(method, c.base+path, strings.NewReader(body))
	if err != nil {
		c.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+c.token)
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	resp, err := c.http.Do(req)
	if err != nil {
		c.t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	return resp, string(text)
}

// alerts lists every alert that the query selects.
func (c *apiClient) alerts(query string) []alertDoc {
	c.t.Helper()
	var all []alertDoc
	for next := ""; ; {
		resp, text := c.do("GET", "/api/v1/alerts?limit=500&"+query+next, "")
		var page struct {
			Items []alertDoc
			Next  *string
		}
		if err := json.Unmarshal([]byte(text), &page); err != nil || resp.StatusCode != http.StatusOK {
			c.t.Fatalf("list alerts: %d %v\n%s", resp.StatusCode, err, text)
		}
		all = append(all, page.Items...)
		if page.Next == nil {
			return all
		}
		next = "&cursor=" + *page.Next
	}
}

// wantAlert waits for the one alert of a kind about a person.
func (c *apiClient) wantAlert(kind, subject string, holds func(*alertDoc) bool) alertDoc {
	c.t.Helper()
	var found alertDoc
	eventually(c.t, 15*time.Second, kind+" about "+subject+" as expected", func() bool {
		list := c.alerts("kind=" + kind + "&subject=" + subject)
		if len(list) > 1 {
			c.t.Fatalf("%d alerts %s about %s", len(list), kind, subject)
		}
		if len(list) == 1 {
			found = list[0]
		}
		return len(list) == 1 && (holds == nil || holds(&found))
	})
	return found
}

// act does something with the alert as it was seen and returns the answer.
func (c *apiClient) act(a *alertDoc, action, body string) (int, string) {
	c.t.Helper()
	resp, text := c.do("POST", "/api/v1/alerts/"+a.ID+"/"+action, body, "If-Match", strconv.Quote(strconv.Itoa(a.Version)))
	if resp.StatusCode == http.StatusOK {
		if err := json.Unmarshal([]byte(text), a); err != nil {
			c.t.Fatal(err)
		}
	}
	return resp.StatusCode, text
}

// sse is one server-sent event.
type sse struct {
	id, event, data string
	got             time.Time
}

// stream follows the live events, from after an id if one is given, until the
// test or the function it returns ends it. The channel closes with the stream.
func (c *apiClient) stream(lastID string) (<-chan sse, func()) {
	c.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	req, err := http.NewRequestWithContext(ctx, "GET", c.base+"/stream", nil)
	if err != nil {
		c.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+c.token)
	if lastID != "" {
		req.Header.Set("Last-Event-ID", lastID)
	}
	resp, err := (&http.Client{Transport: c.http.Transport}).Do(req)
	if err != nil || resp.StatusCode != http.StatusOK {
		c.t.Fatalf("open stream: %v %v", resp, err)
	}
	events, ended := make(chan sse, 1000), make(chan struct{})
	go func() {
		defer close(ended)
		defer close(events)
		defer resp.Body.Close()
		readEvents(resp.Body, events)
	}()
	stop := func() {
		cancel()
		<-ended
	}
	c.t.Cleanup(stop)
	return events, stop
}

func readEvents(r io.Reader, events chan<- sse) {
	var ev sse
	for lines := bufio.NewScanner(r); lines.Scan(); {
		name, value, _ := strings.Cut(lines.Text(), ": ")
		switch name {
		case "id":
			ev.id = value
		case "event":
			ev.event = value
		case "data":
			ev.data = value
		case "":
			if ev.event != "" {
				ev.got = time.Now()
				events <- ev
			}
			ev = sse{}
		}
	}
}

// wantEvent waits for the next event of that name whose data holds a text.
func wantEvent(t *testing.T, events <-chan sse, within time.Duration, name, holds string) sse {
	t.Helper()
	within *= patience
	deadline := time.NewTimer(within)
	defer deadline.Stop()
	for {
		select {
		case ev, open := <-events:
			if !open {
				t.Fatalf("the stream ended before %s with %s", name, holds)
			}
			if ev.event == name && strings.Contains(ev.data, holds) {
				return ev
			}
		case <-deadline.C:
			t.Fatalf("no %s with %s within %v", name, holds, within)
		}
	}
}

// metric reads a counter or gauge by its full name with labels; absent is 0.
func (w *world) metric(name string) float64 {
	w.t.Helper()
	for line := range strings.Lines(w.metrics()) {
		if rest, ok := strings.CutPrefix(line, name+" "); ok {
			v, err := strconv.ParseFloat(strings.TrimSpace(rest), 64)
			if err != nil {
				w.t.Fatal(err)
			}
			return v
		}
	}
	return 0
}

func (w *world) metrics() string {
	w.t.Helper()
	resp, err := w.api.http.Get("http://" + w.prom + "/metrics")
	if err != nil {
		w.t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	return string(text)
}
