package duty_test

import (
	"reflect"
	"strings"
	"testing"

	"correctiond/alerts/duty"
	"correctiond/roster"
)

// The chains that the daemon has without a file are valid, and what a file leaves
// out is theirs.
func TestChainsOfAFile(t *testing.T) {
	defaults := duty.DefaultChains()
	if err := defaults.Validate(); err != nil {
		t.Fatal(err)
	}
	got, err := duty.ReadChains(strings.NewReader(`
version: 1
P2:
  rungs:
    - {to: [officer, office]}
    - {after: 30m, to: [office_head]}
  repeat: 2h
`), "chains.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if len(got.Of("P2").Rungs) != 2 || got.P2.Repeat.String() != "2h" || got.P2.Rungs[1].To[0] != duty.TheHead {
		t.Errorf("P2 is %+v", got.P2)
	}
	if got.P2 = defaults.P2; !reflect.DeepEqual(got, defaults) {
		t.Errorf("got %+v", got)
	}
}

// What is wrong with a chain is named, with where it stands.
func TestChainsThatAreRefused(t *testing.T) {
	for text, want := range map[string]string{
		"{}":                            "version 0",
		"version: 1\nP5: {}":            "unknown key",
		"version: 1\nP2: {rungs: []}":   "P2.rungs",
		"version: 1\nP2: {rungs: [{}]}": "P2.repeat",
		"version: 1\nP3: {rungs: [{}]}": "P3.rungs[0]: to",
		"version: 1\nP3: {repeat: 1h}":  "P3.rungs",
		"version: 1\nP3: {ladder: []}":  "unknown key",
		"version: 1\nP2: {rungs: [{to: [officer]}], repeat: 1m}":                              "P2.repeat: is shorter",
		"version: 1\nP2: {rungs: [{to: [officer]}], repeat: 1000h}":                           "P2.repeat: is longer",
		"version: 1\nP2: {rungs: [{to: [boss]}], repeat: 1h}":                                 "rungs[0]: to: use",
		"version: 1\nP2: {rungs: [{to: [officer], after: 1h}], repeat: 1h}":                   "rungs[0].after",
		"version: 1\nP2: {rungs: [{to: [officer]}, {to: [office]}], repeat: 1h}":              "rungs[1].after",
		"version: 1\nP2: {rungs: [{to: [officer]}, {to: [office], after: 721h}], repeat: 1h}": "rungs[1]: after",
		"version: 1\nP3: {rungs: [{to: [officer], group: 5h}]}":                               "group: is longer",
		"version: 1\nP3: {rungs: [{to: [officer], digest: '8 Uhr'}]}":                         "digest: ",
		"version: 1\nP3: {rungs: [{to: [officer], digest: '08:30', working_hours: true}]}":    "digest: goes",
		"version: 1\nP1: {rungs: [{to: [officer], working_hours: true}], repeat: 1h}":         "P1 is told at once",
		"version: 1\nP1: {rungs: [{to: [officer], after: soon}], repeat: 1h}":                 "not a length of time",
		"version: 1\nP3: {rungs: [" + strings.Repeat("{to: [officer]},", 11) + "]}":           "has 11",
	} {
		_, err := duty.ReadChains(strings.NewReader(text), "chains.yaml")
		if err == nil || !strings.Contains(err.Error(), want) || !strings.HasPrefix(err.Error(), "chains.yaml") {
			t.Errorf("%s\n\tgot %v, want %s", text, err, want)
		}
	}
}

// A calendar names days and rows of days, each once.
func TestWorkdaysOfAFile(t *testing.T) {
	w, err := duty.ReadWorkdays(strings.NewReader("version: 1\nholidays: [2026-01-01/2026-01-03, 2026-04-05]\nworkdays: [2026-01-04]"), "calendar.yaml")
	if err != nil {
		t.Fatal(err)
	}
	holidays, extra := w.Days()
	if holidays != 4 || extra != 1 || !w.Holiday("2026-01-02") || w.Holiday("2026-01-04") || !w.Extra("2026-01-04") {
		t.Errorf("%d holidays, %d extra days", holidays, extra)
	}
	for text, want := range map[string]string{
		"holidays: []":                                                          "version 0",
		"version: 1\nhollidays: []":                                             "did you mean holidays?",
		"version: 1\nholidays: [2026-02-30]":                                    `holidays: "2026-02-30" is neither`,
		"version: 1\nworkdays: [2026-01-04/]":                                   "workdays: ",
		"version: 1\nholidays: [2026-01-03/2026-01-01]":                         "holidays: ",
		"version: 1\nholidays: [2026-01-01/2026-12-31]":                         "at most 31",
		"version: 1\nholidays: [2026-01-01/2026-01-04]\nworkdays: [2026-01-04]": "2026-01-04 is among the holidays, too",
		"version: 1\n---\nversion: 1":                                           "more than one YAML document",
	} {
		if _, err := duty.ReadWorkdays(strings.NewReader(text), "calendar.yaml"); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s\n\tgot %v, want %s", text, err, want)
		}
	}
}

