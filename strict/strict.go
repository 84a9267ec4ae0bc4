// Package strict reads YAML files strictly: a key that nothing knows is an error
// with its line and the nearest known key, so that a slip of the pen never
// passes for a setting that took effect.
//
// Keys are those of the yaml tags; fields without one are no keys.
package strict

import (
	"bytes"
	"encoding"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Decode reads the one YAML document in data over into, a pointer to a struct,
// and returns the document, empty when there is none. Its error has one line per
// problem, each with the file's name and the line.
func Decode(data []byte, name string, into any) (*yaml.Node, error) {
	doc := new(yaml.Node)
	dec := yaml.NewDecoder(bytes.NewReader(data))
	if err := dec.Decode(doc); err != nil && !errors.Is(err, io.EOF) {
		return doc, lines(name, err)
	}
	if err := dec.Decode(new(yaml.Node)); !errors.Is(err, io.EOF) {
		return doc, fmt.Errorf("%s: holds more than one YAML document; keep one", name)
	}
	if len(doc.Content) == 0 {
		return doc, nil
	}
	if err := Keys(doc.Content[0], name, "", into); err != nil {
		return doc, err
	}
	return doc, Values(doc, name, into)
}

// Values reads a node over into, whatever keys it has.
func Values(node *yaml.Node, name string, into any) error {
	if err := node.Decode(into); err != nil {
		return lines(name, err)
	}
	return nil
}

// lines puts the file name before every "line N: …" of the YAML package.
func lines(name string, err error) error {
	var typed *yaml.TypeError
	if !errors.As(err, &typed) {
		return fmt.Errorf("%s: %s", name, strings.TrimPrefix(err.Error(), "yaml: "))
	}
	var all []error
	for _, line := range typed.Errors {
		all = append(all, fmt.Errorf("%s: %s", name, line))
	}
	return errors.Join(all...)
}

// Keys reports every key of a node that the shape, a struct or a pointer to one,
// does not have, joined into one error. The prefix stands before the path of a
// key in messages. A struct with an inline map takes every key.
func Keys(node *yaml.Node, name, prefix string, shape any) error {
	w := walk{file: name}
	w.node(node, reflect.TypeOf(shape), prefix)
	return errors.Join(w.problems...)
}

type walk struct {
	file     string
	problems []error
}

// node compares one value; what has another form than the shape is for the
// decoder to refuse.
func (w *walk) node(n *yaml.Node, t reflect.Type, path string) {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	switch {
	case t.Kind() == reflect.Slice && n.Kind == yaml.SequenceNode:
		for i, item := range n.Content {
			w.node(item, t.Elem(), fmt.Sprintf("%s[%d].", strings.TrimSuffix(path, "."), i))
		}
	case t.Kind() == reflect.Struct && n.Kind == yaml.MappingNode && !scalar(t):
		w.mapping(n, fieldsOf(t), path)
	}
}

func (w *walk) mapping(n *yaml.Node, f fields, path string) {
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i]
		t, known := f.types[key.Value]
		switch {
		case known:
			w.node(n.Content[i+1], t, path+key.Value+".")
		case !f.open:
			w.unknown(key, f, path)
		}
	}
}

func (w *walk) unknown(key *yaml.Node, f fields, path string) {
	hint := ""
	if best, _ := Nearest(key.Value, f.names); best != "" {
		hint = fmt.Sprintf("; did you mean %s%s?", path, best)
	}
	w.problems = append(w.problems, fmt.Errorf("%s:%d: unknown key %q%s", w.file, key.Line, path+key.Value, hint))
}

// fields are the keys of a struct, inlined ones among them.
type fields struct {
	names []string
	types map[string]reflect.Type
	open  bool // any other key is taken, too
}

func fieldsOf(t reflect.Type) fields {
	all := fields{types: map[string]reflect.Type{}}
	for f := range t.Fields() {
		key, options, _ := strings.Cut(f.Tag.Get("yaml"), ",")
		switch {
		case strings.Contains(options, "inline"):
			all.inline(f.Type)
		case key != "" && key != "-":
			all.names = append(all.names, key)
			all.types[key] = f.Type
		}
	}
	return all
}

func (f *fields) inline(t reflect.Type) {
	if t.Kind() != reflect.Struct {
		f.open = true
		return
	}
	inner := fieldsOf(t)
	f.open = f.open || inner.open
	for _, name := range inner.names {
		f.names = append(f.names, name)
		f.types[name] = inner.types[name]
	}
}

// scalar reports whether a struct is written as one value.
func scalar(t reflect.Type) bool {
	p := reflect.PointerTo(t)
	return p.Implements(reflect.TypeFor[encoding.TextUnmarshaler]()) || p.Implements(reflect.TypeFor[yaml.Unmarshaler]())
}
