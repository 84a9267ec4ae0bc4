package main

import (
	"go/ast"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// importRule says what a folder's production files may import of ours, and which
// other packages (prefixes) and calls they may not use.
type importRule struct {
	ours      string
	forbidden string
}

// Database, network, process and metrics packages, which pure folders do without.
const (
	network   = "net os/exec syscall github.com/eclipse/paho.mqtt.golang github.com/nats-io "
	databases = "database/sql github.com/mattn/go-sqlite3 github.com/jackc/pgx github.com/influxdata "
	metrics   = "github.com/prometheus "
	impure    = network + databases + metrics + "log os time.Now "
)

// importTable is the table of ARCHITECTURE.md.
func importTable() map[string]importRule {
	return map[string]importRule{
		"geo":                       {"", impure},
		"strict":                    {"", impure},
		"roster":                    {"geo strict", impure},
		"seal":                      {"", network + databases + metrics + "os log time.Now"},
		"event":                     {"geo roster", impure},
		"rules":                     {"geo roster event strict", network + databases + metrics + "time.Now"},
		"ingest":                    {"geo roster event", databases},
		"journal":                   {"geo roster event", databases},
		"alerts":                    {"geo roster rules alerts/notice alerts/duty", network + databases + "time.Now"},
		"alerts/notice":             {"roster", impure},
		"alerts/duty":               {"roster strict", impure},
		"alerts/*":                  {"geo strict roster rules alerts alerts/notice alerts/*", databases},
		"backtest":                  {"roster rules alerts alerts/duty", impure},
		"evidence":                  {"geo roster event rules alerts alerts/notice seal", network + databases + metrics + "os log time.Now"},
		"registers":                 {"roster", impure},
		"plans":                     {"roster rules strict", impure},
		"store":                     {"geo roster event rules alerts alerts/notice alerts/duty registers plans seal store/database store/audit store/access store/outbox store/entries store/tracks", ""},
		"store/database":            {"roster seal", ""},
		"store/audit":               {"roster seal store/database", network + "os time.Now"},
		"store/access":              {"roster store/database store/audit", network + "os time.Now"},
		"store/outbox":              {"roster rules alerts/notice store/database", network + "os time.Now"},
		"store/entries":             {"roster registers store/database store/audit", network + "os time.Now"},
		"store/storetest":           {"alerts alerts/notice roster rules seal store store/audit bench", ""},
		"store/tracks":              {"geo roster event store/database", ""},
		"web":                       {"geo roster rules alerts alerts/notice alerts/duty registers plans web", databases},
		"web/provider":              {"", databases + metrics + "os log time.Now"},
		"web/provider/providertest": {"", databases},
		"sim":                       {"geo roster event", databases},
		"cmd/correctiond":           {"geo roster event rules ingest journal alerts alerts/notice alerts/duty alerts/* backtest evidence registers plans seal store store/database store/audit store/access store/entries store/tracks strict web web/provider sim", ""},
		"bench":                     {"geo roster event rules ingest journal alerts alerts/duty store store/tracks web sim bench", ""},
	}
}

func TestImportTable(t *testing.T) {
	for _, file := range sources(t) {
		if file.test {
			continue
		}
		rule, known := importTable()[generic(file.dir)]
		if !known {
			t.Errorf("%s: the folder %s is not in the table", file.name, file.dir)
			continue
		}
		for _, spec := range file.ast.Imports {
			checkImport(t, file, rule, strings.Trim(spec.Path.Value, `"`))
		}
		if strings.Contains(rule.forbidden, "time.Now") && callsNow(file.ast) {
			t.Errorf("%s: asks the clock; take the time as an argument", file.name)
		}
	}
}

// generic maps a channel's folder to the row of all channels.
func generic(dir string) string {
	switch top, sub, nested := strings.Cut(dir, "/"); {
	case nested && top == "alerts" && sub != "notice" && sub != "duty":
		return "alerts/*"
	case top == "bench":
		return top
	}
	return dir
}

func checkImport(t *testing.T, file source, rule importRule, imported string) {
	t.Helper()
	if own, ok := strings.CutPrefix(imported, "correctiond/"); ok {
		if !slices.Contains(strings.Fields(rule.ours), generic(own)) {
			t.Errorf("%s: %s may not import %s", file.name, file.dir, own)
		}
		return
	}
	for bad := range strings.FieldsSeq(rule.forbidden) {
		if imported == bad || strings.HasPrefix(imported, bad+"/") {
			t.Errorf("%s: %s may not use %s", file.name, file.dir, imported)
		}
	}
	if strings.HasPrefix(imported, "github.com/uber/h3-go") && file.dir != "geo" {
		t.Errorf("%s: only geo may use H3", file.name)
	}
}

func callsNow(file *ast.File) bool {
	found := false
	ast.Inspect(file, func(n ast.Node) bool {
		if sel, ok := n.(*ast.SelectorExpr); ok {
			pkg, isName := sel.X.(*ast.Ident)
			found = found || isName && pkg.Name == "time" && slices.Contains([]string{"Now", "Since", "Until"}, sel.Sel.Name)
		}
		return true
	})
	return found
}

// The longest chain of imports among the packages below the programs, cmd and bench,
// and what tests alone use has at most five steps.
func TestImportDepth(t *testing.T) {
	imports := map[string][]string{}
	for _, file := range sources(t) {
		for _, spec := range file.ast.Imports {
			if own, ok := strings.CutPrefix(strings.Trim(spec.Path.Value, `"`), "correctiond/"); ok && !file.test {
				imports[file.dir] = append(imports[file.dir], own)
			}
		}
	}
	var depth func(dir string) int
	depth = func(dir string) int {
		deepest := -1
		for _, next := range imports[dir] {
			deepest = max(deepest, depth(next))
		}
		return deepest + 1
	}
	for dir := range imports {
		if n := depth(dir); n > 5 && !strings.HasPrefix(dir, "cmd/") && dir != "bench" && dir != "store/storetest" {
			t.Errorf("%s: %d steps of imports", dir, n)
		}
	}
}

// goFiles lists the module's Go files by slash path, without test data.
func goFiles(t *testing.T) []string {
	t.Helper()
	var all []string
	root := filepath.Join("..", "..")
	err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		base := d.Name()
		if d.IsDir() && name != root && (base == "testdata" || base == "node_modules" || strings.HasPrefix(base, ".") || strings.HasPrefix(base, "_")) {
			return filepath.SkipDir
		}
		if path.Ext(base) == ".go" {
			rel, err := filepath.Rel(root, name)
			all = append(all, filepath.ToSlash(rel))
			return err
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}
