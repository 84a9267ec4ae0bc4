// Package roster knows who is supervised, by which office, with which devices
// and under which authority. It holds the types of the roster file, every
// check that file must pass, its YAML, JSON and CSV forms, the comparison of
// two rosters, and the one decision that everything else rests on: whether the
// law permits a message of a device at an instant (see Directory.Basis).
//
// The CSV form of subjects and devices has one row each and one column per
// field, named as in the file form; fields inside others are joined with a dot
// (term.from, home.lat, reports.visits). An empty cell is an absent field. The
// items of a list are separated by ";" and the fields of an item, in the order
// of its type, by "|": a device's bindings are
//
//	S0001|2026-01-20|2026-03-01;S0002|2026-03-01
//
// A backslash before ";", "|" or itself makes it an ordinary character. The list
// that a CSV file replaces is the whole list of the roster it is read into.
//
// It exports far more names than the other packages: each is a type or an
// enumerated value of the roster file, or an act that changes one of them, and
// a split would only make two packages that know each other's fields.
//
// The package is pure: it does no I/O beyond the readers and writers it is
// given, and takes the time as an argument.
package roster

import (
	"encoding/json"

	"correctiond/geo"
)

// Ids of the roster. Each is unique within its list and never a person's name,
// ID number or phone number.
type (
	DistrictID string // district, 区县社区矫正机构
	OfficeID   string // judicial office, 司法所
	OfficerID  string // correction officer, 矫正工作人员
	SubjectID  string // person under community correction, 社区矫正对象
	DeviceID   string // wristband, app installation or kiosk; [A-Za-z0-9_-]{1,64}
	ZoneID     string // area, forbidden zone or watch zone
)

// Roster is one district's roster file, as written.
type Roster struct {
	Version   int        `json:"version"`
	District  District   `json:"district"`
	Offices   []Office   `json:"offices,omitempty"`
	Officers  []Officer  `json:"officers,omitempty"`
	Rollcalls []Rollcall `json:"rollcalls,omitempty"`
	Zones     []Zone     `json:"zones,omitempty"`
	Subjects  []Subject  `json:"subjects,omitempty"`
	Devices   []Device   `json:"devices,omitempty"`
	Released  []Released `json:"released,omitempty"`
}

// District is the county-level agency the roster belongs to.
type District struct {
	ID   DistrictID `json:"id"`
	Name string     `json:"name,omitempty"`
	Area ZoneID     `json:"area,omitempty"` // default permitted area
}

// Office is a judicial office (司法所).
type Office struct {
	ID    OfficeID `json:"id"`
	Name  string   `json:"name,omitempty"`
	Place *Place   `json:"place,omitempty"`
}

// Place is a circle on the map: a home or an office.
type Place struct {
	Lat     float64   `json:"lat"`
	Lng     float64   `json:"lng"`
	Datum   geo.Datum `json:"datum"`
	RadiusM float64   `json:"radius_m,omitempty"`
}

// Officer is a user who acts on alerts.
type Officer struct {
	ID     OfficerID `json:"id"`
	Name   string    `json:"name,omitempty"`
	Office OfficeID  `json:"office,omitempty"`
	Role   string    `json:"role,omitempty"`
	User   string    `json:"user,omitempty"`
	Notify []Notify  `json:"notify,omitempty"`
}

// Notify is one way to reach an officer.
type Notify struct {
	Channel string `json:"channel"`
	To      string `json:"to"`
}

// Rollcall is a schedule of check-in windows (点名).
type Rollcall struct {
	ID      string   `json:"id"`
	Windows []Window `json:"windows"`
	Grace   Duration `json:"grace,omitempty"`
	Days    []string `json:"days,omitempty"` // mon … sun; default every day
}

// Window is a span [From, Until) of local clock time, "07:30" to "09:30".
type Window struct {
	From  string `json:"from"`
	Until string `json:"until"`
	// NextDay marks a window that runs past midnight.
	NextDay bool `json:"next_day,omitempty"`
}

// ZoneKind says what a zone is for.
type ZoneKind string

// Kinds of zones.
const (
	AreaZone      ZoneKind = "area"      // where a subject may be without leave
	ForbiddenZone ZoneKind = "forbidden" // a court order forbids it (禁止令)
	WatchZone     ZoneKind = "watch"     // station, airport, port …
)

// Zone is a polygon with a purpose.
type Zone struct {
	ID        ZoneID   `json:"id"`
	Name      string   `json:"name,omitempty"`
	Kind      ZoneKind `json:"kind"`
	ApproachM float64  `json:"approach_m,omitempty"`
	Border    bool     `json:"border,omitempty"`
	// Datum of the coordinates of Geometry; required.
	Datum geo.Datum `json:"datum"`
	// Geometry is a GeoJSON Polygon or MultiPolygon (lng, lat order).
	Geometry json.RawMessage `json:"geometry"`
}

// SubjectKind is one of the four legal kinds of subject, 社区矫正法 Article 2.
type SubjectKind string

// The four legal kinds.
const (
	Control   SubjectKind = "control"   // 管制
	Probation SubjectKind = "probation" // 缓刑
	Parole    SubjectKind = "parole"    // 假释
	Medical   SubjectKind = "medical"   // 暂予监外执行
)

// Level is the management level 严管/普管/宽管: legal, set by people only.
type Level string

