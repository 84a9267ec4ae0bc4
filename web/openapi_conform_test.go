package web_test

import (
	"encoding/json"
	"mime"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
)

// find matches a request to an operation, as a program would that has read the
// document: fixed parts of a path go before parameters.
func (d spec) find(method, path string) map[string]any {
	paths, _ := d["paths"].(map[string]any)
	var best string
	for pattern := range paths {
		if fits(pattern, path) && (best == "" || strings.Count(pattern, "{") < strings.Count(best, "{")) {
			best = pattern
		}
	}
	if method == http.MethodHead {
		method = http.MethodGet
	}
	op, _ := at(paths, best, strings.ToLower(method)).(map[string]any)
	return op
}

func fits(pattern, path string) bool {
	want, have := strings.Split(pattern, "/"), strings.Split(path, "/")
	if len(want) != len(have) {
		return false
	}
	for i := range want {
		if want[i] != have[i] && (!strings.HasPrefix(want[i], "{") || have[i] == "") {
			return false
		}
	}
	return true
}

// broken says how an answer differs from what the document promises, "" when it
// does not. Paths that the document does not have are not judged.
func (d spec) broken(method, path string, rec *httptest.ResponseRecorder) string {
	op := d.find(method, path)
	if op == nil {
		return ""
	}
	promised, ok := at(op, "responses", strconv.Itoa(rec.Code)).(map[string]any)
	if !ok && rec.Code < 500 {
		return "status " + strconv.Itoa(rec.Code) + " is not described"
	}
	if !ok {
		promised, _ = at(op, "responses", "default").(map[string]any)
	}
	content, _ := d.resolve(promised)["content"].(map[string]any)
	kind, _, _ := mime.ParseMediaType(rec.Header().Get("Content-Type"))
	media, described := content[kind]
	if !described && len(content) > 0 && content["application/octet-stream"] == nil {
		return "media type " + kind + " is not described"
	}
	if !strings.Contains(kind, "json") || method == http.MethodHead {
		return ""
	}
	var v any
	if err := json.Unmarshal(rec.Body.Bytes(), &v); err != nil {
		return err.Error()
	}
	return d.check(at(media, "schema"), v, "answer")
}

// conforms holds every answer of every test against the document.
func (s *site) conforms(r *http.Request, rec *httptest.ResponseRecorder) {
	s.t.Helper()
	if bad := document(s.t).broken(r.Method, r.URL.Path, rec); bad != "" {
		s.t.Errorf("%s %s: %d differs from the document: %s", r.Method, r.URL.Path, rec.Code, bad)
	}
}
