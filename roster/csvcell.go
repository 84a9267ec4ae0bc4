package roster

import (
	"encoding"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// column is one column of a CSV table: a scalar field, possibly inside other
// structs ("home.lat"), or a list.
type column struct {
	name  string
	index []int // fields to follow from the row's struct
	typ   reflect.Type
}

// isRecord tells structs with fields of the file from those written as text.
func isRecord(t reflect.Type) bool {
	return t.Kind() == reflect.Struct && !t.Implements(reflect.TypeFor[encoding.TextMarshaler]())
}

// columns flattens a struct type.
func columns(t reflect.Type, prefix string, index []int) []column {
	var out []column
	for i := range t.NumField() {
		f := t.Field(i)
		ft := f.Type
		if ft.Kind() == reflect.Pointer {
			ft = ft.Elem()
		}
		at := append(slices.Clip(index), i)
		if isRecord(ft) {
			out = append(out, columns(ft, prefix+key(f)+".", at)...)
			continue
		}
		out = append(out, column{prefix + key(f), at, ft})
	}
	return out
}

// put adds a cell to a row; an empty one is absent.
func (n *node) put(c column, text string) {
	if text == "" {
		return
	}
	parts := strings.Split(c.name, ".")
	for _, p := range parts[:len(parts)-1] {
		n = n.child(p)
	}
	n.fields = append(n.fields, field{parts[len(parts)-1], n.line, parseCell(text, c.typ, n.line)})
}

// child finds or adds a mapping inside a mapping.
func (n *node) child(name string) *node {
	for _, f := range n.fields {
		if f.key == name {
			return f.value
		}
	}
	c := &node{kind: mapNode, line: n.line}
	n.fields = append(n.fields, field{name, n.line, c})
	return c
}

// parseCell reads "a;b" for a list and "x|y" for each struct in a list.
func parseCell(text string, t reflect.Type, line int) *node {
	if t.Kind() != reflect.Slice {
		return &node{kind: looseNode, line: line, text: text}
	}
	list := &node{kind: listNode, line: line}
	for _, item := range cut(text, ';') {
		list.items = append(list.items, parseItem(item, t.Elem(), line))
	}
	return list
}

func parseItem(item string, t reflect.Type, line int) *node {
	if !isRecord(t) {
		return &node{kind: looseNode, line: line, text: unescape(item)}
	}
	n := &node{kind: mapNode, line: line}
	for i, part := range cut(item, '|') {
		name := "field " + strconv.Itoa(i+1)
		if i < t.NumField() {
			name = key(t.Field(i))
		}
		if part != "" {
			n.fields = append(n.fields, field{name, line, &node{kind: looseNode, line: line, text: unescape(part)}})
		}
	}
	return n
}

// cell writes what parseCell reads.
func (c column) cell(row reflect.Value) string {
	for _, i := range c.index {
		if row.Kind() == reflect.Pointer {
			if row.IsNil() {
				return ""
			}
			row = row.Elem()
		}
		row = row.Field(i)
	}
	if row.Kind() != reflect.Slice {
		return scalarCell(row)
	}
	items := make([]string, row.Len())
	for i := range items {
		items[i] = itemCell(row.Index(i))
	}
	return strings.Join(items, ";")
}

func itemCell(v reflect.Value) string {
	if !isRecord(v.Type()) {
		return escape(scalarCell(v))
	}
	parts := make([]string, v.NumField())
	for i := range parts {
		parts[i] = escape(scalarCell(v.Field(i)))
	}
	for len(parts) > 1 && parts[len(parts)-1] == "" {
		parts = parts[:len(parts)-1]
	}
	return strings.Join(parts, "|")
}

// scalarCell writes a scalar, empty for its zero value.
func scalarCell(v reflect.Value) string {
	if v.IsZero() {
		return ""
	}
	if v.Kind() == reflect.Pointer {
		v = v.Elem()
	}
	if t, ok := reflect.TypeAssert[encoding.TextMarshaler](v); ok {
		b, err := t.MarshalText()
		if err != nil {
			return ""
		}
		return string(b)
	}
	switch v.Kind() {
	case reflect.Bool:
		return "true"
	case reflect.Int:
		return strconv.FormatInt(v.Int(), 10)
	case reflect.Float64:
		return strconv.FormatFloat(v.Float(), 'g', -1, 64)
	}
	return v.String()
}

// escape protects the separators of lists.
func escape(s string) string {
	return strings.NewReplacer(`\`, `\\`, `;`, `\;`, `|`, `\|`).Replace(s)
}

func unescape(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+1 < len(s) {
			i++
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

// cut splits at separators that no backslash protects.
func cut(s string, sep byte) []string {
	var parts []string
	start := 0
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case sep:
			parts = append(parts, s[start:i])
			start = i + 1
		}
	}
	return append(parts, s[start:])
}
