package roster_test

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"

	"correctiond/roster"
	"pgregory.net/rapid"
)

// anyRoster fills a roster with arbitrary values by its types: the file forms
// must keep whatever fits the types, sound or not. Only ids are unique.
func anyRoster(t *rapid.T) *roster.Roster {
	r := new(roster.Roster)
	v := reflect.ValueOf(r).Elem()
	fill(t, v)
	for _, list := range v.Fields() {
		if list.Kind() == reflect.Slice {
			for j := range list.Len() {
				id := list.Index(j).FieldByName("ID")
				id.SetString(id.String() + string(rune('a'+j)))
			}
		}
	}
	return r
}

func fill(t *rapid.T, v reflect.Value) {
	switch p := v.Addr().Interface().(type) {
	case *json.RawMessage:
		*p = json.RawMessage(rapid.SampledFrom([]string{city, school, `[1.50,-2e3,null,true,"a<b"]`}).Draw(t, "geometry"))
		return
	case *roster.Date:
		*p = anyDate(t)
		return
	case *roster.Duration:
		*p = roster.Duration(rapid.Int64Range(0, int64(100*time.Hour)).Draw(t, "duration"))
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		for _, field := range v.Fields() {
			fill(t, field)
		}
	case reflect.Pointer:
		if rapid.Bool().Draw(t, "present") {
			v.Set(reflect.New(v.Type().Elem()))
			fill(t, v.Elem())
		}
	case reflect.Slice:
		if n := rapid.IntRange(0, 2).Draw(t, "n"); n > 0 {
			v.Set(reflect.MakeSlice(v.Type(), n, n))
			for i := range n {
				fill(t, v.Index(i))
			}
		}
	case reflect.String:
		text := rapid.OneOf(rapid.StringN(1, 12, -1), rapid.SampledFrom(awkward())).Draw(t, "text")
		for strings.Contains(text, "\r\n") { // one line end to CSV
			text = strings.ReplaceAll(text, "\r\n", "\n")
		}
		v.SetString(text)
	case reflect.Int:
		v.SetInt(rapid.Int64Range(-9, 9e15).Draw(t, "int"))
	case reflect.Float64:
		v.SetFloat(rapid.Float64().Draw(t, "float"))
	case reflect.Bool:
		v.SetBool(rapid.Bool().Draw(t, "bool"))
	}
}

// awkward texts look like something else in YAML or CSV.
func awkward() []string {
	return []string{"true", "null", "~", "007", "1e3", "2026-01-10", "07:30", "a: b", "- x", "#", `a;b|c\d`, `\`, `x|`, " x ", "'", `"`, "示例甲", "<&>", "\u2028", "=", "<<"}
}

func anyDate(t *rapid.T) roster.Date {
	at := roster.Instant(rapid.Int64Range(int64(366*roster.Day), 4e12).Draw(t, "at"))
	if rapid.Bool().Draw(t, "bare") {
		return roster.Date{Day: shanghai().Day(at)}
	}
	return roster.Date{At: at}
}

func TestReadGivesBackWhatWriteWrote(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		r := anyRoster(rt)
		for _, format := range []string{"json", "yaml"} {
			text := written(t, r, format)
			again, err := read(t, text)
			if err != nil {
				rt.Fatalf("%s: %v\n%s", format, err, text)
			}
			if !reflect.DeepEqual(r, again) {
				rt.Fatalf("%s: %v\n%s", format, roster.Compare(r, again), text)
			}
		}
	})
}

func TestCSVGivesBackWhatItWrote(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		r := anyRoster(rt)
		for _, list := range []string{"subjects", "devices"} {
			var b strings.Builder
			if err := roster.WriteCSV(&b, r, list); err != nil {
				rt.Fatal(err)
			}
			again, err := roster.ReadCSV(strings.NewReader(b.String()), "r.csv", r, list)
			if err != nil {
				rt.Fatalf("%v\n%s", err, b.String())
			}
			if diff := roster.Compare(r, again); !diff.Empty() {
				rt.Fatalf("%v\n%s", diff, b.String())
			}
		}
	})
}

func TestCompareOfEqualRostersIsEmpty(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		r := anyRoster(rt)
		if diff := roster.Compare(r, r); !diff.Empty() || diff.String() != "" {
			rt.Fatal(diff)
		}
	})
}
