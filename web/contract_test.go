package web_test

import (
	"slices"
	"strings"
	"testing"

	"correctiond/web"
)

// contract is the table of routes that programs outside are written against: methods,
// then paths below /api/v1 with alternatives in braces.
const contract = `
GET      /alerts
GET      /alerts/{id}
POST     /alerts/{id}/{ack,assign,note,attach,escalate,close,reopen,snooze,declare-lost,declare-absconding,request-incident}
GET      /overview
GET      /subjects
GET      /subjects/{id}
GET      /subjects/{id}/{risk,timeline,track,plan}
POST     /subjects/{id}/{contact,visit,report,leave,return,authority,custody,found,challenge,colour,admonition,warning}
GET      /rollcall
GET,PUT  /{zones,offices,devices,rollcalls,plans,silences,rota}
GET,POST /{visits,contacts,sweeps,track-reviews,incidents,hand-overs,released}
POST     /roster/import
GET      /roster/export
GET      /deadletters
POST     /deadletters/{id}/replay
GET      /reports/{daily,weekly,monthly}
GET      /stream
GET      /openapi.json
`

// spread writes out a line of the contract, one route for each alternative.
func spread(line string) (routes []string) {
	methods, path, _ := strings.Cut(line, " ")
	before, rest, _ := strings.Cut(strings.TrimSpace(path), "{")
	paths := []string{before}
	for rest != "" {
		inner, after, _ := strings.Cut(rest, "}")
		before, rest, _ = strings.Cut(after, "{")
		choices := strings.Split(inner, ",")
		if len(choices) == 1 {
			choices = []string{"{" + inner + "}"}
		}
		var next []string
		for _, p := range paths {
			for _, c := range choices {
				next = append(next, p+c+before)
			}
		}
		paths = next
	}
	for m := range strings.SplitSeq(methods, ",") {
		for _, p := range paths {
			routes = append(routes, m+" /api/v1"+p)
		}
	}
	return routes
}

// What programs rely on is served, described, and said to be so by the document.
func TestEveryRouteOfTheContractIsServedAndDescribed(t *testing.T) {
	served, described := web.Patterns(), document(t).operations()
	n := 0
	for line := range strings.Lines(strings.TrimSpace(contract)) {
		for _, route := range spread(strings.TrimSpace(line)) {
			n++
			if !slices.Contains(served, route) {
				t.Errorf("%s is not served", route)
			}
			if described[route] == nil && !strings.HasSuffix(route, "openapi.json") {
				t.Errorf("%s is not described", route)
			}
		}
	}
	for _, route := range []string{"GET /healthz", "GET /readyz", "GET /metrics"} {
		if n++; !slices.Contains(served, route) {
			t.Errorf("%s is not served", route)
		}
	}
	if n < 70 {
		t.Errorf("the contract has %d routes: it was not read", n)
	}
}

// Each page of the table of pages is in the navigation of who it is for.
func TestEveryPageIsInTheNavigationOfItsReaders(t *testing.T) {
	s := newZones(t)
	for _, c := range []struct{ page, path, roles string }{
		{"总览", "/overview", "officer district"},
		{"告警", "/", "officer district"},
		{"点名", "/rollcall", "officer district"},
		{"风险", "/risk", "officer office_head district"},
		{"方案", "/plans", "officer office_head district"},
		{"登记", "/registers/visits", "officer social_worker district"},
		{"区域", "/zones", "district procurator"},
		{"报表", "/reports", "office_head district"},
		{"审计", "/audit", "procurator ops admin"},
		{"系统", "/system", "ops admin"},
	} {
		for role := range strings.FieldsSeq(c.roles) {
			jar, _ := s.signIn("token-" + role)
			rec := s.do("GET "+c.path, cookies(jar))
			want(t, rec, 200, `<a href="`+c.path+`" aria-current="page">`+c.page+`</a>`)
		}
	}
}
