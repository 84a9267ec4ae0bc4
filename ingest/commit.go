package ingest

import (
	"context"
	"time"

	"correctiond/event"
	"correctiond/roster"
)

const (
	// maxBatchBytes bounds a batch beside Config.BatchEvents. It becomes one message of
	// the journal per district: so dead letters do not fill it beyond the journal's limit.
	maxBatchBytes = 256 << 10
	// shutdownGrace is what a batch in hand may still take after the end.
	shutdownGrace = 10 * time.Second
)

// committer is the one goroutine that admits, stores and acknowledges. A batch
// is what arrived while the last one was stored; there is no timer.
type committer struct {
	s        *Subscriber
	decoder  *Decoder
	acceptor Acceptor
	ids      *stagedIDs

	deliveries []delivery // of the batch, in the order of receipt
	drafts     []Draft
	bytes      int
	held       []delivery // at most one: it did not fit the last batch
	groups     []group
}

// group is what a batch holds for one district.
type group struct {
	district roster.DistrictID
	entries  []event.Entry
}

func newCommitter(s *Subscriber) *committer {
	ids := newStagedIDs(s.cfg.IDs)
	return &committer{
		s: s, decoder: NewDecoder(s.cfg.Prefix, s.cfg.Metrics, s.cfg.Adapters...), ids: ids,
		acceptor: Acceptor{Find: s.cfg.Find, IDs: ids, Policy: s.cfg.Policy},
	}
}

// run commits batches until ctx ends or the subscriber failed.
func (c *committer) run(ctx context.Context) error {
	storing, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	defer context.AfterFunc(ctx, func() { time.AfterFunc(shutdownGrace, cancel) })()
	for {
		if err := c.take(ctx); err != nil || ctx.Err() != nil {
			return err
		}
		if !c.commit(storing, ctx.Done()) {
			return nil
		}
	}
}

// take waits for a message and adds what waits behind it.
func (c *committer) take(ctx context.Context) error {
	c.deliveries, c.drafts, c.bytes = c.deliveries[:0], c.drafts[:0], 0
	for _, d := range c.held {
		c.held = nil
		c.add(d)
	}
	if err := c.first(ctx); err != nil {
		return err
	}
	for len(c.held) == 0 && len(c.drafts) < c.s.cfg.BatchEvents && c.bytes < maxBatchBytes {
		select {
		case d := <-c.s.queue:
			c.add(d)
		default:
			return nil
		}
	}
	return nil
}

// first waits for a message unless the batch has one already.
func (c *committer) first(ctx context.Context) error {
	if len(c.deliveries) > 0 {
		return nil
	}
	select {
	case <-ctx.Done():
		return nil
	case err := <-c.s.fatal:
		return err
	case d := <-c.s.queue:
		c.add(d)
		return nil
	}
}

// add decodes a message into the batch, or holds it for the next one when its
// elements do not fit.
func (c *committer) add(d delivery) {
	before := len(c.drafts)
	c.drafts = c.decoder.Decode(Message{
		Topic: d.Topic(), Payload: d.Payload(), Received: d.at, Retained: d.Retained(),
	}, c.drafts)
	if before > 0 && len(c.drafts) > c.s.cfg.BatchEvents {
		c.drafts = c.drafts[:before]
		c.held = []delivery{d}
		return
	}
	c.deliveries = append(c.deliveries, d)
	c.bytes += len(d.Payload())
}

// commit admits the batch, stores it and acknowledges its messages. False
// means that the end came before it was durable: nothing is acknowledged.
func (c *committer) commit(storing context.Context, ended <-chan struct{}) bool {
	var counts tally
	for i := range c.drafts {
		d := &c.drafts[i]
		entry, result := c.acceptor.Accept(d)
		counts.add(result, &entry)
		if result != Duplicate {
			c.group(d.District, entry)
		}
	}
	for i := range c.groups {
		if len(c.groups[i].entries) > 0 && !c.store(storing, &c.groups[i], ended) {
			return false
		}
	}
	c.ids.commit()
	lag := roster.InstantOf(c.s.cfg.Now()) - c.deliveries[0].at
	c.s.cfg.Metrics.count(&counts, lag.Duration().Seconds())
	for i := range c.deliveries {
		c.deliveries[i].Ack()
	}
	c.release()
	return true
}

// group adds an entry to those of its district.
func (c *committer) group(district roster.DistrictID, entry event.Entry) {
	if district == "" {
		district = c.s.cfg.DefaultDistrict
	}
	for i := range c.groups {
		if c.groups[i].district == district {
			c.groups[i].entries = append(c.groups[i].entries, entry)
			return
		}
	}
	c.groups = append(c.groups, group{district, []event.Entry{entry}})
}

// release lets go of what the batch referred to and keeps the room.
func (c *committer) release() {
	clear(c.deliveries)
	clear(c.drafts)
	for i := range c.groups {
		clear(c.groups[i].entries)
		c.groups[i].entries = c.groups[i].entries[:0]
	}
}

// store appends one group, again and again until it is durable. After the end
// it tries once more and gives up.
func (c *committer) store(ctx context.Context, g *group, ended <-chan struct{}) bool {
	for wait := 50 * time.Millisecond; ; wait = min(2*wait, 5*time.Second) {
		err := c.s.cfg.Sink.Append(ctx, g.district, g.entries)
		c.s.setJournal(err)
		if err == nil {
			return true
		}
		c.s.cfg.Log.Error("batch is not stored yet", "district", g.district, "entries", len(g.entries), "err", err)
		select {
		case <-time.After(wait):
		case <-ended:
			return false
		}
	}
}
