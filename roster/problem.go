package roster

import "strings"

// Problem is one thing wrong with a roster.
type Problem struct {
	// Where: a path such as "subjects[S0004].area", or "file:line" and a path.
	Where string
	// What is wrong, without personal values.
	What string
	// Fix says what to do.
	Fix string
}

// String gives "where: what; fix".
func (p Problem) String() string {
	s := p.Where + ": " + p.What
	if p.Fix != "" {
		s += "; " + p.Fix
	}
	return s
}

// Problems are all that is wrong with a roster, as one error. Empty means that
// nothing is: convert it to an error only when it is not.
type Problems []Problem

var _ error = Problems(nil)

// Error gives one problem per line.
func (ps Problems) Error() string {
	lines := make([]string, len(ps))
	for i, p := range ps {
		lines[i] = p.String()
	}
	return strings.Join(lines, "\n")
}

// Err returns the problems as an error, nil when there are none.
func (ps Problems) Err() error {
	if len(ps) == 0 {
		return nil
	}
	return ps
}

func (ps *Problems) add(where, what, fix string) {
	*ps = append(*ps, Problem{where, what, fix})
}
