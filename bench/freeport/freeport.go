// Package freeport finds ports for servers that tests and measurements start.
package freeport

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
)

// Ports are taken from below those that Linux gives to outgoing connections (32768
// and up): a client that calls a server which is down must not be given its port.
const (
	first = 15000
	count = 17000
	tries = 200
)

// Reserve finds a port of 127.0.0.1 on which nothing listens, for a server that is
// started later, perhaps more than once. Until release is called nobody who asks
// here is given the same, in this process or another: the port stays open on an
// address of loopback that nobody else uses.
func Reserve() (addr string, release func() error, err error) {
	for range tries {
		port := first + rand.IntN(count)
		held, err := net.Listen("tcp", fmt.Sprintf("127.77.0.1:%d", port))
		if err != nil {
			continue // somebody holds it
		}
		l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
		if err != nil {
			_ = held.Close()
			continue // a server that did not ask here
		}
		return l.Addr().String(), held.Close, l.Close()
	}
	return "", nil, errors.New("no free port on loopback")
}
