package store

// sealedColumns are the columns that hold names, telephone numbers, addresses, or
// what people and devices write freely.
func sealedColumns() []Column {
	return []Column{
		{"rosters", "body", []string{"district", "version"}},
		{"alerts", "body", []string{"id"}},
		{"dead_letters", "payload", []string{"district", "seq", "nth"}},
		{"registers", "body", []string{"ref"}},
		{"plans", "body", []string{"district", "subject", "version"}},
	}
}

func rosterPlace(district any, version int) string {
	return rowPlace("rosters.body", district, version)
}
func registerPlace(ref string) string { return rowPlace("registers.body", ref) }
func alertPlace(id string) string     { return rowPlace("alerts.body", id) }
func letterPlace(l *DeadLetter) string {
	return rowPlace("dead_letters.payload", l.District, l.Seq, l.Nth)
}
