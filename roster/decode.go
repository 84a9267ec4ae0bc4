package roster

import (
	"encoding"
	"encoding/json"
	"fmt"
	"reflect"
	"strconv"
	"strings"

	"correctiond/strict"
)

// decoder fills structs from nodes, strictly: it collects every unknown key and
// every value of a wrong type with its line and path.
type decoder struct {
	file     string
	problems Problems
}

func (d *decoder) add(n *node, path, what, fix string) {
	where := fmt.Sprintf("%s:%d", d.file, n.line)
	if path != "" {
		where += " " + path
	}
	d.problems.add(where, what, fix)
}

// decode fills v, which is addressable. Nothing (null) leaves it as it is.
func (d *decoder) decode(n *node, v reflect.Value, path string) {
	if n.kind == nullNode {
		return
	}
	if raw, ok := reflect.TypeAssert[*json.RawMessage](v.Addr()); ok {
		d.raw(n, raw, path)
		return
	}
	if v.Kind() == reflect.Pointer {
		v.Set(reflect.New(v.Type().Elem()))
		v = v.Elem()
	}
	if t, ok := reflect.TypeAssert[encoding.TextUnmarshaler](v.Addr()); ok {
		d.text(n, t, path)
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		d.mapping(n, v, path)
	case reflect.Slice:
		d.list(n, v, path)
	default:
		d.scalar(n, v, path)
	}
}

func (d *decoder) raw(n *node, raw *json.RawMessage, path string) {
	b, ok := n.json(nil)
	if !ok {
		d.add(n, path, "holds a number that is none", "write plain decimals")
		return
	}
	*raw = b
}

func (d *decoder) text(n *node, t encoding.TextUnmarshaler, path string) {
	if n.kind != textNode && n.kind != looseNode {
		d.wrong(n, path, "text")
		return
	}
	if err := t.UnmarshalText([]byte(n.text)); err != nil {
		d.add(n, path, err.Error(), "")
	}
}

func (d *decoder) wrong(n *node, path, want string) {
	d.add(n, path, "holds "+n.kind.String(), "write "+want)
}

func (d *decoder) mapping(n *node, v reflect.Value, path string) {
	if n.kind != mapNode {
		d.wrong(n, path, "a mapping")
		return
	}
	seen := make(map[string]bool, len(n.fields))
	for _, f := range n.fields {
		where := join(path, f.key)
		i := fieldNamed(v.Type(), f.key)
		switch {
		case i < 0:
			d.add(&node{line: f.line}, where, "is an unknown key", fmt.Sprintf("the nearest known key is %q", nearest(v.Type(), f.key)))
		case seen[f.key]:
			d.add(&node{line: f.line}, where, "is written twice", "keep one")
		default:
			d.decode(f.value, v.Field(i), where)
		}
		seen[f.key] = true
	}
}

func (d *decoder) list(n *node, v reflect.Value, path string) {
	if n.kind != listNode {
		d.wrong(n, path, "a list")
		return
	}
	v.Set(reflect.MakeSlice(v.Type(), len(n.items), len(n.items)))
	for i, item := range n.items {
		d.decode(item, v.Index(i), fmt.Sprintf("%s[%d]", path, i))
	}
}

func (d *decoder) scalar(n *node, v reflect.Value, path string) {
	want, ok := "text", false
	switch v.Kind() {
	case reflect.String:
		ok = n.kind == textNode || n.kind == looseNode
		v.SetString(n.text)
	case reflect.Bool:
		want, ok = "true or false", n.is(boolNode, &v)
	case reflect.Int:
		want, ok = "a whole number", n.is(numberNode, &v)
	case reflect.Float64:
		want, ok = "a number", n.is(numberNode, &v)
	}
	if !ok {
		d.wrong(n, path, want)
	}
}

// is reads a scalar of the wanted kind into v.
func (n *node) is(kind nodeKind, v *reflect.Value) bool {
	if n.kind != kind && n.kind != looseNode {
		return false
	}
	var err error
	switch v.Kind() {
	case reflect.Bool:
		var b bool
		b, err = strconv.ParseBool(strings.ToLower(n.text))
		v.SetBool(b)
	case reflect.Int:
		var i int64
		i, err = strconv.ParseInt(n.text, 10, 0)
		v.SetInt(i)
	default:
		var x float64
		x, err = strconv.ParseFloat(n.text, 64)
		if notFinite(x) {
			return false
		}
		v.SetFloat(x)
	}
	return err == nil
}

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

// key returns the name of a struct field in the file.
func key(f reflect.StructField) string {
	name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
	return name
}

func fieldNamed(t reflect.Type, name string) int {
	for i := range t.NumField() {
		if key(t.Field(i)) == name {
			return i
		}
	}
	return -1
}

// nearest returns the known key with the fewest edits from a mistyped one.
func nearest(t reflect.Type, name string) string {
	known := make([]string, t.NumField())
	for i := range known {
		known[i] = key(t.Field(i))
	}
	best, _ := strict.Nearest(name, known)
	return best
}
