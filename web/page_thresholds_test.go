package web_test

import (
	"context"
	"strings"
	"testing"

	"correctiond/roster"
	"correctiond/rules"
	"correctiond/web"
)

// RulesOf has one threshold that is not built in.
func (w *world) RulesOf(roster.DistrictID) rules.Config {
	cfg, err := rules.ReadConfig(strings.NewReader("device_offline: {first: 3h}\n"), "world")
	if err != nil {
		panic(err)
	}
	return cfg
}

// Compare remembers what was asked.
func (w *world) Compare(_ context.Context, c web.Comparing) (string, error) {
	w.compared = append(w.compared, c)
	return "会减少 12 条告警", w.comparison
}

// Counts remembers what was asked, too.
func (w *world) Counts(_ context.Context, c web.Comparing) (web.Counts, error) {
	w.compared = append(w.compared, c)
	return web.Counts{
		Now: web.CountedSet{Alerts: 512, Judged: 40, Confirmed: 31}, Next: web.CountedSet{Alerts: 498, Judged: 40, Confirmed: 30}, Lost: 1,
		Kinds: []web.CountedKind{{Kind: rules.DeviceOffline, Now: 77, Next: 63, Vanish: 14}},
	}, w.comparison
}

// ComparedDistricts is the one of the world.
func (w *world) ComparedDistricts() []roster.DistrictID { return []roster.DistrictID{"D1"} }

func TestThresholdsAreShownAndCompared(t *testing.T) {
	s := newTown(t)
	id := s.tokens["token-district"]
	id.Minors = true
	s.tokens["token-district"] = id
	jar, csrf := s.signIn("token-district")
	want(t, s.do("GET /thresholds", cookies(jar)), 200, "<code>device_offline.first</code>", "<b>3h</b>", "比较另一套阈值")
	rec := s.do("POST /thresholds", cookies(jar), form("csrf", csrf, "rules", "device_offline: {first: 5h}\n", "days", "14"))
	want(t, rec, 200, "会减少 12 条告警", "device_offline.first: 3h", "现行规则没有改变")
	if len(s.compared) != 1 || s.compared[0].By != "district-1" || s.compared[0].District != "D1" {
		t.Errorf("asked %+v", s.compared)
	}
	want(t, s.do("POST /thresholds", cookies(jar), form("csrf", csrf, "rules", "device_ofline: {}", "days", "7")), 422, "device_ofline")
	s.comparison = web.ErrComparing
	want(t, s.do("POST /thresholds", cookies(jar), form("csrf", csrf, "rules", "device_offline: {first: 5h}\n")), 409, "请稍后再试")
	s.comparison = context.DeadlineExceeded
	want(t, s.do("POST /thresholds", cookies(jar), form("csrf", csrf, "rules", "device_offline: {first: 5h}\n")), 503, "两分钟")
	reader, _ := s.signIn("token-procurator")
	lacks(t, s.do("GET /thresholds", cookies(reader)), "比较另一套阈值")
	officer, _ := s.signIn("token-officer")
	want(t, s.do("GET /thresholds", cookies(officer)), 403)
}
