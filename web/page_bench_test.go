package web_test

import (
	"fmt"
	"net/http"
	"testing"

	"correctiond/rules"
)

// BenchmarkListPage renders the list of a district with fifty alerts that wait in each
// severity.
func BenchmarkListPage(b *testing.B) {
	s := newSite(b)
	for i := range 200 {
		ep := episode(fmt.Sprintf("a%03d", i), rules.P1+rules.Severity(i%4), "O1")
		s.raise(ep)
	}
	jar, _ := s.signIn("token-district")
	for b.Loop() {
		if rec := s.do("GET /", cookies(jar)); rec.Code != http.StatusOK {
			b.Fatal(rec.Code)
		}
	}
}
