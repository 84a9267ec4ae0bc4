package rules

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"slices"
	"strings"

	"correctiond/roster"
)

// Config holds every threshold of the rules. The zero value is of no use; start
// from DefaultConfig.
type Config struct {
	// AppPositions: "windows" takes positions of phones only inside roll-call
	// windows and challenges, "always" needs a recorded policy document.
	AppPositions string          `yaml:"app_positions" json:"app_positions"`
	Window       roster.Duration `yaml:"reorder_window" json:"reorder_window"`
	CoarseM      float64         `yaml:"coarse_m" json:"coarse_m"`
	OutlierKMH   float64         `yaml:"outlier_kmh" json:"outlier_kmh"`
	ReportIn     reportInConfig  `yaml:"report_in_overdue" json:"report_in_overdue"`
	Checkin      checkinConfig   `yaml:"checkin" json:"checkin"`
	Contact      contactConfig   `yaml:"contact" json:"contact"`
	Area         areaConfig      `yaml:"area_exit" json:"area_exit"`
	Forbidden    forbiddenConfig `yaml:"forbidden_zone" json:"forbidden_zone"`
	NoContact    noContactConfig `yaml:"no_contact" json:"no_contact"`
	Gathering    gatheringConfig `yaml:"gathering" json:"gathering"`
	Watch        watchConfig     `yaml:"watch_zone" json:"watch_zone"`
	Curfew       curfewConfig    `yaml:"curfew" json:"curfew"`
	Speed        speedConfig     `yaml:"impossible_travel" json:"impossible_travel"`
	Battery      batteryConfig   `yaml:"battery_low" json:"battery_low"`
	PowerOff     roster.Duration `yaml:"power_off_after" json:"power_off_after"`
	Offline      offlineConfig   `yaml:"device_offline" json:"device_offline"`
	Outage       outageConfig    `yaml:"mass_outage" json:"mass_outage"`
	Sync         syncConfig      `yaml:"data_out_of_sync" json:"data_out_of_sync"`
	// PolicyDocument names the document by which phones may be located always.
	PolicyDocument string `yaml:"policy_document" json:"policy_document,omitempty"`
	// OwnTracks says whether a report by hand of OwnTracks is a check-in.
	OwnTracks    ownTracksConfig    `yaml:"owntracks_checkins" json:"owntracks_checkins,omitzero"`
	Jamming      jammingConfig      `yaml:"jamming" json:"jamming"`
	PositionLost positionLostConfig `yaml:"position_lost" json:"position_lost"`
	Separated    separatedConfig    `yaml:"device_separated" json:"device_separated"`
	Spoofed      spoofedConfig      `yaml:"spoofed_location" json:"spoofed_location"`
	// SequenceGap is how long after a skip the missing numbers may still arrive.
	SequenceGap roster.Duration `yaml:"sequence_gap_after" json:"sequence_gap_after"`
	// AuthorityDays before the end of an authority, descending.
	AuthorityDays  []int                `yaml:"authority_expiring_days" json:"authority_expiring_days"`
	PeriodicReport periodicReportConfig `yaml:"periodic_report_due" json:"periodic_report_due"`
	Visit          visitConfig          `yaml:"visit_due" json:"visit_due"`
	MedicalReview  medicalReviewConfig  `yaml:"medical_review_due" json:"medical_review_due"`
	// HealthReportDays before the end of the month.
	HealthReportDays int `yaml:"health_report_days" json:"health_report_days"`
	// TermDays before the end of the term, TravelDays of an approval for trips; both descending.
	TermDays   []int `yaml:"term_ending_days" json:"term_ending_days"`
	TravelDays []int `yaml:"travel_expiring_days" json:"travel_expiring_days"`
	// LeaveQuotaDays of approved leave within two months.
	LeaveQuotaDays int                `yaml:"leave_quota_days" json:"leave_quota_days"`
	Absconding     abscondingConfig   `yaml:"absconding_ladder" json:"absconding_ladder"`
	ClockHugging   clockHuggingConfig `yaml:"clock_hugging" json:"clock_hugging"`
	// LeaveReminderDays before the end of a leave.
	LeaveReminderDays int `yaml:"leave_reminder_days" json:"leave_reminder_days"`
	// Risk weighs the attention score.
	Risk riskConfig `yaml:"risk" json:"risk"`
	// Backlog says how long alerts may wait.
	Backlog backlogConfig `yaml:"alert_backlog" json:"alert_backlog"`
	// Query says how tracks are read ordinarily.
	Query queryConfig `yaml:"query_anomaly" json:"query_anomaly"`
	// Challenge says when random challenges are drawn.
	Challenge challengeConfig `yaml:"challenge" json:"challenge"`
	// Overrides are for some districts, offices or levels only.
	Overrides []Override `yaml:"overrides,omitempty" json:"overrides,omitempty"`
}

