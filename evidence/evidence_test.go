package evidence_test

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"math"
	"strings"
	"testing"
	"time"

	"correctiond/alerts"
	"correctiond/event"
	"correctiond/evidence"
	"correctiond/geo"
	"correctiond/roster"
	"correctiond/rules"
)

const square = `{"type":"Polygon","coordinates":[[[121,31],[122,31],[122,32],[121,32],[121,31]]]}`

const squares = `{"type":"MultiPolygon","coordinates":[[[[121,31],[122,31],[122,32],[121,32],[121,31]]]]}`

func example() *evidence.Case {
	a, _ := alerts.Observe(nil, rules.Episode{
		ID: "a1", Kind: "area-exit", Severity: rules.P2, District: "D1", Subject: "S1", Office: "O1", Started: 1000, Opened: 2000,
		Reason: rules.Text{ZH: "离开市辖区", EN: "left"}, Rules: "v1",
	}, rules.ByEvent, 2000)
	a, _ = alerts.Act(a, rules.ByEvent, alerts.Action{Type: alerts.AddNote, By: "F1", At: 3000, Text: "<b>电话联系</b>"})
	events := []event.Event{{Kind: event.Status, Device: "W1", ID: "s1", Seq: -1, Battery: -1, Time: 900}}
	for i, lng := range []float64{121.4, 121.41, 121.42} {
		at := geo.Point{Lat: 31.2, Lng: lng}
		events = append(events, event.Event{
			Kind: event.Location, Device: "W1", ID: "l" + string(rune('1'+i)), Seq: int64(i), Battery: 50, Time: roster.Instant(1000 * i),
			Position: &event.Position{Point: at, Original: geo.GCJ02.FromWGS84(at), Datum: geo.GCJ02, AccuracyM: 8},
		})
	}
	return &evidence.Case{
		Alert: a, Label: rules.Text{ZH: "离开活动区域", EN: "area exit"}, Events: events, Thresholds: []byte("coarse_m: 500\n"), Zone: time.UTC,
		Facts: evidence.Facts{
			Version: 3, Subject: &roster.Subject{ID: "S1", Name: "李四"}, Office: &roster.Office{Name: "示范路司法所"},
			Zones: []roster.Zone{
				{ID: "z", Name: `<"&`, Kind: roster.ForbiddenZone, Datum: geo.WGS84, Geometry: json.RawMessage(square)},
				{ID: "m", Datum: geo.GCJ02, Geometry: json.RawMessage(squares)},
				{ID: "bad", Datum: geo.WGS84, Geometry: json.RawMessage(`{}`)},
			},
		},
		Notices: []json.RawMessage{json.RawMessage(`{"notice":1}`)}, Audit: []json.RawMessage{json.RawMessage(`{"n":7}`)},
		Attached: []evidence.Attached{{SHA256: strings.Repeat("a", 64), Content: []byte("photo")}},
		Export:   evidence.Export{Request: 1, Requester: "张三", Reason: "检察院调取", Approver: "李所", Chain: "000000000007 00ff"},
	}
}

func pack(t *testing.T, c *evidence.Case) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := evidence.Write(&out, c); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func unpack(t *testing.T, data []byte) map[string]string {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]string{}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		all[f.Name] = string(text)
	}
	return all
}

func TestAPackageHoldsEverything(t *testing.T) {
	all := unpack(t, pack(t, example()))
	for name, words := range map[string][]string{
		"alert.json": {`"timeline"`, "离开市辖区"}, "episode.json": {`"rule_version": "v1"`}, "roster.json": {"李四", `"roster_version": 3`},
		"messages.ndjson": {`"datum":"gcj02"`, `"sent":`, `"wgs84":`, `"sha256":`, `"id":"s1"`}, "thresholds.yaml": {"coarse_m"},
		"notices.ndjson": {`{"notice":1}`}, "audit.ndjson": {`{"n":7}`}, "files/" + strings.Repeat("a", 64): {"photo"},
		"map.svg":       {"<polyline", "<polygon", "#dc2626", "&lt;"},
		"summary.html":  {"证据摘要", "李四", "示范路司法所", "&lt;b&gt;电话联系", "检察院调取", "批准人 李所", "000000000007"},
		"manifest.json": {`"sm3"`, `"sha256"`, "summary.html", `"approver": "李所"`},
	} {
		for _, word := range words {
			if !strings.Contains(all[name], word) {
				t.Errorf("%s lacks %q:\n%.600s", name, word, all[name])
			}
		}
	}
	if strings.Contains(all["map.svg"]+all["summary.html"], "http://") && !strings.Contains(all["map.svg"], `xmlns="http://www.w3.org/2000/svg"`) {
		t.Error("the package asks for something from outside")
	}
}

