package store

import "correctiond/store/database"

// sealedColumns are the columns that hold names, telephone numbers, addresses, or
// what people and devices write freely.
func sealedColumns() []database.Column {
	return []database.Column{
		{Table: "rosters", Column: "body", Key: []string{"district", "version"}},
		{Table: "alerts", Column: "body", Key: []string{"id"}},
		{Table: "dead_letters", Column: "payload", Key: []string{"district", "seq", "nth"}},
		{Table: "registers", Column: "body", Key: []string{"ref"}},
		{Table: "plans", Column: "body", Key: []string{"district", "subject", "version"}},
	}
}

func rosterPlace(district any, version int) string {
	return database.Place("rosters.body", district, version)
}
func registerPlace(ref string) string { return database.Place("registers.body", ref) }
func alertPlace(id string) string     { return database.Place("alerts.body", id) }
func letterPlace(l *DeadLetter) string {
	return database.Place("dead_letters.payload", l.District, l.Seq, l.Nth)
}
