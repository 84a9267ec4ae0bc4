package store_test

import (
	"errors"
	"io"
	"net"
	"net/url"
	"sync"
	"testing"

	"correctiond/alerts/notice"
	"correctiond/roster"
	"correctiond/store/database"
	"correctiond/store/storetest"
)

// link is the network between a daemon and the server, which can be cut and mended.
type link struct {
	net.Listener
	to    string
	mu    sync.Mutex
	cut   bool
	conns []net.Conn
	all   sync.WaitGroup
}

// newLink gives a link to the server of an address, and the address through it.
func newLink(t *testing.T, address string) (*link, string) {
	t.Helper()
	u := must[*url.URL](t)(url.Parse(address))
	l := &link{Listener: must[net.Listener](t)(net.Listen("tcp", "127.0.0.1:0")), to: u.Host}
	u.Host = l.Addr().String()
	l.all.Go(l.serve)
	t.Cleanup(func() {
		l.Close()
		l.set(true)
		l.all.Wait()
	})
	return l, u.String()
}

func (l *link) serve() {
	for {
		near, err := l.Accept()
		if err != nil {
			return
		}
		far, err := net.Dial("tcp", l.to)
		if err != nil || !l.keep(near, far) {
			near.Close()
			continue
		}
		for from, to := range map[net.Conn]net.Conn{near: far, far: near} {
			l.all.Go(func() {
				_, _ = io.Copy(to, from)
				to.Close()
			})
		}
	}
}

// keep remembers two ends; a link that is cut takes none.
func (l *link) keep(ends ...net.Conn) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.conns = append(l.conns, ends...)
	if l.cut {
		for _, c := range ends {
			c.Close()
		}
	}
	return !l.cut
}

func (l *link) set(cut bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.cut = cut
	if !cut {
		return
	}
	for _, c := range l.conns {
		c.Close()
	}
	l.conns = nil
}

// A daemon that loses the database while it sends: the other sends the notice once
// the claim has ended, under the same key, and nothing is lost or sent a third time.
func TestTwoNodesAndAPartition(t *testing.T) {
	address := pgDatabase(t, "model")
	network, through := newLink(t, address)
	a, b := openPG(t, through), openPG(t, address)
	storetest.Tell(t, b, 1, storetest.Asked("a1", "c", morning))
	sending := storetest.Take(t, a, "w1", "c", morning)
	network.set(true)
	done := storetest.Delivered(morning)
	if err := a.FinishParcel(t.Context(), sending, done); !errors.Is(err, database.ErrDown) {
		t.Errorf("cut off: %v", err)
	}
	if p := storetest.Take(t, b, "w2", "c", morning+1); len(p.Notices) != 0 {
		t.Error("the claim of the other did not hold")
	}
	again := storetest.Take(t, b, "w2", "c", morning+roster.Minute+1)
	if len(again.Notices) != 1 || again.Letter().Key != sending.Letter().Key {
		t.Errorf("came again as %+v, was %+v", again.Letter(), sending.Letter())
	}
	storetest.Ends(t, b, again, storetest.Delivered(morning+roster.Minute+2))
	network.set(false)
	storetest.Ends(t, a, sending, done)
	if p := storetest.Take(t, a, "w1", "c", morning+roster.Hour); len(p.Notices) != 0 {
		t.Errorf("sent a third time: %+v", p)
	}
	if got := must[[]notice.Sending](t)(a.NoticesOf(t.Context(), "a1")); got[0].State != notice.Sent || len(got[0].Attempts) != 2 {
		t.Errorf("notices %+v", got)
	}
}
