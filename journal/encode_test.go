package journal

import (
	"regexp"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func TestEncodedIDsAreSafeAndDistinct(t *testing.T) {
	safe := regexp.MustCompile(`^[A-Za-z0-9_-]*$`)
	rapid.Check(t, func(t *rapid.T) {
		a, b := rapid.String().Draw(t, "a"), rapid.String().Draw(t, "b")
		if (encode(a) == encode(b)) != (a == b) {
			t.Fatalf("%q and %q become %q and %q", a, b, encode(a), encode(b))
		}
		if !safe.MatchString(encode(a)) {
			t.Fatalf("%q becomes %q", a, encode(a))
		}
	})
}

func TestOwnTracksSubjects(t *testing.T) {
	for device, want := range map[string][]string{
		"plain":  nil,
		"li-app": {"owntracks.li.app", "owntracks.li.app.event", "owntracks.li.app.status"},
		"a-b-c": {
			"owntracks.a.b-c", "owntracks.a.b-c.event", "owntracks.a.b-c.status",
			"owntracks.a-b.c", "owntracks.a-b.c.event", "owntracks.a-b.c.status",
		},
		"-a-": nil,
	} {
		if got := ownTracks(device); !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", device, got, want)
		}
	}
}
