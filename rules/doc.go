// Package rules turns a district's journal into episodes: area exits, missed
// check-ins, tampering, silence and the like. It is pure: the same entries give
// the same episodes in live operation, recovery and replay.
//
// Every kind has a file of its own, and comes in one of three shapes.
//
//   - A folded kind judges observations in the order in which they happened,
//     whatever the order in which they arrived. A subject's timeline keeps the
//     state of 15 minutes ago and the observations since; one that arrives out
//     of order is put in its place and the tail is folded anew (timeline.go).
//   - A derived kind is computed from what is known, the roster and the clock:
//     missed windows, silence, deadlines (derive.go).
//   - A district kind is about many devices at once, or about none: outages,
//     data that stops. It keeps counts that each message changes in constant
//     time (district.go, fleet.go).
//
// The first two say which runs there ought to be; publish compares them with what
// was said before, and gives the differences as episodes.
//
// Time is the journal's: a timer fires when an entry shows that its instant has
// passed. An entry received at the very instant of a timer comes before it.
//
// What is exported are words that others speak: a constant for each of the 43
// kinds, the fields of an episode and of a risk as they are written to files and
// answers, and the engine. The sections of the rule file are not: a file is read
// by ReadConfig and told apart by its version.
package rules
