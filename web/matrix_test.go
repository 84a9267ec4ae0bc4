package web_test

import (
	"context"
	"maps"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"correctiond/alerts"
	"correctiond/roster"
	"correctiond/rules"
	"correctiond/web"
)

// Who may use a route at all.
const (
	open  = "anyone"
	all   = "officer office_head social_worker district procurator ops admin"
	read  = "officer office_head social_worker district procurator"
	note  = "officer office_head social_worker district"
	act   = "officer office_head district"
	head  = "office_head district"
	files = "officer office_head district procurator"
)

// What the {id} of a route is. Alerts about someone whose file is sealed are there
// for whoever has to act, files and people are not.
const (
	ofNothing  = ""
	ofAlert    = "alert"
	ofFile     = "file"
	ofPerson   = "person"
	ofLetter   = "letter"
	ofEvidence = "evidence" // of an alert; refused of whoever is sealed
	ofMapped   = "place"    // of an alert; whoever is sealed has no map
	ofRoster   = "roster"   // whole lists that name people
)

// access is who may use a route, and whose data it is about.
type access struct{ roles, about string }

// matrix has a row for every route.
func matrix() map[string]access {
	return map[string]access{
		"GET /api/v1/alerts":                          {read, ofNothing},
		"GET /api/v1/alerts/{id}":                     {read, ofAlert},
		"POST /api/v1/alerts/{id}/ack":                {act, ofAlert},
		"POST /api/v1/alerts/{id}/note":               {note, ofAlert},
		"POST /api/v1/alerts/{id}/close":              {act, ofAlert},
		"POST /api/v1/alerts/{id}/assign":             {head, ofAlert},
		"POST /api/v1/alerts/{id}/escalate":           {act, ofAlert},
		"POST /api/v1/alerts/{id}/reopen":             {act, ofAlert},
		"POST /api/v1/alerts/{id}/snooze":             {act, ofAlert},
		"POST /api/v1/alerts/{id}/request-incident":   {act, ofAlert},
		"POST /api/v1/alerts/{id}/declare-lost":       {act, ofAlert},
		"POST /api/v1/alerts/{id}/declare-absconding": {act, ofAlert},
		"POST /api/v1/alerts/{id}/attach":             {act, ofAlert},
		"GET /api/v1/alerts/{id}/files/{sha256}":      {files, ofFile},
		"POST /api/v1/alerts/{id}/hold":               {head, ofAlert},
		"POST /api/v1/alerts/{id}/release":            {head, ofAlert},
		"POST /api/v1/alerts/{id}/evidence":           {files, ofEvidence},
		"GET /api/v1/evidence/{id}":                   {files, ofLetter},
		"POST /api/v1/evidence/{id}/approve":          {"office_head district procurator", ofLetter},
		"GET /api/v1/subjects":                        {read, ofNothing},
		"GET /api/v1/subjects/{id}":                   {read, ofPerson},
		"GET /api/v1/subjects/{id}/risk":              {read, ofPerson},
		"POST /api/v1/subjects/{id}/contact":          {act, ofPerson},
		"POST /api/v1/subjects/{id}/report":           {act, ofPerson},
		"POST /api/v1/subjects/{id}/leave":            {act, ofPerson},
		"POST /api/v1/subjects/{id}/return":           {act, ofPerson},
		"POST /api/v1/subjects/{id}/reported-in":      {act, ofPerson},
		"POST /api/v1/subjects/{id}/authority":        {act, ofPerson},
		"POST /api/v1/subjects/{id}/authority-end":    {act, ofPerson},
		"POST /api/v1/subjects/{id}/custody":          {act, ofPerson},
		"POST /api/v1/subjects/{id}/lost":             {act, ofPerson},
		"POST /api/v1/subjects/{id}/absconding":       {act, ofPerson},
		"POST /api/v1/subjects/{id}/found":            {act, ofPerson},
		"POST /api/v1/subjects/{id}/challenge":        {act, ofPerson},
		"POST /api/v1/subjects/{id}/colour":           {act, ofPerson},
		"POST /api/v1/subjects/{id}/admonition":       {act, ofPerson},
		"POST /api/v1/subjects/{id}/warning":          {act, ofPerson},
		"POST /api/v1/subjects/{id}/penalty":          {act, ofPerson},
		"POST /api/v1/subjects/{id}/education":        {act, ofPerson},
		"GET /api/v1/openapi.json":                    {open, ofNothing},
		"GET /api/v1/subjects/{id}/timeline":          {read, ofPerson},
		"GET /api/v1/subjects/{id}/track":             {files, ofPerson},
		"GET /api/v1/zones":                           {read, ofNothing},
		"PUT /api/v1/zones":                           {"district", ofNothing},
		"GET /api/v1/offices":                         {read, ofNothing},
		"PUT /api/v1/offices":                         {"district", ofNothing},
		"GET /api/v1/rollcalls":                       {read, ofNothing},
		"PUT /api/v1/rollcalls":                       {"district", ofNothing},
		"GET /api/v1/devices":                         {"district procurator", ofRoster},
		"PUT /api/v1/devices":                         {"district", ofRoster},
		"POST /api/v1/roster/import":                  {"district", ofRoster},
		"GET /api/v1/roster/export":                   {"district procurator", ofRoster},
		"GET /api/v1/silences":                        {"district procurator", ofNothing},
		"PUT /api/v1/silences":                        {"district", ofNothing},
		"GET /api/v1/rota":                            {read, ofNothing},
		"PUT /api/v1/rota":                            {"district", ofNothing},
		"GET /api/v1/reports/daily":                   {files, ofNothing},
		"GET /api/v1/reports/weekly":                  {files, ofNothing},
		"GET /api/v1/reports/monthly":                 {files, ofNothing},
		"GET /api/v1/contacts":                        {read, ofNothing},
		"POST /api/v1/contacts":                       {act, ofNothing},
		"GET /api/v1/visits":                          {read, ofNothing},
		"POST /api/v1/visits":                         {note, ofNothing},
		"GET /api/v1/sweeps":                          {read, ofNothing},
		"POST /api/v1/sweeps":                         {note, ofNothing},
		"GET /api/v1/track-reviews":                   {read, ofNothing},
		"POST /api/v1/track-reviews":                  {act, ofNothing},
		"GET /api/v1/incidents":                       {read, ofNothing},
		"POST /api/v1/incidents":                      {act, ofNothing},
		"GET /api/v1/hand-overs":                      {read, ofNothing},
		"POST /api/v1/hand-overs":                     {act, ofNothing},
		"GET /api/v1/released":                        {read, ofNothing},
		"GET /api/v1/objections":                      {read, ofNothing},
		"POST /api/v1/objections":                     {note, ofNothing},
		"GET /registers/objections":                   {read, ofNothing},
		"POST /registers/objections":                  {note, ofNothing},
		"POST /api/v1/released":                       {note, ofNothing},
		"GET /registers/contacts":                     {read, ofNothing},
		"POST /registers/contacts":                    {act, ofNothing},
		"GET /registers/visits":                       {read, ofNothing},
		"POST /registers/visits":                      {note, ofNothing},
		"GET /registers/sweeps":                       {read, ofNothing},
		"POST /registers/sweeps":                      {note, ofNothing},
		"GET /registers/track-reviews":                {read, ofNothing},
		"POST /registers/track-reviews":               {act, ofNothing},
		"GET /registers/incidents":                    {read, ofNothing},
		"POST /registers/incidents":                   {act, ofNothing},
		"GET /registers/hand-overs":                   {read, ofNothing},
		"POST /registers/hand-overs":                  {act, ofNothing},
		"GET /registers/released":                     {read, ofNothing},
		"POST /registers/released":                    {note, ofNothing},
		"GET /api/v1/plans":                           {read, ofNothing},
		"PUT /api/v1/plans":                           {"district", ofNothing},
		"GET /api/v1/subjects/{id}/plan":              {read, ofPerson},
		"PUT /api/v1/subjects/{id}/plan":              {act, ofPerson},
		"POST /api/v1/subjects/{id}/plan/sign":        {head, ofPerson},
		"GET /api/v1/plans/people":                    {read, ofNothing},
		"POST /api/v1/subjects/{id}/plan/withdraw":    {act, ofPerson},
		"GET /plans":                                  {read, ofNothing},
		"POST /subjects/{id}/plan/withdraw":           {act, ofPerson},
		"GET /subjects/{id}/plan":                     {read, ofPerson},
		"GET /subjects/{id}/plan.docx":                {read, ofPerson},
		"POST /subjects/{id}/plan":                    {act, ofPerson},
		"POST /subjects/{id}/plan/sign":               {head, ofPerson},
		"GET /api/v1/deadletters":                     {"ops", ofNothing},
		"POST /api/v1/deadletters/{id}/replay":        {"ops", ofLetter},
		"POST /api/v1/subjects/{id}/visit":            {note, ofPerson},
		"POST /api/v1/subjects/{id}/colour-confirmed": {head, ofPerson},
		"POST /api/v1/subjects/{id}/reveal":           {act, ofPerson},
		"POST /subjects/{id}/reveal":                  {act, ofPerson},
		"GET /api/v1/rollcall":                        {read, ofNothing},
		"GET /api/v1/overview":                        {read, ofNothing},
		"GET /api/v1/stream":                          {read, ofNothing},
		"GET /stream":                                 {read, ofNothing},
		"GET /healthz":                                {open, ofNothing},
		"GET /readyz":                                 {open, ofNothing},
		"GET /metrics":                                {"ops", ofNothing},
		"GET /{$}":                                    {read, ofNothing},
		"GET /overview":                               {read, ofNothing},
		"GET /risk":                                   {read, ofNothing},
		"GET /subjects/{id}":                          {read, ofPerson},
		"GET /rollcall":                               {read, ofNothing},
		"GET /alerts/{id}/row":                        {read, ofAlert},
		"GET /alerts/{id}":                            {read, ofAlert},
		"GET /alerts/{id}/map":                        {files, ofMapped},
		"GET /alerts/{id}/files/{sha256}":             {files, ofFile},
		"POST /alerts/{id}/attach":                    {act, ofAlert},
		"POST /alerts/{id}/search":                    {note, ofAlert},
		"POST /alerts/{id}/escalate":                  {act, ofAlert},
		"POST /alerts/{id}/request-incident":          {act, ofAlert},
		"POST /alerts/{id}/declare-lost":              {act, ofAlert},
		"POST /alerts/{id}/declare-absconding":        {act, ofAlert},
		"GET /subjects/{id}/map":                      {files, ofPerson},
		"POST /subjects/{id}/{deed}":                  {act, ofPerson},
		"GET /system":                                 {"ops admin", ofNothing},
		"GET /audit":                                  {"procurator ops admin", ofNothing},
		"GET /api/v1/audit":                           {"procurator ops admin", ofNothing},
		"GET /api/v1/audit/chain":                     {"procurator ops admin", ofNothing},
		"GET /zones":                                  {"district procurator", ofNothing},
		"GET /thresholds":                             {"district procurator", ofNothing},
		"POST /thresholds":                            {"district", ofRoster},
		"GET /zones/map":                              {"district procurator", ofNothing},
		"POST /zones":                                 {"district", ofNothing},
		"GET /reports":                                {files, ofNothing},
		"POST /alerts/{id}/hold":                      {head, ofAlert},
		"POST /alerts/{id}/release":                   {head, ofAlert},
		"POST /alerts/{id}/evidence":                  {files, ofEvidence},
		"POST /evidence/{id}/approve":                 {"office_head district procurator", ofLetter},
		"GET /evidence/{id}":                          {files, ofLetter},
		"GET /counters":                               {read, ofNothing},
		"POST /alerts/{id}/ack":                       {act, ofAlert},
		"POST /alerts/{id}/note":                      {note, ofAlert},
		"POST /alerts/{id}/close":                     {act, ofAlert},
		"POST /alerts/{id}/assign":                    {head, ofAlert},
		"POST /alerts/{id}/reopen":                    {act, ofAlert},
		"POST /alerts/{id}/snooze":                    {act, ofAlert},
		"GET /login":                                  {open, ofNothing},
		"POST /login":                                 {open, ofNothing},
		"GET /signin/provider":                        {open, ofNothing},
		"GET /signin/provider/callback":               {open, ofNothing},
		"GET /password":                               {all, ofNothing},
		"POST /password":                              {all, ofNothing},
		"POST /logout":                                {all, ofNothing},
		"GET /static/{name}":                          {open, ofNothing},
	}
}

