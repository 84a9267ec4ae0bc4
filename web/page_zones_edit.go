package web

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"correctiond/geo"
	"correctiond/roster"
)

// shortSum names a text.
func shortSum(text []byte) string {
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:8])
}

// submitZone shows what a drawn zone means, saves it, or removes it.
func (s *Server) submitZone(w http.ResponseWriter, r *http.Request, c *caller) {
	v := s.zonesView(r, c)
	v.Form = zoneFromForm(r)
	if s.checkZone(v); len(v.Faults) == 0 && v.Notice == "" {
		switch r.PostFormValue("do") {
		case "save", "remove":
			s.saveZone(w, r, c, v)
			return
		}
	}
	status := http.StatusOK
	if len(v.Faults) > 0 || v.Notice != "" {
		status = http.StatusUnprocessableEntity
	}
	s.showZone(w, r, c, status, v)
}

func (s *Server) showZone(w http.ResponseWriter, r *http.Request, c *caller, status int, v *zonesView) {
	faults := v.Faults
	if err := s.preview(r.Context(), c, v); err != nil {
		s.broken(w, r, c, err)
		return
	}
	if len(faults) > 0 { // the geometry is among them
		v.Faults = faults
	}
	s.render(w, r, status, "zones.html", v)
}

func zoneFromForm(r *http.Request) *zoneForm {
	f := &zoneForm{
		Was: roster.ZoneID(formText(r, "was")), Seen: r.PostFormValue("seen"), Geometry: formText(r, "geometry"),
		Zone: roster.Zone{
			ID: roster.ZoneID(formText(r, "id")), Name: formText(r, "name"), Kind: roster.ZoneKind(r.PostFormValue("kind")),
			Datum: geo.Datum(r.PostFormValue("datum")), Border: r.PostFormValue("border") != "",
		},
	}
	f.Zone.ApproachM, _ = strconv.ParseFloat(r.PostFormValue("approach_m"), 64) // anything else is none
	if f.Was != "" {
		f.Zone.ID = f.Was
	}
	f.Zone.Geometry = json.RawMessage(f.Geometry)
	return f
}

// checkZone says what is wrong with what was sent.
func (s *Server) checkZone(v *zonesView) {
	f := v.Form
	if f.Zone.ID == "" {
		v.Notice = v.T("请填写区域编号。", "Give the zone an id.")
	}
	if _, err := geo.ParseShape([]byte(f.Geometry), f.Zone.Datum); err != nil {
		v.Faults = strings.Split(err.Error(), "\n")
	}
	i := slices.IndexFunc(v.Zones, func(z zoneRow) bool { return z.ID == f.Zone.ID })
	switch {
	case f.Was == "" && i >= 0:
		v.Notice = v.T("这个编号已有区域。", "There is a zone of that id.")
	case f.Was != "" && (i < 0 || v.Zones[i].Seen != f.Seen):
		v.Notice = v.T("区域已被他人更改，没有保存。请重新打开后再编辑。", "Somebody has changed the zone meanwhile; nothing was saved. Open it again.")
	}
}

// saveZone puts the zone into the roster, or takes it out; the roster is checked as a
// whole, as by the API.
func (s *Server) saveZone(w http.ResponseWriter, r *http.Request, c *caller, v *zonesView) {
	file, version, ok := s.rosterOf(w, r, c)
	if !ok {
		return
	}
	did, f := r.PostFormValue("do"), v.Form
	file.Zones = slices.DeleteFunc(slices.Clone(file.Zones), func(z roster.Zone) bool { return z.ID == f.Zone.ID })
	if did == "save" {
		file.Zones = append(file.Zones, f.Zone)
	}
	_, err := s.deps.Rosters.Save(r.Context(), RosterEdit{District: c.scope.District, Version: version, By: c.Name, Roster: file})
	wrong, isWrong := errors.AsType[roster.Problems](err)
	switch {
	case isWrong:
		for _, p := range wrong {
			v.Faults = append(v.Faults, p.Where+": "+p.What+" — "+p.Fix)
		}
		s.showZone(w, r, c, http.StatusUnprocessableEntity, v)
	case errors.Is(err, ErrStaleRoster):
		v.Notice = v.T("花名册刚被他人更改，没有保存。请再试一次。", "Somebody has just changed the roster; nothing was saved. Try again.")
		s.showZone(w, r, c, http.StatusPreconditionFailed, v)
	case err != nil:
		s.broken(w, r, c, err)
	default:
		http.Redirect(w, r, "/zones?did="+did, http.StatusSeeOther)
	}
}
