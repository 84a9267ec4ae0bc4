package store_test

import (
	"errors"
	"reflect"
	"slices"
	"testing"

	"correctiond/roster"
	"correctiond/rules"
	"correctiond/store"
	"correctiond/store/access"
	"correctiond/store/audit"
	"correctiond/store/database"
)

func version(d roster.DistrictID, hash, devices string) store.RosterVersion {
	return store.RosterVersion{
		District: d, Hash: hash, By: "F1", At: morning,
		JSON: []byte(`{"version":1,"devices":[` + devices + `]}`),
	}
}

// Who has which device is written only where it changes: an act stores the roster of tens
// of thousands of people anew.
func TestDevicesThatStayAreNotWrittenAgain(t *testing.T) {
	s, path := stateAt(t)
	save := func(hash, devices string) {
		t.Helper()
		if changed, err := s.SaveRoster(t.Context(), version("D1", hash, devices)); err != nil || !changed {
			t.Fatalf("version %s: %t, %v", hash, changed, err)
		}
	}
	save("h1", `{"id":"W1"},{"id":"W2"},{"id":"W3"}`)
	db := raw(t, path)
	run(t, db, "CREATE TABLE touched (device TEXT)")
	run(t, db, "CREATE TRIGGER t1 AFTER INSERT ON roster_devices BEGIN INSERT INTO touched VALUES ('+' || NEW.device); END")
	run(t, db, "CREATE TRIGGER t2 AFTER DELETE ON roster_devices BEGIN INSERT INTO touched VALUES ('-' || OLD.device); END")
	save("h2", `{"id":"W1"},{"id":"W2"},{"id":"W3"}`)
	save("h3", `{"id":"W3"},{"id":"W4"},{"id":"W1"}`)
	var touched string
	if err := db.QueryRow("SELECT group_concat(device, ' ') FROM (SELECT device FROM touched ORDER BY device)").Scan(&touched); err != nil || touched != "+W4 -W2" {
		t.Errorf("touched %q, %v", touched, err)
	}
}

func rosterVersions(t *testing.T, s stateStore) {
	if _, err := s.CurrentRoster(t.Context(), "D1"); !errors.Is(err, database.ErrNotFound) {
		t.Errorf("no roster yet: %v", err)
	}
	if _, err := s.RosterHead(t.Context(), "D1"); !errors.Is(err, database.ErrNotFound) {
		t.Errorf("no roster yet: %v", err)
	}
	for i, c := range []struct {
		v       store.RosterVersion
		changed bool
		now     int
	}{
		{version("D1", "h1", `{"id":"W1"}`), true, 1},
		{version("D1", "h1", `{"id":"W1"}`), false, 1},
		{version("D1", "h2", `{"id":"W1"},{"id":"W2"}`), true, 2},
		{version("D1", "h1", `{"id":"W1"}`), true, 3},
		{version("D0", "h1", ``), true, 1},
	} {
		changed := must[bool](t)(s.SaveRoster(t.Context(), c.v))
		got := must[store.RosterVersion](t)(s.CurrentRoster(t.Context(), c.v.District))
		if changed != c.changed || got.Version != c.now || got.Hash != c.v.Hash || string(got.JSON) != string(c.v.JSON) || got.By != "F1" {
			t.Errorf("%d: changed %v, now %+v", i, changed, got)
		}
		got.JSON = nil
		if head := must[store.RosterVersion](t)(s.RosterHead(t.Context(), c.v.District)); !reflect.DeepEqual(head, got) {
			t.Errorf("%d: the head %+v of %+v", i, head, got)
		}
	}
	if list := must[[]roster.DistrictID](t)(s.Districts(t.Context())); !slices.Equal(list, []roster.DistrictID{"D0", "D1"}) {
		t.Errorf("districts %v", list)
	}
	if end := must[audit.Checkpoint](t)(s.VerifyAudit(t.Context())); end.N != 4 {
		t.Errorf("%d audit records for 4 changes", end.N)
	}
}

