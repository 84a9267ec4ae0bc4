package event

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"correctiond/roster"
)

// ParseAct reads an act as it stands in a replay file or an API request. It is
// strict: a field that no act knows, a wrong type and a missing field are errors
// that name the field.
func ParseAct(data []byte) (*Act, error) {
	if !utf8.Valid(data) {
		return nil, errors.New("act: not UTF-8")
	}
	var fields map[string]json.RawMessage
	if err := strict(data, &fields); err != nil {
		return nil, fmt.Errorf("act: not a JSON object: %w", err)
	}
	var a Act
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		if err := a.set(name, fields[name]); err != nil {
			return nil, fmt.Errorf("act field %q: %w", name, err)
		}
	}
	if err := a.Check(); err != nil {
		return nil, err
	}
	return &a, nil
}

// set reads one field, so that the caller can name it when it is wrong.
func (a *Act) set(name string, value []byte) error {
	if strings.Trim(name, "abcdefghijklmnopqrstuvwxyz_") != "" {
		// encoding/json takes "SUBJECT" for "subject".
		return errors.New("unknown")
	}
	return strict(slices.Concat([]byte(`{"`+name+`":`), value, []byte(`}`)), a)
}

// strict decodes one JSON value and nothing else.
func strict(data []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return errors.New("more follows after its end")
	}
	return nil
}

// Check reports the first field that the type of the act requires and that is
// missing or has an impossible value.
func (a *Act) Check() error {
	required, ok := requiredFields(a.Type)
	if a.Type == "" {
		return errors.New(`act field "type": missing`)
	}
	if !ok {
		return fmt.Errorf("act field \"type\": %q is unknown", a.Type)
	}
	present := a.present()
	for name := range strings.FieldsSeq(required) {
		if !present[name] {
			return fmt.Errorf("act field %q: missing; %s needs %s", name, a.Type, strings.ReplaceAll(required, " ", ", "))
		}
	}
	if err := a.checkWords(); err != nil {
		return err
	}
	return a.checkDates()
}

// requiredFields lists what an act of a type cannot do without.
func requiredFields(t ActType) (fields string, ok bool) {
	fields, ok = map[ActType]string{
		ActContact:          "subject result",
		ActAck:              "alert",
		ActClose:            "alert outcome",
		ActNote:             "alert note",
		ActDeclareLost:      "subject",
		ActDeclareAbscond:   "subject from",
		ActFound:            "subject",
		ActCustody:          "subject from",
		ActReportedIn:       "subject",
		ActLeaveGranted:     "subject leave leave.id leave.from leave.until",
		ActLeaveReturned:    "subject leave",
		ActReportReceived:   "subject report",
		ActVisit:            "subject",
		ActChallenge:        "device id issued expires",
		ActAuthorityGranted: "device authority authority.id authority.ground authority.from authority.until",
		ActAuthorityEnded:   "device authority",
		ActAdmonition:       "subject",
		ActWarning:          "subject",
		ActPenalty:          "subject",
		ActEducation:        "subject",
		ActColour:           "subject colour reason until",
		ActColourConfirmed:  "subject",
		ActFocus:            "from until reason",
		ActQuery:            "by subject result",
		ActAssign:           "alert officer",
		ActAttach:           "alert file file.name file.sha256",
		ActEscalate:         "alert",
		ActReopen:           "alert reason",
		ActSnooze:           "alert until",
		ActRequestIncident:  "alert",
		ActIncident:         "alert result",
		ActAckTimeout:       "alert",
		ActWake:             "alert",
		ActNextRung:         "alert",
		ActNotifyFailed:     "alert",
		ActHold:             "alert reason",
		ActRelease:          "alert reason",
	}[t]
	return fields, ok
}

