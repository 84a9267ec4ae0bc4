package store

import "correctiond/event"

// InfluxLine is how an event goes to InfluxDB.
func InfluxLine(e *event.Event) string { return string(appendLine(make([]byte, 0, typicalLine), e)) }

// InfluxText undoes how texts are stored.
func InfluxText(stored string) string { return unarmour(stored) }

// InfluxPause is the wait after an error of a write.
func (x *Influx) InfluxPause(err error, attempt int) (class string, seconds float64) {
	f := classify(err)
	return f.class, x.pause(f, attempt).Seconds()
}
