package web_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"correctiond/rules"
	"correctiond/web"
)

// served is the document as a server without any state answers it.
var served = sync.OnceValues(func() (spec, error) {
	srv, err := web.New(web.Config{}, web.Deps{})
	if err != nil {
		return nil, err
	}
	rec := httptest.NewRecorder()
	srv.Handler().ServeHTTP(rec, httptest.NewRequest("GET", "/api/v1/openapi.json", nil))
	return readSpec(rec.Body.Bytes())
})

func document(t testing.TB) spec {
	t.Helper()
	d, err := served()
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// operations lists "GET /path" of the document with what it says.
func (d spec) operations() map[string]map[string]any {
	out := map[string]map[string]any{}
	paths, _ := d["paths"].(map[string]any)
	for path, item := range paths {
		for method, op := range item.(map[string]any) {
			if o, ok := op.(map[string]any); ok && method != "parameters" {
				out[strings.ToUpper(method)+" "+path] = o
			}
		}
	}
	return out
}

// parameters are those of the path and of the operation, references resolved.
func (d spec) parameters(line string) []map[string]any {
	method, path, _ := strings.Cut(line, " ")
	item, _ := at(map[string]any(d), "paths", path).(map[string]any)
	var out []map[string]any
	for _, list := range []any{item["parameters"], at(item, strings.ToLower(method), "parameters")} {
		params, _ := list.([]any)
		for _, p := range params {
			out = append(out, d.resolve(p))
		}
	}
	return out
}

func TestDocumentAndRoutesAreTheSame(t *testing.T) {
	ops := document(t).operations()
	served := map[string]bool{}
	for _, line := range web.APIRoutes() {
		served[line] = true
		if ops[line] == nil {
			t.Errorf("%s is served and not described", line)
		}
	}
	ids := map[any]string{}
	for line, op := range ops {
		if !served[line] {
			t.Errorf("%s is described and not served", line)
		}
		if other := ids[op["operationId"]]; other != "" || op["operationId"] == nil {
			t.Errorf("%s has the operationId %v, as %q", line, op["operationId"], other)
		}
		ids[op["operationId"]] = line
	}
}

func TestDocumentNamesThePartsOfEachPath(t *testing.T) {
	d := document(t)
	for line := range d.operations() {
		var want, have []string
		for part := range strings.SplitSeq(line, "/") {
			if name, ok := strings.CutPrefix(part, "{"); ok {
				want = append(want, strings.TrimSuffix(name, "}"))
			}
		}
		for _, p := range d.parameters(line) {
			if p["in"] == "path" {
				have = append(have, p["name"].(string))
			}
		}
		if !slices.Equal(want, have) {
			t.Errorf("%s has the parts %v, described are %v", line, want, have)
		}
	}
}

// Who may do what stands in the table of routes; the document repeats it, and
// every role is answered accordingly.
func TestDocumentSaysWhoMayDoWhat(t *testing.T) {
	d := document(t)
	s := newTown(t)
	s.raise(episode("a1", rules.P3, "O1"))
	for line, op := range d.operations() {
		if list, ok := op["security"].([]any); ok && len(list) == 0 {
			continue
		}
		allowed, _ := op["x-roles"].([]any)
		url := strings.NewReplacer("{id}", "S1", "{sha256}", strings.Repeat("0", 64)).Replace(line)
		if strings.HasSuffix(url, "/stream") {
			continue // it does not end; who may is judged before
		}
		for _, role := range []string{"officer", "social_worker", "office_head", "district", "procurator", "ops", "admin"} {
			got := s.do(url, bearer("token-"+role)).Code != http.StatusForbidden
			if got != slices.Contains(allowed, any(role)) {
				t.Errorf("%s as %s: let through is %v, described are %v", line, role, got, allowed)
			}
		}
		want(t, s.do(url), http.StatusUnauthorized)
	}
}

// Every parameter of a query that a handler reads is described, and none that
// nobody reads.
func TestDocumentNamesEveryParameterOfQueries(t *testing.T) {
	d := document(t)
	described, read := map[string]bool{}, map[string]bool{}
	for line := range d.operations() {
		for _, p := range d.parameters(line) {
			if p["in"] == "query" {
				described[p["name"].(string)] = true
			}
		}
	}
	for _, name := range queryNames(t) {
		read[name] = true
		if !described[name] {
			t.Errorf("?%s= is read and not described", name)
		}
	}
	for name := range described {
		if !read[name] {
			t.Errorf("?%s= is described and nobody reads it", name)
		}
	}
}

// queryNames finds what the sources of the API take out of a query.
func queryNames(t *testing.T) (names []string) {
	t.Helper()
	files, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if !strings.HasSuffix(f.Name(), ".go") || strings.HasSuffix(f.Name(), "_test.go") || strings.HasPrefix(f.Name(), "page") {
			continue
		}
		tree, err := parser.ParseFile(token.NewFileSet(), f.Name(), nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(tree, func(n ast.Node) bool {
			if call, ok := n.(*ast.CallExpr); ok {
				names = append(names, queryName(call)...)
			}
			return true
		})
	}
	return names
}

// queryName is the literal that a call reads from a query: q.Get("x"),
// Query().Get("x"), values(q, "x"), readTime(q, "x"), readFlag(q, "x").
func queryName(call *ast.CallExpr) []string {
	arg := 0
	switch fun := call.Fun.(type) {
	case *ast.SelectorExpr:
		x, named := fun.X.(*ast.Ident)
		_, called := fun.X.(*ast.CallExpr)
		if fun.Sel.Name != "Get" || !called && !(named && x.Name == "q") {
			return nil
		}
	case *ast.Ident:
		if !slices.Contains([]string{"values", "readTime", "readFlag"}, fun.Name) {
			return nil
		}
		arg = 1
	default:
		return nil
	}
	if len(call.Args) <= arg {
		return nil
	}
	lit, ok := call.Args[arg].(*ast.BasicLit)
	if !ok {
		return nil
	}
	name, err := strconv.Unquote(lit.Value)
	if err != nil {
		return nil
	}
	return []string{name}
}

func TestDocumentIsServedOnceToEachCaller(t *testing.T) {
	s := newSite(t)
	first := s.do("GET /api/v1/openapi.json")
	want(t, first, 200, `"openapi":"3.1.0"`)
	if name := os.Getenv("OPENAPI_FILE"); name != "" { // for .ci/openapi
		if err := os.WriteFile(name, first.Body.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	again := s.do("GET /api/v1/openapi.json", header("If-None-Match", "W/"+first.Header().Get("ETag")))
	if again.Code != http.StatusNotModified || again.Body.Len() != 0 {
		t.Errorf("%d with %d bytes", again.Code, again.Body.Len())
	}
	s.raise(episode("a1", rules.P3, "O1"))
	tag := s.do("GET /api/v1/alerts/a1", bearer("token-officer")).Header().Get("ETag")
	want(t, s.do("GET /api/v1/alerts/a1", bearer("token-officer"), header("If-None-Match", `"0", `+tag)), http.StatusNotModified)
	want(t, s.do("GET /api/v1/alerts/a1", bearer("token-officer"), header("If-None-Match", `"0"`)), 200)
}

func TestProblemsAreComplete(t *testing.T) {
	s := newSite(t)
	want(t, s.do("GET /api/v1/alerts?limit=0", bearer("token-officer")), 400,
		`{"type":"about:blank","title":"Bad Request","status":400,"detail":"limit is 1 … 500","instance":"/api/v1/alerts","field":"limit"}`)
	want(t, s.do("GET /api/v1/alerts/no/way"), 404, `"title":"Not Found"`, `"instance":"/api/v1/alerts/no/way"`)
	want(t, s.do("GET /api/v1/alerts"), 401, fmt.Sprintf(`"status":%d`, 401))
}
