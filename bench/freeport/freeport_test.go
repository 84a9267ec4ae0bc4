package freeport_test

import (
	"net"
	"testing"

	"correctiond/bench/freeport"
)

// So many ports drawn at random without a memory would hold one of them twice.
func TestNobodyIsGivenAReservedPort(t *testing.T) {
	given := map[string]bool{}
	for range 1000 {
		addr, release, err := freeport.Reserve()
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = release() }()
		if given[addr] {
			t.Fatalf("%s is given a second time", addr)
		}
		given[addr] = true
	}
}

func TestAReservedPortCanBeListenedOn(t *testing.T) {
	addr, release, err := freeport.Reserve()
	if err != nil {
		t.Fatal(err)
	}
	for range 2 { // a server that is started anew
		l, err := net.Listen("tcp", addr)
		if err != nil {
			t.Fatal(err)
		}
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if err := release(); err != nil {
		t.Fatal(err)
	}
}
