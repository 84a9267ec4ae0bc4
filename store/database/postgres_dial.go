package database

import (
	"net"
	"strings"
	"syscall"
	"time"
)

// pgSilence is how long a server may leave unanswered what was sent to it. Without
// this a daemon would wait a quarter of an hour for one that lost its power.
const pgSilence = 20 * time.Second

// tcpUserTimeout is TCP_USER_TIMEOUT of Linux (RFC 5482), in milliseconds.
const tcpUserTimeout = 0x12

// pgDialer opens connections on which silence is noticed.
func pgDialer() *net.Dialer {
	return &net.Dialer{
		KeepAliveConfig: net.KeepAliveConfig{Enable: true, Idle: pgSilence / 2, Interval: pgSilence / 4, Count: 2},
		Control: func(network, _ string, c syscall.RawConn) error {
			if !strings.HasPrefix(network, "tcp") {
				return nil
			}
			return c.Control(func(fd uintptr) {
				// Where the system does not know it, its own patience counts.
				_ = syscall.SetsockoptInt(int(fd), syscall.IPPROTO_TCP, tcpUserTimeout, int(pgSilence.Milliseconds()))
			})
		},
	}
}
