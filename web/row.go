package web

import (
	"fmt"
	"html"
	"html/template"
	"net/http"
	"slices"
	"time"

	"correctiond/alerts"
	"correctiond/roster"
	"correctiond/rules"
)

// row is an alert on the list.
type row struct {
	base
	A       alerts.Alert
	Label   string
	Office  string
	Reason  string
	CanAct  bool
	CanNote bool
	// CanReopen is for closed alerts, CanSnooze for those that may wait.
	CanReopen, CanSnooze, CanAssign bool
	// Officers are who the reader may assign the alert to; of too many of them the id
	// is typed.
	Officers      []roster.Officer
	TypesOfficers bool
	// Notice tells why an action did not happen.
	Notice string
	// Draft is what was typed into the form that was refused.
	Draft actionBody
	// Back is the query of the list to return to; Alone: the row has a page of its
	// own to return to.
	Back  string
	Alone bool
	// Short: its forms are a click away, on the page of the alert or fetched by the script.
	// A list of long rows would be more than a phone loads and a tired person reads.
	Short bool
	// CanFile, CanReport and CanDeclare are for the page of the alert.
	CanFile, CanReport, CanDeclare bool
	// CanHold is for who may keep an alert beyond its retention, and let it go again.
	CanHold bool
	// Hidden are the fields that every form sends along.
	Hidden template.HTML
	zone   *time.Location
	now    time.Time
}

// row is an alert with all its forms.
func (s *Server) row(b base, c *caller, a *alerts.Alert) *row {
	r := s.shortRow(b, c, a)
	r.Short = false
	if r.CanAssign {
		r.Officers = s.officersOf(c, a.Episode.District, a.Episode.Office)
		r.TypesOfficers = len(r.Officers) > maxChoices
	}
	return r
}

func (s *Server) shortRow(b base, c *caller, a *alerts.Alert) *row {
	veiled := s.veil(c.scope, *a)
	a = &veiled
	rights := c.Role.rights()
	open := a.State != alerts.Closed
	r := &row{
		base: b, A: *a, Short: true, Back: string(b.Query), zone: s.cfg.Zone, now: time.Now(),
		Label: rules.Info(a.Episode.Kind).Label.In(c.lang), Office: s.officeName(a.Episode.District, a.Episode.Office), Reason: a.Episode.Reason.In(c.lang),
		CanAct:    rights&actAlerts != 0 && open,
		CanNote:   rights&noteAlerts != 0,
		CanReopen: rights&actAlerts != 0 && !open,
		CanSnooze: rights&actAlerts != 0 && open && a.Episode.Severity >= rules.P3,
	}
	r.CanFile, r.CanHold = rights&actAlerts != 0, rights&assignAlerts != 0
	r.CanReport = r.CanFile && a.Incident == nil
	r.CanDeclare = r.CanAct && a.Episode.Subject != ""
	r.CanAssign = rights&assignAlerts != 0 && open && s.deps.Officers != nil
	if r.CanAssign && a.Assigned != nil { // by name
		r.Officers = s.officersOf(c, a.Episode.District, a.Episode.Office)
	}
	r.Hidden = r.hiddenFields()
	return r
}

// hiddenFields are what every form of the row sends along. They are written once: a
// row has many forms.
func (r *row) hiddenFields() template.HTML {
	out := fmt.Sprintf(`<input type="hidden" name="csrf" value="%s"><input type="hidden" name="version" value="%d"><input type="hidden" name="back" value="%s">`,
		html.EscapeString(r.CSRF), r.A.Version, html.EscapeString(r.Back))
	if r.Alone {
		out += `<input type="hidden" name="at" value="alert">`
	}
	return template.HTML(out) // escaped above
}

// Assignee is who the alert was assigned to, by name where the reader may assign;
// empty: nobody.
func (r *row) Assignee() string {
	if r.A.Assigned == nil {
		return ""
	}
	for _, o := range r.Officers {
		if o.ID == r.A.Assigned.Officer && o.Name != "" {
			return o.Name
		}
	}
	return string(r.A.Assigned.Officer)
}

// Snoozed tells whether the alert is put off now.
func (r *row) Snoozed() bool {
	return r.A.Snoozed != nil && r.A.Snoozed.Until.Time(r.zone).After(r.now)
}

// Mark is the shape of the severity.
func (r *row) Mark() string { return r.A.Episode.Severity.String() }

