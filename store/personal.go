package store

import (
	"correctiond/store/access"
	"correctiond/store/database"
	"correctiond/store/entries"
)

// sealedColumns are the columns that hold names, telephone numbers, addresses, or
// what people and devices write freely, and the secrets of second factors.
func sealedColumns() []database.Column {
	return []database.Column{
		{Table: "rosters", Column: "body", Key: []string{"district", "version"}, Since: 1},
		{Table: "alerts", Column: "body", Key: []string{"id"}, Since: 1},
		{Table: "dead_letters", Column: "payload", Key: []string{"district", "seq", "nth"}, Since: 1},
		entries.Bodies(),
		{Table: "plans", Column: "body", Key: []string{"district", "subject", "version"}, Since: 1},
		access.SecondFactor(),
	}
}

func rosterPlace(district any, version int) string {
	return database.Place("rosters.body", district, version)
}
func alertPlace(id string) string { return database.Place("alerts.body", id) }
func letterPlace(l *DeadLetter) string {
	return database.Place("dead_letters.payload", l.District, l.Seq, l.Nth)
}
