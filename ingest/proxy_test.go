package ingest_test

import (
	"io"
	"net"
	"sync"
	"testing"
)

// proxy stands between the daemon and the broker, and can cut connections.
type proxy struct {
	broker string
	listen net.Listener
	busy   sync.WaitGroup

	mu    sync.Mutex
	conns []net.Conn // of the daemon, in the order in which they came
}

func startProxy(t *testing.T, b *broker) *proxy {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &proxy{broker: b.addr, listen: l}
	p.busy.Go(p.accept)
	t.Cleanup(func() {
		l.Close()
		for i := range p.count() {
			p.cut(i)
		}
		p.busy.Wait()
	})
	return p
}

func (p *proxy) accept() {
	for {
		in, err := p.listen.Accept()
		if err != nil {
			return
		}
		out, err := net.Dial("tcp", p.broker)
		if err != nil {
			in.Close()
			continue
		}
		p.mu.Lock()
		p.conns = append(p.conns, in)
		p.mu.Unlock()
		p.busy.Go(func() { forward(in, out) })
		p.busy.Go(func() { forward(out, in) })
	}
}

// forward copies until one side ends, and then ends the other.
func forward(from, to net.Conn) {
	_, _ = io.Copy(to, from) // ends with any error
	from.Close()
	to.Close()
}

// count is how many connections were made.
func (p *proxy) count() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.conns)
}

// cut ends the nth connection without a word of MQTT.
func (p *proxy) cut(n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.conns[n].Close()
}
