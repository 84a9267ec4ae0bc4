package roster_test

import (
	"bytes"
	"reflect"
	"strings"
	"testing"

	"correctiond/roster"
)

const small = `version: 1
district: {id: D1, name: 示范区, area: city}
offices: [{id: O1, name: 示范路司法所, place: {lat: 31.22, lng: 121.44, datum: wgs84, radius_m: 100}}]
rollcalls:
  - id: three-a-day
    windows: [{from: "07:30", until: "09:30"}, {from: 12:00, until: 14:00}]
    grace: 30m
zones:
  - {id: city, kind: area, datum: wgs84, geometry: {type: Polygon, coordinates: [[[121.0,31.0],[122.0,31.0],[122.0,32.0],[121.0,31.0]]]}}
subjects:
  - id: S1
    office: O1
    kind: probation
    term: {from: 2026-01-10, until: 2027-01-09}
    leaves:
      - {id: L1, from: 2026-02-01, until: 2026-02-05, returned: 2026-02-05T18:00:00+08:00}
    minor: false
    facts: {praise: 2, steady_job: true}
released: []
`

func read(t testing.TB, text string) (*roster.Roster, error) {
	t.Helper()
	return roster.Read(strings.NewReader(text), "r.yaml")
}

func TestReadYAML(t *testing.T) {
	r, err := read(t, "\xef\xbb\xbf"+small)
	if err != nil {
		t.Fatal(err)
	}
	s := r.Subjects[0]
	if s.Term.From.Day != "2026-01-10" || s.Leaves[0].Returned.At != at(t, "2026-02-05 18:00:00") || s.Facts.Praise != 2 || !s.Facts.SteadyJob {
		t.Errorf("subject %+v", s)
	}
	if w := r.Rollcalls[0].Windows[1]; w.From != "12:00" || r.Rollcalls[0].Grace.String() != "30m" {
		t.Errorf("roll-call %+v", r.Rollcalls[0])
	}
	want := `{"type":"Polygon","coordinates":[[[121.0,31.0],[122.0,31.0],[122.0,32.0],[121.0,31.0]]]}`
	if got := string(r.Zones[0].Geometry); got != want {
		t.Errorf("geometry %s", got)
	}
}

func TestReadNamesLineAndPath(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"unknown key", "version: 1\nofices: []\n", `r.yaml:2 ofices: is an unknown key; the nearest known key is "offices"`},
		{"unknown key inside", "version: 1\nsubjects:\n- id: S1\n  offcie: O1\n", `r.yaml:4 subjects[0].offcie: is an unknown key; the nearest known key is "office"`},
		{"key twice", "version: 1\nversion: 1\n", "r.yaml:2 version: is written twice; keep one"},
		{"number for text", "version: 1\nofficers:\n- id: F1\n  notify:\n  - {channel: sms, to: 138}\n", "r.yaml:5 officers[0].notify[0].to: holds a number; write text"},
		{"text for number", "version: one\n", "r.yaml:1 version: holds text; write a whole number"},
		{"fraction for whole number", "version: 1.5\n", "r.yaml:1 version: holds a number; write a whole number"},
		{"text for bool", "subjects:\n- {id: S1, minor: yes please}\n", "r.yaml:2 subjects[0].minor: holds text; write true or false"},
		{"list for mapping", "district: [D1]\n", "r.yaml:1 district: holds a list; write a mapping"},
		{"mapping for list", "subjects: {id: S1}\n", "r.yaml:1 subjects: holds a mapping; write a list"},
		{"no number", "offices:\n- {id: O1, place: {lat: .nan}}\n", "r.yaml:2 offices[0].place.lat: holds a number; write a number"},
		{"no day", "subjects:\n- term: {from: 2026-02-30}\n", `r.yaml:2 subjects[0].term.from: "2026-02-30" is not a day: write 2026-01-31`},
		{"no length", "rollcalls:\n- grace: half an hour\n", `r.yaml:2 rollcalls[0].grace: "half an hour" is not a length of time: write 30s, 5m or 2h`},
		{"number for a date", "subjects:\n- effective: 20260110\n", "r.yaml:2 subjects[0].effective: holds a number; write text"},
		{"infinite coordinate", "zones:\n- geometry: {coordinates: [.inf]}\n", "r.yaml:2 zones[0].geometry: holds a number that is none; write plain decimals"},
		{"alias", "offices: &a []\nzones: *a\n", "r.yaml: line 2: aliases are not supported: write the value out"},
		{"empty", "", "r.yaml: the file is empty"},
		{"a list", "- 1\n", "r.yaml:1: holds a list; write a mapping that begins with version: 1"},
		{"two documents", "version: 1\n---\nversion: 1\n", "r.yaml: more than one document: keep the first only"},
		{"JSON unknown key", "{\n\"version\": 1,\n\"zone\": []}", `r.yaml:3 zone: is an unknown key; the nearest known key is "zones"`},
		{"JSON wrong type", "{\"version\": 1,\n\"subjects\": [{\n\"id\": 7}]}", "r.yaml:3 subjects[0].id: holds a number; write text"},
		{"JSON twice", `{"version": 1} {}`, "r.yaml: line 1: more than one value: keep the first only"},
	} {
		_, err := read(t, c.text)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v\nwant %s", c.name, err, c.want)
		}
	}
}

func TestReadListsEveryProblem(t *testing.T) {
	_, err := read(t, "version: one\nofices: []\nsubjects:\n- term: {from: 3}\n")
	if err == nil || strings.Count(err.Error(), "\n") != 2 {
		t.Errorf("want three problems:\n%v", err)
	}
}

func TestBrokenJSONNamesItsLine(t *testing.T) {
	for _, text := range []string{"{\"version\": 1,\n\"offices\": [}", "{\"version\": 1,\n", "{ \n\"a\"\n"} {
		if _, err := read(t, text); err == nil || !strings.Contains(err.Error(), "r.yaml: line ") {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// Whatever is read must read the same after it is written.
func FuzzRead(f *testing.F) {
	f.Add([]byte(small))
	f.Add([]byte(`{"version": 1, "zones": [{"id": "z", "geometry": {"type": "Polygon"}}], "devices": [{"id": "W1", "interval": "5m"}]}`))
	f.Add([]byte("{version: 1, subjects: [{term: {from: 2026-01-31T08:00:00.5+08:00}, curfew: null}]}"))
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := roster.Read(bytes.NewReader(data), "fuzz")
		if err != nil {
			return
		}
		var b bytes.Buffer
		if err := roster.Write(&b, r, "json"); err != nil {
			t.Fatal(err)
		}
		again, err := roster.Read(&b, "again")
		if err != nil {
			t.Fatal(err)
		}
		if diff := roster.Compare(r, again); !diff.Empty() {
			t.Fatal(diff)
		}
		roster.Check(r, shanghai())
	})
}

func TestJSONAndYAMLReadAlike(t *testing.T) {
	r, err := read(t, small)
	if err != nil {
		t.Fatal(err)
	}
	for _, format := range []string{"json", "yaml"} {
		again, err := read(t, written(t, r, format))
		if err != nil {
			t.Fatal(err)
		}
		r.Released = nil // an empty list is not written
		if !reflect.DeepEqual(r, again) {
			t.Errorf("%s: %v", format, roster.Compare(r, again))
		}
	}
	if err := roster.Write(new(bytes.Buffer), r, "toml"); err == nil {
		t.Error("an unknown format is accepted")
	}
}

func BenchmarkReadJSON50k(b *testing.B) {
	data := written(b, large(50_000), "json")
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		if _, err := read(b, data); err != nil {
			b.Fatal(err)
		}
	}
}