// What stands behind a check-in is in the package, also where nobody was verified: that
// has no score.
func TestAPackageSaysWhatACheckinRestsOn(t *testing.T) {
	c := example()
	nan := float32(math.NaN())
	for i, k := range []event.Check{
		{Method: "app", Verify: "face", Passed: true, Score: 0.5, Liveness: event.Yes}, {Method: "app", Verify: "pin", Passed: true, Score: nan},
	} {
		c.Events = append(c.Events, event.Event{Kind: event.Checkin, Device: "P1", ID: "c" + string(rune('1'+i)), Seq: -1, Battery: -1, Check: &k})
	}
	all := unpack(t, pack(t, c))
	for _, want := range []string{`"Method":"app","Verify":"face","Passed":true,`, `"Score":0.5}`, `"Verify":"pin"`} {
		if !strings.Contains(all["messages.ndjson"], want) {
			t.Errorf("no %s in %s", want, all["messages.ndjson"])
		}
	}
	if strings.Contains(all["summary.html"], "仅凭设备口令") {
		t.Error("the summary speaks of check-ins that there are not")
	}
	c.Events = append(c.Events, event.Event{Kind: event.Checkin, Device: "P1", ID: "c3", Seq: -1, Battery: -1, Check: &event.Check{Method: "app", Verify: event.VerifyDevice, Passed: true, Score: nan}})
	all = unpack(t, pack(t, c))
	if !strings.Contains(all["messages.ndjson"], `"Verify":"device"`) || !strings.Contains(all["summary.html"], "其中 1 条签到仅凭设备口令") {
		t.Errorf("it does not say that only the device was verified: %s\n%s", all["messages.ndjson"], all["summary.html"])
	}
}

func TestTheDrawingIsSVG(t *testing.T) {
	bare := example()
	bare.Events = bare.Events[:1]
	for _, c := range []*evidence.Case{example(), bare} {
		d := xml.NewDecoder(strings.NewReader(unpack(t, pack(t, c))["map.svg"]))
		for {
			_, err := d.Token()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
		}
	}
}

func TestTheSameCaseGivesTheSameBytes(t *testing.T) {
	first := pack(t, example())
	for range 5 {
		if !bytes.Equal(pack(t, example()), first) {
			t.Fatal("the packages differ")
		}
	}
}

// rezip writes a package anew with its files changed.
func rezip(t *testing.T, all map[string]string) []byte {
	t.Helper()
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	for name, text := range all {
		w, err := z.Create(name)
		if err == nil {
			_, err = io.WriteString(w, text)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestVerifyNamesWhatWasChanged(t *testing.T) {
	for name, c := range map[string]struct {
		change func(map[string]string)
		want   string
	}{
		"nothing":      {func(map[string]string) {}, ""},
		"a byte":       {func(all map[string]string) { all["messages.ndjson"] += " " }, "messages.ndjson: its content"},
		"a file less":  {func(all map[string]string) { delete(all, "map.svg") }, "map.svg: is missing"},
		"a file more":  {func(all map[string]string) { all["x"] = "" }, "x is not in the manifest"},
		"no manifest":  {func(all map[string]string) { delete(all, "manifest.json") }, "manifest.json: is missing"},
		"bad manifest": {func(all map[string]string) { all["manifest.json"] = "{}" }, "is not understood"},
	} {
		all := unpack(t, pack(t, example()))
		c.change(all)
		data := rezip(t, all)
		alert, n, err := evidence.Verify(bytes.NewReader(data), int64(len(data)))
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
		if err == nil && (alert != "a1" || n != 10) {
			t.Errorf("%s: alert %q, %d files", name, alert, n)
		}
	}
	if _, _, err := evidence.Verify(strings.NewReader("no zip"), 6); err == nil {
		t.Error("what is no archive is accepted")
	}
}
