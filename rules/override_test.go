package rules_test

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"correctiond/event"
	"correctiond/roster"
	"correctiond/rules"

	"pgregory.net/rapid"
)

// readRules reads a rule file that must be right.
func readRules(t testing.TB, text string) rules.Config {
	t.Helper()
	cfg, err := rules.ReadConfig(strings.NewReader(text), "rules.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return cfg
}

// ruleFile is the journal's form of a rule file.
func ruleFile(t testing.TB, text string) *event.RuleFile {
	t.Helper()
	f, err := readRules(t, text).Entry()
	if err != nil {
		t.Fatal(err)
	}
	return f
}

const several = `
area_exit: {buffer_m: 250}
overrides:
  - {office: O2, area_exit: {buffer_m: 100}}
  - {district: D1, area_exit: {buffer_m: 200, fixes: 4}}
  - {level: strict, area_exit: {buffer_m: 50}}
  - {district: D1, office: O2, level: lenient, area_exit: {dwell: 20m}}
  - {district: D2, area_exit: {buffer_m: 400}}
`

func TestTheMoreSpecificOverrideWins(t *testing.T) {
	cfg := readRules(t, several)
	for _, tc := range []struct {
		district, office, level string
		buffer                  float64
		fixes                   int
		dwell                   string
	}{
		{"", "", "", 250, 3, "10m"},
		{"D3", "O9", "general", 250, 3, "10m"},
		{"D1", "", "", 200, 4, "10m"},
		{"D1", "O1", "general", 200, 4, "10m"},
		{"D1", "O1", "strict", 50, 4, "10m"},   // of equally specific ones the later
		{"D2", "O1", "strict", 400, 3, "10m"},  // the same, the other way round
		{"D1", "O2", "general", 100, 4, "10m"}, // an office is more than a district
		{"D1", "O2", "strict", 100, 4, "10m"},  // and more than a level
		{"D1", "O2", "lenient", 100, 4, "20m"}, // keys nobody else sets come along
		{"D9", "O2", "", 100, 3, "10m"},
	} {
		got, err := cfg.For(rules.Selector{
			District: roster.DistrictID(tc.district), Office: roster.OfficeID(tc.office), Level: roster.Level(tc.level),
		})
		area := fmt.Sprintf("%v %v %v", got.Area.BufferM, got.Area.Fixes, got.Area.Dwell)
		if want := fmt.Sprintf("%v %v %v", tc.buffer, tc.fixes, tc.dwell); err != nil || area != want || got.Overrides != nil {
			t.Errorf("%s %s %s: %s, want %s (%v)", tc.district, tc.office, tc.level, area, want, err)
		}
	}
}

func TestOverrideRefusals(t *testing.T) {
	for text, want := range map[string]string{
		"- {area_exit: {buffer_m: 1}}":                               "overrides[0]: names no district",
		"- {level: strict}":                                          "overrides[0]: changes nothing",
		"- {level: strickt, coarse_m: 100}":                          `level "strickt" is not one of strict, general, lenient`,
		"- {levle: strict, coarse_m: 100}":                           `rules.yaml:2: unknown key "overrides[0].levle"; did you mean overrides[0].level?`,
		"- {level: strict, coarse: 100}":                             `rules.yaml:2: unknown key "overrides[0].coarse"; did you mean overrides[0].coarse_m?`,
		"- {level: strict, area_exit: {bufer_m: 1}}":                 `unknown key "overrides[0].area_exit.bufer_m"; did you mean overrides[0].area_exit.buffer_m?`,
		"- {level: strict, coarse_m: far}":                           "rules.yaml: line 2: cannot unmarshal",
		"- {level: strict, area_exit: {dwell: soon}}":                "not a length of time",
		"- {level: strict, coarse_m: 0}":                             "overrides for level=strict: must be coarse_m",
		"- {district: D1, reorder_window: 5m}":                       "reorder_window holds for the whole file",
		"- {district: D1, overrides: []}":                            "overrides holds for the whole file",
		"- {office: O1, mass_outage: {hold: 1h}}":                    "mass_outage holds for a whole district",
		"- {level: strict, data_out_of_sync: {devices: 3}}":          "data_out_of_sync holds for a whole district",
		"- {district: D1, app_positions: always}":                    "needs a policy_document",
		"- {district: D1, challenge: {from_hour: 9}}":                "challenge holds for the whole file",
		"- {office: O1, gathering: {subjects: 4}}":                   "gathering holds for a whole district",
		"- {level: strict, alert_backlog: {p1: 1h}}":                 "alert_backlog holds for a whole district",
		"- {level: strict, risk: {colour: {focus_days: 9}}}":         "risk.colour.focus_days holds for a whole district",
		"- {office: O1, owntracks_checkins: {document: x}}":          "owntracks_checkins holds for a whole district",
		"- {district: D1, owntracks_checkins: {document: ' '}}":      "overrides for district=D1: must be owntracks_checkins.document",
		"- {district: D1, owntracks_checkins: yes}":                  "cannot unmarshal",
		"- {district: D1, owntracks_checkins: {documents: x}}":       `unknown key "overrides[0].owntracks_checkins.documents"; did you mean overrides[0].owntracks_checkins.document?`,
		"- {office: O1, app_positions: windows}":                     "app_positions holds for a whole district",
		"- {district: D1, app_positions: often, policy_document: x}": "must be app_positions",
		"- {district: D1, device_offline: {first: 7h}}":              "overrides for district=D1: must be device_offline",
		"- coarse_m": "cannot unmarshal",
		"- {district: D1, area_exit: {buffer_m: .nan}}":                      "area_exit.buffer_m",
		strings.Repeat("- {office: O1, coarse_m: 100}\n  ", 101):             "overrides: 101, at most 100",
		"- {district: D1, coarse_m: 1}\n  - {level: strict, outlier_kmh: 0}": "level=strict: must be outlier_kmh",
	} {
		_, err := rules.ReadConfig(strings.NewReader("overrides:\n  "+text+"\n"), "rules.yaml")
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want mention of %q", text, err, want)
		}
	}
}