const appAlways = "always"

// ownTracksConfig names the document of the policy by which who presses the report
// button of OwnTracks checks in; without one nobody does.
type ownTracksConfig struct {
	Document string `yaml:"document" json:"document"`
}

// valid refuses a document that is there but not named.
func (c ownTracksConfig) valid() bool {
	return c.Document == "" || strings.TrimSpace(c.Document) != ""
}

// reportInConfig counts days after the judgment took effect, that day excluded.
type reportInConfig struct {
	WarnDay    int `yaml:"warn_day" json:"warn_day"`
	OverdueDay int `yaml:"overdue_day" json:"overdue_day"`
}

// checkinConfig is about single check-ins.
type checkinConfig struct {
	JoinWithin roster.Duration `yaml:"join_within" json:"join_within"`
}

// contactConfig says when someone is out of contact.
type contactConfig struct {
	SuspectMisses int             `yaml:"suspect_misses" json:"suspect_misses"`
	LostAfter     roster.Duration `yaml:"lost_after" json:"lost_after"`
}

// areaConfig is the hysteresis of leaving and re-entering the permitted area.
type areaConfig struct {
	BufferM float64         `yaml:"buffer_m" json:"buffer_m"`
	Fixes   int             `yaml:"fixes" json:"fixes"`
	Dwell   roster.Duration `yaml:"dwell" json:"dwell"`
}

// forbiddenConfig is the hysteresis of forbidden zones and their approach.
type forbiddenConfig struct {
	Fixes           int             `yaml:"fixes" json:"fixes"`
	EndFixes        int             `yaml:"end_fixes" json:"end_fixes"`
	EndDwell        roster.Duration `yaml:"end_dwell" json:"end_dwell"`
	SingleAccuracyM float64         `yaml:"single_accuracy_m" json:"single_accuracy_m"`
	SingleWithin    roster.Duration `yaml:"single_within" json:"single_within"`
	SingleConfirm   roster.Duration `yaml:"single_confirm" json:"single_confirm"`
}

// batteryConfig holds levels in percent.
type batteryConfig struct {
	Low       float32 `yaml:"low" json:"low"`
	Critical  float32 `yaml:"critical" json:"critical"`
	Recovered float32 `yaml:"recovered" json:"recovered"`
}

// offlineConfig holds the lengths of silence of the two steps.
type offlineConfig struct {
	First  roster.Duration `yaml:"first" json:"first"`
	Second roster.Duration `yaml:"second" json:"second"`
}

// outageConfig says when wristbands are offline, and how many of them together
// are an outage. Shares are of 1.
type outageConfig struct {
	Interval      roster.Duration `yaml:"interval" json:"interval"` // of devices for which the roster has none
	Slack         roster.Duration `yaml:"slack" json:"slack"`
	Within        roster.Duration `yaml:"within" json:"within"`
	DistrictShare float64         `yaml:"district_share" json:"district_share"`
	DistrictMin   int             `yaml:"district_min" json:"district_min"`
	OfficeMin     int             `yaml:"office_min" json:"office_min"`
	EndShare      float64         `yaml:"end_share" json:"end_share"`
	Hold          roster.Duration `yaml:"hold" json:"hold"`
}

// syncConfig says when a district's data has stopped.
type syncConfig struct {
	After   roster.Duration `yaml:"after" json:"after"`
	Devices int             `yaml:"devices" json:"devices"`
}

