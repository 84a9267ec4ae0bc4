package web

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"correctiond/roster"
	"correctiond/rules"
)

// subjectView is the page of one person.
type subjectView struct {
	base
	At        string
	Row       *personRow
	Said      string // what the reader has just recorded
	Notice    string // why nothing was recorded
	CanRecord bool
	CanLower  bool   // may agree that somebody leaves red
	Phone     string // device that a challenge goes to
	MapAt     string
	MapShown  bool
	Private   *Private // what is masked otherwise; nil: it stays masked
	Today     string
	Now       string // the local minute
	FromHour  string // of the track offered first
	NextMonth string // the last day that a colour may be set for
	Life      []lifeRow
	Leaves    []lifeRow // that nobody has returned from
}

// subjectPage explains the colour of one person, and takes what was done about them.
func (s *Server) subjectPage(w http.ResponseWriter, r *http.Request, c *caller) {
	p, ok := s.person(w, r, c)
	if !ok {
		return
	}
	v := s.subjectView(r, c, &p)
	if did := r.URL.Query().Get("did"); did != "" {
		v.Said = v.Recorded(did)
	}
	if err := s.fillLife(r.Context(), v, &p, c); err != nil {
		s.broken(w, r, c, err)
		return
	}
	s.render(w, r, http.StatusOK, "subject.html", v)
}

func (s *Server) subjectView(r *http.Request, c *caller, p *Person) *subjectView {
	row := s.personRow(c, p)
	row.Details = true
	rights := c.Role.rights()
	now := row.now.In(s.cfg.Zone)
	v := &subjectView{
		base: s.base(r, c), At: "risk", Row: &row,
		CanRecord: rights&recordDeeds != 0, CanLower: rights&assignAlerts != 0 && p.Risk.Colour == rules.Red,
		Today: now.Format(time.DateOnly), Now: now.Format(hourForm), FromHour: now.Add(-24 * time.Hour).Format(hourForm), NextMonth: now.AddDate(0, 0, 30).Format(time.DateOnly),
	}
	v.Query = ""
	for _, d := range p.Devices {
		if d.Kind == roster.App {
			v.Phone = string(d.Device)
		}
	}
	if s.deps.Atlas != nil && s.deps.Tracks != nil && c.Role.may(mayLocate) {
		v.MapAt, v.MapShown = "/subjects/"+string(p.ID)+"/map", true
	}
	return v
}

// showPerson renders the page of one person, with what is masked otherwise.
func (s *Server) showPerson(w http.ResponseWriter, r *http.Request, c *caller, p *Person, secret *Private) {
	v := s.subjectView(r, c, p)
	v.Private = secret
	if err := s.fillLife(r.Context(), v, p, c); err != nil {
		s.broken(w, r, c, err)
		return
	}
	s.render(w, r, http.StatusOK, "subject.html", v)
}

// Colours are those that may be set.
func (v *subjectView) Colours() []rules.Colour {
	return []rules.Colour{rules.Red, rules.Orange, rules.Yellow, rules.Green}
}

// submitDeed records what the caller did about a person, from a form of a page.
func (s *Server) submitDeed(w http.ResponseWriter, r *http.Request, c *caller) {
	p, ok := s.person(w, r, c)
	if !ok {
		return
	}
	what := r.PathValue("deed")
	fields, known := deedFields(r, what, roster.InstantOf(time.Now()))
	if !known {
		s.fail(w, r, c, problem{Status: http.StatusNotFound})
		return
	}
	if what == "colour-confirmed" && c.Role.rights()&assignAlerts == 0 {
		s.fail(w, r, c, problem{Status: http.StatusForbidden, Detail: "the head of the office agrees that somebody leaves red"})
		return
	}
	body, err := json.Marshal(fields)
	if err == nil {
		err = s.deps.Deeds.Record(r.Context(), Deed{Subject: p.ID, District: p.District, What: what, By: c.Name, Body: body})
	}
	if refused, is := errors.AsType[*DeedError](err); is {
		v := s.subjectView(r, c, &p)
		v.Notice = v.T("没有记录：", "Nothing was recorded: ") + refused.Detail
		if err := s.fillLife(r.Context(), v, &p, c); err != nil {
			s.broken(w, r, c, err)
			return
		}
		s.render(w, r, http.StatusUnprocessableEntity, "subject.html", v)
		return
	}
	if err != nil {
		s.broken(w, r, c, err)
		return
	}
	s.backFromDeed(w, r, c, &p, what)
}

