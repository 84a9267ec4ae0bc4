package rules

import (
	"slices"

	"correctiond/roster"
)

// Bounds of a ledger of message numbers. A skip that no device can make within
// the 30 days for which messages are taken, at one a second, is a counter set
// anew. Beyond so many ranges the oldest is given up, and only counted.
const (
	maxSkip   = 30 * 24 * 3600
	maxRanges = 32
	strange   = 100 // so far ahead, a number from before the first is of another life
)

// numbers is the ledger of a device's message numbers over all topics: which
// have not arrived. A counter that starts anew leaves the one before it in
// place for what is still on its way.
type numbers struct {
	Cur     counter
	Prev    *counter  // nil: none, or nothing of it can arrive
	Missing []missing // oldest first
	Total   int64     // of the numbers in Missing
	GivenUp int64
	Gaps    []gap // ascending; at most the last is open
}

// counter is one life of a device's counter.
type counter struct {
	Epoch       int
	Since       roster.Instant // when it began
	Exact       bool           // by a power_on or number 0, not by a number that fell
	First, Next int64          // seen, and expected; Next 0: nothing seen yet
	FirstAt     roster.Instant
	Newest      roster.Instant
}

// missing is a range of numbers, both included.
type missing struct {
	Epoch    int
	From, To int64
	Time     roster.Instant // of the message that follows the range
	Received roster.Instant // of the message that skipped it
	Overdue  bool
}

// gap is one episode of a device.
type gap struct {
	Started, Ended, Heard roster.Instant
	Count                 int // skips that became overdue
}

// arrival is a numbered message. A power_on may have no number: -1.
type arrival struct {
	Seq            int64
	Time, Received roster.Instant
	PowerOn        bool
	Before         bool // happened before the subject was known: shows no gap above it
}

// take enters a message. Numbers are put in order by the devices' own times
// only to tell which life of the counter they belong to.
func (n *numbers) take(a arrival) {
	c := &n.Cur
	switch {
	case a.PowerOn || a.Seq == 0:
		n.restart(a)
	case a.Time < c.Since && n.earlier(a):
		if n.Prev == nil {
			n.Prev = &counter{Epoch: c.Epoch - 1}
		}
		n.enter(n.Prev, a)
	case n.fell(a):
		n.renew(a, false)
	default:
		n.enter(c, a)
	}
}

// earlier reports whether a number from before the counter began belongs to the
// counter's life before: clocks err, so the nearer one has it.
func (n *numbers) earlier(a arrival) bool {
	c := &n.Cur
	if !c.Exact && a.Seq < c.First {
		return false
	}
	far := int64(strange)
	if n.Prev != nil {
		far = distance(a.Seq, n.Prev.Next)
	}
	return far < distance(a.Seq, c.Next)
}

func distance(a, b int64) int64 { return max(a-b, b-a) }

// fell reports whether a number is lower than one that came before it: the
// counter began anew, and the message that would say so is lost or late.
func (n *numbers) fell(a arrival) bool {
	c := &n.Cur
	return a.Seq < c.Next-1 && a.Time > c.Newest && n.find(c.Epoch, a.Seq) < 0
}

// restart begins a new life of the counter unless it is known already.
func (n *numbers) restart(a arrival) {
	c := &n.Cur
	switch known := a.Seq > 0 && a.Time <= c.Newest && a.Seq < c.Next; {
	case c.Exact && a.Time <= c.Since: // the same again, or an earlier one
	case c.Next != 0 && !c.Exact && a.Time <= c.FirstAt && a.Seq < c.First: // it began what is known
		c.Since, c.Exact = a.Time, true
		if a.Seq >= 0 {
			n.enter(c, a)
		}
	case known: // the counter went on; what lies before it is excused
		if i := n.find(c.Epoch, a.Seq); i >= 0 {
			n.replace(i, n.Missing[i].above(a.Seq))
		}
	default:
		n.renew(a, true)
	}
}

func (n *numbers) renew(a arrival, exact bool) {
	if prev := n.Cur; prev.Next != 0 {
		n.Prev = &prev
	}
	n.Cur = counter{Epoch: n.Cur.Epoch + 1, Since: a.Time, Exact: exact}
	if a.Seq >= 0 {
		n.enter(&n.Cur, a)
	}
}

// enter puts a number into its place of a counter.
func (n *numbers) enter(c *counter, a arrival) {
	skip := missing{Epoch: c.Epoch, From: c.Next, To: a.Seq - 1, Time: a.Time, Received: a.Received}
	switch {
	case c.Next == 0 || a.Seq-c.Next > maxSkip:
		c.First, c.FirstAt, c.Next = a.Seq, a.Time, a.Seq+1
		if !c.Exact {
			c.Since = a.Time
		}
	case a.Seq >= c.Next:
		n.replace(len(n.Missing), skip)
		c.Next = a.Seq + 1
	case a.Seq < c.First && !a.Before && c.First-a.Seq <= maxSkip:
		skip.From, skip.To, skip.Time = a.Seq+1, c.First-1, c.FirstAt
		n.replace(len(n.Missing), skip)
		c.First, c.FirstAt, c.Since = a.Seq, a.Time, min(c.Since, a.Time)
	default:
		if i := n.find(c.Epoch, a.Seq); i >= 0 {
			below := n.Missing[i]
			below.To, below.Time = a.Seq-1, a.Time
			n.replace(i, below, n.Missing[i].above(a.Seq))
		}
	}
	c.Newest = max(c.Newest, a.Time)
}

func (m missing) above(seq int64) missing {
	m.From = seq + 1
	return m
}

func (n *numbers) find(epoch int, seq int64) int {
	return slices.IndexFunc(n.Missing, func(m missing) bool { return m.Epoch == epoch && m.From <= seq && seq <= m.To })
}

// replace puts what is left, if anything, in the place of the i-th range, or at
// the end.
func (n *numbers) replace(i int, left ...missing) {
	if i < len(n.Missing) {
		n.Total -= n.Missing[i].size()
		n.Missing = slices.Delete(n.Missing, i, i+1)
	}
	for _, m := range left {
		if m.size() > 0 {
			n.Total += m.size()
			n.Missing = slices.Insert(n.Missing, i, m)
			i++
		}
	}
	if len(n.Missing) > maxRanges {
		n.GivenUp += n.Missing[0].size()
		n.Total -= n.Missing[0].size()
		n.Missing = slices.Delete(n.Missing, 0, 1)
	}
}

func (m missing) size() int64 { return m.To - m.From + 1 }

// open is the gap that has not ended; nil: none.
func (n *numbers) open() *gap {
	if last := len(n.Gaps) - 1; last >= 0 && n.Gaps[last].Ended == 0 {
		return &n.Gaps[last]
	}
	return nil
}

// overdue marks the ranges skipped up to an instant. They open a gap or join it.
func (n *numbers) overdue(skipped roster.Instant) {
	for i := range n.Missing {
		m := &n.Missing[i]
		if m.Overdue || m.Received > skipped {
			continue
		}
		m.Overdue = true
		if n.open() == nil {
			n.Gaps = append(n.Gaps, gap{Started: m.Time})
		}
		g := n.open()
		g.Started, g.Count = min(g.Started, m.Time), g.Count+1
	}
}

// settle ends the open gap when nothing overdue is missing any more.
func (n *numbers) settle(ended, heard roster.Instant) {
	if g := n.open(); g != nil && !slices.ContainsFunc(n.Missing, func(m missing) bool { return m.Overdue }) {
		g.Ended, g.Heard = max(ended, g.Started), heard
	}
}
