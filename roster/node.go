package roster

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// node is a value of a file with its line. YAML, JSON and CSV all become nodes,
// so that one decoder judges all three.
type node struct {
	kind   nodeKind
	line   int
	text   string // of scalars
	items  []*node
	fields []field // of mappings, in file order
}

type field struct {
	key   string
	line  int
	value *node
}

type nodeKind uint8

const (
	nullNode nodeKind = iota
	boolNode
	numberNode
	textNode
	looseNode // text of a CSV cell: whatever is wanted
	listNode
	mapNode
)

func (k nodeKind) String() string {
	return [...]string{"nothing", "true or false", "a number", "text", "text", "a list", "a mapping"}[k]
}

// yamlNodes reads one YAML document.
func yamlNodes(data []byte) (*node, error) {
	dec := yaml.NewDecoder(bytes.NewReader(data))
	var doc yaml.Node
	if err := dec.Decode(&doc); err != nil {
		if errors.Is(err, io.EOF) {
			return nil, errors.New("the file is empty")
		}
		return nil, err
	}
	if err := dec.Decode(new(yaml.Node)); !errors.Is(err, io.EOF) {
		return nil, errors.New("more than one document: keep the first only")
	}
	return fromYAML(&doc)
}

func fromYAML(y *yaml.Node) (*node, error) {
	n := &node{line: y.Line, text: y.Value}
	switch y.Kind {
	case yaml.DocumentNode:
		return fromYAML(y.Content[0])
	case yaml.SequenceNode:
		n.kind = listNode
		for _, c := range y.Content {
			item, err := fromYAML(c)
			if err != nil {
				return nil, err
			}
			n.items = append(n.items, item)
		}
	case yaml.MappingNode:
		n.kind = mapNode
		for i := 0; i+1 < len(y.Content); i += 2 {
			value, err := fromYAML(y.Content[i+1])
			if err != nil {
				return nil, err
			}
			n.fields = append(n.fields, field{y.Content[i].Value, y.Content[i].Line, value})
		}
	case yaml.AliasNode:
		return nil, fmt.Errorf("line %d: aliases are not supported: write the value out", y.Line)
	default:
		n.kind = scalarKind(y.ShortTag())
	}
	return n, nil
}

func scalarKind(tag string) nodeKind {
	switch tag {
	case "!!null":
		return nullNode
	case "!!bool":
		return boolNode
	case "!!int", "!!float":
		return numberNode
	}
	return textNode
}

// jsonReader builds nodes from JSON, counting lines.
type jsonReader struct {
	*json.Decoder
	data []byte
	line int
	seen int64
}

// jsonNodes reads one JSON value.
func jsonNodes(data []byte) (*node, error) {
	r := &jsonReader{Decoder: json.NewDecoder(bytes.NewReader(data)), data: data, line: 1}
	r.UseNumber()
	n, err := r.value()
	if err == nil {
		if _, err = r.Token(); errors.Is(err, io.EOF) {
			return n, nil
		}
		err = errors.New("more than one value: keep the first only")
	}
	r.count()
	return nil, fmt.Errorf("line %d: %w", r.line, err)
}

func (r *jsonReader) count() {
	offset := min(r.InputOffset(), int64(len(r.data)))
	r.line += bytes.Count(r.data[r.seen:offset], []byte("\n"))
	r.seen = offset
}

func (r *jsonReader) value() (*node, error) {
	tok, err := r.Token()
	if err != nil {
		return nil, err
	}
	r.count()
	n := &node{line: r.line}
	switch v := tok.(type) {
	case json.Delim:
		return n, r.children(n, v)
	case string:
		n.kind, n.text = textNode, v
	case json.Number:
		n.kind, n.text = numberNode, v.String()
	case bool:
		n.kind, n.text = boolNode, strconv.FormatBool(v)
	}
	return n, nil
}

func (r *jsonReader) children(n *node, open json.Delim) error {
	n.kind = listNode
	if open == '{' {
		n.kind = mapNode
	}
	for r.More() {
		if err := r.child(n); err != nil {
			return err
		}
	}
	_, err := r.Token() // the closing bracket
	return err
}

func (r *jsonReader) child(n *node) error {
	if n.kind == listNode {
		item, err := r.value()
		n.items = append(n.items, item)
		return err
	}
	key, err := r.value() // the decoder admits nothing but text here
	if err != nil {
		return err
	}
	value, err := r.value()
	n.fields = append(n.fields, field{key.text, key.line, value})
	return err
}

// json writes a node as compact JSON; false when a number of it has no JSON form.
func (n *node) json(dst []byte) ([]byte, bool) {
	switch n.kind {
	case listNode:
		return n.jsonList(dst)
	case mapNode:
		return n.jsonMap(dst)
	case nullNode:
		return append(dst, "null"...), true
	case boolNode:
		return append(dst, strings.ToLower(n.text)...), true
	case numberNode:
		return n.jsonNumber(dst)
	}
	return append(dst, quote(n.text)...), true
}

func (n *node) jsonList(dst []byte) (_ []byte, ok bool) {
	dst = append(dst, '[')
	for i, item := range n.items {
		if i > 0 {
			dst = append(dst, ',')
		}
		if dst, ok = item.json(dst); !ok {
			return dst, false
		}
	}
	return append(dst, ']'), true
}

func (n *node) jsonMap(dst []byte) (_ []byte, ok bool) {
	dst = append(dst, '{')
	for i, f := range n.fields {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(append(dst, quote(f.key)...), ':')
		if dst, ok = f.value.json(dst); !ok {
			return dst, false
		}
	}
	return append(dst, '}'), true
}

// jsonNumber keeps the digits of the file wherever JSON knows the notation.
func (n *node) jsonNumber(dst []byte) ([]byte, bool) {
	if json.Valid([]byte(n.text)) {
		return append(dst, n.text...), true
	}
	x, err := strconv.ParseFloat(n.text, 64)
	if err != nil || notFinite(x) {
		return dst, false
	}
	return strconv.AppendFloat(dst, x, 'g', -1, 64), true
}

// quote writes a JSON string as the encoder of Write does.
func quote(s string) []byte {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(s); err != nil {
		return []byte(`""`)
	}
	return slices.Clip(bytes.TrimRight(b.Bytes(), "\n"))
}