// backFromDeed leads back to the page that the form was on: of the person, or of an
// alert about them.
func (s *Server) backFromDeed(w http.ResponseWriter, r *http.Request, c *caller, p *Person, what string) {
	to := "/subjects/" + url.PathEscape(string(p.ID)) + "?" + url.Values{"did": {what}}.Encode()
	a, ok, err := s.deps.Alerts.Alert(r.Context(), r.PostFormValue("alert"))
	if err == nil && ok && c.scope.Covers(&a) && a.Episode.Subject == p.ID {
		to = "/alerts/" + url.PathEscape(a.Episode.ID) + "?did=note"
	}
	http.Redirect(w, r, to, http.StatusSeeOther)
}

// deedFields reads the form of a deed as the body that the API takes; false for a
// deed that has no form.
func deedFields(r *http.Request, what string, now roster.Instant) (map[string]any, bool) {
	take := func(names ...string) map[string]any {
		out := map[string]any{}
		for _, n := range names {
			if v := r.PostFormValue(n); v != "" {
				out[n] = v
			}
		}
		return out
	}
	switch what {
	case "contact":
		return take("result"), true
	case "visit":
		return take("date"), true
	case "found", "colour-confirmed":
		return map[string]any{}, true
	case "colour":
		return take("colour", "reason", "until"), true
	case "leave":
		leave := take("from", "until", "approver", "reason")
		leave["id"] = fmt.Sprintf("page-%d", now)
		return map[string]any{"leave": leave}, true
	case "return":
		return take("leave"), true
	case "challenge":
		out := take("device")
		out["id"] = fmt.Sprintf("manual-%d", now)
		out["issued"], out["expires"] = stampUTC(now), stampUTC(now+roster.Hour)
		return out, true
	}
	return nil, false
}

func stampUTC(t roster.Instant) string {
	return t.Time(time.UTC).Format("2006-01-02T15:04:05.000Z07:00")
}

// Recorded says what has just been recorded about a person.
func (l words) Recorded(what string) string {
	switch what {
	case "contact":
		return l.T("已记录联系情况", "the contact is recorded")
	case "visit":
		return l.T("已记录走访", "the visit is recorded")
	case "leave":
		return l.T("已记录批准外出", "the leave is recorded")
	case "return":
		return l.T("已销假", "the return is recorded")
	case "found":
		return l.T("已记录找到本人", "recorded: the person has been found")
	case "colour":
		return l.T("已设定风险等级", "the colour is set")
	case "colour-confirmed":
		return l.T("已同意解除红色；系统按规则降级", "agreed: the colour falls as the rules have it")
	case "challenge":
		return l.T("已发出抽查，须在 1 小时内应答", "the challenge is sent; it is to be answered within an hour")
	}
	return l.T("已记录", "recorded")
}

// hourForm is how browsers write a local minute.
const hourForm = "2006-01-02T15:04"

// longestPersonMap bounds what one map of a person shows.
const longestPersonMap = 7 * roster.Day

// subjectMap answers the map of a person: the zones and, to who gives a reason, the
// track. The reading is recorded with the reason.
func (s *Server) subjectMap(w http.ResponseWriter, r *http.Request, c *caller) {
	p, ok := s.person(w, r, c)
	if !ok {
		return
	}
	if s.deps.Atlas == nil {
		s.fail(w, r, c, problem{Status: http.StatusNotFound})
		return
	}
	q, err := s.trackQuery(r)
	if err != nil {
		s.refuseTrack(w, r, c, err)
		return
	}
	q.Subject, q.District, q.By = p.ID, p.District, c.Name
	v := &mapView{base: s.base(r, c), district: p.District, reader: c, At: "risk", Back: "/subjects/" + string(p.ID), Title: p.Masked() + " " + string(p.ID)}
	s.answerMap(w, r, v, q)
}

// trackQuery reads the time and the reason of a track; without both it is none.
func (s *Server) trackQuery(r *http.Request) (q TrackQuery, err error) {
	v := r.URL.Query()
	if !v.Has("from") && !v.Has("reason") {
		return q, nil
	}
	if q.From, err = s.localMinute(v, "from"); err != nil {
		return q, err
	}
	if q.Until, err = s.localMinute(v, "until"); err != nil {
		return q, err
	}
	q.Reason = v.Get("reason")
	switch n := len([]rune(q.Reason)); {
	case n < 4 || n > 200:
		return q, &fieldError{"reason", "has 4 to 200 characters: why the track is read"}
	case q.Until <= q.From || q.Until-q.From > longestPersonMap:
		return q, &fieldError{"until", "lies after from, by at most seven days"}
	}
	return q, nil
}

func (s *Server) localMinute(v url.Values, name string) (roster.Instant, error) {
	t, err := time.ParseInLocation(hourForm, v.Get(name), s.cfg.Zone)
	if err != nil {
		return 0, &fieldError{name, "is a local time such as 2026-03-02T08:00"}
	}
	return roster.InstantOf(t), nil
}
