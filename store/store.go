// Package store keeps what must survive: State holds alerts, the change feed,
// engine cursors, roster versions, dead letters, credentials, tokens and the
// audit chain; History holds the events of every device. Both are SQLite files
// in write-ahead mode with full synchronisation: what a method confirmed is on
// the disk. Influx is a History on an InfluxDB server instead, and a State can be
// on a PostgreSQL server; the many names of this package are those three with
// what they take and give. Statements are written once, in the words of both
// databases: see pgQuery and pgSchema for what is translated.
//
// A file has one writer connection, so writers queue here and never meet a busy
// database of their own making, and a pool of readers that see the last commit.
// The journal is the truth of a district: both files remember how far they got
// in it, in the transaction that writes, and a batch they already hold changes
// nothing.
package store
