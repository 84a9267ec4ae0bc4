package notice

import "correctiond/roster"

// NoticeState is how far a notice has got.
type State string

// States of a notice.
const (
	Pending   State = "pending"
	Sent      State = "sent"
	Failed    State = "failed"    // refused, or not delivered for a day
	Cancelled State = "cancelled" // somebody took the alert on before it was sent
)

// DeliveredResult is the result of an attempt that succeeded; that of another is
// its Failing.
const DeliveredResult = "sent"

// String is the result of an attempt that failed so.
func (f Failing) String() string {
	switch f {
	case Limited:
		return "limited"
	case Refused:
		return "refused"
	}
	return "temporary"
}

// Sending is a notice with what became of it.
type Sending struct {
	Notice
	ID      int64
	Created roster.Instant
	State   State
	Tries   int            // attempts begun
	First   roster.Instant // start of the first attempt; 0: there was none
	// Begun is the start of an attempt of which no end is known: the letter may
	// have arrived, and is sent as it was. 0: there is none.
	Begun    roster.Instant
	Attempts []Attempt // oldest first, where they were asked for
}

// Attempt is one try to deliver a notice.
type Attempt struct {
	N      int            // 1, 2, 3 …
	At     roster.Instant // when it began
	Ended  roster.Instant // 0: not known
	Result string         // DeliveredResult, or of Failing.String; empty: not known
	Receipt
}

// Claim asks for what one worker is to send next.
type Claim struct {
	Worker string // one name per process
	// Channel to send through; empty: any but those of Except.
	Channel string
	Except  []string
	At      roster.Instant // now
	Until   roster.Instant // before then nobody else sends what was claimed
}

// Ending is how an attempt to deliver a parcel ended.
type Ending struct {
	At     roster.Instant
	Result string
	Receipt
	Fates []Fate // of the notices, in their order
	// Hold: the recipient gets nothing more through the channel before then; 0: no
	// such bound.
	Hold roster.Instant
}

// Fate is what an attempt makes of a notice. Due counts for a pending one.
type Fate struct {
	State State
	Due   roster.Instant
}