// DefaultConfig gives the built-in thresholds.
func DefaultConfig() Config {
	const minute = roster.Duration(60e9)
	return Config{
		AppPositions: "windows", Window: 15 * minute, CoarseM: 200, OutlierKMH: 1000,
		ReportIn: reportInConfig{WarnDay: 9, OverdueDay: 11},
		Checkin:  checkinConfig{JoinWithin: 10 * minute},
		Contact:  contactConfig{SuspectMisses: 2, LostAfter: 24 * 60 * minute},
		Area:     areaConfig{BufferM: 300, Fixes: 3, Dwell: 10 * minute},
		Forbidden: forbiddenConfig{
			Fixes: 2, EndFixes: 2, EndDwell: 10 * minute,
			SingleAccuracyM: 20, SingleWithin: 5 * minute, SingleConfirm: 3 * minute,
		},
		NoContact: noContactConfig{WithinM: 100, FixesApart: 5 * minute, Sustained: 5 * minute, Expires: 15 * minute},
		Gathering: gatheringConfig{Subjects: 3, Dwell: 15 * minute, Valid: 15 * minute},
		Watch:     watchDefaults(), Curfew: curfewDefaults(), Speed: speedDefaults(),
		Battery: batteryConfig{Low: 20, Critical: 10, Recovered: 30}, PowerOff: 10 * minute,
		Offline: offlineConfig{First: 120 * minute, Second: 360 * minute}, AuthorityDays: []int{15, 7, 1},
		Outage: outageConfig{
			Interval: 5 * minute, Slack: 15 * minute, Within: 10 * minute, DistrictShare: 0.3, DistrictMin: 10, OfficeMin: 5,
			EndShare: 0.2, Hold: 30 * minute,
		},
		Sync: syncConfig{After: 15 * minute, Devices: 10}, SequenceGap: 360 * minute,
		PeriodicReport: defaultPeriodicReport(), Visit: defaultVisit(), MedicalReview: defaultMedicalReview(), HealthReportDays: 5,
		TermDays: []int{30, 7}, TravelDays: []int{15, 3}, LeaveQuotaDays: 25,
		Absconding: defaultAbsconding(), ClockHugging: defaultClockHugging(),
		Jamming: defaultJamming(), PositionLost: defaultPositionLost(), Separated: defaultSeparated(), Spoofed: defaultSpoofed(),
		LeaveReminderDays: 1, Risk: defaultRisk(), Backlog: defaultBacklog(), Query: defaultQuery(), Challenge: defaultChallenge(),
	}
}

// Validate reports every value out of range, joined into one error.
func (c Config) Validate() error {
	var errs []error
	handling := slices.Concat(c.Risk.requirements(), c.Backlog.requirements(), c.Challenge.requirements())
	for _, chk := range slices.Concat(c.basics(), c.zones(), c.deadlines(), handling) {
		if !chk.ok {
			errs = append(errs, errors.New("must be "+chk.what))
		}
	}
	if len(errs) == 0 && len(c.Overrides) > 0 {
		errs = append(errs, c.checkOverrides())
	}
	return errors.Join(errs...)
}

// requirement is what one key, or a few together, must be.
type requirement struct {
	ok   bool
	what string
}

func (c *Config) basics() []requirement {
	return []requirement{
		{c.AppPositions == "windows" || c.AppPositions == appAlways, "app_positions: windows or always"},
		{c.OwnTracks.valid(), "owntracks_checkins.document: the document of the policy, or empty"},
		{length(c.Window) > 0, "reorder_window: longer than 0s"},
		{c.CoarseM > 0 && c.CoarseM <= maxCoarseM, "coarse_m: greater than 0, at most 10000"},
		{c.OutlierKMH > 0 && c.OutlierKMH <= maxKMH, "outlier_kmh: greater than 0, at most 100000"},
		{c.ReportIn.WarnDay > 0 && c.ReportIn.OverdueDay > c.ReportIn.WarnDay, "report_in_overdue: 0 < warn_day < overdue_day"},
		{c.Contact.SuspectMisses > 0 && length(c.Contact.LostAfter) > 0, "contact: suspect_misses and lost_after greater than 0"},
		{length(c.Checkin.JoinWithin) > 0, "checkin.join_within: longer than 0s"},
		{length(c.PowerOff) > 0, "power_off_after: longer than 0s"},
		{length(c.SequenceGap) > 0, "sequence_gap_after: longer than 0s"},
		{validDays(c.AuthorityDays), "authority_expiring_days: descending, the last at least 1"},
		{c.LeaveReminderDays > 0, "leave_reminder_days: at least 1"},
	}
}

