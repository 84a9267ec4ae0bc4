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
// # Why so many names
//
// The package exports 154 names, more than any other here; 60 would be the usual
// bound. They are few ideas with many words:
//
//   - 47 name the catalogue: one constant for each of the 43 kinds, in the file of the
//     kind, with its legal basis, which is what makes the catalogue readable as
//     documentation; and the type with what is known of a kind.
//   - 57 are the words in which the engine answers, as they stand in files, the API and
//     on pages: the episode with severities and how it ends, the risk with colours,
//     blocks and items, the roll-call with the states of a window, standings, calls,
//     notices, counts. Pages, alerts, plans and backtest take them from here; a package
//     of words beside the one that means them would only be looked up from here.
//   - 23 are the rule file, its overrides and their comparison, and the ladder's file:
//     read once, told apart by version. Its sections are not exported.
//   - 27 are the engine: made, advanced, asked, saved and restored.
//
// What only this package and its tests use is not exported; export_test.go lends the
// tests of the ladder and the lottery what they need.
package rules
