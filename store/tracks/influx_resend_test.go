package tracks_test

import (
	"errors"
	"net/http"
	"testing"

	"correctiond/store/tracks"
)

// A line that was refused is stored once the server takes it, whole.
func TestInfluxResend(t *testing.T) {
	bad, refusing := fix(1, 1), true
	s := newSink(t, func(w http.ResponseWriter, r *http.Request, n int, lines []string) verdict {
		if refusing {
			return poisonAt(bad.ID, http.StatusUnprocessableEntity, false)(w, r, n, lines)
		}
		return verdict{store: true}
	})
	write(t, s, 1, bad, fix(2, 2))
	if len(s.refused) != 1 {
		t.Fatalf("%d dead letters", len(s.refused))
	}
	line := s.refused[0].Line
	if err := s.Resend(t.Context(), line); !errors.Is(err, tracks.ErrStillRefused) {
		t.Errorf("refused again: %v", err)
	}
	refusing = false
	if err := s.Resend(t.Context(), line); err != nil {
		t.Error(err)
	}
	if s.fake.ids()[bad.ID] != 1 {
		t.Errorf("stored %v", s.fake.ids())
	}
	for _, text := range []string{"", "x", line + line} {
		if err := s.Resend(t.Context(), text); err == nil || errors.Is(err, tracks.ErrStillRefused) {
			t.Errorf("%q: %v", text, err)
		}
	}
}
