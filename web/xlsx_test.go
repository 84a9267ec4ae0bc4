package web

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestColumnsAreNamed(t *testing.T) {
	for i, want := range map[int]string{0: "A", 25: "Z", 26: "AA", 51: "AZ", 52: "BA", 701: "ZZ", 702: "AAA"} {
		if got := column(i); got != want {
			t.Errorf("column %d is %s, want %s", i, got, want)
		}
	}
}

// No text becomes a formula, in the sheet or once it is saved as CSV.
func TestCellsAreNoFormulas(t *testing.T) {
	for text, want := range map[string]string{
		"=1+1": "'=1+1", "+cmd": "'+cmd", "-2": "'-2", "@SUM(A1)": "'@SUM(A1)", "\tx": "'\tx", "李四": "李四", "": "", "a=b": "a=b",
	} {
		if got := harmless(text); got != want {
			t.Errorf("%q becomes %q", text, got)
		}
	}
}

// Whatever the cells hold, every part of a workbook is well-formed XML.
func TestWorkbooksAreWellFormed(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.SliceOfN(rapid.String(), 1, 5).Draw(t, "cells")
		row := []any{1, 0.5}
		for _, s := range text {
			row = append(row, s)
		}
		file, err := workbook([]sheet{{name: "a&b", rows: [][]any{row, row}}, {name: "c"}})
		if err != nil {
			t.Fatal(err)
		}
		z, err := zip.NewReader(bytes.NewReader(file), int64(len(file)))
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range z.File {
			if err := wellFormed(f); err != nil {
				t.Fatalf("%s: %v", f.Name, err)
			}
		}
		if len(z.File) != 6 || strings.Contains(string(file), "<f>") {
			t.Fatalf("%d parts", len(z.File))
		}
	})
}

func wellFormed(f *zip.File) error {
	r, err := f.Open()
	if err != nil {
		return err
	}
	defer r.Close()
	dec := xml.NewDecoder(r)
	for {
		if _, err := dec.Token(); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
	}
}