// What is about one person may be overridden for a level, beside what is not; of a
// meeting the one who carries the order decides.
func TestOverridesOfOnePerson(t *testing.T) {
	cfg := readRules(t, "overrides: [{level: strict, no_contact: {within_m: 200}, risk: {colour: {red: 70}}}, {district: D1, gathering: {subjects: 4}}]")
	got, err := cfg.For(rules.Selector{District: "D1", Level: roster.Strict})
	if err != nil || got.NoContact.WithinM != 200 || got.Risk.Colour.Red != 70 || got.Gathering.Subjects != 4 {
		t.Errorf("%v %+v", err, got)
	}
}

func TestUnmatchedOverrides(t *testing.T) {
	cfg := readRules(t, "overrides: [{district: D1, coarse_m: 1}, {district: D2, office: O1, coarse_m: 1}, {office: O9, coarse_m: 1}, {level: strict, coarse_m: 1}, {office: O2, coarse_m: 1}]")
	other := &roster.Roster{District: roster.District{ID: "D2"}, Offices: []roster.Office{{ID: "O3"}}}
	if got := fmt.Sprint(cfg.Unmatched([]*roster.Roster{world(), other})); got != "[district=D2 office=O1 office=O9]" {
		t.Error(got)
	}
}

// Two overrides that are right each may be wrong together.
func TestCombinationsAreChecked(t *testing.T) {
	text := "overrides:\n  - {district: D1, device_offline: {second: 4h}}\n  - {level: strict, device_offline: {first: 5h}}\n"
	_, err := rules.ReadConfig(strings.NewReader(text), "rules.yaml")
	if err == nil || !strings.Contains(err.Error(), "overrides for district=D1 level=strict: must be device_offline") {
		t.Error(err)
	}
	if strings.Contains(err.Error(), "overrides for level=strict:") {
		t.Errorf("the level alone is right: %v", err)
	}
}

