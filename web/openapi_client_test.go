package web_test

import (
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"correctiond/rules"
)

// client is a program written from the document alone: it is told the address,
// fetches the document there and calls operations by their ids. It checks what
// it sends and what it gets against the document.
type client struct {
	t     *testing.T
	http  *http.Client
	base  string
	token string
	doc   spec
}

func newClient(t *testing.T, base, token string) *client {
	c := &client{t: t, http: http.DefaultClient, base: base, token: token}
	resp, err := c.http.Get(base + "/api/v1/openapi.json")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if err := json.NewDecoder(resp.Body).Decode(&c.doc); err != nil {
		t.Fatal(err)
	}
	return c
}

// args are the parameters of a call, by name, and its body.
type args struct {
	params map[string]string
	body   map[string]any
}

// reply is an answer whose shape the document promised.
type reply struct {
	status int
	etag   string
	body   map[string]any
}

func (c *client) call(id string, a args) reply {
	c.t.Helper()
	line, op := c.operation(id)
	req := c.request(line, op, a)
	resp, err := c.http.Do(req)
	if err != nil {
		c.t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	rec := httptest.NewRecorder()
	rec.Code = resp.StatusCode
	maps.Copy(rec.Header(), resp.Header)
	rec.Body.Write(text)
	if bad := c.doc.broken(req.Method, req.URL.Path, rec); bad != "" {
		c.t.Errorf("%s: %d breaks its promise: %s", id, resp.StatusCode, bad)
	}
	out := reply{status: resp.StatusCode, etag: resp.Header.Get("ETag")}
	_ = json.Unmarshal(text, &out.body) // whether it had to be JSON is judged above
	return out
}

func (c *client) operation(id string) (line string, op map[string]any) {
	c.t.Helper()
	for line, op := range c.doc.operations() {
		if op["operationId"] == id {
			return line, op
		}
	}
	c.t.Fatalf("the document has no operation %s", id)
	return "", nil
}

// request fills in path, query and headers as the parameters are declared, and
// refuses to send what the document does not allow.
func (c *client) request(line string, op map[string]any, a args) *http.Request {
	c.t.Helper()
	method, path, _ := strings.Cut(line, " ")
	query, header := url.Values{}, http.Header{"Authorization": {"Bearer " + c.token}}
	used := 0
	for _, p := range c.doc.parameters(line) {
		name := p["name"].(string)
		value, given := a.params[name]
		if !given && p["required"] == true {
			c.t.Fatalf("%s needs %s", line, name)
		}
		if !given {
			continue
		}
		used++
		switch p["in"] {
		case "path":
			path = strings.Replace(path, "{"+name+"}", url.PathEscape(value), 1)
		case "query":
			query.Set(name, value)
		case "header":
			header.Set(name, value)
		}
	}
	if used != len(a.params) {
		c.t.Fatalf("%s does not have every parameter of %v", line, a.params)
	}
	var body io.Reader
	if a.body != nil {
		text := c.encode(line, op, a.body)
		body, header["Content-Type"] = strings.NewReader(text), []string{"application/json"}
	}
	req, err := http.NewRequestWithContext(c.t.Context(), method, c.base+path+"?"+query.Encode(), body)
	if err != nil {
		c.t.Fatal(err)
	}
	req.Header = header
	return req
}

func (c *client) encode(line string, op, body map[string]any) string {
	c.t.Helper()
	schema := at(op, "requestBody", "content", "application/json", "schema")
	if bad := c.doc.check(schema, body, "body"); bad != "" {
		c.t.Fatalf("%s: %s", line, bad)
	}
	text, err := json.Marshal(body)
	if err != nil {
		c.t.Fatal(err)
	}
	return string(text)
}

func (c *client) want(id string, a args, status int) reply {
	c.t.Helper()
	got := c.call(id, a)
	if got.status != status {
		c.t.Fatalf("%s: %d, want %d: %v", id, got.status, status, got.body)
	}
	return got
}

func TestClientOfTheDocumentDrivesACase(t *testing.T) {
	s := newTown(t)
	for _, id := range []string{"a1", "a2"} {
		ep := episode(id, rules.P2, "O1")
		ep.Subject = "S1"
		s.raise(ep)
	}
	srv := httptest.NewServer(s.srv.Handler())
	defer srv.Close()
	defer srv.CloseClientConnections()
	c := newClient(t, srv.URL, "token-officer")

	list := c.want("listAlerts", args{params: map[string]string{"state": "open", "severity": "P1,P2", "limit": "1"}}, 200)
	more := c.want("listAlerts", args{params: map[string]string{"state": "open", "cursor": list.body["next"].(string)}}, 200)
	if len(list.body["items"].([]any)) != 1 || len(more.body["items"].([]any)) != 1 {
		t.Fatalf("pages of %v and %v", list.body, more.body)
	}
	id := list.body["items"].([]any)[0].(map[string]any)["id"].(string)
	alert := map[string]string{"id": id}
	seen := c.want("getAlert", args{params: alert}, 200)
	c.want("getAlert", args{params: map[string]string{"id": id, "If-None-Match": seen.etag}}, 304)

	as := func(etag string) map[string]string { return map[string]string{"id": id, "If-Match": etag} }
	taken := c.want("ackAlert", args{params: as(seen.etag)}, 200)
	stale := c.want("noteAlert", args{params: as(seen.etag), body: map[string]any{"text": "已电话联系"}}, 412)
	if stale.etag != taken.etag || stale.body["state"] != "acknowledged" {
		t.Errorf("a stale version is answered with %v", stale)
	}
	noted := c.want("noteAlert", args{params: as(stale.etag), body: map[string]any{"text": "已电话联系", "about": "contact"}}, 200)
	ended := c.want("closeAlert", args{params: as(noted.etag), body: map[string]any{"outcome": "confirmed", "reason": "本人承认离开"}}, 200)
	c.want("ackAlert", args{params: as(ended.etag)}, 409)
	again := c.want("reopenAlert", args{params: as(ended.etag), body: map[string]any{"reason": "证据补充"}}, 200)
	whole := c.want("getAlert", args{params: alert}, 200)
	var did []string
	for _, row := range whole.body["timeline"].([]any) {
		did = append(did, row.(map[string]any)["what"].(string))
	}
	if !slices.Equal(did, []string{"opened", "ack", "note", "close", "reopen"}) || whole.etag != again.etag {
		t.Errorf("done: %v at %s", did, whole.etag)
	}
	c.want("recordContact", args{params: map[string]string{"id": "S1"}, body: map[string]any{"result": "reached"}}, 200)
	c.want("getRisk", args{params: map[string]string{"id": "S1", "lang": "en"}}, 200)
	c.want("getRisk", args{params: map[string]string{"id": "S3"}}, 404)
}