// Where a person lives, and what that means to whom.
type situation struct {
	id       roster.SubjectID
	office   roster.OfficeID
	district roster.DistrictID
	minor    bool
	assigned bool
}

func situations() []situation {
	return []situation{
		{"S-inside", "O1", "D1", false, true},
		{"S-loose", "O1", "D1", false, false},
		{"S-next", "O2", "D1", false, true},
		{"S-far", "O1", "D2", false, true},
		{"S-minor", "O1", "D1", true, true},
	}
}

// alert is the id of the alert about them.
func (v *situation) alert() string { return strings.Replace(string(v.id), "S-", "A-", 1) }

// sees tells whether the role in D1, O1 has someone's file in its scope.
func (v *situation) sees(role web.Role, about string, flag bool) bool {
	wide := role == web.District || role == web.Procurator
	switch {
	case v.district != "D1", v.office != "O1" && !wide, role == web.SocialWorker && !v.assigned:
		return false
	case v.minor && !flag:
		return about == ofAlert
	}
	return true
}

func everyRole() []web.Role {
	return []web.Role{web.Officer, web.SocialWorker, web.OfficeHead, web.District, web.Procurator, web.Ops, web.Admin}
}

// Every route × every role × someone inside the scope, assigned to another, of the
// next office, of another district, and whose file is sealed, with the flag for it
// and without. What lies outside does not exist; a route without a row fails.
func TestMatrixOfRoutesRolesAndScopes(t *testing.T) {
	rows := matrix()
	maps.Copy(rows, systemMatrix())
	for _, pattern := range web.Patterns() {
		row, ok := rows[pattern]
		if !ok {
			t.Errorf("%s has no row in the matrix: who may use it, and whose data is it about?", pattern)
			continue
		}
		delete(rows, pattern)
		s, hash := (*site)(nil), ""
		for _, id := range identities() {
			if s == nil || pattern == "POST /password" { // which ends what was before
				s = newSiteWith(t, web.Config{MetricsHere: true})
				hash = s.populate()
			}
			s.checkCells(pattern, row, hash, id)
		}
	}
	for pattern := range rows {
		t.Errorf("%s is in the matrix and no route", pattern)
	}
}