// Thresholds of one subject can be changed without those of another.
func TestEffectiveThresholdsAreOwn(t *testing.T) {
	cfg := readRules(t, several)
	before := cfg.Version()
	got, err := cfg.For(rules.Selector{District: "D1"})
	if err != nil {
		t.Fatal(err)
	}
	got.AuthorityDays[0] = 99
	if cfg.Version() != before {
		t.Error("the file changed along")
	}
}

// Every field of Config is a key of the file: what has no key would be lost
// where overrides are applied.
func TestEveryFieldIsAKey(t *testing.T) {
	checkKeys(t, reflect.TypeFor[rules.Config]())
}

func checkKeys(t *testing.T, typ reflect.Type) {
	for f := range typ.Fields() {
		if key := f.Tag.Get("yaml"); key == "" || key == "-" || !f.IsExported() {
			t.Errorf("%s.%s has no key", typ, f.Name)
		}
		if f.Type.Kind() == reflect.Struct && f.Type.PkgPath() == typ.PkgPath() {
			checkKeys(t, f.Type)
		}
	}
}

func TestAppAlways(t *testing.T) {
	cfg := readRules(t, "overrides:\n  - {district: D1, app_positions: always, policy_document: 〔2026〕7号}\n")
	if !cfg.Policy("D1").AppPositions || cfg.Policy("D2").AppPositions {
		t.Error("not in D1 alone")
	}
	cfg = readRules(t, "app_positions: always\noverrides: [{district: D1, app_positions: windows}]\n")
	if cfg.Policy("D1").AppPositions || !cfg.Policy("D2").AppPositions {
		t.Error("not but in D1")
	}
}

// A report by hand of OwnTracks is a check-in in the districts that name the document
// of their policy, and in no other.
func TestOwnTracksCheckins(t *testing.T) {
	for text, want := range map[string]string{
		"":                                   "",
		"owntracks_checkins: {}":             "",
		"owntracks_checkins: {document: ''}": "",
		"owntracks_checkins: {document: 〔2026〕9号}":                                                                  "D1 D2",
		"overrides: [{district: D1, owntracks_checkins: {document: 〔2026〕9号}}]":                                     "D1",
		"owntracks_checkins: {document: 〔2026〕9号}\noverrides: [{district: D1, owntracks_checkins: {document: ''}}]": "D2",
		"owntracks_checkins: {document: 〔2026〕9号}\noverrides: [{district: D1, coarse_m: 100}]":                      "D1 D2",
		"overrides: [{level: strict, coarse_m: 9}, {district: D2, owntracks_checkins: {document: 7}}]":              "D2",
		"app_positions: always": "",
		"overrides: [{district: D1, owntracks_checkins: {document: x}}, {district: D1, owntracks_checkins: {document: ''}}]": "",
	} {
		cfg := readRules(t, text+"\n")
		e := rules.New(rules.DefaultConfig(), roster.NewCalendar(nil), nil)
		if _, err := e.Apply(&event.Entry{At: 1, Rules: ruleFile(t, text+"\n")}); err != nil {
			t.Fatal(err)
		}
		for _, cfg := range []rules.Config{cfg, e.Rules()} { // as read, and as the journal gives it back
			if got := byHandIn(t, cfg); got != want {
				t.Errorf("%q: on in %q, want %q", text, got, want)
			}
		}
	}
	if _, err := rules.ReadConfig(strings.NewReader("owntracks_checkins: {document: '  '}\n"), "rules.yaml"); err == nil {
		t.Error("a document without a name")
	}
	plain, on := rules.DefaultConfig(), readRules(t, "owntracks_checkins: {document: 〔2026〕9号}\n")
	if got := fmt.Sprint(rules.Changes(plain, on)); got != "[owntracks_checkins.document: – → 〔2026〕9号]" {
		t.Errorf("the audit says %s", got)
	}
}

