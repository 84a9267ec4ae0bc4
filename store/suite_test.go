package store_test

import (
	"context"
	"testing"

	"correctiond/alerts"
	"correctiond/alerts/duty"
	"correctiond/event"
	"correctiond/roster"
	"correctiond/rules"
	"correctiond/store"
	"correctiond/store/access"
	"correctiond/store/audit"
	"correctiond/store/storetest"
)

// stateStore is what every state database must do alike.
type stateStore interface {
	Commit(context.Context, ...store.Batch) error
	Cursor(context.Context, roster.DistrictID) (uint64, error)
	Alert(context.Context, string) (alerts.Alert, error)
	Alerts(context.Context, alerts.Filter) (alerts.Page, error)
	Summary(context.Context, roster.DistrictID, roster.OfficeID) (alerts.Summary, error)
	SummaryOf(context.Context, alerts.Filter) (alerts.Summary, error)
	Groups(context.Context, alerts.Filter) (alerts.GroupPage, error)
	DueSteps(context.Context, roster.Instant, int, ...roster.DistrictID) ([]store.DueStep, error)
	OverdueSteps(context.Context, roster.Instant) (int, error)
	Changes(context.Context, int64, int) ([]alerts.Feed, error)
	LastChange(context.Context) (int64, error)
	DeadLetters(context.Context, store.DeadLetterFilter) ([]store.DeadLetter, error)
	DeadLetter(context.Context, int64) (store.DeadLetter, error)
	PruneDeadLetters(context.Context, roster.Instant) (int64, error)
	DeadLetterCounts(context.Context) (map[event.Reason]int, error)
	MarkReplayed(context.Context, int64, string, roster.Instant) error
	SaveRoster(context.Context, store.RosterVersion) (bool, error)
	CurrentRoster(context.Context, roster.DistrictID) (store.RosterVersion, error)
	RosterHead(context.Context, roster.DistrictID) (store.RosterVersion, error)
	Districts(context.Context) ([]roster.DistrictID, error)
	AppendAudit(context.Context, audit.Record) error
	VerifyAudit(context.Context) (audit.Checkpoint, error)
	Raised(context.Context, alerts.Filter) ([]store.Raised, error)
	Ongoing(context.Context, roster.DistrictID, roster.OfficeID) (map[rules.Kind]int, error)
	dutyStore
	accessStore
	deliveryStore
	planStore
	auditStore
}

// dutyStore is the part about who is on duty, and what is silent.
type dutyStore interface {
	Silences(context.Context, roster.Instant) ([]alerts.Silence, error)
	PutSilence(context.Context, alerts.Silence) (alerts.Silence, error)
	EndSilence(context.Context, roster.DistrictID, int64, duty.Stamp) (alerts.Silence, error)
	Rota(context.Context, roster.DistrictID) (duty.Rota, error)
	RotaVersion(context.Context, roster.DistrictID, int) (duty.Rota, error)
	PutRota(context.Context, duty.Rota) (duty.Rota, error)
	StepReached(context.Context, string, int) (bool, error)
}

// accessStore is the part about who may do what.
type accessStore interface {
	IssueDevicePassword(context.Context, roster.DeviceID, bool, string, roster.Instant) (string, error)
	VerifyDevice(context.Context, roster.DeviceID, string) (bool, error)
	CreateToken(context.Context, access.Token, string, roster.Instant) (access.Token, string, error)
	LookupToken(context.Context, string, roster.Instant) (access.Token, error)
	Tokens(context.Context) ([]access.Token, error)
	RevokeToken(context.Context, string, string, roster.Instant) error
}

var _ stateStore = (*store.State)(nil)

func TestStateSQLite(t *testing.T) {
	stateSuite(t, func(t *testing.T) stateStore { return openState(t) })
}

// stateSuite holds a state database to its contract; open gives an empty one.
func stateSuite(t *testing.T, open func(*testing.T) stateStore) {
	for name, test := range map[string]func(*testing.T, stateStore){
		"a batch is written whole":         batchIsWhole,
		"a batch is written once":          batchIsOnce,
		"a refused batch leaves nothing":   batchRefused,
		"lists turn pages":                 listPages,
		"lists filter":                     listFilters,
		"lists by who is to act":           listsByAssignee,
		"groups by person":                 groupsByPerson,
		"steps stand until carried out":    stepsDue,
		"the overview counts":              overviewCounts,
		"reports count":                    reportCounts,
		"the change feed is in order":      feedInOrder,
		"dead letters are kept and marked": deadLetters,
		"old dead letters are deleted":     prunesDeadLetters,
		"deleted dead letters stay away":   prunedStayAway,
		"waiting dead letters are counted": countsDeadLetters,
		"rosters have versions":            rosterVersions,
		"a device has one district":        deviceOneDistrict,
		"device passwords":                 devicePasswords,
		"silences end":                     silencesEnd,
		"silences hold notices back":       silencesHoldBack,
		"rotas have versions":              rotasHaveVersions,
		"silences hold chains back":        heldAlerts,
		"chains are kept with their alert": chainsAreKept,
		"notices stop":                     noticesStop,
		"tokens":                           tokens,
		"every change is in the audit":     auditOfChanges,
		"records are of a district":        recordsHaveADistrict,
		"the audit turns pages":            auditTurnsPages,
		"requests of an alert":             requestsOfAnAlert,
		"a notice is delivered":            noticeDelivered,
		"a letter is repeated as it was":   repeatedAsItWas,
		"who took it on is not asked":      takenOnIsNotAsked,
		"too many are held and joined":     heldAndJoined,
		"operations stand beside":          operationsTold,
		"unreadable notices fail":          unreadableIsNotInTheWay,
		"a long queue hides nothing":       longQueue,
		"what closed itself is reported":   selfClosedIsReported,
		"old attempts are deleted":         attemptsPruned,
		"plans have versions":              plansHaveVersions,
		"plans are listed":                 plansAreListed,
		"plans end":                        plansEnd,
		"a plan is not changed":            plansAreNotChanged,
		"plan templates have versions":     planTemplatesHaveVersions,
	} {
		t.Run(name, func(t *testing.T) { test(t, open(t)) })
	}
}

func commit(t *testing.T, s stateStore, b store.Batch) {
	t.Helper()
	storetest.Commit(t, s, b)
}

// must returns v of a call that has to succeed.
func must[T any](t *testing.T) func(v T, err error) T { return storetest.Must[T](t) }
