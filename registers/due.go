package registers

import (
	"correctiond/roster"
)

// Deadlines in days and hours. That to report in is of 社区矫正法 Article 21; the
// others are local defaults.
const (
	reportInDays     = 10
	planDays         = 30
	answerDays       = 15
	incidentDeadline = 24 * roster.Hour
)

// Due is by when the next step of a record has to come, 0: nothing is due.
func (r *Register) Due(cal *roster.Calendar, rec *Record) roster.Instant {
	switch state := r.State(rec); r.Name {
	case "incidents":
		if at := rec.date(cal, "confirmed"); at != 0 && state == "open" {
			return at + incidentDeadline
		}
	case "sweeps":
		if state == "open" {
			return rec.end(cal, "until")
		}
	case "hand-overs":
		return rec.handOverDue(cal, state)
	case "objections":
		if state == "open" {
			return cal.AddDays(cal.DayStart(rec.At), answerDays+1)
		}
	case "released":
		return rec.end(cal, "next_visit")
	}
	return 0
}

// handOverDue: the day from which days are counted is not one of them.
func (rec *Record) handOverDue(cal *roster.Calendar, state string) roster.Instant {
	day := func(from roster.Instant, days int) roster.Instant {
		if from == 0 {
			return 0
		}
		return cal.AddDays(cal.DayStart(from), days+1)
	}
	switch state {
	case "open":
		return day(rec.date(cal, "effective"), reportInDays)
	case "reported-in":
		return day(rec.came(cal, "reported-in"), 0)
	case "registered":
		return day(rec.came(cal, "reported-in"), planDays)
	}
	return 0
}

// came is when a step took place.
func (rec *Record) came(cal *roster.Calendar, step string) roster.Instant {
	for i := range rec.Steps {
		if e := &rec.Steps[i]; e.Body.Text("step") == step {
			if d, err := roster.ParseDate(e.Body.Text("date")); err == nil {
				return cal.Start(d)
			}
			return e.At
		}
	}
	return 0
}

func (rec *Record) date(cal *roster.Calendar, field string) roster.Instant {
	d, err := roster.ParseDate(rec.Body.Text(field))
	if err != nil {
		return 0
	}
	return cal.Start(d)
}

// end of the named day, or the time.
func (rec *Record) end(cal *roster.Calendar, field string) roster.Instant {
	d, err := roster.ParseDate(rec.Body.Text(field))
	if err != nil {
		return 0
	}
	return cal.End(d)
}