// identities are every role, without the flag for sealed files and with it.
func identities() (all []web.Identity) {
	for _, role := range everyRole() {
		all = append(all, web.Identity{Role: role}, web.Identity{Role: role, Minors: true})
	}
	return all
}

// checkCells tries one route as one identity on everybody.
func (s *site) checkCells(pattern string, c access, hash string, id web.Identity) {
	t, about, roles := s.t, c.about, c.roles
	id.Name, id.District, id.Office, id.Password = "me", "D1", "O1", true
	s.tokens["mine"] = id
	for _, v := range situations() {
		target := string(v.id)
		if about == ofAlert || about == ofFile || about == ofMapped || about == ofEvidence {
			target = v.alert()
		}
		rec := s.attempt(pattern, strings.NewReplacer(
			"{id}", target, "{sha256}", hash, "{deed}", "contact", "{name}", "app.js", "{$}", "").Replace(pattern))
		allowed := roles == open || strings.Contains(" "+roles+" ", " "+string(id.Role)+" ")
		if got, want := verdict(rec.Code), expected(allowed, about, &v, &id); roles != open && got != want {
			t.Errorf("%s as %s (minors %t) on %s: %s (%d), want %s", pattern, id.Role, id.Minors, v.id, got, rec.Code, want)
		}
		if rec.Code >= 500 {
			t.Errorf("%s as %s on %s: %d", pattern, id.Role, v.id, rec.Code)
		}
		noLeak(t, pattern, rec, &id)
	}
}

