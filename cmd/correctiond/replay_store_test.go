package main

import (
	"context"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"correctiond/event"
	"correctiond/ingest"
	"correctiond/journal"
	"correctiond/roster"
	"correctiond/store"
)

// recording puts an events file into a data directory as the daemon would have:
// accepted and refused messages and acts into the journal, events into the history.
type recording struct {
	t     *testing.T
	flags []string
	rules replayFlags
	st    *openState
	log   *journal.Log
	last  uint64

	district roster.DistrictID
	until    roster.Instant
}

// record makes the directory and returns the flags that name it, and the instant
// of the last line.
func record(t *testing.T, x example) ([]string, string) {
	t.Helper()
	r := &recording{t: t, flags: []string{"--data", shortDir(t)}}
	if i := slices.Index(x.args(), "--rules"); i >= 0 {
		r.rules.rules = x.args()[i+1]
	}
	if got := cliEnv("", environment(), append([]string{"roster", "import", x.file("roster.*")}, r.flags...)...); got.code != 0 {
		t.Fatalf("import: %s", got.err)
	}
	cfg := r.config()
	dir, err := openDataDir(cfg.DataDir)
	r.must(err)
	st, end, err := openStores(t.Context(), cfg, dir)
	r.must(err)
	key, err := dir.key(journalKeyFile)
	r.must(err)
	server, err := journal.Open(t.Context(), journal.Config{Dir: dir.file("journal"), Key: key})
	r.must(err)
	r.st = st
	r.fill(server, x.file("events.ndjson"))
	r.keep()
	server.Close()
	r.must(end())
	r.must(dir.close())
	return r.flags, r.until.Time(time.UTC).Format(time.RFC3339Nano)
}

// environment is that of the test, which names its InfluxDB.
func environment() map[string]string {
	env := map[string]string{}
	for _, pair := range os.Environ() {
		name, value, _ := strings.Cut(pair, "=")
		env[name] = value
	}
	return env
}

func (r *recording) must(err error) {
	r.t.Helper()
	if err != nil {
		r.t.Fatal(err)
	}
}

func (r *recording) config() *config {
	r.t.Helper()
	cfg := defaultConfig()
	cfg.getenv = os.Getenv
	cfg.DataDir = r.flags[1]
	for key, set := range map[string]*string{
		"CORRECTIOND_STORE_KIND": &cfg.Store.Kind, "CORRECTIOND_STORE_INFLUXDB_URL": &cfg.Store.InfluxDB.URL,
		"CORRECTIOND_STORE_INFLUXDB_BUCKET": &cfg.Store.InfluxDB.Bucket,
	} {
		if v := os.Getenv(key); v != "" {
			*set = v
		}
	}
	return cfg
}

// fill appends every line to the journal, each as a batch.
func (r *recording) fill(server *journal.Server, events string) {
	r.t.Helper()
	v, err := r.st.rosterOf(r.t.Context(), "")
	r.must(err)
	runs, err := r.rules.prepare(&call{}, r.st.cfg, v.JSON)
	r.must(err)
	live := runs[0]
	r.district = v.District
	r.log, err = server.Log(r.t.Context(), v.District)
	r.must(err)
	in, err := openEvents(events, nil)
	r.must(err)
	defer in.Close()
	r.must(eachLine(r.t.Context(), in, live.decoder, func(l *line) error {
		r.until = l.received
		var batch []event.Entry
		if l.act != nil {
			batch = append(batch, event.Entry{At: l.received, Act: l.act})
		}
		for i := range l.drafts {
			if entry, result := live.acceptor.Accept(&l.drafts[i]); result != ingest.Duplicate {
				batch = append(batch, entry)
			}
		}
		for i := range batch { // an act changes what is accepted after it
			if err := live.desk.take(&batch[i]); err != nil {
				return err
			}
		}
		if len(batch) == 0 {
			return nil
		}
		r.last, err = r.log.Append(r.t.Context(), batch)
		return err
	}))
}

// keep runs the daemon's own recorder until the history has everything.
func (r *recording) keep() {
	r.t.Helper()
	rec := &recorder{
		id: r.district, log: r.log, history: r.st.history, logger: newLogger(os.Stderr, r.st.cfg),
		metrics: newPipelineMetrics(prometheus.NewRegistry()),
	}
	ctx, cancel := context.WithCancel(r.t.Context())
	done := make(chan error, 1)
	go func() { done <- rec.follow(ctx) }()
	eventually(r.t, 20*time.Second, "the history has everything", func() bool { return rec.written.Load() >= r.last })
	cancel()
	<-done
}

// sameFromStore replays the file and what the store made of it.
func sameFromStore(t *testing.T, x example) {
	t.Helper()
	fromFile := x.replay("--events", x.file("events.ndjson"))
	dir, last := record(t, x)
	argv := append(append([]string{"replay", "--from-store"}, dir...), x.args()...)
	if !strings.Contains(strings.Join(argv, " "), "--until") {
		argv = append(argv, "--until", last)
	}
	stored := cliEnv("", environment(), argv...)
	if stored.code != 0 || stored.out != fromFile.out {
		t.Errorf("exit %d, %s\nfrom the store\n%s\nfrom the file\n%s", stored.code, stored.err, stored.out, fromFile.out)
	}
}

// What the rules find in the history, with the acts from the journal, is what they
// find in the file, byte for byte.
func TestReplayFromSQLite(t *testing.T) {
	for _, dir := range examples(t) {
		t.Run(dir, func(t *testing.T) { sameFromStore(t, example{dir, t}) })
	}
}

func TestReplayFromInfluxDB(t *testing.T) {
	newInfluxServer(t).start()
	for i, dir := range examples(t) {
		t.Setenv("CORRECTIOND_STORE_INFLUXDB_BUCKET", "replay"+string(rune('a'+i))+"/track")
		t.Run(dir, func(t *testing.T) { sameFromStore(t, example{dir, t}) })
	}
}

// While the daemon runs, it streams what was recorded and the command judges it:
// the alerts of the daemon come out, with what people did about them.
func TestLiveReplayFromStore(t *testing.T) {
	tool(t, "mosquitto_pub")
	w := newWorld(t)
	w.serve()
	w.importRoster(rosterOf(t, person{subject: "S0001", device: "W1"}))
	w.credential("W1")
	w.signIn("--role", "officer", "--office", "O1", "--name", "F1")
	w.mosquittoPub("W1", "location", fix("a1", -8*time.Minute, inTown), fix("a2", -6*time.Minute, outside),
		fix("a3", -4*time.Minute, outside), fix("a4", -time.Minute, outside))
	a := w.api.wantAlert("area-exit", "S0001", nil)
	w.closes(a)
	got := w.run("replay", "--from-store", "--until", at(time.Minute))
	rows := rowsIn(t, strings.NewReader(got.out))
	if got.code != 0 || len(rows) != 1 || rows[0]["id"] != a.ID || rows[0]["outcome"] != "excused" {
		t.Errorf("exit %d, alert %+v\n%s%s", got.code, a, got.out, got.err)
	}
	w.withState(func(st *store.State) {
		if last, err := st.VerifyAudit(t.Context()); err != nil || last.N == 0 {
			t.Errorf("the reading is audited: %+v %v", last, err)
		}
	})
	if got := w.run("replay", "--from-store", "--district", "none"); got.code != 2 || !strings.Contains(got.err, "--district") {
		t.Errorf("an unknown district: exit %d %s", got.code, got.err)
	}
}
