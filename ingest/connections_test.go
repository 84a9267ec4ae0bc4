package ingest_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"correctiond/ingest"
	"correctiond/roster"

	mqtt "github.com/eclipse/paho.mqtt.golang"
)

// Sizes of a crowd, and its messages.
const (
	crowdDevices = 500
	crowdEach    = 20
)

// crowd is a roster of many people with a wristband each.
func crowd(t *testing.T) *roster.Directory {
	t.Helper()
	var subjects, devices []string
	for i := range crowdDevices {
		subjects = append(subjects, fmt.Sprintf(
			`{"id": "S%03d", "office": "O1", "kind": "probation", "term": {"from": "2026-01-10", "until": "2027-01-09"}}`, i))
		devices = append(devices, fmt.Sprintf(
			`{"id": "W%03d", "kind": "wristband", "interval": "5m", "bindings": [{"subject": "S%03d", "from": "2026-01-20"}],
			"authority": [{"id": "A%03d", "ground": 3, "from": "2026-01-20", "until": "2026-04-19"}]}`, i, i, i))
	}
	file := fmt.Sprintf(`{"version": 1, "district": {"id": "D1"}, "offices": [{"id": "O1"}], "subjects": [%s], "devices": [%s]}`,
		strings.Join(subjects, ","), strings.Join(devices, ","))
	r, err := roster.Read(strings.NewReader(file), "crowd.json")
	if err != nil {
		t.Fatal(err)
	}
	dir, err := roster.Compile(r, roster.NewCalendar(shanghai()))
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// speak publishes the rounds from until to of all devices, and returns the ids.
func speak(t *testing.T, c mqtt.Client, from, to int) (ids []string) {
	t.Helper()
	var tokens []mqtt.Token
	for n := from; n < to; n++ {
		for i := range crowdDevices {
			id := fmt.Sprintf("%03d-%02d", i, n)
			ids = append(ids, "D1/"+id)
			tokens = append(tokens, c.Publish(fmt.Sprintf("jz/v1/W%03d/location", i), 1, false, location(`"id":"`+id+`"`)))
		}
	}
	for _, token := range tokens {
		if token.Wait(); token.Error() != nil {
			t.Fatal(token.Error())
		}
	}
	return ids
}

// Four connections share the messages of 500 devices. One of them is cut in the
// middle: nothing is lost, and what comes again is not stored again.
func TestFourConnectionsStoreEverythingOnce(t *testing.T) {
	b, sink := startBroker(t), &memory{}
	p, dir := startProxy(t, b), crowd(t)
	d := start(t, b, sink, func(c *ingest.Config) {
		c.URL, c.ShareGroup, c.Connections, c.Find = "mqtt://"+p.listen.Addr().String(), "jz", 4, find(dir)
	})
	d.ready(t)
	phones := b.device(t)
	want := speak(t, phones, 0, 10)
	p.cut(2)
	want = append(want, speak(t, phones, 10, crowdEach)...)
	within(t, 30, "all are stored", func() bool { return len(sink.list()) >= len(want) })
	d.ready(t)
	if n := p.count(); n != 5 {
		t.Errorf("%d connections were made, want 4 and one again", n)
	}
	got := sink.list()
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("%d stored, %d of them different, want %d", len(got), len(slices.Compact(got)), len(want))
	}
	received, duplicate := d.sum(t, "correctiond_ingest_received_total"), d.sum(t, "correctiond_ingest_duplicate_total")
	if received != float64(len(want))+duplicate {
		t.Errorf("%v received, %v duplicates", received, duplicate)
	}
	t.Logf("%d stored once, %v came again", len(got), duplicate)
}

// The sessions of all connections outlive a run: what arrives meanwhile is taken by
// the next.
func TestConnectionsKeepTheirSessions(t *testing.T) {
	b := startBroker(t)
	four := func(c *ingest.Config) { c.ShareGroup, c.Connections = "jz", 4 }
	first := start(t, b, &memory{}, four)
	first.ready(t)
	if err := first.stop(); err != nil {
		t.Fatal(err)
	}
	phone := b.device(t)
	for i := range 40 {
		publish(t, phone, "W1/location", numbered(i))
	}
	sink := &memory{}
	start(t, b, sink, four)
	eventually(t, "all are stored", func() bool { return len(sink.list()) == 40 })
}

func TestOneDownConnectionIsNotReady(t *testing.T) {
	b := startBroker(t)
	p := startProxy(t, b)
	d := start(t, b, &memory{}, func(c *ingest.Config) {
		c.URL, c.ShareGroup, c.Connections = "mqtt://"+p.listen.Addr().String(), "jz", 2
	})
	d.ready(t)
	p.listen.Close() // nobody comes back
	p.cut(1)
	eventually(t, "it is told", func() bool { return d.Ready() != nil })
	if got := d.Ready().Error(); strings.Count(got, "connection correctiond-test-") != 1 {
		t.Errorf("told %q, want one connection", got)
	}
	if err := d.Publish(t.Context(), "jz/v1/P1/notice", []byte("{}")); err != nil {
		t.Errorf("the other connection does not publish: %v", err)
	}
}

// With another number of connections the messages that wait in sessions nobody uses
// any more are taken, and none goes into them any more.
func TestAnotherNumberOfConnectionsLosesNothing(t *testing.T) {
	b, book := startBroker(t), new(notebook)
	phone, n := b.device(t), 0
	for _, connections := range []int{1, 4, 2, 3} {
		sink := &memory{}
		d := start(t, b, sink, book.remember, func(c *ingest.Config) { c.ShareGroup, c.Connections = "jz", connections })
		eventually(t, "what waited is stored", func() bool { return len(sink.list()) == n })
		d.ready(t)
		publish(t, phone, "W1/location", numbered(999-connections))
		eventually(t, "what comes is stored", func() bool { return len(sink.list()) == n+1 })
		b.sees(t, connections, d.stop)
		for n = range 40 {
			publish(t, phone, "W1/location", numbered(connections*100+n))
		}
		n = 40
	}
	if got := book.losses(); len(got) != 0 {
		t.Errorf("told of lost sessions %v", got)
	}
}

// Only sessions of its own are touched: those of another client id may belong to
// another daemon.
func TestSessionsOfOthersAreLeftAlone(t *testing.T) {
	b := startBroker(t)
	book := &notebook{names: []string{
		b.url + " other", b.url + " correctiond-test-x", "mqtt://elsewhere:1883 correctiond-test-2", b.url + " correctiond-test-1-1",
	}}
	d := start(t, b, &memory{}, book.remember)
	other := start(t, b, &memory{}, func(c *ingest.Config) { c.ClientID = "other" })
	d.ready(t)
	other.ready(t)
	publish(t, b.device(t), "W1/location", location())
	for _, one := range []*daemon{d, other} {
		eventually(t, "both have the message", func() bool { return one.sum(t, "correctiond_ingest_accepted_total") == 1 })
	}
}
