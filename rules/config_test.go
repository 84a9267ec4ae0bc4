package rules_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"correctiond/roster"
	"correctiond/rules"

	"go.yaml.in/yaml/v3"
)

func TestReadConfig(t *testing.T) {
	cfg, err := rules.ReadConfig(strings.NewReader("area_exit: {buffer_m: 200, dwell: 5m}\napp_positions: always\n"), "rules.yaml")
	if err != nil {
		t.Fatal(err)
	}
	want := rules.DefaultConfig()
	want.Area.BufferM, want.Area.Dwell, want.AppPositions = 200, roster.Duration(5*time.Minute), "always"
	if cfg.Version() != want.Version() {
		t.Errorf("got %+v", cfg)
	}
	if cfg.Version() == rules.DefaultConfig().Version() {
		t.Error("other thresholds, same version")
	}
}

func TestDefaultConfigIsValid(t *testing.T) {
	if err := rules.DefaultConfig().Validate(); err != nil {
		t.Error(err)
	}
	empty, err := rules.ReadConfig(strings.NewReader(""), "rules.yaml")
	if err != nil || empty.Version() != rules.DefaultConfig().Version() {
		t.Errorf("an empty file is not the defaults: %v", err)
	}
}

func TestConfigRefusals(t *testing.T) {
	for text, want := range map[string]string{
		"area_exit: {buffer: 1}":                     `unknown key "area_exit.buffer"; did you mean area_exit.buffer_m?`,
		"area_exit: {buffer_m: 501}":                 "area_exit.buffer_m",
		"area_exit: {buffer_m: .nan}":                "area_exit.buffer_m",
		"area_exit: {fixes: 0}":                      "area_exit: fixes",
		"app_positions: sometimes":                   "app_positions",
		"reorder_window: 0s":                         "reorder_window",
		"reorder_window: -1m":                        "not a length of time",
		"coarse_m: 0":                                "coarse_m",
		"outlier_kmh: .nan":                          "outlier_kmh",
		"report_in_overdue: {warn_day: 11}":          "report_in_overdue",
		"contact: {suspect_misses: 0}":               "contact",
		"checkin: {join_within: 0s}":                 "checkin.join_within",
		"forbidden_zone: {end_fixes: 0}":             "forbidden_zone",
		"forbidden_zone: {single_confirm: 0s}":       "forbidden_zone.single",
		"watch_zone: {border_fixes: 0}":              "watch_zone",
		"watch_zone: {dwell: 0s}":                    "watch_zone",
		"curfew: {nights: 6}":                        "curfew",
		"curfew: {of_nights: 32}":                    "curfew",
		"curfew: {min_radius_m: .nan}":               "curfew",
		"impossible_travel: {kmh: 351}":              "impossible_travel",
		"impossible_travel: {distance_m: .nan}":      "impossible_travel",
		"impossible_travel: {accuracy_m: 0}":         "impossible_travel",
		"battery_low: {critical: 20}":                "battery_low",
		"battery_low: {recovered: .nan}":             "battery_low",
		"mass_outage: {hold: 0s}":                    "mass_outage: interval",
		"mass_outage: {end_share: 0.5}":              "mass_outage: 0 < end_share",
		"mass_outage: {district_share: .nan}":        "mass_outage: 0 < end_share",
		"data_out_of_sync: {devices: 0}":             "data_out_of_sync",
		"jamming: {reports: 0}":                      "jamming",
		"jamming: {quiet: 0s}":                       "jamming",
		"position_lost: {notice: 60m}":               "position_lost",
		"position_lost: {heard: 0s}":                 "position_lost",
		"device_separated: {still_m: .nan}":          "device_separated",
		"device_separated: {still_for: 16h}":         "device_separated",
		"device_separated: {until: 25h}":             "device_separated",
		"device_separated: {near: 6m}":               "device_separated",
		"device_separated: {apart_m: 0}":             "device_separated",
		"spoofed_location: {identical_fixes: 1}":     "spoofed_location",
		"spoofed_location: {shared_within: 169h}":    "spoofed_location",
		"sequence_gap_after: 0s":                     "sequence_gap_after",
		"power_off_after: 0s":                        "power_off_after",
		"device_offline: {first: 6h}":                "device_offline",
		"authority_expiring_days: []":                "authority_expiring_days",
		"authority_expiring_days: [1, 7]":            "authority_expiring_days",
		"authority_expiring_days: [7, 0]":            "authority_expiring_days",
		"leave_reminder_days: 0":                     "leave_reminder_days",
		"leave_quota_days: 63":                       "leave_quota_days",
		"health_report_days: 28":                     "health_report_days",
		"term_ending_days: [7, 30]":                  "term_ending_days",
		"travel_expiring_days: []":                   "travel_expiring_days",
		"periodic_report_due: {strict_days: 0}":      "periodic_report_due",
		"visit_due: {yellow_months: -1}":             "visit_due",
		"medical_review_due: {second_days: 14}":      "medical_review_due",
		"absconding_ladder: {days: [11, 8]}":         "absconding_ladder",
		"absconding_ladder: {days: [8, 29]}":         "absconding_ladder",
		"clock_hugging: {hits: 8}":                   "clock_hugging",
		"clock_hugging: {midnight: 0s}":              "clock_hugging",
		"coarse_m: 0\noutlier_kmh: 0":                "outlier_kmh",
		"- a list":                                   "cannot unmarshal",
		"coarse_m: 100\n---\ncoarse_m: 200\n":        "more than one YAML document",
		"coarse_m: 100\ncoarse_m: 200\n":             "already defined",
		"checkin: {join_within: 99999999999999999h}": "not a length of time",
	} {
		_, err := rules.ReadConfig(strings.NewReader(text), "rules.yaml")
		if err == nil || !strings.Contains(err.Error(), want) || !strings.HasPrefix(err.Error(), "rules.yaml:") {
			t.Errorf("%q: %v, want mention of %q", text, err, want)
		}
	}
}

// FuzzReadConfig: whatever is accepted is valid, and survives being written.
func FuzzReadConfig(f *testing.F) {
	f.Add([]byte("area_exit: {buffer_m: 200, dwell: 5m}"))
	f.Add([]byte("authority_expiring_days: [3, 1]\nbattery_low: {low: 1.5}"))
	f.Add([]byte("reorder_window: 1ns"))
	f.Add([]byte("overrides: [{district: D1, level: strict, area_exit: {buffer_m: 1e+2}}]"))
	f.Fuzz(func(t *testing.T, text []byte) {
		cfg, err := rules.ReadConfig(bytes.NewReader(text), "fuzz")
		if err != nil {
			return
		}
		if cfg.Version() == "invalid" {
			t.Fatalf("no version: %+v", cfg)
		}
		written, err := yaml.Marshal(cfg)
		if err != nil {
			t.Fatal(err)
		}
		again, err := rules.ReadConfig(bytes.NewReader(written), "again")
		if err != nil || again.Version() != cfg.Version() {
			t.Fatalf("%v\n%s", err, written)
		}
	})
}