// Who names what the alert is about: the subject by pseudonym, else the device.
func (r *row) Who() string {
	switch ep := &r.A.Episode; {
	case ep.Evidence[sealedMark] == true:
		return r.T("未成年人（档案封存）", "a minor (sealed file)")
	case ep.Subject != "":
		return string(ep.Subject)
	case ep.Device != "":
		return string(ep.Device)
	}
	return r.T("系统", "system")
}

// Clock writes an instant for people: the time today, else day and time.
func (r *row) Clock(i roster.Instant) string {
	t, now := i.Time(r.zone), r.now.In(r.zone)
	switch {
	case t.Format(time.DateOnly) == now.Format(time.DateOnly):
		return t.Format("15:04")
	case t.Year() == now.Year():
		return t.Format("01-02 15:04")
	}
	return t.Format("2006-01-02 15:04")
}

// Stamp writes an instant for programs.
func (r *row) Stamp(i roster.Instant) string { return i.Time(r.zone).Format(time.RFC3339) }

// Since writes how long ago an instant was.
func (r *row) Since(i roster.Instant) string { return r.Age(r.now.Sub(i.Time(r.zone))) }

// Urgent alerts need a reason when they are closed.
func (r *row) Urgent() bool { return r.A.Episode.Severity <= rules.P2 }

// Late tells whether the alert waits longer than its severity allows.
func (r *row) Late() bool {
	return r.A.State == alerts.Open && r.now.Sub(r.A.Episode.Opened.Time(r.zone)) > patience(r.A.Episode.Severity).Duration()
}

// Inspect tells whether closing needs a note on the inspected device.
func (r *row) Inspect() bool { return r.A.Episode.Kind == "strap-tamper" }

// Uninspected tells whether closing still needs the note on the inspected device.
func (r *row) Uninspected() bool {
	return r.Inspect() && !slices.ContainsFunc(r.A.Notes(), func(n alerts.Note) bool { return n.About == alerts.Inspection })
}

// Outcomes a person may close with.
func (r *row) Outcomes() []alerts.Outcome {
	return []alerts.Outcome{alerts.Confirmed, alerts.Excused, alerts.Technical, alerts.Unfounded}
}

// Lost tells whether the person is declared, or found to be, out of contact.
func (r *row) Lost() bool { return r.A.Episode.Kind == rules.ContactLost }

// Today is the local day, the last that a declaration may name.
func (r *row) Today() string { return r.now.In(r.zone).Format(time.DateOnly) }

// Hours are how long an alert can be put off.
func (*row) Hours() []int { return []int{1, 4, 8, 24} }

// lastHand tells who changed an alert last and how.
func lastHand(a *alerts.Alert, l words) (by string, at roster.Instant, did string) {
	if len(a.Log) == 0 {
		return "", 0, ""
	}
	e := &a.Log[len(a.Log)-1]
	return e.By, e.At, l.Did(e.Did)
}

// overtaken explains that someone or something was faster.
func (r *row) overtaken() string {
	by, at, did := lastHand(&r.A, r.words)
	if by == "" || by == alerts.System || r.now.Sub(at.Time(r.zone)) > time.Hour {
		return r.T("此告警的情况刚有更新，您的操作没有执行。请看最新内容后再决定。",
			"What this alert reports has just changed; your action was not carried out. Look again, then decide.")
	}
	return fmt.Sprintf(r.T("此告警刚被 %s %s（%s），您的操作没有执行。请看最新状态后再决定。",
		"%s has just %s this alert (%s); your action was not carried out. Look again, then decide."), by, did, r.Clock(at))
}

// rowFragment answers one row for a live page; 204 when it is not on the list
// that the query selects.
func (s *Server) rowFragment(w http.ResponseWriter, r *http.Request, c *caller) {
	f, err := s.pageFilter(r.URL.Query())
	if err != nil {
		s.refuse(w, r, c, http.StatusBadRequest, err)
		return
	}
	a, ok := s.find(w, r, c)
	if !ok {
		return
	}
	if !matches(&f, &a) {
		w.WriteHeader(http.StatusNoContent)
		return
	}
	b := s.base(r, c)
	s.render(w, r, http.StatusOK, "row", s.row(b, c, &a))
}

// Moment writes an instant to the second.
func (r *row) Moment(t roster.Instant) string { return t.Time(r.zone).Format("2006-01-02 15:04:05") }
