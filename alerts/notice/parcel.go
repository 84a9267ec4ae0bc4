package notice

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"slices"

	"correctiond/roster"
)

// MostMessages is how many messages one letter carries; more wait for the next.
const MostMessages = 50

// Parcel is what a worker has claimed: notices for one recipient that travel in
// one letter, in the order they were written. None: there is nothing to send.
type Parcel struct {
	Channel  string
	District roster.DistrictID
	Officer  roster.OfficerID
	Notices  []Sending
}

// Together picks the next letter from what waits for one recipient, the most
// urgent first. What an attempt of unknown end carried travels again as it was.
// Else grouped notices that are due join each other, and everything that is due
// joins where the recipient was held back. Requests to act on an alert that is
// part of the letter ride along, whenever they are due: one message answers them.
func Together(waiting []Sending, now roster.Instant, held bool) []Sending {
	i := slices.IndexFunc(waiting, func(s Sending) bool { return s.Due <= now })
	if i < 0 {
		return nil
	}
	head := &waiting[i]
	var letter []Sending
	if head.Begun != 0 {
		letter = pick(waiting, func(s *Sending) bool { return s.Begun == head.Begun })
	} else {
		letter = joined(waiting, head, now, held)
	}
	slices.SortFunc(letter, func(a, b Sending) int { return cmp.Compare(a.ID, b.ID) })
	return letter
}

func joined(waiting []Sending, head *Sending, now roster.Instant, held bool) []Sending {
	due := pick(waiting, func(s *Sending) bool {
		joins := s.ID == head.ID || held || head.Grouped && s.Grouped
		return joins && s.Due <= now && s.Begun == 0
	})
	members, asked := map[int64]bool{}, map[string]bool{}
	for _, s := range due[:min(len(due), MostMessages)] {
		members[s.ID] = true
		asked[s.Alert] = asked[s.Alert] || s.Why.Stops()
	}
	return pick(waiting, func(s *Sending) bool {
		return members[s.ID] || s.Begun == 0 && s.Why.Stops() && asked[s.Alert]
	})
}

func pick(all []Sending, fits func(*Sending) bool) (some []Sending) {
	for i := range all {
		if fits(&all[i]) {
			some = append(some, all[i])
		}
	}
	return some
}

// Letter is what the parcel says: each message once, and of several requests to
// act on one alert the newest only. Parcels of the same messages have the same
// key, and only they: a receiver that drops what it had before drops no message.
func (p *Parcel) Letter() Letter {
	l := Letter{Officer: p.Officer}
	rest := sha256.New()
	for i := range p.Notices {
		n := &p.Notices[i].Notice
		if p.overtaken(i) {
			continue
		}
		l.Messages = append(l.Messages, n.Message)
		if l.Key == "" {
			l.Key = n.Key()
			continue
		}
		rest.Write([]byte(n.Key() + "\n"))
	}
	if len(l.Messages) > 1 {
		l.Key += "+" + hex.EncodeToString(rest.Sum(nil)[:6])
	}
	return l
}

// overtaken tells whether a later notice of the parcel asks the same.
func (p *Parcel) overtaken(i int) bool {
	n := &p.Notices[i]
	return n.Why.Stops() && slices.ContainsFunc(p.Notices[i+1:], func(later Sending) bool {
		return later.Alert == n.Alert && later.Why.Stops()
	})
}
