package web

// APIRoutes lists the routes that speak JSON.
func APIRoutes() []string {
	var out []string
	for _, rt := range allRoutes() {
		if rt.speaks == api {
			out = append(out, rt.pattern)
		}
	}
	return out
}
