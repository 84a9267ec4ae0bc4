package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path"
	"path/filepath"
	"strings"
	"testing"
)

// The budgets of size: what does not fit into them is split, not excused.
const (
	maxFileLines  = 400
	maxFuncLines  = 70
	maxCyclomatic = 12
	maxParams     = 5
	maxNesting    = 3
)

// source is one Go file of the module.
type source struct {
	name, dir string // relative to the module, with slashes
	test      bool
	ast       *ast.File
	pos       *token.FileSet
}

func sources(t *testing.T) []source {
	t.Helper()
	var all []source
	for _, name := range goFiles(t) {
		pos := token.NewFileSet()
		file, err := parser.ParseFile(pos, filepath.Join("..", "..", filepath.FromSlash(name)), nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, source{name, path.Dir(name), strings.HasSuffix(name, "_test.go"), file, pos})
	}
	return all
}

func (s source) line(p token.Pos) int { return s.pos.Position(p).Line }

func (s source) complain(t *testing.T, at token.Pos, format string, args ...any) {
	t.Helper()
	t.Errorf("%s:%d: "+format, append([]any{s.name, s.line(at)}, args...)...)
}

func TestSizes(t *testing.T) {
	for _, s := range sources(t) {
		if n := s.pos.File(s.ast.FileStart).LineCount(); n > maxFileLines {
			s.complain(t, s.ast.FileStart, "file has %d lines, at most %d", n, maxFileLines)
		}
		for _, decl := range s.ast.Decls {
			if fn, ok := decl.(*ast.FuncDecl); ok && fn.Body != nil {
				s.checkFunc(t, fn)
			}
		}
	}
}

func (s source) checkFunc(t *testing.T, fn *ast.FuncDecl) {
	t.Helper()
	for _, budget := range []struct {
		what      string
		got, most int
		tests     bool // holds for tests, too: a table is as long as its cases
	}{
		{"lines", s.line(fn.End()) - s.line(fn.Pos()) + 1, maxFuncLines, false},
		{"cyclomatic complexity", cyclomatic(fn), maxCyclomatic, false},
		{"parameters", fn.Type.Params.NumFields(), maxParams, true},
		{"levels of nesting", nesting(fn.Body), maxNesting, true},
	} {
		if s.test && !budget.tests {
			continue
		}
		if budget.got > budget.most {
			s.complain(t, fn.Pos(), "%s: %s %d, at most %d", fn.Name.Name, budget.what, budget.got, budget.most)
		}
	}
	if fn.Name.Name == "init" && fn.Recv == nil {
		s.complain(t, fn.Pos(), "init hides when things happen; call it where it is needed")
	}
}

func cyclomatic(fn *ast.FuncDecl) int {
	n := 1
	ast.Inspect(fn, func(node ast.Node) bool {
		switch x := node.(type) {
		case *ast.IfStmt, *ast.ForStmt, *ast.RangeStmt:
			n++
		case *ast.CaseClause:
			n += min(1, len(x.List))
		case *ast.CommClause:
			if x.Comm != nil {
				n++
			}
		case *ast.BinaryExpr:
			if x.Op == token.LAND || x.Op == token.LOR {
				n++
			}
		}
		return true
	})
	return n
}

// nesting counts control statements inside each other; "else if" is one level.
func nesting(n ast.Node) int {
	deepest := 0
	ast.Inspect(n, func(x ast.Node) bool {
		if x == n {
			return true
		}
		switch s := x.(type) {
		case *ast.IfStmt:
			deepest = max(deepest, 1+nesting(s.Body))
			for s.Else != nil {
				next, more := s.Else.(*ast.IfStmt)
				if !more {
					deepest = max(deepest, 1+nesting(s.Else))
					break
				}
				deepest, s = max(deepest, 1+nesting(next.Body)), next
			}
		case *ast.ForStmt, *ast.RangeStmt, *ast.SwitchStmt, *ast.TypeSwitchStmt, *ast.SelectStmt:
			deepest = max(deepest, 1+nesting(bodyOf(s)))
		default:
			return true
		}
		return false
	})
	return deepest
}

func bodyOf(n ast.Node) *ast.BlockStmt {
	switch s := n.(type) {
	case *ast.ForStmt:
		return s.Body
	case *ast.RangeStmt:
		return s.Body
	case *ast.SwitchStmt:
		return s.Body
	case *ast.TypeSwitchStmt:
		return s.Body
	case *ast.SelectStmt:
		return s.Body
	}
	return &ast.BlockStmt{}
}

// Tests wait for conditions, never for time to pass; nothing panics on purpose.
func TestNoSleepNoPanic(t *testing.T) {
	for _, s := range sources(t) {
		ast.Inspect(s.ast, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			if name, ok := call.Fun.(*ast.Ident); ok && name.Name == "panic" && !s.test {
				s.complain(t, call.Pos(), "panic; return an error")
			}
			sel, ok := call.Fun.(*ast.SelectorExpr)
			if !ok || sel.Sel.Name != "Sleep" || !s.test {
				return true
			}
			if pkg, ok := sel.X.(*ast.Ident); ok && pkg.Name == "time" {
				s.complain(t, call.Pos(), "time.Sleep in a test; wait for the condition")
			}
			return true
		})
	}
}

// One file of each package carries its doc comment; every exported name has one.
func TestDocs(t *testing.T) {
	docs := map[string]int{}
	for _, s := range sources(t) {
		if s.test {
			continue
		}
		docs[s.dir] += 0
		if s.ast.Doc != nil {
			docs[s.dir]++
		}
		for _, decl := range s.ast.Decls {
			s.checkDoc(t, decl)
		}
	}
	for dir, n := range docs {
		if n != 1 {
			t.Errorf("%s: %d package comments, want 1", dir, n)
		}
	}
}

func (s source) checkDoc(t *testing.T, decl ast.Decl) {
	t.Helper()
	switch d := decl.(type) {
	case *ast.FuncDecl:
		if d.Doc == nil && d.Name.IsExported() && exportedReceiver(d) {
			s.complain(t, d.Pos(), "%s has no comment", d.Name.Name)
		}
	case *ast.GenDecl:
		for _, spec := range d.Specs {
			if name, documented := specDoc(spec); name != "" && !documented && d.Doc == nil {
				s.complain(t, spec.Pos(), "%s has no comment", name)
			}
		}
	}
}

func exportedReceiver(d *ast.FuncDecl) bool {
	if d.Recv == nil {
		return true
	}
	typ := d.Recv.List[0].Type
	if star, ok := typ.(*ast.StarExpr); ok {
		typ = star.X
	}
	if index, ok := typ.(*ast.IndexExpr); ok {
		typ = index.X
	}
	name, ok := typ.(*ast.Ident)
	return ok && name.IsExported()
}

// specDoc names what a declaration exports, and whether it has a comment.
func specDoc(spec ast.Spec) (name string, documented bool) {
	switch x := spec.(type) {
	case *ast.TypeSpec:
		if x.Name.IsExported() {
			return x.Name.Name, x.Doc != nil || x.Comment != nil
		}
	case *ast.ValueSpec:
		for _, n := range x.Names {
			if n.IsExported() {
				return n.Name, x.Doc != nil || x.Comment != nil
			}
		}
	}
	return "", false
}
