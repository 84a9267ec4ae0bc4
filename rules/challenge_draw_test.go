package rules

import (
	"fmt"
	"slices"
	"testing"

	"correctiond/roster"
)

func lottery(secret string) *Lottery {
	return &Lottery{Secret: []byte(secret), Calendar: roster.NewCalendar(nil), Config: defaultChallenge()}
}

// days from Monday, 2 March 2026, on.
func (l *Lottery) days(subject string, n int, colour Colour) []roster.Instant {
	return l.span(subject, day0, n, colour)
}

func (l *Lottery) span(subject string, from roster.Instant, n int, colour Colour) (drawn []roster.Instant) {
	for i := range n {
		drawn = append(drawn, l.Draw(roster.SubjectID(subject), l.Calendar.AddDays(from, i), colour)...)
	}
	return drawn
}

// Each colour draws as often as it should, in every week or month, by day only.
func TestDrawsFollowTheCadence(t *testing.T) {
	l := lottery("secret")
	for i := range 50 {
		who := fmt.Sprint("S", i)
		for _, c := range []struct {
			colour Colour
			from   roster.Instant
			days   int
			want   int
		}{
			{Red, day0, 7, 7},
			{Orange, day0, 7, 3},
			{Yellow, day0, 7, 1},
			{Green, l.Calendar.AddDays(day0, -1), 31, 1}, // March
			{Green, l.Calendar.AddDays(day0, 30), 30, 1}, // April
		} {
			got := l.span(who, c.from, c.days, c.colour)
			if len(got) != c.want {
				t.Errorf("%s, %s: %d draws in %d days, want %d", who, c.colour, len(got), c.days, c.want)
			}
			if i := slices.IndexFunc(got, l.atNight); i >= 0 {
				t.Errorf("%s is challenged at %v", who, got[i].Time(l.Calendar.Location()))
			}
		}
	}
}

func (l *Lottery) atNight(at roster.Instant) bool {
	clock := at - l.Calendar.DayStart(at)
	return clock < 8*roster.Hour || clock >= 21*roster.Hour
}

// The same secret draws the same; another secret, subject or day draws anew.
func TestDrawsAreReproducedBySecretOnly(t *testing.T) {
	a := lottery("secret").days("S1", 60, Red)
	if !slices.Equal(a, lottery("secret").days("S1", 60, Red)) {
		t.Error("the same secret draws otherwise")
	}
	for name, b := range map[string][]roster.Instant{
		"secret": lottery("other").days("S1", 60, Red), "subject": lottery("secret").days("S2", 60, Red),
	} {
		same := 0
		for i := range a {
			if (a[i] - b[i]).Duration().Abs() < 1e9 {
				same++
			}
		}
		if same > 1 {
			t.Errorf("another %s gives %d equal draws", name, same)
		}
	}
	times := map[roster.Instant]bool{}
	for i, at := range a {
		times[at-lottery("").Calendar.AddDays(day0, i)] = true
	}
	if len(times) < 59 {
		t.Errorf("only %d different times of day", len(times))
	}
}

// Times spread evenly over the hours, and days over the week: chi-square with 12
// and 6 degrees of freedom, at odds of one to a million.
func TestDrawsSpread(t *testing.T) {
	l := lottery("secret")
	var hours [13]float64
	var week [7]float64
	for i := range 200 {
		for _, at := range l.days(fmt.Sprint("S", i), 70, Orange) {
			day := l.Calendar.DayStart(at)
			hours[(at-day-8*roster.Hour)/roster.Hour]++
			week[(day-day0)/roster.Day%7]++
		}
	}
	if x := chiSquare(hours[:]); x > 50 {
		t.Errorf("hours %v: chi-square %.1f", hours, x)
	}
	if x := chiSquare(week[:]); x > 39 {
		t.Errorf("days of the week %v: chi-square %.1f", week, x)
	}
}

func chiSquare(seen []float64) float64 {
	sum, x := 0.0, 0.0
	for _, n := range seen {
		sum += n
	}
	want := sum / float64(len(seen))
	for _, n := range seen {
		x += (n - want) * (n - want) / want
	}
	return x
}

func TestCadenceTable(t *testing.T) {
	for c, want := range map[Colour]string{
		Green:  "{0 {1 0 1} {1 0 1} {1 0 3} 0}",
		Yellow: "{0 {1 7 0} {1 7 0} {1 0 1} 0}",
		Orange: "{1 {3 7 0} {1 7 0} {1 14 0} 0}",
		Red:    "{2 {1 1 0} {1 1 0} {1 7 0} 24}",
	} {
		if got := fmt.Sprint(Cadence(c)); got != want {
			t.Errorf("%s: %s, want %s", c, got, want)
		}
	}
}
