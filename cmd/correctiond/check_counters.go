package main

import (
	"fmt"
	"io"
	"strings"
	"time"
)

// ingestCounts are the counters of one run of a daemon.
type ingestCounts struct{ received, accepted, rejected, duplicate int }

func (n ingestCounts) balanced() bool { return n.received == n.accepted+n.rejected+n.duplicate }

// counters prints what the running daemon has counted since its start and fails
// when that does not add up. It looks again before it says so: a batch may be
// counted meanwhile.
func (st *openState) counters(out io.Writer) error {
	if st.daemon == nil {
		_, err := fmt.Fprintln(out, "received  not counted: no daemon runs")
		return err
	}
	n, err := st.daemon.ingested()
	for try := 0; err == nil && !n.balanced() && try < 50; try++ {
		<-time.After(20 * time.Millisecond)
		n, err = st.daemon.ingested()
	}
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(out, "received  %d = %d accepted + %d rejected + %d duplicate, since the daemon's start\n",
		n.received, n.accepted, n.rejected, n.duplicate)
	if err == nil && !n.balanced() {
		err = fmt.Errorf("the daemon's counters do not add up: %+v", n)
	}
	return err
}

// ingested reads the counters of ingest.
func (d *daemon) ingested() (n ingestCounts, err error) {
	families, err := d.prom.Gather()
	if err != nil {
		return n, fmt.Errorf("read counters: %w", err)
	}
	for _, f := range families {
		sum := 0.0
		for _, m := range f.GetMetric() {
			sum += m.GetCounter().GetValue()
		}
		switch strings.TrimPrefix(f.GetName(), "correctiond_ingest_") {
		case "received_total":
			n.received = int(sum)
		case "accepted_total":
			n.accepted = int(sum)
		case "rejected_total":
			n.rejected = int(sum)
		case "duplicate_total":
			n.duplicate = int(sum)
		}
	}
	return n, nil
}
