package access

import (
	"testing"

	"correctiond/roster"
)

// The codes of RFC 6238, appendix B, as six digits.
func TestTOTPVectors(t *testing.T) {
	const secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
	for at, want := range map[roster.Instant]string{
		59: "287082", 1111111109: "081804", 1111111111: "050471", 1234567890: "005924", 2000000000: "279037", 20000000000: "353130",
	} {
		if got, err := totpCode(secret, int64(at/30)); err != nil || got != want {
			t.Errorf("%d: %s, want %s (%v)", at, got, want, err)
		}
	}
	if _, err := totpCode("1", 1); err == nil {
		t.Error("a secret that is none")
	}
}
