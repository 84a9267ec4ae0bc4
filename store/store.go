// Package store keeps what must survive of the work: State holds alerts, the change
// feed, engine cursors, roster versions, dead letters, registers, plans, rotas and
// silences. It is a SQLite file, or a database of a PostgreSQL server. What is a
// concept of its own is a package below, on the same database and in the same
// transactions: audit (the chain), access (who may do what), outbox (notices); State
// has them embedded, so that whoever holds a State can do all of it. The track
// history, which is another database, is in tracks; files, servers and encryption
// are in database.
//
// State has many methods because many declare what they need of it, in small
// interfaces: the engine's lanes and the stepper commit batches and read cursors and
// due steps; the pages and the API read alerts, groups, summaries, registers and
// plans; escalation reads and writes rotas and silences; retention prunes; evidence
// reads the versions of rosters and rules; the sink of tracks keeps its cursors here.
//
// The journal is the truth of a district: state and history remember how far they got
// in it, in the transaction that writes, and a batch they already hold changes
// nothing.
package store
