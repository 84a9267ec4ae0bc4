package duty

import (
	"fmt"
	"slices"

	"correctiond/roster"
)

// Post is what somebody on duty stands in for.
type Post string

// Posts of a rota.
const (
	Duty   Post = "duty"   // 值班; of an office, or of the district
	Leader Post = "leader" // 带班领导, of the district only
)

// Shift is who is on duty during [From, Until). A bare day begins at 00:00, so
// that "until 2026-03-03" ends at the midnight before that day.
type Shift struct {
	Post     Post               `json:"post" yaml:"post"`
	Office   roster.OfficeID    `json:"office,omitempty" yaml:"office"` // empty: the district
	From     roster.Date        `json:"from" yaml:"from"`
	Until    roster.Date        `json:"until" yaml:"until"`
	Officers []roster.OfficerID `json:"officers" yaml:"officers"`
}

// Rota is who is on duty in a district, and when. Shifts of one post may overlap:
// then all of their officers are on duty.
type Rota struct {
	District roster.DistrictID `json:"district"`
	Version  int               `json:"version"` // given by the store: 1, 2, 3 …; 0: there is none yet
	Made     Stamp             `json:"made"`
	Shifts   []Shift           `json:"shifts"`
}

// Bounds of a rota.
const (
	maxShifts  = 5000
	maxOnShift = 50
)

// Check tells what is wrong with shifts, as a *FieldError about the first that is;
// nil: nothing. The directory says which offices and officers there are; nil:
// these are not checked.
func (r *Rota) Check(cal *roster.Calendar, dir *roster.Directory) error {
	if len(r.Shifts) > maxShifts {
		return &FieldError{"shifts", fmt.Sprintf("are more than %d", maxShifts)}
	}
	for i := range r.Shifts {
		field, detail := r.Shifts[i].fault(cal)
		if field == "" && dir != nil {
			field, detail = r.Shifts[i].stranger(dir)
		}
		if field != "" {
			return &FieldError{fmt.Sprintf("shifts[%d].%s", i, field), detail}
		}
	}
	return nil
}

func (s *Shift) fault(cal *roster.Calendar) (field, detail string) {
	switch {
	case s.Post != Duty && s.Post != Leader:
		return "post", fmt.Sprintf("%q is neither duty nor leader", s.Post)
	case s.Post == Leader && s.Office != "":
		return "office", "has no leader on duty: leaders are of the district"
	case s.From.IsZero() || s.Until.IsZero():
		return "until", "is missing, or from is"
	case cal.Start(s.From) >= cal.Start(s.Until):
		return "until", "is not after from"
	case len(s.Officers) == 0:
		return "officers", "are missing"
	case len(s.Officers) > maxOnShift || slices.Contains(s.Officers, ""):
		return "officers", fmt.Sprintf("are more than %d, or one has no id", maxOnShift)
	}
	return "", ""
}

func (s *Shift) stranger(dir *roster.Directory) (field, detail string) {
	if s.Office != "" && dir.Office(s.Office) == nil {
		return "office", fmt.Sprintf("%q is not in the roster", s.Office)
	}
	for _, id := range s.Officers {
		if dir.Officer(id) == nil {
			return "officers", fmt.Sprintf("%q is not in the roster", id)
		}
	}
	return "", ""
}

// On lists who is on duty at an instant, in order of the shifts; an empty office
// asks for the district. Nobody: the rota has a gap.
func (r *Rota) On(cal *roster.Calendar, post Post, office roster.OfficeID, at roster.Instant) (on []roster.OfficerID) {
	for i := range r.Shifts {
		s := &r.Shifts[i]
		if s.Post != post || s.Office != office || at < cal.Start(s.From) || at >= cal.Start(s.Until) {
			continue
		}
		for _, id := range s.Officers {
			if !slices.Contains(on, id) {
				on = append(on, id)
			}
		}
	}
	return on
}
