package strict

// maxName bounds the names that are compared, in bytes; what lies beyond is cut.
const maxName = 64

// Nearest returns the known name with the fewest edits from a mistyped one, the
// first of several, and how many edits that is. Without known names it returns "".
func Nearest(name string, known []string) (best string, least int) {
	least = maxName + 1
	for _, k := range known {
		if n := edits(name, k); n < least {
			best, least = k, n
		}
	}
	return best, least
}

// edits is the Levenshtein distance in bytes.
func edits(a, b string) int {
	a, b = a[:min(len(a), maxName)], b[:min(len(b), maxName)]
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := diagonal
			if a[i] != b[j] {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = min(change, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