func (c *Config) deadlines() []requirement {
	return []requirement{
		c.Query.requirement(), c.PeriodicReport.requirement(), c.Visit.requirement(), c.MedicalReview.requirement(), c.Absconding.requirement(), c.ClockHugging.requirement(),
		{c.HealthReportDays > 0 && c.HealthReportDays < 28, "health_report_days: 1 to 27"},
		{validDays(c.TermDays), "term_ending_days: descending, the last at least 1"},
		{validDays(c.TravelDays), "travel_expiring_days: descending, the last at least 1"},
		{c.LeaveQuotaDays > 0 && c.LeaveQuotaDays <= 62, "leave_quota_days: 1 to 62"},
	}
}

func (c *Config) zones() []requirement {
	return []requirement{
		{c.Area.BufferM >= 0 && c.Area.BufferM <= maxBufferM, "area_exit.buffer_m: 0 to 500"},
		{c.Area.Fixes > 0 && length(c.Area.Dwell) > 0, "area_exit: fixes and dwell greater than 0"},
		{c.Forbidden.Fixes > 0 && c.Forbidden.EndFixes > 0, "forbidden_zone: fixes and end_fixes greater than 0"},
		{c.Forbidden.validSingle(), "forbidden_zone.single_…: an accuracy of 0 to 10000 m, lengths longer than 0s; end_dwell, too"},
		{c.NoContact.valid(), "no_contact: within_m 1 to 1000; 0s < fixes_apart <= expires; sustained longer than 0s"},
		{c.Gathering.valid(), "gathering: subjects at least 2; dwell and valid longer than 0s, at most 30m"},
		c.Watch.requirement(), c.Curfew.requirement(), c.Speed.requirement(),
		{c.Battery.valid(), "battery_low: 0 <= critical < low < recovered <= 100"},
		{length(c.Offline.First) > 0 && c.Offline.Second > c.Offline.First, "device_offline: 0s < first < second"},
		{c.Outage.validLengths(), "mass_outage: interval, slack, within and hold longer than 0s"},
		{c.Outage.validShares(), "mass_outage: 0 < end_share <= district_share <= 1; district_min and office_min at least 1"},
		{c.Jamming.valid(), "jamming: reports 1 to 100, within and quiet longer than 0s"},
		{c.PositionLost.valid(), "position_lost: 0s < notice < after, heard longer than 0s"},
		{c.Separated.valid(), "device_separated: 0s <= from < until <= 24h, still_for within them, 0s < near <= within, distances greater than 0"},
		{c.Spoofed.valid(), "spoofed_location: identical_fixes at least 2, shared_within longer than 0s, at most 168h"},
		{length(c.Sync.After) > 0 && c.Sync.Devices > 0, "data_out_of_sync: after and devices greater than 0"},
	}
}

func (c forbiddenConfig) validSingle() bool {
	accuracy := c.SingleAccuracyM >= 0 && c.SingleAccuracyM <= maxCoarseM
	return accuracy && length(c.SingleWithin) > 0 && length(c.SingleConfirm) > 0 && length(c.EndDwell) > 0
}

func (c batteryConfig) valid() bool {
	return c.Critical >= 0 && c.Critical < c.Low && c.Low < c.Recovered && c.Recovered <= 100
}

func (c outageConfig) validLengths() bool {
	return length(c.Interval) > 0 && length(c.Slack) > 0 && length(c.Within) > 0 && length(c.Hold) > 0
}

func (c outageConfig) validShares() bool {
	return c.EndShare > 0 && c.EndShare <= c.DistrictShare && c.DistrictShare <= 1 && c.DistrictMin > 0 && c.OfficeMin > 0
}

func validDays(days []int) bool {
	for i, n := range days {
		if n < 1 || i > 0 && n >= days[i-1] {
			return false
		}
	}
	return len(days) > 0
}

// Bounds that keep a slip of the pen from switching a rule off.
const (
	maxCoarseM = 10_000
	maxKMH     = 100_000
)

// maxBufferM keeps the buffer within the distance up to which the zone index is
// exact for area zones.
const maxBufferM = 500

const invalidVersion = "invalid"

// Version names the thresholds with their overrides: 12 hex digits of the
// SHA-256 of their JSON form.
func (c Config) Version() string {
	b, err := json.Marshal(c)
	if err != nil {
		return invalidVersion
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:6])
}
