package outbox_test

import (
	"testing"

	"correctiond/alerts/notice"
	"correctiond/roster"
	"correctiond/store"
	"correctiond/store/storetest"
)

// What one worker sends nobody else does, until the claim is over;
// then it is sent again under the same key.
func TestAClaimHolds(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.State) {
		storetest.Tell(t, s, 1, storetest.Asked("a1", "app", storetest.Morning))
		first := storetest.Take(t, s, "w1", "app", storetest.Morning)
		storetest.WantKeys(t, "claimed", storetest.Take(t, s, "w2", "app", storetest.Morning+1), "")
		second := storetest.Take(t, s, "w2", "app", storetest.Morning+roster.Minute)
		if second.Letter().Key != first.Letter().Key || second.Notices[0].Tries != 2 || second.Notices[0].First != storetest.Morning {
			t.Errorf("again: %+v", second)
		}
		storetest.Ends(t, s, first, storetest.Failing(storetest.Morning+roster.Minute+1, "temporary", storetest.Morning+roster.Minute+2))
		storetest.WantKeys(t, "who lost the claim decides nothing", storetest.Take(t, s, "w3", "app", storetest.Morning+roster.Minute+2), "")
		storetest.Ends(t, s, second, storetest.Failing(storetest.Morning+roster.Minute+3, "refused", 0))
		if got := storetest.Must[[]notice.Sending](t)(s.NoticesOf(t.Context(), "a1"))[0]; got.State != notice.Failed || len(got.Attempts) != 2 || got.Attempts[0].Result != "temporary" {
			t.Errorf("got %+v", got)
		}
		storetest.Ends(t, s, first, storetest.Delivered(storetest.Morning+2*roster.Minute))
		if got := storetest.Must[[]notice.Sending](t)(s.NoticesOf(t.Context(), "a1"))[0]; got.State != notice.Sent {
			t.Errorf("it was delivered all the same: %+v", got)
		}
	})
}

// The successor of a dead worker does not wait for the claim.
func TestAClaimIsReleased(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.State) {
		storetest.Tell(t, s, 1, storetest.Asked("a1", "app", storetest.Morning), storetest.Asked("a2", "sms", storetest.Morning))
		storetest.Take(t, s, "w1", "app", storetest.Morning)
		storetest.Take(t, s, "w2", "sms", storetest.Morning)
		if err := s.ReleaseParcels(t.Context(), "w1"); err != nil {
			t.Fatal(err)
		}
		storetest.WantKeys(t, "its own", storetest.Take(t, s, "w1", "app", storetest.Morning+1), "a1/0")
		storetest.WantKeys(t, "of another", storetest.Take(t, s, "w1", "sms", storetest.Morning+1), "")
	})
}

// A P1 does not stand behind the P3 that came before it.
func TestUrgentNoticesGoFirst(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.State) {
		slow, urgent := storetest.Asked("a1", "app", storetest.Morning), storetest.Asked("a2", "app", storetest.Morning+5)
		slow.Message.Severity, urgent.Message.Severity, urgent.Officer = "P3", "P1", "F2"
		storetest.Tell(t, s, 1, slow, urgent)
		storetest.WantKeys(t, "first", storetest.Take(t, s, "w1", "app", storetest.Morning+5), "a2/0")
		storetest.WantKeys(t, "beside it, for another person", storetest.Take(t, s, "w1", "app", storetest.Morning+5), "a1/0")
	})
}

// Unknown channels are found by what is not among the known ones.
func TestUnknownChannelsAreFound(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.State) {
		storetest.Tell(t, s, 1, storetest.Asked("a1", "app", storetest.Morning), storetest.Asked("a2", "pigeon", storetest.Morning))
		c := notice.Claim{Worker: "w1", Except: []string{"app", "sms"}, At: storetest.Morning, Until: storetest.Morning + 1}
		p := storetest.Must[notice.Parcel](t)(s.TakeParcel(t.Context(), c))
		storetest.WantKeys(t, "unknown", p, "a2/0")
		c.Except = nil
		storetest.WantKeys(t, "none is known", storetest.Must[notice.Parcel](t)(s.TakeParcel(t.Context(), c)), "a1/0")
	})
}

// What is due or was tried, since when; not what is for tomorrow.
func TestWaitingNoticesAreCounted(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.State) {
		storetest.Tell(t, s, 1, storetest.Asked("a1", "app", storetest.Morning), storetest.Asked("a2", "sms", storetest.Morning+5), storetest.Asked("a3", "app", storetest.Morning+roster.Day))
		storetest.Ends(t, s, storetest.Take(t, s, "w1", "app", storetest.Morning+2), storetest.Failing(storetest.Morning+3, "temporary", storetest.Morning+roster.Hour))
		n, oldest, err := s.NoticesWaiting(t.Context(), storetest.Morning+6)
		if n != 2 || oldest != storetest.Morning+2 || err != nil {
			t.Errorf("%d wait since %d, %v", n, oldest-storetest.Morning, err)
		}
	})
}