// byHandIn lists those of the districts D1 and D2 in which a report by hand counts,
// by the policy and by the thresholds alike.
func byHandIn(t *testing.T, cfg rules.Config) string {
	t.Helper()
	var on []string
	for _, d := range []roster.DistrictID{"D1", "D2"} {
		if cfg.Policy(d).OwnTracksCheckins {
			on = append(on, string(d))
		}
		of, err := cfg.For(rules.Selector{District: d})
		if err != nil || (of.OwnTracks.Document != "") != cfg.Policy(d).OwnTracksCheckins {
			t.Errorf("thresholds of %s name %q, %v", d, of.OwnTracks.Document, err)
		}
	}
	return strings.Join(on, " ")
}

// A file survives the journal: the same version, the same thresholds for all.
func TestRulesSurviveTheJournal(t *testing.T) {
	for _, text := range []string{"", several, "overrides: [{level: strict, coarse_m: 1e+2, authority_expiring_days: [30, 1]}]"} {
		cfg := readRules(t, text)
		e := rules.New(rules.DefaultConfig(), roster.NewCalendar(nil), nil)
		if _, err := e.Apply(&event.Entry{At: 1, Rules: ruleFile(t, text)}); err != nil {
			t.Fatal(err)
		}
		e = restored(t, e)
		if e.RulesVersion() != cfg.Version() || len(rules.Changes(e.Rules(), cfg)) != 0 {
			t.Errorf("%q: %v", text, rules.Changes(cfg, e.Rules()))
		}
	}
}

// Rules that the engine cannot take change nothing, and are said.
func TestBrokenRulesOfAJournal(t *testing.T) {
	e := rules.New(rules.DefaultConfig(), roster.NewCalendar(nil), nil)
	for _, data := range []string{"coarse_m: far", "coarse_m: 0", ":"} {
		if _, err := e.Apply(&event.Entry{At: 1, Rules: &event.RuleFile{Version: "v", Data: []byte(data)}}); err == nil {
			t.Errorf("%q was taken", data)
		}
	}
	if e.RulesVersion() != rules.DefaultConfig().Version() {
		t.Error("something changed")
	}
	// What another build knew is passed over.
	if _, err := e.Apply(&event.Entry{At: 1, Rules: &event.RuleFile{Data: []byte("coarse_m: 100\nfuture_key: 1\n")}}); err != nil || e.Rules().CoarseM != 100 {
		t.Error(err)
	}
}

func TestChanges(t *testing.T) {
	old := readRules(t, "overrides: [{level: strict, coarse_m: 100}]")
	next := readRules(t, "area_exit: {dwell: 5m}\nauthority_expiring_days: [30, 1]\noverrides: [{level: lenient, coarse_m: 90}]")
	got := fmt.Sprint(rules.Changes(old, next))
	want := "[area_exit.dwell: 10m → 5m authority_expiring_days: [15, 7, 1] → [30, 1] " +
		"overrides[level=lenient].coarse_m: – → 90 overrides[level=strict].coarse_m: 100 → –]"
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// What For gives is what a file without overrides would have said.
func TestOverridesEqualAFileOfTheirOwn(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		buffer, fixes := rapid.IntRange(0, 500).Draw(t, "buffer"), rapid.IntRange(1, 9).Draw(t, "fixes")
		section := fmt.Sprintf("area_exit: {buffer_m: %d, fixes: %d}", buffer, fixes)
		plain, err := rules.ReadConfig(strings.NewReader(section), "plain")
		if err != nil {
			t.Fatal(err)
		}
		cfg, err := rules.ReadConfig(strings.NewReader("overrides: [{district: D1, "+section+"}]"), "overridden")
		if err != nil {
			t.Fatal(err)
		}
		got, err := cfg.For(rules.Selector{District: "D1"})
		if err != nil || got.Version() != plain.Version() {
			t.Fatalf("%v: %+v", err, got)
		}
		if other, err := cfg.For(rules.Selector{}); err != nil || other.Version() != rules.DefaultConfig().Version() {
			t.Fatalf("%v: %+v", err, other)
		}
	})
}
