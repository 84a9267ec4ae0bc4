package web_test

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/xml"
	"errors"
	"io"
	"os"
	"slices"
	"strings"
	"testing"

	"correctiond/alerts"
	"correctiond/roster"
	"correctiond/rules"
	"correctiond/web"
)

// Report answers what the world has, and remembers what was asked.
func (w *world) Report(_ context.Context, s web.Scope, from, until roster.Instant) (web.Report, error) {
	w.asked = [2]roster.Instant{from, until}
	r := w.report
	if s.Office == "O1" {
		r.Subjects = 3
	}
	return r, w.broken
}

// counted is a report with something of everything.
func counted(s *site) {
	var y web.Yield
	for _, o := range []alerts.Outcome{
		"", alerts.Confirmed, alerts.Confirmed, alerts.Excused, alerts.Technical, alerts.Unfounded, alerts.Unfounded, alerts.Recovered,
	} {
		y.Add(o, 1)
	}
	s.report = web.Report{
		Subjects: 4, Kinds: map[roster.SubjectKind]int{roster.Probation: 4}, Colours: [4]int{1, 2, 0, 1},
		Raised: map[rules.Kind]web.Yield{"area-exit": y, "sos": {Raised: 1, Pending: 1}}, Absconding: web.Running{New: 1, Ongoing: 2},
	}
	s.report.Severities.Of(rules.P2).Add(alerts.Open, 9, 1)
}

func TestReportCountsAsTheBureausPublish(t *testing.T) {
	s := newTown(t)
	counted(s)
	want(t, s.do("GET /api/v1/reports/daily?date=2026-03-02", bearer("token-district")), 200,
		`"period":"daily","from":"2026-03-02T00:00:00Z","until":"2026-03-03T00:00:00Z"`, `"office":null,"subjects":4`,
		`"kinds":{"control":0,"medical":0,"parole":0,"probation":4}`, `"colours":{"green":1,"orange":0,"red":1,"yellow":2}`,
		`{"severity":"P2","raised":9,"open":9`, `"alerts":{"raised":9,"pending":2,"confirmed":2`,
		`"kind":"area-exit","label":"越界","raised":8,"pending":1,"confirmed":2,"excused":1,"technical":1,"unfounded":2,"recovered":1,"yield":0.333`,
		`"kind":"sos"`, `"yield":null}`, `"absconding":{"new":1,"ongoing":2},"unregistered":{"new":0,"ongoing":0}`)
	want(t, s.do("GET /api/v1/reports/daily", bearer("token-officer")), 200, `"office":"O1","subjects":3`)
	want(t, s.do("GET /api/v1/reports/daily?office=O2", bearer("token-officer")), 404)
	for bad, field := range map[string]string{"date=x": "date", "format=pdf": "format"} {
		want(t, s.do("GET /api/v1/reports/daily?"+bad, bearer("token-officer")), 400, `"field":"`+field+`"`)
	}
	for role, status := range map[string]int{"social_worker": 403, "procurator": 200, "ops": 403} {
		want(t, s.do("GET /api/v1/reports/daily", bearer("token-"+role)), status)
	}
	s.breakDown(errors.New("broken"))
	want(t, s.do("GET /api/v1/reports/daily", bearer("token-officer")), 500)
}

func TestPeriodsOfReports(t *testing.T) {
	s := newTown(t)
	for _, c := range []struct{ line, from, until string }{
		{"daily?date=2026-02-28", "2026-02-28", "2026-03-01"},
		{"weekly?date=2026-03-01", "2026-02-23", "2026-03-02"}, // a Sunday
		{"weekly?date=2026-03-02", "2026-03-02", "2026-03-09"}, // a Monday
		{"monthly?date=2026-02-28", "2026-02-01", "2026-03-01"},
		{"monthly?date=2026-12-31", "2026-12-01", "2027-01-01"},
	} {
		rec := s.do("GET /api/v1/reports/"+c.line, bearer("token-officer"))
		want(t, rec, 200, `"from":"`+c.from+`T00:00:00Z","until":"`+c.until+`T00:00:00Z"`)
		if s.asked[0] >= s.asked[1] {
			t.Errorf("%s asks for %v", c.line, s.asked)
		}
	}
}

func TestReportAsAWorkbookIsOpenedAgain(t *testing.T) {
	s := newTown(t)
	counted(s)
	const media = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
	first := s.do("GET /api/v1/reports/monthly?date=2026-03-02", bearer("token-officer"), header("Accept", media))
	again := s.do("GET /api/v1/reports/monthly?date=2026-03-02&format=xlsx&lang=en", bearer("token-officer"))
	if first.Header().Get("Content-Type") != media || !strings.Contains(first.Header().Get("Content-Disposition"), "report-monthly-2026-03-01.xlsx") {
		t.Errorf("headers %v", first.Header())
	}
	if name := os.Getenv("XLSX_FILE"); name != "" { // to look at it in another program
		if err := os.WriteFile(name, first.Body.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	sums, lines := cells(t, first.Body.Bytes(), 1), cells(t, first.Body.Bytes(), 2)
	if !slices.Contains(sums, "B4=3") || !slices.Contains(sums, "A4=在册对象") || !slices.Contains(sums, "A9=红") {
		t.Errorf("sums: %q", sums)
	}
	if !slices.Contains(lines, "A2=越界") || !slices.Contains(lines, "D2=2") || !slices.Contains(lines, "I2=0.333") || !slices.Contains(lines, "I3=") {
		t.Errorf("lines: %q", lines)
	}
	if got := cells(t, again.Body.Bytes(), 2); !slices.Contains(got, "A1=rule") {
		t.Errorf("in English: %q", got)
	}
}

// cells reads a sheet of a workbook as "A1=value".
func cells(t *testing.T, file []byte, n int) (out []string) {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		t.Fatal(err)
	}
	f, err := z.Open("xl/worksheets/sheet" + string(rune('0'+n)) + ".xml")
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(f)
	if err != nil {
		t.Fatal(err)
	}
	var sheet struct {
		Cells []struct {
			At   string `xml:"r,attr"`
			V    string `xml:"v"`
			Text string `xml:"is>t"`
		} `xml:"sheetData>row>c"`
	}
	if err := xml.Unmarshal(text, &sheet); err != nil {
		t.Fatal(err)
	}
	for _, c := range sheet.Cells {
		out = append(out, c.At+"="+c.V+c.Text)
	}
	return out
}
