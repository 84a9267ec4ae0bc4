package rules

import (
	"slices"

	"correctiond/roster"
)

// ChallengeUnanswered is a spot request to check in that nobody answered in time
// (社区矫正法 Article 26).
const ChallengeUnanswered Kind = "challenge-unanswered"

func challengeUnansweredInfo() kindInfo {
	return kindInfo{
		KindInfo: KindInfo{Kind: ChallengeUnanswered, Label: Text{"抽查未应", "challenge unanswered"}, Ending: ByEvent, Basis: "法26"},
		describe: func(_ *Engine, _ *subject, r *run) (Text, map[string]any) {
			ev := r.evidence()
			ev["challenge"] = r.Proof.Ref
			return Text{"抽查签到在期限内未应答", "a spot request to check in was not answered in time"}, ev
		},
	}
}

// challengeUnanswered makes one run of each challenge; the next counting
// check-in or reached contact ends it.
func challengeUnanswered(c *moment) []run {
	var runs []run
	for i := range c.s.Duty.Challenges {
		ch := &c.s.Duty.Challenges[i]
		if ch.Answer != 0 || ch.Expires > c.due || !c.challenged(ch) || c.absorbed(ch.Expires) {
			continue
		}
		runs = append(runs, run{
			Kind: ChallengeUnanswered, Key: string(c.s.entry.ID) + "/" + ch.ID, Device: ch.Device, Started: ch.Expires,
			Ended: c.s.Duty.reached(ch.Expires, 0), Count: 1, Steps: []Severity{P3}, Proof: proof{Ref: ch.ID},
		})
	}
	return runs
}

// challenged reports whether the subject had to answer a challenge: it was made
// and ran out within the term, since the subject is known, and outside custody.
func (c *moment) challenged(ch *challenge) bool {
	return ch.Issued >= c.s.Since && c.owed(roster.Interval{From: ch.Issued, End: ch.Expires})
}

// owed reports whether a duty of that time lies within the term and no custody
// touches it.
func (c *moment) owed(iv roster.Interval) bool {
	entry := c.s.entry
	if iv.From < entry.Term.From || entry.Term.End != 0 && iv.End > entry.Term.End {
		return false
	}
	return !slices.ContainsFunc(entry.Custody, func(cu roster.Interval) bool {
		return cu.From < iv.End && (cu.End == 0 || cu.End > iv.From)
	})
}

// early is a check-in that may answer a challenge of which nothing is known yet.
type early struct {
	ID string
	At roster.Instant
	// Device made the check-in; of those only that cannot name a challenge, because
	// they are reports by hand of a foreign app.
	Device roster.DeviceID
}

// answers reports whether the check-in is meant for a challenge: it names it, or its
// device was challenged and cannot name anything.
func (a early) answers(ch *challenge) bool {
	if a.Device != "" {
		return a.Device == ch.Device && a.At >= ch.Issued
	}
	return a.ID == ch.ID
}

// heed takes over what was answered before the challenge was entered.
func (l *ledger) heed(ch *challenge) {
	for _, a := range l.Early {
		if a.answers(ch) && a.At >= ch.Issued {
			ch.answer(a.At)
		}
	}
}

func (ch *challenge) answer(at roster.Instant) {
	if at < ch.Expires && (ch.Answer == 0 || at < ch.Answer) {
		ch.Answer = at
	}
}

// forgetChallenges drops those that nothing can change any more. One without an
// answer stays until the person was reached: it may be the first of two.
func (l *ledger) forgetChallenges(limit roster.Instant) {
	l.Challenges = slices.DeleteFunc(l.Challenges, func(ch challenge) bool {
		end := ch.Answer
		if end == 0 {
			end = l.reached(ch.Expires, 0)
		}
		return ch.Expires < limit && end != 0 && end < limit
	})
	l.Early = slices.DeleteFunc(l.Early, func(a early) bool { return a.At < limit })
}
