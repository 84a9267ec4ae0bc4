package ingest_test

import (
	"fmt"
	"testing"

	"correctiond/event"
	"correctiond/ingest"
	"correctiond/roster"
)

// unseen is a memory without duplicates.
type unseen struct{}

func (unseen) Seen(roster.DeviceID, string, roster.Instant) bool { return false }
func (unseen) Remember(roster.DeviceID, string, roster.Instant)  {}

var _ ingest.IDs = unseen{}

// admit takes one message through Decode and Accept.
func admit(t testing.TB, d *ingest.Decoder, a *ingest.Acceptor, m ingest.Message, drafts []ingest.Draft) {
	drafts = d.Decode(m, drafts[:0])
	for i := range drafts {
		if entry, result := a.Accept(&drafts[i]); result != ingest.Accepted {
			t.Fatalf("not accepted: %+v", entry.Rejection)
		}
	}
}

func TestALocationCostsFiveAllocationsAtMost(t *testing.T) {
	d, a := ingest.NewDecoder("jz", nil), acceptor(t)
	a.IDs = unseen{}
	m := message("W1/location", location())
	drafts := make([]ingest.Draft, 0, 1)
	if n := testing.AllocsPerRun(100, func() { admit(t, d, a, m, drafts) }); n > 5 {
		t.Errorf("%.1f allocations", n)
	}
}

func BenchmarkLocation(b *testing.B) {
	for _, datum := range []string{"wgs84", "gcj02"} {
		b.Run(datum, func(b *testing.B) {
			d, a := ingest.NewDecoder("jz", nil), acceptor(b)
			a.IDs = unseen{}
			m := message("W1/location", location(`"datum":"`+datum+`"`, `"satellites":11`, `"hdop":0.9`))
			drafts := make([]ingest.Draft, 0, 1)
			b.SetBytes(int64(len(m.Payload)))
			b.ReportAllocs()
			for b.Loop() {
				admit(b, d, a, m, drafts)
			}
		})
	}
}

func BenchmarkDuplicateCheck(b *testing.B) {
	for name, ids := range map[string]ingest.IDs{"exact": ingest.NewExactIDs(), "recent": ingest.NewRecentIDs(nil)} {
		b.Run(name, func(b *testing.B) {
			for i := range 64 {
				ids.Remember("W1", fmt.Sprint("id-", i), roster.Instant(i))
			}
			for b.Loop() {
				if ids.Seen("W1", "id-new", 1000) {
					b.Fatal("seen")
				}
			}
		})
	}
}

// Whatever arrives, each draft has either an event or a rejection, accepting it
// gives what the journal can hold.
func FuzzDecode(f *testing.F) {
	f.Add("W1/location", []byte(location()))
	f.Add("W1/location", []byte("["+location()+","+location(`"id":"a2"`)+"]"))
	f.Add("P1/checkin", []byte(checkin(`"extra":{"photo":["x"]}`)))
	f.Add("W1/status", []byte(status()))
	f.Add("W7/location", []byte(location()))
	dir := directory(f)
	d := ingest.NewDecoder("jz", nil)
	f.Fuzz(func(t *testing.T, topic string, payload []byte) {
		a := &ingest.Acceptor{Find: find(dir), IDs: ingest.NewExactIDs()}
		drafts := d.Decode(message(topic, string(payload)), nil)
		var journal []byte
		for i := range drafts {
			if (drafts[i].Event == nil) == (drafts[i].Rejection == nil) {
				t.Fatalf("draft %d has both or neither", i)
			}
			entry, result := a.Accept(&drafts[i])
			if (result == ingest.Accepted) != (entry.Event != nil) || (result == ingest.Rejected) != (entry.Rejection != nil) {
				t.Fatalf("result %d with %+v", result, entry)
			}
			if result == ingest.Duplicate {
				continue
			}
			journal = event.AppendEntry(journal, &entry)
		}
		if _, err := event.DecodeEntries(journal); err != nil {
			t.Fatal(err)
		}
	})
}