// Management levels.
const (
	Strict  Level = "strict"
	General Level = "general"
	Lenient Level = "lenient"
)

// Subject is a person under community correction.
type Subject struct {
	ID            SubjectID   `json:"id"`
	Name          string      `json:"name,omitempty"`
	Office        OfficeID    `json:"office"`
	Officer       OfficerID   `json:"officer,omitempty"`
	Kind          SubjectKind `json:"kind"`
	Level         Level       `json:"level,omitempty"`
	Effective     *Date       `json:"effective,omitempty"`
	Reported      *Date       `json:"reported,omitempty"`
	Term          Span        `json:"term"`
	Home          *Place      `json:"home,omitempty"`
	Area          ZoneID      `json:"area,omitempty"`
	Rollcall      string      `json:"rollcall,omitempty"`
	Forbidden     []ZoneID    `json:"forbidden,omitempty"`
	Curfew        *Window     `json:"curfew,omitempty"`
	NoContact     []SubjectID `json:"no_contact,omitempty"`
	Sex           string      `json:"sex,omitempty"`
	Contacts      []Contact   `json:"contacts,omitempty"`
	Minor         bool        `json:"minor,omitempty"`
	ParoleMedical bool        `json:"parole_medical,omitempty"`
	Leaves        []Leave     `json:"leaves,omitempty"`
	Travel        []Travel    `json:"travel,omitempty"`
	Custody       []Span      `json:"custody,omitempty"`
	Reports       Reports     `json:"reports,omitzero"`
	Facts         Facts       `json:"facts,omitzero"`
}

// Span is an interval [From, Until); a missing Until is open. For the term,
// authorities, leaves and travel a bare Until date includes the named day; for
// bindings and custody it does not.
type Span struct {
	From  Date  `json:"from"`
	Until *Date `json:"until,omitempty"`
}

// Contact is a person to ask when a subject is out of contact.
type Contact struct {
	Name     string `json:"name"`
	Relation string `json:"relation,omitempty"`
	Phone    string `json:"phone,omitempty"`
}

// Leave is an approved stay outside the city or county (外出请假).
type Leave struct {
	ID       string `json:"id"`
	From     Date   `json:"from"`
	Until    Date   `json:"until"`
	Area     ZoneID `json:"area,omitempty"`
	Approver string `json:"approver,omitempty"` // office | district | superior
	Reason   string `json:"reason,omitempty"`
	Returned *Date  `json:"returned,omitempty"`
}

// Travel is an approval for repeated trips (经常性跨市县活动), at most six months.
type Travel struct {
	ID    string `json:"id"`
	From  Date   `json:"from"`
	Until Date   `json:"until"`
	Area  ZoneID `json:"area,omitempty"`
}

// Reports are the days on which reports and visits were received.
type Reports struct {
	Visits        []Date `json:"visits,omitempty"`
	Health        []Date `json:"health,omitempty"`
	MedicalReview []Date `json:"medical_review,omitempty"`
	Periodic      []Date `json:"periodic,omitempty"`
}

// Facts are what people recorded about a subject.
type Facts struct {
	Assessment  string `json:"assessment,omitempty"` // low | medium | high
	SteadyJob   bool   `json:"steady_job,omitempty"`
	Praise      int    `json:"praise,omitempty"`
	Admonitions []Date `json:"admonitions,omitempty"`
	Warnings    []Date `json:"warnings,omitempty"`
	Prior       bool   `json:"prior,omitempty"`
}

// DeviceKind says what a device is.
type DeviceKind string

// Kinds of devices.
const (
	Wristband DeviceKind = "wristband" // 电子定位腕带; needs an Article 29 authority
	App       DeviceKind = "app"       // phone for spot verification (信息化核查)
	Kiosk     DeviceKind = "kiosk"     // check-in terminal of an office
)

// Device is a wristband, an app installation or a kiosk.
type Device struct {
	ID        DeviceID    `json:"id"`
	Kind      DeviceKind  `json:"kind"`
	Office    OfficeID    `json:"office,omitempty"`   // kiosks
	Interval  Duration    `json:"interval,omitempty"` // between positions
	Bindings  []Binding   `json:"bindings,omitempty"`
	Authority []Authority `json:"authority,omitempty"`
}

// Binding says whose device it is during [From, Until).
type Binding struct {
	Subject SubjectID `json:"subject"`
	From    Date      `json:"from"`
	Until   *Date     `json:"until,omitempty"`
}

// Authority permits electronic location under 社区矫正法 Article 29: one of
// five grounds, approved by the county agency's head, at most three months.
type Authority struct {
	ID       string `json:"id"`
	Ground   int    `json:"ground"` // 1 … 5
	Approver string `json:"approver,omitempty"`
	Document string `json:"document,omitempty"`
	From     Date   `json:"from"`
	Until    Date   `json:"until"`
}

// Released is an ex-prisoner being helped (安置帮教对象): a free citizen, whom no
// law permits to locate.
type Released struct {
	ID        SubjectID `json:"id"`
	Name      string    `json:"name,omitempty"`
	Office    OfficeID  `json:"office,omitempty"`
	Colour    string    `json:"colour,omitempty"`
	Needs     []string  `json:"needs,omitempty"`
	NextVisit *Date     `json:"next_visit,omitempty"`
	// Since is the day of release; absent means "already released".
	Since *Date `json:"since,omitempty"`
}
