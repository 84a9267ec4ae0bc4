package roster

// Interval is the time [From, End); an End of 0 is open.
type Interval struct{ From, End Instant }

// Covers tells whether t lies in the interval.
func (iv Interval) Covers(t Instant) bool {
	return t >= iv.From && (iv.End == 0 || t < iv.End)
}

// overlaps tells whether two intervals share an instant.
func (iv Interval) overlaps(o Interval) bool {
	return (o.End == 0 || iv.From < o.End) && (iv.End == 0 || o.From < iv.End)
}