func deviceOneDistrict(t *testing.T, s stateStore) {
	must[bool](t)(s.SaveRoster(t.Context(), version("D1", "h1", `{"id":"W1"}`)))
	_, err := s.SaveRoster(t.Context(), version("D2", "h2", `{"id":"W9"},{"id":"W1"}`))
	if !errors.Is(err, database.ErrTaken) {
		t.Errorf("a device of another district: %v", err)
	}
	if _, err := s.CurrentRoster(t.Context(), "D2"); !errors.Is(err, database.ErrNotFound) {
		t.Errorf("the refused roster was saved: %v", err)
	}
	must[bool](t)(s.SaveRoster(t.Context(), version("D1", "h3", ``)))
	must[bool](t)(s.SaveRoster(t.Context(), version("D2", "h2", `{"id":"W9"},{"id":"W1"}`)))
	if _, err := s.SaveRoster(t.Context(), store.RosterVersion{District: "D3", JSON: []byte("no JSON")}); err == nil {
		t.Error("a roster that is no JSON is saved")
	}
}

func devicePasswords(t *testing.T, s stateStore) {
	first := must[string](t)(s.IssueDevicePassword(t.Context(), "W1", false, "ops", morning))
	if len(first) != 32 {
		t.Errorf("%d letters do not hold 192 bits", len(first))
	}
	if _, err := s.IssueDevicePassword(t.Context(), "W1", false, "ops", morning); !errors.Is(err, database.ErrTaken) {
		t.Errorf("second issue without rotation: %v", err)
	}
	second := must[string](t)(s.IssueDevicePassword(t.Context(), "W1", true, "ops", morning))
	for _, c := range []struct {
		device   roster.DeviceID
		password string
		want     bool
	}{
		{"W1", second, true},
		{"W1", first, false},
		{"W1", "", false},
		{"W2", second, false},
		{"W2", "", false},
	} {
		if got := must[bool](t)(s.VerifyDevice(t.Context(), c.device, c.password)); got != c.want {
			t.Errorf("%s: got %v, want %v", c.device, got, c.want)
		}
	}
}

func tokens(t *testing.T, s stateStore) {
	want, secret, err := s.CreateToken(t.Context(), access.Token{Name: "大屏", Role: "district", District: "D1"}, "admin", morning)
	if err != nil || len(secret) < 43 || want.ID == "" {
		t.Fatalf("token %+v with a secret of %d letters: %v", want, len(secret), err)
	}
	// The use is noted once a minute.
	for _, c := range []struct{ at, used roster.Instant }{
		{morning + 1, morning + 1},
		{morning + roster.Minute, morning + 1},
		{morning + roster.Minute + 1, morning + roster.Minute + 1},
	} {
		if got := must[access.Token](t)(s.LookupToken(t.Context(), secret, c.at)); got.LastUsed != c.used || got.Role != "district" {
			t.Errorf("at %d: %+v", c.at-morning, got)
		}
	}
	if _, err := s.LookupToken(t.Context(), secret+"x", morning); !errors.Is(err, database.ErrNotFound) {
		t.Errorf("wrong secret: %v", err)
	}
	if err := s.RevokeToken(t.Context(), want.ID, "admin", morning+9); err != nil {
		t.Error(err)
	}
	if _, err := s.LookupToken(t.Context(), secret, morning); !errors.Is(err, database.ErrNotFound) {
		t.Errorf("revoked token: %v", err)
	}
	if err := s.RevokeToken(t.Context(), want.ID, "admin", morning); !errors.Is(err, database.ErrNotFound) {
		t.Errorf("revoked twice: %v", err)
	}
	if list := must[[]access.Token](t)(s.Tokens(t.Context())); len(list) != 1 || list[0].Revoked != morning+9 {
		t.Errorf("list %+v", list)
	}
}

func auditOfChanges(t *testing.T, s stateStore) {
	must[string](t)(s.IssueDevicePassword(t.Context(), "W1", false, "ops", morning))
	must[bool](t)(s.SaveRoster(t.Context(), version("D1", "h1", ``)))
	token, _, err := s.CreateToken(t.Context(), access.Token{Name: "n", Role: "ops"}, "admin", morning)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.RevokeToken(t.Context(), token.ID, "admin", morning); err != nil {
		t.Fatal(err)
	}
	commit(t, s, store.Batch{Seq: 1, Alerts: []store.AlertChange{opening(raised("a", rules.P3, morning))}})
	if err := s.AppendAudit(t.Context(), audit.Record{At: morning, Actor: "F1", Action: "track.read", Object: "S0001", Reason: "查找"}); err != nil {
		t.Fatal(err)
	}
	if end := must[audit.Checkpoint](t)(s.VerifyAudit(t.Context())); end.N != 5 || len(end.Hash) != 64 {
		t.Errorf("end of the chain %+v", end)
	}
}
