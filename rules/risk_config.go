package rules

import "correctiond/roster"

// riskConfig holds the weights of the attention score. They are local defaults,
// not a national standard. Points are 0 to 100.
type riskConfig struct {
	Standing   standingConfig   `yaml:"standing" json:"standing"`
	Compliance complianceConfig `yaml:"compliance" json:"compliance"`
	Contact    riskContact      `yaml:"contact" json:"contact"`
	Integrity  integrityConfig  `yaml:"integrity" json:"integrity"`
	Protective protectiveConfig `yaml:"protective" json:"protective"`
	Colour     colourConfig     `yaml:"colour" json:"colour"`
}

// standingConfig weighs what the roster says of a person.
type standingConfig struct {
	Max       float64 `yaml:"max" json:"max"`
	Strict    float64 `yaml:"strict" json:"strict"`
	General   float64 `yaml:"general" json:"general"`
	Lenient   float64 `yaml:"lenient" json:"lenient"`
	New       float64 `yaml:"new" json:"new"`
	NewMonths int     `yaml:"new_months" json:"new_months"` // since entering, that count as new
	Order     float64 `yaml:"order" json:"order"`           // forbidden zone or no-contact
	Authority float64 `yaml:"authority" json:"authority"`   // electronic location in force
	High      float64 `yaml:"assessment_high" json:"assessment_high"`
	Medium    float64 `yaml:"assessment_medium" json:"assessment_medium"`
}

// complianceConfig weighs what happened; all of it decays.
type complianceConfig struct {
	Max                  float64         `yaml:"max" json:"max"`
	HalfLife             roster.Duration `yaml:"half_life" json:"half_life"`
	CheckinMissed        float64         `yaml:"checkin_missed" json:"checkin_missed"` // a window
	CheckinMissedMax     float64         `yaml:"checkin_missed_max" json:"checkin_missed_max"`
	CheckinRejected      float64         `yaml:"checkin_rejected" json:"checkin_rejected"`
	ChallengeUnanswered  float64         `yaml:"challenge_unanswered" json:"challenge_unanswered"`
	Silence              float64         `yaml:"silence" json:"silence"` // of a wristband under authority
	SilenceMax           float64         `yaml:"silence_max" json:"silence_max"`
	SilenceAfter         roster.Duration `yaml:"silence_after" json:"silence_after"`
	AreaConfirmed        float64         `yaml:"area_confirmed" json:"area_confirmed"` // area-exit, leave-deviation
	AreaUnconfirmed      float64         `yaml:"area_unconfirmed" json:"area_unconfirmed"`
	ForbiddenConfirmed   float64         `yaml:"forbidden_confirmed" json:"forbidden_confirmed"`
	ForbiddenUnconfirmed float64         `yaml:"forbidden_unconfirmed" json:"forbidden_unconfirmed"`
	Admonition           float64         `yaml:"admonition" json:"admonition"`
	Warning              float64         `yaml:"warning" json:"warning"`
	// ExcusedShare of the unconfirmed figure counts for an excused episode, 0 to 1.
	ExcusedShare float64 `yaml:"excused_share" json:"excused_share"`
}

// riskContact weighs a loss of contact that goes on; the largest counts.
type riskContact struct {
	Max          float64         `yaml:"max" json:"max"`
	Suspect      float64         `yaml:"suspect" json:"suspect"`
	Lost         float64         `yaml:"lost" json:"lost"`
	Offline      float64         `yaml:"offline" json:"offline"`
	OfflineAfter roster.Duration `yaml:"offline_after" json:"offline_after"`
}

// integrityConfig weighs signs of deceit, while open and for some days after
// they were confirmed.
type integrityConfig struct {
	Max           float64 `yaml:"max" json:"max"`
	Each          float64 `yaml:"each" json:"each"`
	ConfirmedDays int     `yaml:"confirmed_days" json:"confirmed_days"`
}

// protectiveConfig is what is taken off.
type protectiveConfig struct {
	Max       float64 `yaml:"max" json:"max"`
	Job       float64 `yaml:"job" json:"job"`
	Clean     float64 `yaml:"clean" json:"clean"`
	CleanDays int     `yaml:"clean_days" json:"clean_days"`
	Praise    float64 `yaml:"praise" json:"praise"`
}

