package duty

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
)

// longestHoliday bounds a row of days in a calendar file.
const longestHoliday = 31

// Workdays are the days that differ from their day of the week: holidays, and
// days that are worked instead (调休), as the State Council announces them every
// year. The zero value has none.
type Workdays struct {
	holidays, extra map[string]bool // by "2026-02-14"
}

// Holiday tells whether nobody works on a day such as "2026-02-17".
func (w Workdays) Holiday(day string) bool { return w.holidays[day] }

// Extra tells whether a day is worked that its day of the week would leave free.
func (w Workdays) Extra(day string) bool { return w.extra[day] }

// Days counts the holidays and the extra working days.
func (w Workdays) Days() (holidays, extra int) { return len(w.holidays), len(w.extra) }

// calendarFile is the file form of Workdays.
type calendarFile struct {
	Version  int      `yaml:"version"`
	Holidays []string `yaml:"holidays"`
	Workdays []string `yaml:"workdays"`
}

// ReadWorkdays reads a calendar file. Days stand alone or as first/last:
//
//	version: 1
//	holidays: [2026-01-01/2026-01-03, 2026-04-05]
//	workdays: [2026-01-04]
func ReadWorkdays(r io.Reader, name string) (Workdays, error) {
	var file calendarFile
	if err := readStrict(r, name, &file); err != nil {
		return Workdays{}, err
	}
	if file.Version != 1 {
		return Workdays{}, fmt.Errorf("%s: version %d is not known; write version: 1", name, file.Version)
	}
	w := Workdays{holidays: map[string]bool{}, extra: map[string]bool{}}
	err := errors.Join(fill(w.holidays, "holidays", file.Holidays), fill(w.extra, "workdays", file.Workdays))
	for _, day := range file.Workdays {
		if w.holidays[day] {
			err = errors.Join(err, fmt.Errorf("workdays: %s is among the holidays, too", day))
		}
	}
	if err != nil {
		return Workdays{}, fmt.Errorf("%s: %w", name, err)
	}
	return w, nil
}

// fill enters the days of a list.
func fill(days map[string]bool, path string, list []string) error {
	var all []error
	for _, item := range list {
		first, last, isRow := strings.Cut(item, "/")
		if !isRow {
			last = first
		}
		from, err := time.Parse(time.DateOnly, first)
		until, errUntil := time.Parse(time.DateOnly, last)
		n := int(until.Sub(from).Hours()/24) + 1
		if err != nil || errUntil != nil || n < 1 || n > longestHoliday {
			all = append(all, fmt.Errorf("%s: %q is neither a day (2026-01-01) nor a row of at most %d (2026-01-01/2026-01-03)", path, item, longestHoliday))
			continue
		}
		for i := range n {
			days[from.AddDate(0, 0, i).Format(time.DateOnly)] = true
		}
	}
	return errors.Join(all...)
}
