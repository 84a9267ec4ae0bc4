package roster

import (
	"bytes"
	"fmt"
	"reflect"
	"strings"
)

// Changes is what an import does to a roster: ids and names of fields, never a
// personal value, so that it may be logged and kept.
type Changes struct {
	// Lists that change, in the order of the file.
	Lists []ListChange `json:"lists"`
}

// ListChange is what happens to one list, by id, in the order of the lists.
type ListChange struct {
	List    string   `json:"list"` // "subjects", "devices" …; "district" is a list of one
	Added   []string `json:"added,omitempty"`
	Changed []Change `json:"changed,omitempty"`
	Ended   []string `json:"ended,omitempty"` // no longer in the new roster
}

// Change names the fields of one entry that differ.
type Change struct {
	ID     string   `json:"id"`
	Fields []string `json:"fields"`
}

// Empty tells whether nothing changes.
func (c Changes) Empty() bool { return len(c.Lists) == 0 }

// String gives one line per added, changed or ended entry, empty when nothing
// changes.
func (c Changes) String() string {
	var b strings.Builder
	for _, l := range c.Lists {
		for _, id := range l.Added {
			fmt.Fprintf(&b, "%s: add %s\n", l.List, id)
		}
		for _, ch := range l.Changed {
			fmt.Fprintf(&b, "%s: change %s (%s)\n", l.List, ch.ID, strings.Join(ch.Fields, ", "))
		}
		for _, id := range l.Ended {
			fmt.Fprintf(&b, "%s: end %s\n", l.List, id)
		}
	}
	return b.String()
}

// Compare tells what replacing one roster by another adds, changes and ends. The order of
// entries does not matter. A nil roster is an empty one.
func Compare(before, after *Roster) Changes {
	if before == nil {
		before = &Roster{}
	}
	if after == nil {
		after = &Roster{}
	}
	var c Changes
	c.list("district", districts(before), districts(after))
	a, b := reflect.ValueOf(before).Elem(), reflect.ValueOf(after).Elem()
	for i := range a.NumField() {
		if a.Field(i).Kind() == reflect.Slice {
			c.list(key(a.Type().Field(i)), a.Field(i), b.Field(i))
		}
	}
	return c
}

// districts makes a list of one, none for an empty roster.
func districts(r *Roster) reflect.Value {
	var list []District
	if r.District.ID != "" {
		list = append(list, r.District)
	}
	return reflect.ValueOf(list)
}

// list compares two lists of structs that have an ID.
func (c *Changes) list(name string, before, after reflect.Value) {
	change := ListChange{List: name}
	old := make(map[string]reflect.Value, before.Len())
	for i := range before.Len() {
		old[idOf(before.Index(i))] = before.Index(i)
	}
	kept := make(map[string]bool, after.Len())
	for i := range after.Len() {
		id := idOf(after.Index(i))
		kept[id] = true
		was, ok := old[id]
		if !ok {
			change.Added = append(change.Added, id)
		} else if fields := differing(was, after.Index(i)); len(fields) > 0 {
			change.Changed = append(change.Changed, Change{id, fields})
		}
	}
	for i := range before.Len() {
		if id := idOf(before.Index(i)); !kept[id] {
			change.Ended = append(change.Ended, id)
		}
	}
	if len(change.Added)+len(change.Changed)+len(change.Ended) > 0 {
		c.Lists = append(c.Lists, change)
	}
}

func idOf(v reflect.Value) string { return v.FieldByName("ID").String() }

func differing(a, b reflect.Value) []string {
	var fields []string
	for i := range a.NumField() {
		if !same(a.Field(i), b.Field(i)) {
			fields = append(fields, key(a.Type().Field(i)))
		}
	}
	return fields
}

// same is equality in the file: an empty list is an absent one.
func same(a, b reflect.Value) bool {
	switch a.Kind() {
	case reflect.Slice:
		return sameList(a, b)
	case reflect.Pointer:
		if a.IsNil() || b.IsNil() {
			return a.IsNil() == b.IsNil()
		}
		return same(a.Elem(), b.Elem())
	case reflect.Struct:
		for i := range a.NumField() {
			if !same(a.Field(i), b.Field(i)) {
				return false
			}
		}
		return true
	}
	return a.Equal(b)
}

func sameList(a, b reflect.Value) bool {
	if a.Type().Elem().Kind() == reflect.Uint8 { // a geometry: long
		return bytes.Equal(a.Bytes(), b.Bytes())
	}
	if a.Len() != b.Len() {
		return false
	}
	for i := range a.Len() {
		if !same(a.Index(i), b.Index(i)) {
			return false
		}
	}
	return true
}
