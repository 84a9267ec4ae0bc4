package main

import (
	"bufio"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"slices"
	"time"

	"correctiond/alerts"
	"correctiond/event"
	"correctiond/ingest"
	"correctiond/roster"
	"correctiond/rules"
)

// replayFlags are the flags of replay.
type replayFlags struct {
	roster, events, rules, from, until, out, rejects, district string
	compare, report, counts, risk                              string
	lenient, fromStore                                         bool
	language                                                   string // of reasons and reports, from the configuration
}

func replayCommand(fs *flag.FlagSet) action {
	var f replayFlags
	fs.StringVar(&f.roster, "roster", "", "roster `FILE` (YAML or JSON); with --from-store, by default the current one")
	fs.StringVar(&f.events, "events", "", "events `FILE`, NDJSON, also gzip or zstd; - for standard input")
	fs.BoolVar(&f.fromStore, "from-store", false, "take the events from the track history of --data or --config, the acts from its journal")
	fs.StringVar(&f.district, "district", "", "with --from-store: `ID` of the district, when there are several")
	fs.StringVar(&f.rules, "rules", "", "rule `FILE`; without it, that of the configuration, else the built-in thresholds")
	fs.StringVar(&f.from, "from", "", "with --from-store: only what was received at `TIME` or later")
	fs.StringVar(&f.until, "until", "", "run the clock up to `TIME`; without it, to the last line")
	fs.StringVar(&f.out, "out", "", "write episodes to `FILE`, not to standard output")
	fs.StringVar(&f.rejects, "rejects", "", "write rejected messages to `FILE`")
	fs.StringVar(&f.risk, "risk", "", "write the attention score of every subject at the end to `FILE`")
	fs.StringVar(&f.compare, "compare", "", "run this rule `FILE`, too, and say what it would change")
	fs.StringVar(&f.report, "report", "", "write an HTML report for an office head to `FILE`")
	fs.StringVar(&f.counts, "counts", "", "with --compare: write the counts by kind alone, which name nobody, to `FILE` (JSON)")
	fs.BoolVar(&f.lenient, "lenient", false, "count lines out of order or malformed instead of stopping")
	load := configFlags(fs)
	return func(ctx context.Context, c *call) error {
		if err := f.check(); err != nil {
			return err
		}
		cfg, err := load(c)
		if err != nil {
			return err
		}
		f.language = cfg.Language
		return f.run(ctx, c, cfg)
	}
}

func (f *replayFlags) run(ctx context.Context, c *call, cfg *config) error {
	started := time.Now()
	if c.host != nil { // another process replays: it only wants what was recorded
		return f.serveStore(ctx, c, cfg)
	}
	runs, err := f.feed(ctx, c, cfg)
	if err != nil {
		return err
	}
	for _, r := range runs {
		if err := r.finish(); err != nil {
			return err
		}
	}
	r := runs[0]
	if err := errors.Join(f.write(c, r), f.writeRisk(c, r)); err != nil {
		return err
	}
	if err := f.tell(c, runs); err != nil {
		return err
	}
	r.summary(c.err, time.Since(started))
	return nil
}

// replay runs recorded lines through acceptance and the district's desk.
type replay struct {
	flags    *replayFlags
	desk     *desk
	decoder  *ingest.Decoder
	acceptor *ingest.Acceptor
	loc      *time.Location
	clock    roster.Instant
	until    roster.Instant // the last instant; 0: that of the last line
	began    roster.Instant // the first one
	rules    rules.Config
	rejects  []rejectLine
	tally    map[string]int
	skipped  int // lenient: lines passed over
	// other: the rules of --compare, under which an act may name no alert.
	other bool
}

func newReplay(cfg rules.Config, dir *roster.Directory, f *replayFlags) *replay {
	r := &replay{
		flags: f, rules: cfg, loc: dir.Calendar().Location(), tally: map[string]int{},
		decoder: ingest.NewDecoder("jz", nil, allAdapters()...),
	}
	engine := rules.New(cfg, dir.Calendar(), dir)
	r.desk = newDesk(engine, func(string) (*alerts.Alert, error) { return nil, nil })
	r.desk.lenient = true
	r.acceptor = &ingest.Acceptor{
		Find:   func(roster.DeviceID) *roster.Directory { return engine.Directory() },
		IDs:    ingest.NewExactIDs(),
		Policy: cfg.Policy,
	}
	return r
}

// allAdapters are on in every replay: a file may hold messages of any client.
func allAdapters() []ingest.Adapter {
	all, err := ingest.Adapters([]string{"owntracks", "traccar"}, "")
	if err != nil {
		return nil // the names are right
	}
	return all
}

// rejectLine is one line of --rejects.
type rejectLine struct {
	Received string       `json:"received"`
	Topic    string       `json:"topic"`
	Index    int          `json:"index"`
	Reason   event.Reason `json:"reason"`
	Detail   string       `json:"detail"`
}

