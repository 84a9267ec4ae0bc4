package main

import (
	"encoding/json"
	"net/http"
	"net/url"
	"path"
	"strings"
	"testing"
	"time"
)

// parameter of an operation of the API's document, or where it stands there.
type parameter struct {
	Name, In string
	Ref      string `json:"$ref"`
}

// reading is an operation that only reads.
type readingOperation struct {
	path       string
	parameters []parameter
}

// readings lists what the served document has under GET, with its parameters.
func (c *apiClient) readings() (list []readingOperation) {
	c.t.Helper()
	_, text := c.do("GET", "/api/v1/openapi.json", "")
	type operation struct{ Parameters []parameter }
	var doc struct {
		Paths map[string]struct {
			Parameters []parameter
			Get        *operation
		}
		Components struct{ Parameters map[string]parameter }
	}
	if err := json.Unmarshal([]byte(text), &doc); err != nil {
		c.t.Fatal(err)
	}
	for at, item := range doc.Paths {
		if item.Get == nil || strings.HasSuffix(at, "/stream") {
			continue
		}
		op := readingOperation{path: at}
		for _, p := range append(item.Parameters, item.Get.Parameters...) {
			if p.Ref != "" {
				p = doc.Components.Parameters[path.Base(p.Ref)]
			}
			op.parameters = append(op.parameters, p)
		}
		list = append(list, op)
	}
	return list
}

// injections are values that mean something to a database that takes them as words
// of a statement.
func injections() []string {
	return []string{
		`x' OR 1=1 --`, `"; DROP TABLE alerts; --`, `x') UNION SELECT 1,2,3 --`, `%' OR office LIKE '%`, "x\x00y",
	}
}

// SQL in every filter and path of the API is text: nothing of another office is
// shown, nothing changes, no answer is an error of the database.
func TestLiveSQLInEveryFilter(t *testing.T) {
	for name, flags := range map[string]func(t *testing.T) []string{
		"SQLite":     func(*testing.T) []string { return nil },
		"PostgreSQL": func(t *testing.T) []string { return []string{"--state.url", postgresServer(t).URL("postgres")} },
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.flags = flags(t)
			w.serve()
			w.importRoster(rosterOf(t, person{subject: "S0001", device: "W1"}))
			w.signIn("--role", "officer", "--office", "O1", "--name", "F1")
			owner := w.api.token
			w.deed(http.StatusOK, "lost", "")
			lost := w.api.wantAlert("contact-lost", "S0001", nil)

			for _, role := range []string{"officer", "procurator"} {
				place := map[string][]string{"officer": {"--office", "O2"}, "procurator": {"--district", "D1"}}[role]
				w.signIn(append([]string{"--role", role, "--name", "X9"}, place...)...)
				answers := map[int]int{}
				for _, op := range w.api.readings() {
					w.inject(&op, role == "officer", answers)
				}
				t.Logf("%s: answers by status %v", role, answers)
				if answers[http.StatusOK] < 30 || answers[http.StatusBadRequest] < 60 {
					t.Error("too few of the questions reached a filter")
				}
			}
			w.api.token = owner
			if now := w.api.wantAlert("contact-lost", "S0001", nil); now.State != "open" || now.Version != lost.Version {
				t.Errorf("afterwards the alert is %+v", now)
			}
		})
	}
}

// inject puts each value into each parameter and counts the answers by status.
func (w *world) inject(op *readingOperation, outside bool, answers map[int]int) {
	for _, p := range op.parameters {
		for _, evil := range injections() {
			began := time.Now()
			resp, text := w.api.do("GET", op.with(p.Name, evil), "")
			answers[resp.StatusCode]++
			leaks := outside && strings.Contains(text, `"S0001"`)
			if resp.StatusCode >= 500 || leaks || strings.Contains(strings.ToLower(text), "syntax") || time.Since(began) > 5*patience*time.Second {
				w.t.Errorf("%s %s=%q: %d %.300s", op.path, p.Name, evil, resp.StatusCode, text)
			}
		}
	}
}

// with is the address with a value in one parameter; other parts of the path name
// somebody there is.
func (op *readingOperation) with(name, value string) string {
	at, query := op.path, url.Values{}
	for _, p := range op.parameters {
		switch {
		case p.In == "path" && p.Name == name:
			at = strings.ReplaceAll(at, "{"+p.Name+"}", url.PathEscape(value))
		case p.In == "path":
			at = strings.ReplaceAll(at, "{"+p.Name+"}", "S0001")
		case p.Name == name:
			query.Set(name, value)
		}
	}
	return at + "?" + query.Encode()
}
