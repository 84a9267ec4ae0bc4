package web

import (
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"correctiond/alerts"
	"correctiond/roster"
	"correctiond/rules"
)

func TestCursorsSurviveTheJourney(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		inner := rapid.StringN(1, 40, 200).Draw(t, "cursor")
		f, err := parseFilter(url.Values{"cursor": {nextCursor(inner)}})
		if err != nil || f.Cursor != inner {
			t.Fatalf("%q came back as %q: %v", inner, f.Cursor, err)
		}
	})
}

func TestFilterDefaults(t *testing.T) {
	f, err := parseFilter(url.Values{})
	if err != nil || f.Limit != 50 || len(f.States) != 0 {
		t.Errorf("%+v %v", f, err)
	}
	page, err := (&Server{cfg: Config{Zone: time.UTC}}).pageFilter(url.Values{})
	if err != nil || len(page.States) != 2 {
		t.Errorf("the page shows %v by default: %v", page.States, err)
	}
	all, err := (&Server{cfg: Config{Zone: time.UTC}}).pageFilter(url.Values{"state": {"all"}})
	if err != nil || len(all.States) != 0 {
		t.Errorf("all is %v: %v", all.States, err)
	}
}

// A scope only ever narrows, and nothing passes that it does not cover.
func TestFiltersNeverLeaveTheScope(t *testing.T) {
	district := rapid.SampledFrom([]roster.DistrictID{"", "D1", "D2"})
	office := rapid.SampledFrom([]roster.OfficeID{"", "O1", "O2"})
	rapid.Check(t, func(t *rapid.T) {
		scope := Scope{District: district.Draw(t, "district"), Office: office.Draw(t, "office")}
		f, ok := within(alerts.Filter{Office: office.Draw(t, "asked"), District: district.Draw(t, "forged")}, scope)
		if !ok {
			return
		}
		a := alerts.Alert{Episode: rules.Episode{District: district.Draw(t, "alert's"), Office: office.Draw(t, "alert's office")}}
		selected := f.District == a.Episode.District && same(f.Office, a.Episode.Office)
		if selected && !scope.Covers(&a) {
			t.Fatalf("scope %+v lets %+v through to %+v", scope, f, a.Episode)
		}
	})
}

func TestMatchesIsTheFilter(t *testing.T) {
	a := alerts.Alert{State: alerts.Open, Episode: rules.Episode{
		Kind: "sos", Severity: rules.P1, Office: "O1", Officer: "F1", Subject: "S1", Opened: 1000,
	}}
	for query, expect := range map[string]bool{
		"": true, "state=open": true, "state=closed": false, "severity=P1,P2": true, "severity=P2": false,
		"kind=sos": true, "kind=jamming": false, "office=O2": false, "officer=F2": false, "subject=S2": false,
		"from=1970-01-01T00:00:01Z": true, "from=1970-01-01T00:00:02Z": false, "until=1970-01-01T00:00:01Z": false,
	} {
		q, err := url.ParseQuery(query)
		if err != nil {
			t.Fatal(err)
		}
		f, err := parseFilter(q)
		if err != nil {
			t.Fatal(err)
		}
		if matches(&f, &a) != expect {
			t.Errorf("%s: want %v", query, expect)
		}
	}
}

func TestOfficesNarrowADistrictOnly(t *testing.T) {
	wide, own := Scope{District: "D1"}, Scope{District: "D1", Office: "O1"}
	if s, ok := wide.narrow("O2"); !ok || s.Office != "O2" {
		t.Errorf("district asks for O2: %+v %v", s, ok)
	}
	if s, ok := own.narrow(""); !ok || s != own {
		t.Errorf("office asks for itself: %+v %v", s, ok)
	}
	if _, ok := own.narrow("O2"); ok {
		t.Error("an office reaches into another")
	}
}

// Every route that is not open to anyone asks for a right, and the rights of
// persons' data ask for a scope.
func TestNoRouteIsOpenByAccident(t *testing.T) {
	open := map[string]bool{
		"GET /healthz": true, "GET /readyz": true, "GET /login": true, "POST /login": true, "GET /static/{name}": true,
		"GET /signin/provider": true, "GET /signin/provider/callback": true, // which lead to a session, or to no page at all
		"GET /api/v1/openapi.json": true, // what there is, not what is in it
	}
	for _, rt := range allRoutes() {
		if (rt.need == anyone) != open[rt.pattern] {
			t.Errorf("%s needs %b", rt.pattern, rt.need)
		}
		if strings.HasPrefix(rt.pattern, "POST") && strings.HasSuffix(rt.pattern, "/ack") && rt.need != actAlerts {
			t.Errorf("%s needs %b", rt.pattern, rt.need)
		}
		id := Identity{Role: District} // no district: nobody's data
		if _, ok := id.scope(); ok {
			t.Errorf("%s is open to an identity without a place", rt.pattern)
		}
	}
}

func TestLimiterIsBounded(t *testing.T) {
	var l limiter
	now := time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)
	at := func(i int) netip.Prefix {
		return netip.PrefixFrom(netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)}), 32)
	}
	for i := range maxAddresses {
		l.failed(at(i), now)
	}
	if l.wait(at(maxAddresses), now) == 0 {
		t.Error("a flood of addresses grows the memory")
	}
	if l.wait(at(1), now) != 0 {
		t.Error("one failure locks an address out")
	}
	if l.wait(at(maxAddresses), now.Add(failureSpan+time.Second)) != 0 || len(l.seen) != 0 {
		t.Errorf("%d failures are kept after their time", len(l.seen))
	}
}

func TestAddressesOfPeers(t *testing.T) {
	for remote, want := range map[string]string{
		"10.0.0.7:99": "10.0.0.7/32", "[2001:db8::1]:99": "2001:db8::/64", "[::ffff:10.0.0.7]:99": "10.0.0.7/32",
		"[fe80::1%eth0]:99": "fe80::/64", "pipe": "invalid Prefix", "x:1": "invalid Prefix",
	} {
		if got := address(&http.Request{RemoteAddr: remote}).String(); got != want {
			t.Errorf("%s: %s, want %s", remote, got, want)
		}
	}
}

func TestFeedKeepsAWindow(t *testing.T) {
	f := newFeed()
	f.begin(10)
	for id := int64(11); id <= 10+keptChanges+5; id++ {
		f.add([]alerts.Feed{{ID: id}})
	}
	if v := f.after(14); !v.lost {
		t.Error("a change that was forgotten can be resumed from")
	}
	v := f.after(15)
	if v.lost || len(v.changes) != keptChanges || v.changes[0].ID != 16 {
		t.Errorf("after 15: lost %v, %d changes", v.lost, len(v.changes))
	}
	if v := f.after(f.latest()); v.lost || len(v.changes) != 0 {
		t.Errorf("after the newest: %+v", v)
	}
	if v := f.after(f.latest() + 1); !v.lost {
		t.Error("a change that never was can be resumed from")
	}
	f.wake()
	f.wake() // never blocks
}
