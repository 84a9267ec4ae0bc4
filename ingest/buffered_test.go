package ingest

import (
	"bytes"
	"io"
	"net"
	"testing"
)

// countedConn counts the reads that reach it.
type countedConn struct {
	net.Conn
	from  io.Reader
	reads int
}

func (c *countedConn) Read(p []byte) (int, error) {
	c.reads++
	return c.from.Read(p)
}

func TestBufferedConnReadsManyPacketsAtOnce(t *testing.T) {
	sent := bytes.Repeat([]byte{0x32, 0x03, 1, 2, 3}, 1000)
	below := &countedConn{from: bytes.NewReader(sent)}
	c := newBufferedConn(below)
	var got []byte
	for part := make([]byte, 1); ; {
		n, err := c.Read(part)
		got = append(got, part[:n]...)
		if err != nil {
			break
		}
	}
	if !bytes.Equal(got, sent) {
		t.Errorf("%d bytes came through of %d, or others", len(got), len(sent))
	}
	if below.reads > 2 {
		t.Errorf("%d reads of the connection for 5 KB", below.reads)
	}
}
