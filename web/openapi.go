package web

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io/fs"
	"net/http"
	"strings"

	"go.yaml.in/yaml/v3"
)

//go:embed openapi/*.yaml
var openAPIParts embed.FS

// described is the OpenAPI document as it is served, with its ETag.
type described struct {
	body []byte
	etag string
}

// describe joins the parts of the document and adds to each operation what the
// table of routes says of it, so that rights are written down once.
func describe() (described, error) {
	doc := map[string]any{}
	names, err := fs.Glob(openAPIParts, "openapi/*.yaml")
	if err != nil {
		return described{}, fmt.Errorf("list openapi: %w", err)
	}
	for _, name := range names {
		text, err := openAPIParts.ReadFile(name)
		if err != nil {
			return described{}, fmt.Errorf("read openapi: %w", err)
		}
		part := map[string]any{}
		if err := yaml.Unmarshal(text, &part); err != nil {
			return described{}, fmt.Errorf("read %s: %w", name, err)
		}
		join(doc, part)
	}
	for _, rt := range allRoutes() {
		if op := operation(doc, rt.pattern); op != nil {
			secured(op, rt.need)
		}
	}
	body, err := json.Marshal(doc)
	if err != nil {
		return described{}, fmt.Errorf("encode openapi: %w", err)
	}
	sum := sha256.Sum256(body)
	return described{body: body, etag: `"` + hex.EncodeToString(sum[:8]) + `"`}, nil
}

// join adds what a part holds; mappings are joined, all else is replaced.
func join(into, part map[string]any) {
	for key, v := range part {
		inner, isMap := v.(map[string]any)
		have, exists := into[key].(map[string]any)
		if isMap && exists {
			join(have, inner)
			continue
		}
		into[key] = v
	}
}

// operation finds what the document says of a route, nil when nothing.
func operation(doc map[string]any, pattern string) map[string]any {
	method, path, _ := strings.Cut(pattern, " ")
	paths, _ := doc["paths"].(map[string]any)
	item, _ := paths[path].(map[string]any)
	op, _ := item[strings.ToLower(method)].(map[string]any)
	return op
}

// secured says who may use an operation, and how the others are answered.
func secured(op map[string]any, need right) {
	problem := map[string]any{"$ref": "#/components/responses/Problem"}
	answers := map[string]any{"default": problem}
	if old, ok := op["responses"].(map[string]any); ok {
		join(answers, old) // shared between operations: never written to
	}
	op["responses"] = answers
	if need == anyone {
		op["security"] = []any{}
		return
	}
	answers["401"], answers["403"] = problem, problem
	allowed := []Role{}
	for _, r := range roles() {
		if r.all()&need == need {
			allowed = append(allowed, r)
		}
	}
	op["x-roles"] = allowed
}

// getOpenAPI answers the document.
func (s *Server) getOpenAPI(w http.ResponseWriter, r *http.Request, c *caller) {
	doc, err := s.described()
	if err != nil {
		s.broken(w, r, c, err)
		return
	}
	if fresh(w, r, doc.etag) {
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(doc.body)
}

// fresh sets the ETag, and answers 304 itself when the caller has that version
// (RFC 9110 section 13.1.2: compared weakly).
func fresh(w http.ResponseWriter, r *http.Request, etag string) bool {
	w.Header().Set("ETag", etag)
	for tag := range strings.SplitSeq(r.Header.Get("If-None-Match"), ",") {
		tag = strings.TrimPrefix(strings.TrimSpace(tag), "W/")
		if tag == etag || tag == "*" {
			w.WriteHeader(http.StatusNotModified)
			return true
		}
	}
	return false
}