func expected(allowed bool, about string, v *situation, id *web.Identity) string {
	switch {
	case !allowed, about == ofRoster && !id.Minors:
		return "forbidden"
	case about == ofLetter:
		return "unknown" // there is none
	case about == ofEvidence && v.minor && !id.Minors && v.sees(id.Role, ofAlert, id.Minors):
		return "forbidden"
	case about != ofNothing && about != ofRoster && !v.sees(id.Role, about, id.Minors):
		return "unknown"
	}
	return "let through"
}

func verdict(code int) string {
	switch code {
	case http.StatusForbidden:
		return "forbidden"
	case http.StatusNotFound:
		return "unknown"
	case http.StatusUnauthorized:
		return "stranger"
	}
	return "let through"
}

// noLeak looks for everyone the identity must not see in whatever was answered.
func noLeak(t testing.TB, pattern string, rec *httptest.ResponseRecorder, id *web.Identity) {
	// A problem repeats the path that was asked for.
	answer := regexp.MustCompile(`"instance":"[^"]*"`).ReplaceAllString(rec.Body.String(), "")
	for _, v := range situations() {
		if strings.Contains(answer, string(v.id)+`"`) && !v.sees(id.Role, ofPerson, id.Minors) {
			t.Errorf("%s as %s (minors %t) shows %s:\n%s", pattern, id.Role, id.Minors, v.id, rec.Body)
		}
	}
	if body := rec.Body.String(); strings.Contains(body, "李四") {
		t.Errorf("%s shows a full name:\n%s", pattern, body)
	}
}

