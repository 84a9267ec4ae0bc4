package roster_test

import (
	"encoding/csv"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"correctiond/roster"
)

const full = "testdata/good/full.yaml"

func golden(t *testing.T, list string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", list+".csv"))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// The tables are an exchange format: what is written stays byte for byte.
func TestCSVIsWrittenAsRecorded(t *testing.T) {
	r := readFixture(t, full)
	for _, list := range []string{"subjects", "devices"} {
		var b strings.Builder
		if err := roster.WriteCSV(&b, r, list); err != nil {
			t.Fatal(err)
		}
		if b.String() != golden(t, list) {
			t.Errorf("%s:\n%s", list, b.String())
		}
	}
}

func TestTheRecordedCSVIsTheRoster(t *testing.T) {
	want := readFixture(t, full)
	for _, list := range []string{"subjects", "devices"} {
		empty := *want
		empty.Subjects, empty.Devices = nil, nil
		got, err := roster.ReadCSV(strings.NewReader(golden(t, list)), list, &empty, list)
		if err != nil {
			t.Fatal(err)
		}
		if list == "subjects" && !reflect.DeepEqual(got.Subjects, want.Subjects) || list == "devices" && !reflect.DeepEqual(got.Devices, want.Devices) {
			t.Errorf("%s:\n%v", list, roster.Compare(want, got))
		}
	}
}

// Spreadsheets reorder and drop columns; those that are gone are absent fields.
func TestColumnsMayComeInAnyOrder(t *testing.T) {
	rows, err := csv.NewReader(strings.NewReader(golden(t, "devices"))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	out := csv.NewWriter(&b)
	for _, row := range rows {
		row = slices.Clone(row[:len(row)-1]) // without authority
		slices.Reverse(row)
		if err := out.Write(row); err != nil {
			t.Fatal(err)
		}
	}
	out.Flush()
	want := readFixture(t, full)
	got, err := roster.ReadCSV(strings.NewReader(b.String()), "d.csv", want, "devices")
	if err != nil {
		t.Fatal(err)
	}
	if diff := roster.Compare(want, got).String(); diff != "devices: change W1 (authority)\n" {
		t.Errorf("changes:\n%s", diff)
	}
}

// All mistakes of a table come at once, each with its line and column.
func TestCSVListsEveryProblem(t *testing.T) {
	text := "id,kind,minor,home.lat,term.from,facts.praise,reports.visits\n" +
		"S1,control,perhaps,31,2026-01-10,1,2026-01-10\n" +
		"S2,control,,north,2026-13-10,many,2026-01-10;soon\n"
	_, err := roster.ReadCSV(strings.NewReader(text), "s.csv", sample(), "subjects")
	if err == nil {
		t.Fatal("accepted")
	}
	lines := strings.Split(err.Error(), "\n")
	want := []string{"s.csv:2 minor: ", "s.csv:3 home.lat: ", "s.csv:3 term.from: ", "s.csv:3 facts.praise: ", "s.csv:3 reports.visits[1]: "}
	if len(lines) != len(want) {
		t.Fatalf("%d problems:\n%v", len(lines), err)
	}
	for i, line := range lines {
		if !strings.HasPrefix(line, want[i]) {
			t.Errorf("problem %d is %s, want %s", i, line, want[i])
		}
	}
}
