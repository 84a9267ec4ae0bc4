package rules

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Change is one key of a rule file whose value differs between two versions. A
// side without the key has "".
type Change struct {
	Key      string // "area_exit.buffer_m", "overrides[level=strict].area_exit.buffer_m"
	Old, New string
}

// String writes "key: old → new"; "–" stands for no value.
func (c Change) String() string {
	return fmt.Sprintf("%s: %s → %s", c.Key, cmp.Or(c.Old, "–"), cmp.Or(c.New, "–"))
}

// Changes lists what differs between two versions of the rules, sorted by key.
func Changes(from, to Config) []Change {
	old, next := from.values(), to.values()
	all := maps.Clone(old)
	maps.Copy(all, next)
	var out []Change
	for _, key := range slices.Sorted(maps.Keys(all)) {
		if old[key] != next[key] {
			out = append(out, Change{Key: key, Old: old[key], New: next[key]})
		}
	}
	return out
}

// Values lists every key with its value as it is written in a file, but without
// the overrides.
func (c Config) Values() map[string]string {
	c.Overrides = nil
	return c.values()
}

func (c Config) values() map[string]string {
	out := map[string]string{}
	overrides := c.Overrides
	c.Overrides = nil
	flatten(out, "", &c)
	for i := range overrides {
		flatten(out, "overrides["+overrides[i].Selector.String()+"].", overrides[i].Set)
	}
	return out
}

// flatten enters the keys of v, as they are written, under their paths.
func flatten(out map[string]string, prefix string, v any) {
	var n yaml.Node
	if err := n.Encode(v); err != nil {
		return // only values that no file can hold
	}
	flattenNode(out, prefix, &n)
}

func flattenNode(out map[string]string, prefix string, n *yaml.Node) {
	if n.Kind != yaml.MappingNode {
		out[strings.TrimSuffix(prefix, ".")] = inLine(n)
		return
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		flattenNode(out, prefix+n.Content[i].Value+".", n.Content[i+1])
	}
}

// inLine writes a value without line breaks: "10m", "[15, 7, 1]", "{low: 1}".
func inLine(n *yaml.Node) string {
	if n.Kind == yaml.ScalarNode {
		return n.Value
	}
	items := make([]string, 0, len(n.Content))
	if n.Kind == yaml.SequenceNode {
		for _, item := range n.Content {
			items = append(items, inLine(item))
		}
		return "[" + strings.Join(items, ", ") + "]"
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		items = append(items, n.Content[i].Value+": "+inLine(n.Content[i+1]))
	}
	return "{" + strings.Join(items, ", ") + "}"
}
