package web

// place is a page of the navigation.
type place struct {
	Path, At, Label string
}

// Places are the pages that the reader's role may see, in the order of a shift.
func (b base) Places() []place {
	var out []place
	for _, p := range []struct {
		path, at, zh, en string
		need             right
	}{
		{"/overview", "overview", "总览", "Overview", readSubjects},
		{"/", "alerts", "告警", "Alerts", readAlerts},
		{"/rollcall", "rollcall", "点名", "Roll-call", readSubjects},
		{"/risk", "risk", "风险", "Risk", readSubjects},
		{"/plans", "plans", "方案", "Plans", readSubjects},
		{"/registers/visits", "registers", "登记", "Registers", readRegisters},
		{"/zones", "zones", "区域", "Zones", readRoster},
		{"/thresholds", "thresholds", "阈值", "Thresholds", readRoster},
		{"/reports", "reports", "报表", "Reports", readReports},
		{"/audit", "audit", "审计", "Audit", readAudit},
		{"/system", "system", "系统", "System", readSystem},
	} {
		if b.Who.Role.may(p.need) {
			out = append(out, place{p.path, p.at, b.T(p.zh, p.en)})
		}
	}
	return out
}

// home is the page that a role begins with.
func (r Role) home() string {
	if r.may(readAlerts) {
		return "/"
	}
	return "/system"
}

// Home is the page that the reader begins with.
func (b base) Home() string { return b.Who.Role.home() }

// System tells whether the reader sees the system, and nobody's data.
func (b base) System() bool { return b.Who.Role.system() }
