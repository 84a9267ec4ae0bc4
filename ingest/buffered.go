package ingest

import (
	"bufio"
	"net"
)

// readBuffer is what one read of a connection may bring: some hundred messages.
const readBuffer = 64 << 10

// bufferedConn reads ahead: paho asks for each packet in at least three parts,
// each of which would be a call of the system.
type bufferedConn struct {
	net.Conn
	in *bufio.Reader
}

func newBufferedConn(conn net.Conn) *bufferedConn {
	return &bufferedConn{conn, bufio.NewReaderSize(conn, readBuffer)}
}

// Read reads from the connection.
func (c *bufferedConn) Read(p []byte) (int, error) { return c.in.Read(p) }
