package roster

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
)

// Read reads the file form, YAML or JSON. It is strict: the error is Problems
// that list every unknown key and wrong type as "name:line path". Whether the
// roster makes sense is for Check to say.
func Read(r io.Reader, name string) (*Roster, error) {
	data, err := io.ReadAll(r)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	parse := yamlNodes
	if isJSON(data) {
		if out, ok := readJSON(data); ok {
			return out, nil
		}
		parse = jsonNodes
	}
	root, err := parse(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	d := &decoder{file: name}
	if root.kind != mapNode {
		d.wrong(root, "", "a mapping that begins with version: 1")
	}
	out := new(Roster)
	d.decode(root, reflect.ValueOf(out).Elem(), "")
	if err := d.problems.Err(); err != nil {
		return nil, err
	}
	return out, nil
}

// isJSON: a YAML file that begins with a brace but is no JSON reads as YAML.
func isJSON(data []byte) bool {
	data = bytes.TrimLeft(data, " \t\r\n")
	return len(data) > 1 && data[0] == '{' && bytes.IndexByte([]byte(" \t\r\n\"}"), data[1]) >= 0
}

// readJSON is the fast way for large files without mistakes. What it refuses
// is read again slowly, to say where the mistakes are.
func readJSON(data []byte) (*Roster, bool) {
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	out := new(Roster)
	if err := dec.Decode(out); err != nil {
		return nil, false
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, false
	}
	for i := range out.Zones {
		out.Zones[i].Geometry = compact(out.Zones[i].Geometry)
	}
	return out, true
}

// compact gives a geometry the one form that every way of reading gives it.
func compact(raw json.RawMessage) json.RawMessage {
	var b bytes.Buffer
	if err := json.Compact(&b, raw); err != nil || b.String() == "null" {
		return nil
	}
	return bytes.Clone(b.Bytes())
}
