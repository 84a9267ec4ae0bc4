package web

import (
	"slices"
	"strings"

	"correctiond/registers"
)

// allRoutes is everything the server answers.
func allRoutes() []route {
	return slices.Concat(routes(), deedRoutes(), personRoutes(), planRoutes(), rosterRoutes(), registerRoutes(), recordRoutes(), systemRoutes())
}

// personRoutes are about one person.
func personRoutes() []route {
	return []route{
		{"GET /api/v1/openapi.json", anyone, api, (*Server).getOpenAPI},
		{"GET /api/v1/subjects/{id}/timeline", readSubjects, api, (*Server).getTimeline},
		{"GET /api/v1/subjects/{id}/track", readTracks, api, (*Server).getTrack},
	}
}

// planRoutes are about correction plans: officers draft, heads of office and the
// district sign, the district keeps the templates.
func planRoutes() []route {
	return []route{
		{"GET /api/v1/plans", readSubjects, api, (*Server).getTemplates},
		{"PUT /api/v1/plans", manageRoster, api, (*Server).putTemplates},
		{"GET /api/v1/subjects/{id}/plan", readSubjects, api, (*Server).getPlan},
		{"PUT /api/v1/subjects/{id}/plan", recordDeeds, api, (*Server).putPlan},
		{"POST /api/v1/subjects/{id}/plan/sign", signPlans, api, (*Server).signPlan},
		{"GET /api/v1/plans/people", readSubjects, api, (*Server).listPlans},
		{"POST /api/v1/subjects/{id}/plan/withdraw", recordDeeds, api, (*Server).withdrawPlan},
		{"GET /plans", readSubjects, page, (*Server).planListPage},
		{"POST /subjects/{id}/plan/withdraw", recordDeeds, page, (*Server).submitWithdrawal},
		{"GET /subjects/{id}/plan", readSubjects, page, (*Server).planPage},
		{"GET /subjects/{id}/plan.docx", readSubjects, page, (*Server).planFile},
		{"POST /subjects/{id}/plan", recordDeeds, page, (*Server).submitPlan},
		{"POST /subjects/{id}/plan/sign", signPlans, page, (*Server).submitSignature},
	}
}

// deedRoutes are what officers record about a person, each with its right.
func deedRoutes() []route {
	var out []route
	for _, deed := range []string{ // visit and colour-confirmed have rights of their own
		"contact", "report", "leave", "return", "reported-in", "authority", "authority-end", "custody", "lost", "absconding",
		"found", "challenge", "colour", "admonition", "warning", "penalty", "education",
	} {
		out = append(out, route{"POST /api/v1/subjects/{id}/" + deed, recordDeeds, api, (*Server).postDeed})
	}
	return append(out,
		route{"POST /api/v1/subjects/{id}/visit", recordVisits, api, (*Server).postDeed},
		route{"POST /api/v1/subjects/{id}/colour-confirmed", confirmColours, api, (*Server).postDeed},
	)
}

// rosterRoutes administer the roster, and count what comes of it.
func rosterRoutes() []route {
	return []route{
		{"GET /api/v1/zones", readSubjects, api, (*Server).getRosterPart},
		{"PUT /api/v1/zones", manageRoster, api, (*Server).putRosterPart},
		{"GET /api/v1/offices", readSubjects, api, (*Server).getRosterPart},
		{"PUT /api/v1/offices", manageRoster, api, (*Server).putRosterPart},
		{"GET /api/v1/rollcalls", readSubjects, api, (*Server).getRosterPart},
		{"PUT /api/v1/rollcalls", manageRoster, api, (*Server).putRosterPart},
		{"GET /api/v1/devices", readRoster, api, (*Server).getRosterPart},
		{"PUT /api/v1/devices", manageRoster, api, (*Server).putRosterPart},
		{"GET /api/v1/silences", readRoster, api, (*Server).getSilences},
		{"PUT /api/v1/silences", manageDuty, api, (*Server).putSilences},
		{"GET /api/v1/rota", readSubjects, api, (*Server).getRota},
		{"PUT /api/v1/rota", manageDuty, api, (*Server).putRota},
		{"POST /api/v1/roster/import", manageRoster, api, (*Server).postImport},
		{"GET /api/v1/roster/export", readRoster, api, (*Server).getExport},
		{"GET /api/v1/reports/daily", readReports, api, (*Server).getReport},
		{"GET /api/v1/reports/weekly", readReports, api, (*Server).getReport},
		{"GET /api/v1/reports/monthly", readReports, api, (*Server).getReport},
		{"GET /api/v1/deadletters", readLetters, api, (*Server).listLetters},
		{"POST /api/v1/deadletters/{id}/replay", replayLetters, api, (*Server).replayLetter},
	}
}

// recordRoutes show what was counted and recorded, and hand out what proves it.
func recordRoutes() []route {
	return []route{
		{"GET /api/v1/audit", readAudit, api, (*Server).listAudit},
		{"GET /api/v1/audit/chain", readAudit, api, (*Server).getChain},
		{"GET /audit", readAudit, page, (*Server).auditPage},
		{"GET /thresholds", readRoster, page, (*Server).thresholdsPage},
		{"POST /thresholds", manageRoster, page, (*Server).submitComparison},
		{"GET /zones", readRoster, page, (*Server).zonesPage},
		{"GET /zones/map", readRoster, page, (*Server).zonesMap},
		{"POST /zones", manageRoster, page, (*Server).submitZone},
		{"GET /reports", readReports, page, (*Server).reportPage},
		{"POST /alerts/{id}/hold", assignAlerts, page, (*Server).submitAction},
		{"POST /alerts/{id}/release", assignAlerts, page, (*Server).submitAction},
		{"POST /alerts/{id}/evidence", readFiles, page, (*Server).submitEvidence},
		{"POST /evidence/{id}/approve", approveEvidence, page, (*Server).submitApproval},
		{"GET /evidence/{id}", readFiles, page, (*Server).getEvidence},
	}
}

// registerRoutes read and write the registers. Who may write which entry is in
// their table; what is asked for here is what all of its writers have.
func registerRoutes() []route {
	var out []route
	for _, reg := range registers.All() {
		need := keepRegisters
		if strings.Contains(reg.New.Roles, string(SocialWorker)) || len(reg.Steps) > 0 && reg.Steps[0].Allows(string(SocialWorker)) {
			need = recordVisits
		}
		out = append(
			out,
			route{"GET /api/v1/" + reg.Name, readRegisters, api, (*Server).listRegister},
			route{"POST /api/v1/" + reg.Name, need, api, (*Server).postEntry},
			route{"GET /registers/" + reg.Name, readRegisters, page, (*Server).registerPage},
			route{"POST /registers/" + reg.Name, need, page, (*Server).submitEntry},
		)
	}
	return out
}

// systemRoutes are about the system, and nobody's data.
func systemRoutes() []route {
	return []route{
		{"GET /system", readSystem, page, (*Server).systemPage},
		{"POST /system/deadletters/{id}/replay", replayLetters, page, (*Server).submitReplay},
		{"POST /system/thresholds", countRules, page, (*Server).submitCounting},
		{"POST /system/accounts", manageAccess, page, (*Server).submitMember},
		{"POST /system/accounts/{name}/disable", manageAccess, page, (*Server).submitDisabling},
		{"POST /system/accounts/{name}/password", manageAccess, page, (*Server).submitReset},
		{"POST /system/tokens/{id}/revoke", manageAccess, page, (*Server).submitRevocation},
	}
}
