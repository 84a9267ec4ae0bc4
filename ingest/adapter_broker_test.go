package ingest_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"correctiond/ingest"
)

// The way of an OwnTracks message and of a forwarded one from a real broker into
// the journal, with native ones between them.
func TestForeignMessagesArrive(t *testing.T) {
	b, sink := startBroker(t), &memory{}
	d := start(t, b, sink, func(c *ingest.Config) {
		c.Find, c.Adapters = find(foreigners(t)), adapters(t, "native", "owntracks", "traccar")
	})
	d.ready(t)
	phone := b.device(t)
	for _, m := range []struct{ topic, payload string }{
		{phoneTopic, report()},
		{phoneTopic, report()}, // sent twice
		{phoneTopic, `{"_type":"card","name":"li"}`},
		{phoneTopic + "/event", report(`"_type":"transition"`)},
		{phoneTopic + "/status", `{"_type":"status","tst":1772409600}`},
		{"jz/v1/W1/location", location()},
		{traccarTopic, forwarded(watched, `"id":9`, `"attributes":{"alarm":"sos"}`)},
		{phoneTopic, `{"_type":"lwt","tst":1}`},
	} {
		if token := phone.Publish(m.topic, 1, false, m.payload); !token.WaitTimeout(5*time.Second) || token.Error() != nil {
			t.Fatalf("publish: %v", token.Error())
		}
	}
	want := []string{
		"D1/ot-1772409600000-1772409601000", "D1/ott-1772409600000-1772409601000", "D1/ots-1772409600000-1dbptvx",
		"D1/a1", "D1/trp-9", "D1/trp-9-sos", "D1/",
	}
	eventually(t, "all are stored", func() bool { return len(sink.list()) >= len(want) })
	if got := sink.list(); !slices.Equal(got, want) {
		t.Errorf("stored %v, want %v", got, want)
	}
	if err := d.stop(); err != nil { // all are acknowledged: nothing comes again
		t.Fatal(err)
	}
	if n := d.sum(t, "correctiond_ingest_duplicate_total"); n != 1 {
		t.Errorf("%v duplicates", n)
	}
}

// The app keeps its last position at the broker; a shared subscription gets the
// topics of adapters too.
func TestForeignTopicsOfASharedSubscription(t *testing.T) {
	b, sink := startBroker(t), &memory{}
	start(t, b, sink, func(c *ingest.Config) {
		c.Find, c.Adapters, c.ShareGroup = find(foreigners(t)), adapters(t, "owntracks"), "jz"
	}).ready(t)
	b.device(t).Publish(phoneTopic, 1, true, report()).Wait()
	eventually(t, "the position is stored", func() bool { return len(sink.list()) == 1 })
}

// A broker that grants the native topics and not the others must not go unseen.
func TestOneRefusedFilterEndsTheRun(t *testing.T) {
	plugin := "/usr/lib/x86_64-linux-gnu/mosquitto_dynamic_security.so"
	if _, err := os.Stat(plugin); err != nil {
		t.Skip("mosquitto's dynamic security is not installed")
	}
	rules := filepath.Join(t.TempDir(), "rules.json")
	const native = `{"defaultACLAccess": {"publishClientSend": true, "publishClientReceive": true, "subscribe": false, "unsubscribe": true},
		"anonymousGroup": "all", "groups": [{"groupname": "all", "roles": [{"rolename": "daemon"}]}],
		"roles": [{"rolename": "daemon", "acls": [{"acltype": "subscribeLiteral", "topic": "jz/v1/+/+", "allow": true}]}]}`
	if err := os.WriteFile(rules, []byte(native), 0o644); err != nil {
		t.Fatal(err)
	}
	b := startBroker(t, "plugin "+plugin, "plugin_opt_config_file "+rules)
	start(t, b, &memory{}).ready(t) // native alone is granted
	d := start(t, b, &memory{}, func(c *ingest.Config) { c.ClientID, c.Adapters = "other", adapters(t, "traccar") })
	eventually(t, "the refusal is seen", func() bool { return errors.Is(d.Ready(), ingest.ErrRefused) })
	if err := d.stop(); !errors.Is(err, ingest.ErrRefused) || !strings.Contains(err.Error(), "traccar/positions") {
		t.Errorf("Run returned %v", err)
	}
}
