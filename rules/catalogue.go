package rules

import "slices"

// KindInfo is what people and handlers need to know of a kind.
type KindInfo struct {
	Kind   Kind
	Label  Text
	Ending Ending
	Basis  string // 法 = 社区矫正法, 办法 = 实施办法; article numbers
}

// kindInfo is a KindInfo with what only the engine needs.
type kindInfo struct {
	KindInfo
	describe describer
}

// Catalogue lists every kind that the engine raises.
func Catalogue() []KindInfo {
	infos := kinds()
	out := make([]KindInfo, len(infos))
	for i := range infos {
		out[i] = infos[i].KindInfo
	}
	return out
}

// Info returns what is known of a kind; an unknown kind has itself as label and
// is ended by an event.
func Info(k Kind) KindInfo {
	infos := kinds()
	if i := slices.IndexFunc(infos, func(in kindInfo) bool { return in.Kind == k }); i >= 0 {
		return infos[i].KindInfo
	}
	return KindInfo{Kind: k, Label: Text{string(k), string(k)}, Ending: ByEvent}
}

func kinds() []kindInfo {
	return []kindInfo{
		reportInOverdueInfo(),
		checkinMissedInfo(),
		checkinRejectedInfo(),
		checkinOutsideInfo(),
		challengeUnansweredInfo(),
		contactSuspectInfo(),
		contactLostInfo(),
		clockHuggingInfo(),
		abscondingLadderInfo(),
		areaExitInfo(),
		leaveOverdueInfo(),
		leaveQuotaInfo(),
		travelExpiringInfo(),
		forbiddenZoneInfo(),
		forbiddenApproachInfo(),
		noContactInfo(),
		gatheringInfo(),
		strapTamperInfo(),
		batteryLowInfo(),
		powerOffInfo(),
		deviceOfflineInfo(),
		sosInfo(),
		healthReportDueInfo(),
		medicalReviewDueInfo(),
		periodicReportDueInfo(),
		visitDueInfo(),
		authorityExpiringInfo(),
		noLawfulBasisInfo(),
		termEndingInfo(),
		sequenceGapInfo(),
		massOutageInfo(),
		dataOutOfSyncInfo(),
		leaveDeviationInfo(),
		watchZoneInfo(),
		curfewViolationInfo(),
		curfewAbsenceInfo(),
		impossibleTravelInfo(),
		jammingInfo(),
		positionLostInfo(),
		deviceSeparatedInfo(),
		spoofedLocationInfo(),
		alertBacklogInfo(),
		queryAnomalyInfo(),
	}
}

// ruleSet is the catalogue as the engine runs it. The order of derived kinds
// matters: a kind may look at the runs of those before it.
type ruleSet struct {
	infos    map[Kind]*kindInfo
	events   []foldRule // take every event
	fixes    []foldRule // take good fixes
	timed    []foldRule // complete something by the clock
	derived  []deriveRule
	district []districtRule
}

func newRuleSet() ruleSet {
	infos := kinds()
	rs := ruleSet{
		infos: make(map[Kind]*kindInfo, len(infos)),
		events: []foldRule{
			{step: powerOff, due: powerOffDue, expire: powerOffExpire},
			{step: strapTamper},
			{step: sos},
			{step: batteryLow},
			{step: checkinRejected},
			{step: checkinOutside},
			{step: clockHugging},
			{step: jammingStep, due: jammingDue, expire: jammingExpire},
			{step: positionLost, due: positionLostDue, expire: positionLostExpire},
			{step: spoofed},
		},
		fixes: []foldRule{
			{step: areaExit},
			{step: leaveDeviation},
			{step: forbidden, due: singleDue, expire: singleExpire},
			{step: watchZone},
			{step: curfewViolation, due: curfewDue, expire: curfewExpire},
			{step: impossibleTravel},
			{step: separatedStep, custody: true},
			{step: frozen},
		},
		derived: []deriveRule{
			{kind: ReportInOverdue, runs: reportInOverdue, next: reportInOverdueNext, calendar: true},
			{kind: CheckinMissed, runs: checkinMissed, next: (*moment).deadline},
			{kind: ChallengeUnanswered, runs: challengeUnanswered},
			{kind: ContactSuspect, runs: contactSuspect},
			{kind: DeviceOffline, runs: deviceOffline, next: deviceOfflineNext, messages: true},
			{kind: ContactLost, runs: contactLost, next: contactLostNext, messages: true},
			{kind: LeaveOverdue, runs: leaveOverdue, next: leaveOverdueNext, calendar: true, messages: true},
			{kind: CurfewAbsence, runs: curfewAbsence, next: curfewAbsenceNext},
			{kind: AuthorityExpiring, runs: authorityExpiring, next: authorityExpiringNext, calendar: true},
			{kind: SequenceGap, runs: sequenceGap, next: sequenceGapNext, messages: true},
			{kind: AbscondingLadder, runs: abscondingLadder, next: abscondingLadderNext},
			calendarRule(LeaveQuota, leaveQuota), calendarRule(TravelExpiring, travelExpiring),
			calendarRule(HealthReportDue, healthReportDue), calendarRule(MedicalReviewDue, medicalReviewDue),
			calendarRule(PeriodicReportDue, periodicReportDue), calendarRule(VisitDue, visitDue), calendarRule(TermEnding, termEnding),
			{kind: SpoofedLocation, runs: sharedHandset, next: sharedHandsetNext},
		},
		district: []districtRule{
			{due: massOutageDue, expire: massOutageExpire},
			{due: dataOutOfSyncDue, expire: dataOutOfSyncExpire},
			{due: gatheringDue, expire: gatheringExpire},
			{due: alertBacklogDue, expire: alertBacklogExpire},
			{due: dawnDue, expire: dawnExpire},
		},
	}
	for i := range infos {
		rs.infos[infos[i].Kind] = &infos[i]
	}
	for _, r := range append(slices.Clone(rs.events), rs.fixes...) {
		if r.due != nil {
			rs.timed = append(rs.timed, r)
		}
	}
	return rs
}

func (rs *ruleSet) info(k Kind) *kindInfo { return rs.infos[k] }

// heeds reports whether a message that is no check-in may change an open run.
func (rs *ruleSet) heeds(r run) bool {
	return r.open() && slices.ContainsFunc(rs.derived, func(d deriveRule) bool { return d.kind == r.Kind && d.messages })
}