// populate raises an alert about each, with a file.
func (s *site) populate() (hash string) {
	s.t.Helper()
	file, err := s.Keep(s.t.Context(), strings.NewReader("text"))
	if err != nil {
		s.t.Fatal(err)
	}
	file.Name = "a.txt"
	window := roster.DutyWindow{From: roster.InstantOf(today()), Until: roster.InstantOf(today()) + roster.Hour}
	for _, v := range situations() {
		ep := episode(v.alert(), rules.P3, v.office)
		ep.Subject, ep.District, ep.Evidence = v.id, v.district, map[string]any{"subjects": []any{string(v.id)}}
		s.raise(ep)
		if _, err := s.Act(s.t.Context(), ep.ID, alerts.Action{Type: alerts.Attach, File: &file, By: "F1", At: ep.Opened + 1}); err != nil {
			s.t.Fatal(err)
		}
		s.audit = append(s.audit, web.Recorded{
			Actor: "officer-1", Action: "track.read", Object: string(v.id), Subject: v.id, District: v.district, Reason: "查找",
		})
		p := s.enlist(v.id, "李四", v.office, 10, rules.Green)
		p.District, p.Minor = v.district, v.minor
		s.duties = append(s.duties, web.Duty{Turn: rules.Turn{Subject: v.id, Office: v.office, DutyWindow: window}, Name: "李*"})
		if v.assigned {
			s.assigned = append(s.assigned, v.id)
		}
	}
	s.duties = slices.DeleteFunc(s.duties, func(d web.Duty) bool { return d.Subject == "S-far" }) // the register is asked by district
	return file.SHA256
}

// attempt sends a request that has ended for the client already, so that streams
// end, too.
func (s *site) attempt(pattern, line string) *httptest.ResponseRecorder {
	s.t.Helper()
	ended, cancel := context.WithCancel(s.t.Context())
	settings := []setting{bearer("mine"), header("If-Match", "*"), fields(pattern)}
	if strings.HasSuffix(pattern, "stream") {
		cancel()
		settings = append(settings, func(r *http.Request) { *r = *r.WithContext(ended) })
	}
	defer cancel()
	return s.do(line, settings...)
}

func today() time.Time {
	y, m, d := time.Now().UTC().Date()
	return time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
}