// colourConfig says at which score each colour begins and how it is left again.
type colourConfig struct {
	Yellow int `yaml:"yellow" json:"yellow"`
	Orange int `yaml:"orange" json:"orange"`
	Red    int `yaml:"red" json:"red"`
	// CleanDays before a colour falls, OrangeCleanDays before orange does.
	CleanDays       int `yaml:"clean_days" json:"clean_days"`
	OrangeCleanDays int `yaml:"orange_clean_days" json:"orange_clean_days"`
	// ForbiddenDays for which a confirmed forbidden-zone forces red.
	ForbiddenDays int `yaml:"forbidden_days" json:"forbidden_days"`
	// OverrideDays and FocusDays are how long an officer's colour and a district's
	// focus may last.
	OverrideDays int `yaml:"override_days" json:"override_days"`
	FocusDays    int `yaml:"focus_days" json:"focus_days"`
	// Hour of the daily computation, local, 0 to 23.
	Hour int `yaml:"hour" json:"hour"`
}

func defaultRisk() riskConfig {
	const hour = roster.Duration(3600e9)
	return riskConfig{
		Standing: standingConfig{Max: 25, Strict: 15, General: 5, New: 5, NewMonths: 2, Order: 5, Authority: 5, High: 10, Medium: 5},
		Compliance: complianceConfig{
			Max: 40, HalfLife: 30 * 24 * hour, CheckinMissed: 2, CheckinMissedMax: 12, CheckinRejected: 2, ChallengeUnanswered: 4,
			Silence: 5, SilenceMax: 10, SilenceAfter: 14 * hour, AreaConfirmed: 15, AreaUnconfirmed: 6,
			ForbiddenConfirmed: 20, ForbiddenUnconfirmed: 10, Admonition: 8, Warning: 15, ExcusedShare: 0.25,
		},
		Contact:    riskContact{Max: 25, Suspect: 15, Lost: 25, Offline: 8, OfflineAfter: 6 * hour},
		Integrity:  integrityConfig{Max: 10, Each: 5, ConfirmedDays: 30},
		Protective: protectiveConfig{Max: 15, Job: 5, Clean: 5, CleanDays: 90, Praise: 5},
		Colour: colourConfig{
			Yellow: 20, Orange: 40, Red: 60, CleanDays: 7, OrangeCleanDays: 14, ForbiddenDays: 30, OverrideDays: 30, FocusDays: 60, Hour: 3,
		},
	}
}

func (c *riskConfig) requirements() []requirement {
	s, w, t, i, p := &c.Standing, &c.Compliance, &c.Contact, &c.Integrity, &c.Protective
	return []requirement{
		{points(s.Max, s.Strict, s.General, s.Lenient, s.New, s.Order, s.Authority, s.High, s.Medium), "risk.standing: points of 0 to 100"},
		{s.NewMonths >= 0 && s.NewMonths <= 120, "risk.standing.new_months: 0 to 120"},
		{w.weights(), "risk.compliance: points of 0 to 100"},
		{length(w.HalfLife) > 0 && length(w.SilenceAfter) > 0, "risk.compliance: half_life and silence_after longer than 0s"},
		{w.ExcusedShare >= 0 && w.ExcusedShare <= 1, "risk.compliance.excused_share: 0 to 1"},
		{points(t.Max, t.Suspect, t.Lost, t.Offline) && length(t.OfflineAfter) > 0, "risk.contact: points of 0 to 100, offline_after longer than 0s"},
		{points(i.Max, i.Each) && someDays(i.ConfirmedDays), "risk.integrity: points of 0 to 100, days of 0 to 365"},
		{points(p.Max, p.Job, p.Clean, p.Praise) && someDays(p.CleanDays), "risk.protective: points of 0 to 100, days of 0 to 365"},
		{c.Colour.valid(), "risk.colour: 0 < yellow < orange < red <= 100"},
		{someDays(c.Colour.CleanDays, c.Colour.OrangeCleanDays, c.Colour.ForbiddenDays, c.Colour.OverrideDays, c.Colour.FocusDays), "risk.colour: days of 0 to 365"},
		{c.Colour.Hour >= 0 && c.Colour.Hour <= 23, "risk.colour.hour: 0 to 23"},
	}
}

func (c *complianceConfig) weights() bool {
	return points(
		c.Max, c.CheckinMissed, c.CheckinMissedMax, c.CheckinRejected, c.ChallengeUnanswered, c.Silence, c.SilenceMax, c.Admonition, c.Warning,
		c.AreaConfirmed, c.AreaUnconfirmed, c.ForbiddenConfirmed, c.ForbiddenUnconfirmed,
	)
}

func (c *colourConfig) valid() bool {
	return 0 < c.Yellow && c.Yellow < c.Orange && c.Orange < c.Red && c.Red <= 100
}

// points reports whether all are weights of a score; a NaN is none.
func points(all ...float64) bool {
	for _, p := range all {
		if !(p >= 0 && p <= 100) {
			return false
		}
	}
	return true
}

func someDays(all ...int) bool {
	for _, n := range all {
		if n < 0 || n > 365 {
			return false
		}
	}
	return true
}
