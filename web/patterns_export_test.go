package web

// Patterns of all routes, for the matrix.
func Patterns() []string {
	var all []string
	for _, rt := range allRoutes() {
		all = append(all, rt.pattern)
	}
	return all
}
