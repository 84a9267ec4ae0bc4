package main

import (
	"encoding"
	"errors"
	"fmt"
	"reflect"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// A leaf is one key of the configuration that holds a value.
type leaf struct {
	path   string // "mqtt.tls.cert_file"
	value  reflect.Value
	secret bool
}

// leaves lists the keys of a configuration in the order of the file.
func leaves(cfg *config) []leaf { return leavesOf(reflect.ValueOf(cfg).Elem(), "") }

func leavesOf(v reflect.Value, prefix string) []leaf {
	var all []leaf
	for i := range v.NumField() {
		f := v.Type().Field(i)
		key := yamlKey(f)
		switch {
		case key == "":
		case f.Type.Kind() == reflect.Struct:
			all = append(all, leavesOf(v.Field(i), prefix+key+".")...)
		default:
			all = append(all, leaf{prefix + key, v.Field(i), f.Tag.Get("secret") != ""})
		}
	}
	return all
}

func leafAt(cfg *config, path string) (leaf, bool) {
	for _, l := range leaves(cfg) {
		if l.path == path {
			return l, true
		}
	}
	return leaf{}, false
}

func yamlKey(f reflect.StructField) string {
	key, _, _ := strings.Cut(f.Tag.Get("yaml"), ",")
	return key
}

// A setting is one key with its value as written in a flag or the environment.
type setting struct{ path, value string }

// apply sets keys in order, so that the later of two settings counts.
func (cfg *config) apply(sets []setting) error {
	var all []error
	for _, s := range sets {
		l, ok := leafAt(cfg, s.path)
		if !ok {
			continue
		}
		if err := setValue(l.value, s.value); err != nil {
			all = append(all, fmt.Errorf("%s: %w", s.path, err))
		}
	}
	return invalid(errors.Join(all...))
}

// setValue reads text into v as the YAML decoder would, but takes any text for
// a string as it stands.
func setValue(v reflect.Value, text string) error {
	if v.Kind() == reflect.String {
		v.SetString(text)
		return nil
	}
	if u, ok := reflect.TypeAssert[encoding.TextUnmarshaler](v.Addr()); ok {
		return u.UnmarshalText([]byte(text))
	}
	if err := yaml.Unmarshal([]byte(text), v.Addr().Interface()); err != nil {
		return fmt.Errorf("%q is not a valid %s", text, v.Type())
	}
	return nil
}

// byteSize is a number of bytes, written "512", "64KiB", "64MiB", "20GiB" or "1TiB".
type byteSize int64

// sizeShift gives the power of two of a unit.
func sizeShift(unit string) (shift int, ok bool) {
	switch unit {
	case "", "B":
		return 0, true
	case "KiB":
		return 10, true
	case "MiB":
		return 20, true
	case "GiB":
		return 30, true
	case "TiB":
		return 40, true
	}
	return 0, false
}

// UnmarshalText reads a size.
func (s *byteSize) UnmarshalText(text []byte) error {
	digits := strings.TrimRight(string(text), "BKMGTi ")
	n, err := strconv.ParseInt(digits, 10, 64)
	shift, ok := sizeShift(strings.TrimSpace(string(text[len(digits):])))
	if err != nil || !ok || n < 0 || n > 1<<62>>shift {
		return fmt.Errorf("%q is not a size; write it like 64MiB", text)
	}
	*s = byteSize(n << shift)
	return nil
}

// MarshalText writes the size in the largest unit that divides it.
func (s byteSize) MarshalText() ([]byte, error) {
	for _, unit := range []string{"TiB", "GiB", "MiB", "KiB"} {
		shift, _ := sizeShift(unit)
		if s > 0 && s%(1<<shift) == 0 {
			return []byte(strconv.FormatInt(int64(s>>shift), 10) + unit), nil
		}
	}
	return []byte(strconv.FormatInt(int64(s), 10)), nil
}
