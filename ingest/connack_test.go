package ingest

import (
	"io"
	"net"
	"testing"
)

func TestTheFirstAnswerTellsOfTheSession(t *testing.T) {
	for _, tt := range []struct {
		name  string
		bytes string
		want  []bool
	}{
		{"present", "\x20\x02\x01\x00", []bool{true}},
		{"not present", "\x20\x02\x00\x00more", []bool{false}},
		{"refused", "\x20\x02\x00\x05", nil},
		{"another packet", "\x30\x02\x01\x00\x20\x02\x01\x00", nil},
		{"cut off", "\x20\x02\x01", nil},
	} {
		for _, chunk := range []int{1, 3, 100} {
			broker, ours := net.Pipe()
			go func() {
				for b := []byte(tt.bytes); len(b) > 0; b = b[min(chunk, len(b)):] {
					_, _ = broker.Write(b[:min(chunk, len(b))]) // fails with the read
				}
				broker.Close()
			}()
			var got []bool
			c := &watchedConn{Conn: ours, accepted: func(present bool) { got = append(got, present) }}
			all, err := io.ReadAll(c)
			if err != nil || string(all) != tt.bytes {
				t.Errorf("%s: read %q, %v", tt.name, all, err)
			}
			if len(got) != len(tt.want) || len(got) == 1 && got[0] != tt.want[0] {
				t.Errorf("%s, %d bytes at a time: told %v, want %v", tt.name, chunk, got, tt.want)
			}
		}
	}
}