// A rota is read with what is wrong in it named by its place.
func TestRotaOfAFile(t *testing.T) {
	cal := roster.NewCalendar(shanghai)
	shifts, err := duty.ReadRota(strings.NewReader(`
version: 1
shifts:
  - {post: duty, office: O1, from: 2026-03-02T08:30:00+08:00, until: 2026-03-03, officers: [F1, F2]}
  - {post: leader, from: 2026-03-02, until: 2026-03-09, officers: [D1]}
`), "rota.yaml", cal)
	if err != nil || len(shifts) != 2 {
		t.Fatal(shifts, err)
	}
	rota := duty.Rota{Shifts: shifts}
	for at, want := range map[string]int{"2026-03-02T08:29": 0, "2026-03-02T08:30": 2, "2026-03-02T23:59": 2, "2026-03-03T00:00": 0} {
		if on := rota.On(cal, duty.Duty, "O1", clockOf(t, at)); len(on) != want {
			t.Errorf("%s: %v are on duty", at, on)
		}
	}
	shift := func(text string) string { return "version: 1\nshifts: [{" + text + "}]" }
	for text, want := range map[string]string{
		"shifts: []": "version 0",
		shift("post: guard, from: 2026-03-02, until: 2026-03-03, officers: [F1]"):              "shifts[0].post",
		shift("post: leader, office: O1, from: 2026-03-02, until: 2026-03-03, officers: [F1]"): "shifts[0].office",
		shift("post: duty, from: 2026-03-02, officers: [F1]"):                                  "shifts[0].until is missing",
		shift("post: duty, from: 2026-03-02, until: 2026-03-02, officers: [F1]"):               "shifts[0].until is not after",
		shift("post: duty, from: 2026-03-02, until: 2026-03-03"):                               "shifts[0].officers are missing",
		shift("post: duty, from: 2026-03-02, until: 2026-03-03, officers: ['']"):               "shifts[0].officers",
		shift("post: duty, from: noon"):                                                        "noon",
	} {
		if _, err := duty.ReadRota(strings.NewReader(text), "rota.yaml", cal); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s\n\tgot %v, want %s", text, err, want)
		}
	}
}

// Who stands in a rota is known to the roster.
func TestRotaNamesPeopleOfTheRoster(t *testing.T) {
	dir, err := roster.Compile(&roster.Roster{
		Version: 1, District: roster.District{ID: "D1"}, Offices: []roster.Office{{ID: "O1", Name: "示范路司法所"}},
		Officers: []roster.Officer{{ID: "F1", Office: "O1", Role: "officer"}},
	}, roster.NewCalendar(shanghai))
	if err != nil {
		t.Fatal(err)
	}
	shift := duty.Shift{Post: duty.Duty, Office: "O1", From: roster.Date{Day: "2026-03-02"}, Until: roster.Date{Day: "2026-03-03"}, Officers: []roster.OfficerID{"F1"}}
	stranger, nowhere := shift, shift
	stranger.Officers, nowhere.Office = []roster.OfficerID{"F1", "X"}, "O9"
	for want, s := range map[string]duty.Shift{
		"": shift, `shifts[0].officers "X" is not in the roster`: stranger, `shifts[0].office "O9" is not in the roster`: nowhere,
	} {
		rota := duty.Rota{Shifts: []duty.Shift{s}}
		if err := rota.Check(dir.Calendar(), dir); err == nil && want != "" || err != nil && err.Error() != want {
			t.Errorf("got %v, want %q", err, want)
		}
	}
	many := duty.Rota{Shifts: make([]duty.Shift, 5001)}
	if err := many.Check(dir.Calendar(), dir); err == nil {
		t.Error("5001 shifts are accepted")
	}
}

func FuzzReadChains(f *testing.F) {
	f.Add("version: 1\nP2: {rungs: [{to: [officer]}, {after: 30m, to: [office]}], repeat: 2h}")
	f.Add("version: 1\nP4: {rungs: [{to: [officer], digest: '08:30'}]}")
	f.Fuzz(func(t *testing.T, text string) {
		c, err := duty.ReadChains(strings.NewReader(text), "f")
		if err == nil && c.Validate() != nil {
			t.Errorf("%q is read and not valid", text)
		}
	})
}

func FuzzReadWorkdays(f *testing.F) {
	f.Add("version: 1\nholidays: [2026-01-01/2026-01-03]\nworkdays: [2026-01-04]")
	f.Fuzz(func(t *testing.T, text string) {
		w, err := duty.ReadWorkdays(strings.NewReader(text), "f")
		if err != nil {
			return
		}
		h, err := duty.NewHours(roster.NewCalendar(nil), "08:30", "17:30", []string{"mon"}, w)
		if at := morning; err != nil || h.Add(at, roster.Hour) < at {
			t.Errorf("%q: %v", text, err)
		}
	})
}

func FuzzReadRota(f *testing.F) {
	f.Add("version: 1\nshifts: [{post: duty, office: O1, from: 2026-03-02T08:30:00+08:00, until: 2026-03-03, officers: [F1]}]")
	cal := roster.NewCalendar(nil)
	f.Fuzz(func(t *testing.T, text string) {
		shifts, err := duty.ReadRota(strings.NewReader(text), "f", cal)
		if err != nil {
			return
		}
		rota := duty.Rota{Shifts: shifts}
		for _, s := range shifts {
			if on := rota.On(cal, s.Post, s.Office, cal.Start(s.From)); len(on) == 0 {
				t.Errorf("nobody is on duty when %+v begins", s)
			}
		}
	})
}
