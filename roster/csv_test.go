package roster_test

import (
	"strings"
	"testing"

	"correctiond/roster"
)

func TestReadSubjectsCSV(t *testing.T) {
	text := "\xef\xbb\xbfid,name,office,kind,term.from,term.until,home.lat,home.lng,home.datum,forbidden,leaves,minor,reports.visits\r\n" +
		"S7,示例丁,O1,parole,2026-01-10,2027-01-09,31.5,121.5,wgs84,school;far,L1|2026-02-01|2026-02-05||office|a\\|b;L2|2026-03-01|2026-03-02,true,2026-02-01;2026-03-01\r\n" +
		"S8,,O1,control,2026-01-10,,,,,,,,\r\n"
	base := sample()
	r, err := roster.ReadCSV(strings.NewReader(text), "subjects.csv", base, "subjects")
	if err != nil {
		t.Fatal(err)
	}
	if len(base.Subjects) != 2 || base.Subjects[0].ID != "S1" || len(r.Devices) != len(base.Devices) {
		t.Error("only the list of the copy may change")
	}
	s := r.Subjects[0]
	if s.ID != "S7" || s.Home.Lat != 31.5 || len(s.Forbidden) != 2 || !s.Minor || len(s.Reports.Visits) != 2 || s.Term.Until.Day != "2027-01-09" {
		t.Errorf("%+v", s)
	}
	if l := s.Leaves[0]; len(s.Leaves) != 2 || l.Approver != "office" || l.Reason != "a|b" || l.Area != "" {
		t.Errorf("leaves %+v", s.Leaves)
	}
	if o := r.Subjects[1]; o.Home != nil || o.Term.Until != nil || o.Leaves != nil {
		t.Errorf("empty cells must be absent: %+v", o)
	}
}

func TestReadDevicesCSV(t *testing.T) {
	text := "id,kind,interval,bindings\nW1,wristband,5m,S1|2026-01-20|2026-03-01;S2|2026-03-01\n"
	r, err := roster.ReadCSV(strings.NewReader(text), "devices.csv", sample(), "devices")
	if err != nil {
		t.Fatal(err)
	}
	if b := r.Devices[0].Bindings; len(b) != 2 || b[0].Until.Day != "2026-03-01" || b[1].Subject != "S2" || b[1].Until != nil {
		t.Errorf("bindings %+v", b)
	}
}

func TestCSVProblems(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"unknown column", "id,nmae\nS1,x\n", "s.csv:1 nmae: is an unknown column; the columns are id, name, office"},
		{"column twice", "id,id\nS1,S1\n", "s.csv:1 id: is there twice"},
		{"no day", "id,term.from\nS1,2026-01-01\nS2,01.01.2026\n", `s.csv:3 term.from: "01.01.2026" is not a day`},
		{"no number", "id,home.lat\nS1,north\n", "s.csv:2 home.lat: holds text; write a number"},
		{"item with too many fields", "id,custody\nS1,2026-01-01|2026-01-02|x\n", "s.csv:2 custody[0].field 3: is an unknown key"},
		{"short row", "id,name\nS1\n", "s.csv: record on line 2: wrong number of fields"},
		{"empty", "", "s.csv: read the line of column names"},
	} {
		_, err := roster.ReadCSV(strings.NewReader(c.text), "s.csv", sample(), "subjects")
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v\nwant %s", c.name, err, c.want)
		}
	}
	if _, err := roster.ReadCSV(strings.NewReader(""), "z.csv", sample(), "zones"); err == nil {
		t.Error("zones have no CSV form")
	}
	if err := roster.WriteCSV(new(strings.Builder), sample(), "zones"); err == nil {
		t.Error("zones have no CSV form")
	}
}

func FuzzReadCSV(f *testing.F) {
	f.Add("id,kind,interval,bindings\nW1,wristband,5m,S1|2026-01-20|2026-03-01;S2|2026-03-01\n")
	f.Add("id,authority\n\"W1\",A1|3|x\\;y||2026-01-20\n")
	f.Fuzz(func(_ *testing.T, text string) {
		r, err := roster.ReadCSV(strings.NewReader(text), "f.csv", sample(), "devices")
		if err == nil {
			roster.Check(r, shanghai())
		}
	})
}
