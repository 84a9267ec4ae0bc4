package plans

import (
	"fmt"
	"regexp"
	"strconv"

	"go.yaml.in/yaml/v3"
)

// Cadence is how often a measure is taken: "ongoing", "once", "2/week" for two times
// a week, or "1/2weeks" for once in two weeks. Units are day, week, month, quarter
// and year.
type Cadence string

// Cadences that count nothing.
const (
	Ongoing Cadence = "ongoing"
	Once    Cadence = "once"
)

// Parts takes a cadence apart: so many times in so many units. Of "ongoing" and
// "once" the unit is the word itself; of what is no cadence it is "".
func (c Cadence) Parts() (times, every int, unit string) {
	if c == Ongoing || c == Once {
		return 0, 0, string(c)
	}
	m := regexp.MustCompile(`^([1-9][0-9]?)/(?:(day|week|month|quarter|year)|([2-9]|[1-9][0-9])(day|week|month|year)s)$`).FindStringSubmatch(string(c))
	if m == nil {
		return 0, 0, ""
	}
	times, every, unit = number(m[1]), 1, m[2]
	if unit == "" {
		every, unit = number(m[3]), m[4]
	}
	return times, every, unit
}

func number(digits string) int {
	n, _ := strconv.Atoi(digits) // at most two digits, matched before
	return n
}

func (c Cadence) valid() bool {
	_, _, unit := c.Parts()
	return unit != ""
}

// stricter tells whether c asks for more than o: what is ongoing for most, what is
// done once for least.
func (c Cadence) stricter(o Cadence) bool {
	times, span := c.rate()
	theirTimes, theirSpan := o.rate()
	return times*theirSpan > theirTimes*span
}

// rate is how many times in how many 48ths of a day, so that a year of 365¼ days
// has twelve months.
func (c Cadence) rate() (times, span int) {
	const day = 48
	times, every, unit := c.Parts()
	switch unit {
	case "day":
		return times, every * day
	case "week":
		return times, every * 7 * day
	case "month":
		return times, every * 1461
	case "quarter":
		return times, every * 3 * 1461
	case "year":
		return times, every * 12 * 1461
	case string(Ongoing):
		return 100, 1 // more than 99 times a day
	}
	return 0, 1
}

// UnmarshalYAML reads a cadence and names the line of what is none.
func (c *Cadence) UnmarshalYAML(n *yaml.Node) error {
	*c = Cadence(n.Value)
	if n.Kind == yaml.ScalarNode && c.valid() {
		return nil
	}
	return &yaml.TypeError{Errors: []string{
		fmt.Sprintf("line %d: %q is no cadence; write ongoing, once, 2/week or 1/2weeks (day, week, month, quarter, year)", n.Line, n.Value),
	}}
}
