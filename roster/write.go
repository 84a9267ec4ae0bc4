package roster

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"unicode"

	"go.yaml.in/yaml/v3"
)

// Write writes the file form, format "yaml" or "json". Reading it gives the
// same roster.
func Write(w io.Writer, r *Roster, format string) error {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(r); err != nil {
		return fmt.Errorf("encode roster: %w", err)
	}
	switch format {
	case "json":
		var indented bytes.Buffer
		if err := json.Indent(&indented, b.Bytes(), "", " "); err != nil {
			return fmt.Errorf("indent roster: %w", err)
		}
		b = indented
	case "yaml":
		return writeYAML(w, b.Bytes())
	default:
		return fmt.Errorf("format %q is unknown: use yaml or json", format)
	}
	if _, err := w.Write(b.Bytes()); err != nil {
		return fmt.Errorf("write roster: %w", err)
	}
	return nil
}

func writeYAML(w io.Writer, data []byte) error {
	root, err := jsonNodes(data)
	if err != nil {
		return fmt.Errorf("encode roster: %w", err)
	}
	enc := yaml.NewEncoder(w)
	enc.SetIndent(2)
	if err := enc.Encode(root.yaml()); err != nil {
		return fmt.Errorf("write roster: %w", err)
	}
	return enc.Close()
}

// yaml converts a node that came from JSON. What holds no list of mappings
// stays on one line: windows, places and whole geometries.
func (n *node) yaml() *yaml.Node {
	y := &yaml.Node{Kind: yaml.ScalarNode, Value: n.text}
	switch n.kind {
	case nullNode:
		y.Tag, y.Value = "!!null", "null"
	case boolNode:
		y.Tag = "!!bool"
	case numberNode:
		y.Tag = numberTag(n.text)
	case listNode:
		y.Kind, y.Value = yaml.SequenceNode, ""
		for _, item := range n.items {
			y.Content = append(y.Content, item.yaml())
		}
	case mapNode:
		y.Kind, y.Value = yaml.MappingNode, ""
		for _, f := range n.fields {
			name := &node{kind: textNode, text: f.key}
			y.Content = append(y.Content, name.yaml(), f.value.yaml())
		}
	default:
		y.Tag = "!!str"
		if strings.ContainsFunc(n.text, func(r rune) bool { return !unicode.IsPrint(r) }) {
			y.Style = yaml.DoubleQuotedStyle
		}
	}
	if n.short() {
		y.Style |= yaml.FlowStyle
	}
	return y
}

func numberTag(s string) string {
	if strings.ContainsAny(s, ".eE") {
		return "!!float"
	}
	return "!!int"
}

// short tells whether a list or mapping is written on one line.
func (n *node) short() bool {
	switch n.kind {
	case listNode:
		for _, item := range n.items {
			if item.kind == mapNode || item.kind == listNode && !item.short() {
				return false
			}
		}
		return true
	case mapNode:
		for _, f := range n.fields {
			if f.value.kind == mapNode || f.value.kind == listNode && !f.value.short() {
				return false
			}
		}
		return true
	}
	return false
}