// errBeyond ends the reading: the rest of the file lies behind --until.
var errBeyond = errors.New("received lies behind --until")

func (r *replay) line(l *line) error {
	err := l.err
	switch {
	case err != nil:
	case r.until != 0 && l.received > r.until:
		return errBeyond
	case l.received < r.clock:
		err = errors.New("received lies before the line above; sort the file by received")
	default:
		err = r.apply(l)
	}
	switch {
	case err == nil:
		return nil
	case r.flags.lenient:
		r.skipped++
		return nil
	}
	return fmt.Errorf("line %d: %w", l.number, err)
}

func (r *replay) apply(l *line) error {
	first := r.clock == 0
	r.clock = l.received
	r.tally["lines"]++
	if first { // the clock of a replay starts here, whatever becomes of the line
		r.began = l.received
		if err := r.desk.tick(l.received); err != nil {
			return err
		}
	}
	if l.act != nil {
		err := r.desk.take(&event.Entry{At: l.received, Act: l.act})
		if r.other && errors.As(err, new(unknownAlertError)) {
			r.tally["acts not applied"]++
			err = nil
		}
		return err
	}
	for i := range l.drafts {
		d := &l.drafts[i]
		entry, result := r.acceptor.Accept(d)
		if result == ingest.Duplicate {
			r.tally["duplicate"]++
			continue
		}
		if result == ingest.Rejected {
			r.reject(entry.Rejection)
		} else {
			r.tally["accepted"]++
		}
		if err := r.desk.take(&entry); err != nil {
			return err
		}
	}
	return nil
}

func (r *replay) reject(rej *event.Rejection) {
	r.tally["rejected "+string(rej.Reason)]++
	if r.flags.rejects == "" {
		return
	}
	r.rejects = append(r.rejects, rejectLine{
		Received: rej.Received.Time(r.loc).Format(rfc3339Milli), Topic: rej.Topic, Index: rej.Index,
		Reason: rej.Reason, Detail: rej.Detail,
	})
}

const rfc3339Milli = "2006-01-02T15:04:05.999Z07:00"

// finish runs the clock to its end, inclusive: --until, or the last line.
func (r *replay) finish() error {
	if r.clock == 0 { // an empty file: no clock ever started
		return nil
	}
	return r.desk.advance(max(r.until, r.clock))
}

// write puts out the episodes, sorted by opened, then id, and the rejects.
func (f *replayFlags) write(c *call, r *replay) error {
	found := r.desk.changed
	slices.SortFunc(found, func(a, b change) int {
		x, y := &a.next.Episode, &b.next.Episode
		return cmp.Or(cmp.Compare(x.Opened, y.Opened), cmp.Compare(x.ID, y.ID))
	})
	if f.out == "" && f.compare != "" { // standard output is for what changes
		return f.writeRejects(c, r)
	}
	err := writeLines(c.out, f.out, func(enc *json.Encoder) error {
		for i := range found {
			if err := enc.Encode(alerts.Line(&found[i].next, f.language, r.loc)); err != nil {
				return err
			}
		}
		return nil
	})
	return errors.Join(err, f.writeRejects(c, r))
}

func (f *replayFlags) writeRejects(c *call, r *replay) error {
	if f.rejects == "" {
		return nil
	}
	return writeLines(c.out, f.rejects, func(enc *json.Encoder) error {
		for i := range r.rejects {
			if err := enc.Encode(&r.rejects[i]); err != nil {
				return err
			}
		}
		return nil
	})
}

// writeLines writes JSON lines to a file, or to out when name is empty.
func writeLines(out io.Writer, name string, fill func(*json.Encoder) error) error {
	return writeFile(cmp.Or(name, "-"), out, func(w *bufio.Writer) error {
		enc := json.NewEncoder(w)
		enc.SetEscapeHTML(false)
		return fill(enc)
	})
}

// summary says in lines what the run took in and gave.
func (r *replay) summary(w io.Writer, took time.Duration) {
	kinds := map[string]int{}
	for i := range r.desk.changed {
		kinds["episodes "+string(r.desk.changed[i].next.Episode.Kind)]++
	}
	b := bufio.NewWriter(w)
	for _, counts := range []map[string]int{r.tally, kinds} {
		for _, name := range sortedKeys(counts) {
			fmt.Fprintf(b, "%-32s %d\n", name, counts[name])
		}
	}
	if r.skipped > 0 {
		fmt.Fprintf(b, "%-32s %d\n", "lines skipped", r.skipped)
	}
	perSecond := float64(r.tally["accepted"]) / max(took.Seconds(), 1e-9)
	fmt.Fprintf(b, "%-32s %.0f\n%-32s %s\n", "events/s", perSecond, "wall time", took.Round(time.Millisecond))
	b.Flush()
}

func sortedKeys(m map[string]int) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
