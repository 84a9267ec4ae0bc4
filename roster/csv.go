package roster

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strings"
)

// ReadCSV reads the list "subjects" or "devices" and returns a copy of base in
// which it replaces that list; base stays as it is. The error is Problems, each
// as "name:line column"; a byte order mark and CRLF are accepted. The form of
// the cells is described at the package.
func ReadCSV(r io.Reader, name string, base *Roster, list string) (*Roster, error) {
	out := *base
	dst, err := out.table(list)
	if err != nil {
		return nil, err
	}
	rows, err := csvNodes(r, dst.Type().Elem(), name)
	if err != nil {
		return nil, err
	}
	d := &decoder{file: name}
	dst.Set(reflect.MakeSlice(dst.Type(), len(rows), len(rows)))
	for i, row := range rows {
		d.decode(row, dst.Index(i), "")
	}
	if err := d.problems.Err(); err != nil {
		return nil, err
	}
	return &out, nil
}

// WriteCSV writes the list "subjects" or "devices", one row each, with every
// column. Reading it into the same roster changes nothing.
func WriteCSV(w io.Writer, r *Roster, list string) error {
	src, err := r.table(list)
	if err != nil {
		return err
	}
	cols := columns(src.Type().Elem(), "", nil)
	out := csv.NewWriter(w)
	header := make([]string, len(cols))
	for i, c := range cols {
		header[i] = c.name
	}
	if err := out.Write(header); err != nil {
		return fmt.Errorf("write %s: %w", list, err)
	}
	for i := range src.Len() {
		row := make([]string, len(cols))
		for j, c := range cols {
			row[j] = c.cell(src.Index(i))
		}
		if err := out.Write(row); err != nil {
			return fmt.Errorf("write %s: %w", list, err)
		}
	}
	out.Flush()
	return out.Error()
}

func (r *Roster) table(list string) (reflect.Value, error) {
	switch list {
	case "subjects":
		return reflect.ValueOf(&r.Subjects).Elem(), nil
	case "devices":
		return reflect.ValueOf(&r.Devices).Elem(), nil
	}
	return reflect.Value{}, fmt.Errorf("list %q has no CSV form: use subjects or devices", list)
}

// csvNodes turns rows into mappings with the line of each row.
func csvNodes(r io.Reader, t reflect.Type, name string) ([]*node, error) {
	in := bufio.NewReader(r)
	if bom, err := in.Peek(3); err == nil && bytes.Equal(bom, []byte("\xef\xbb\xbf")) {
		if _, err := in.Discard(3); err != nil {
			return nil, fmt.Errorf("read %s: %w", name, err)
		}
	}
	table := csv.NewReader(in)
	header, err := table.Read()
	if err != nil {
		return nil, fmt.Errorf("%s: read the line of column names: %w", name, err)
	}
	cols, err := headed(t, header, name)
	if err != nil {
		return nil, err
	}
	var rows []*node
	for {
		cells, err := table.Read()
		if errors.Is(err, io.EOF) {
			return rows, nil
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		line, _ := table.FieldPos(0)
		row := &node{kind: mapNode, line: line}
		for i, text := range cells {
			row.put(cols[i], text)
		}
		rows = append(rows, row)
	}
}

// headed finds the columns of a header, in its order.
func headed(t reflect.Type, header []string, name string) ([]column, error) {
	known := columns(t, "", nil)
	var problems Problems
	cols := make([]column, len(header))
	for i, h := range header {
		j := slices.IndexFunc(known, func(c column) bool { return c.name == h })
		switch {
		case j < 0:
			problems.add(fmt.Sprintf("%s:1 %s", name, h), "is an unknown column", "the columns are "+names(known))
		case slices.Contains(header[:i], h):
			problems.add(fmt.Sprintf("%s:1 %s", name, h), "is there twice", "keep one")
		default:
			cols[i] = known[j]
		}
	}
	return cols, problems.Err()
}

func names(cols []column) string {
	out := make([]string, len(cols))
	for i, c := range cols {
		out[i] = c.name
	}
	return strings.Join(out, ", ")
}