// present tells which fields of requiredFields are set.
func (a *Act) present() map[string]bool {
	leave, grant, file := roster.Leave{}, roster.Authority{}, File{}
	if a.File != nil {
		file = *a.File
	}
	if a.LeaveID.Leave != nil {
		leave = *a.LeaveID.Leave
	}
	if a.Grant.Authority != nil {
		grant = *a.Grant.Authority
	}
	return map[string]bool{
		"by": a.By != "", "subject": a.Subject != "", "device": a.Device != "", "alert": a.Alert != "", "id": a.ID != "",
		"result": a.Result != "", "outcome": a.Outcome != "", "note": a.Note != "", "report": a.Report != "",
		"colour": a.Colour != "", "reason": a.Reason != "", "until": a.Until != nil,
		"officer": a.Officer != "", "file": a.File != nil, "file.name": file.Name != "", "file.sha256": file.SHA256 != "",
		"from": a.From != nil, "issued": a.Issued != nil, "expires": a.Expires != nil,
		"leave":    (a.Type == ActLeaveGranted) == (a.LeaveID.Leave != nil) && a.LeaveID != LeaveRef{},
		"leave.id": leave.ID != "", "leave.from": !leave.From.IsZero(), "leave.until": !leave.Until.IsZero(),
		"authority":    (a.Type == ActAuthorityGranted) == (a.Grant.Authority != nil) && a.Grant != AuthorityRef{},
		"authority.id": grant.ID != "", "authority.ground": grant.Ground != 0,
		"authority.from": !grant.From.IsZero(), "authority.until": !grant.Until.IsZero(),
	}
}

// checkWords judges the fields with a closed set of values, where they count.
func (a *Act) checkWords() error {
	absconding := a.Result
	if absconding == "" {
		absconding = "unknown" // whereabouts, unless the act says that they refuse
	}
	for _, f := range []struct {
		of                   ActType
		name, value, allowed string
	}{
		{ActDeclareAbscond, "result", absconding, "unknown refusing"},
		{ActContact, "result", a.Result, "reached unreached"},
		{ActIncident, "result", a.Result, "drafted submitted"},
		{ActClose, "outcome", a.Outcome, "confirmed excused technical unfounded"},
		{ActReportReceived, "report", a.Report, "health medical_review periodic"},
		{ActNote, "about", cmp.Or(a.About, "contact"), "inspection contact"},
		{ActQuery, "result", a.Result, "read unreasoned refused"},
		{ActColour, "colour", a.Colour, "green yellow orange red"},
	} {
		if a.Type == f.of && !slices.Contains(strings.Fields(f.allowed), f.value) {
			return fmt.Errorf("act field %q: %q is not one of %s", f.name, f.value, strings.ReplaceAll(f.allowed, " ", ", "))
		}
	}
	if a.Colour != "" && a.Type != ActColour {
		return fmt.Errorf("act field \"colour\": %s has none", a.Type)
	}
	if a.Version < 0 {
		return errors.New(`act field "version": negative`)
	}
	if g := a.Grant.Authority; g != nil && (g.Ground < 1 || g.Ground > 5) {
		return errors.New(`act field "authority.ground": not one of the grounds 1 to 5 of Article 29`)
	}
	return nil
}

// checkDates refuses times that have no form of their own in the roster file:
// the epoch, which stands for "not set", and years beyond four digits.
func (a *Act) checkDates() error {
	leave, grant := a.LeaveID.Leave, a.Grant.Authority
	if leave == nil {
		leave = new(roster.Leave)
	}
	if grant == nil {
		grant = new(roster.Authority)
	}
	for _, d := range []struct {
		name string
		date *roster.Date
		unit bool // part of a leave or authority, where missing is judged elsewhere
	}{
		{"from", a.From, false},
		{"until", a.Until, false},
		{"date", a.Date, false},
		{"at", a.Time, false},
		{"issued", a.Issued, false},
		{"expires", a.Expires, false},
		{"leave.from", &leave.From, true},
		{"leave.until", &leave.Until, true},
		{"leave.returned", leave.Returned, false},
		{"authority.from", &grant.From, true},
		{"authority.until", &grant.Until, true},
	} {
		if d.date == nil || d.unit && d.date.IsZero() {
			continue
		}
		if !plausible(*d.date) {
			return fmt.Errorf("act field %q: not a time between 2000 and 2100", d.name)
		}
	}
	return nil
}

// plausible tells whether d lies in the years 2000 to 2100.
func plausible(d roster.Date) bool {
	year := d.At.Time(time.UTC).Year()
	if d.Day != "" {
		return d.Day >= "2000" && d.Day < "2101"
	}
	return year >= 2000 && year <= 2100
}
