package delivery_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/goleak"

	"correctiond/alerts"
	"correctiond/alerts/delivery"
	"correctiond/alerts/notice"
	"correctiond/roster"
	"correctiond/rules"
	"correctiond/store"
	"correctiond/store/database"
)

func TestMain(m *testing.M) {
	if dir := os.Getenv(killDir); dir != "" {
		os.Exit(sendUntilKilled(dir, os.Getenv(killURL)))
	}
	goleak.VerifyTestMain(m)
}

// now is the clock of the test: that of a bubble, where there is one.
func now() roster.Instant { return roster.InstantOf(time.Now()) }

// receiver is the far end of a channel. It keeps what it was given, with the time.
type receiver struct {
	mu     sync.Mutex
	got    []received
	tried  []time.Time
	answer func(ctx context.Context, l *notice.Letter) error // nil: takes everything
}

type received struct {
	notice.Letter
	at time.Time
}

var _ delivery.Notifier = (*receiver)(nil)

func (r *receiver) Send(ctx context.Context, l notice.Letter) (notice.Receipt, error) {
	r.mu.Lock()
	answer := r.answer
	r.tried = append(r.tried, time.Now())
	r.mu.Unlock()
	if answer != nil {
		if err := answer(ctx, &l); err != nil {
			return notice.Receipt{}, err
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.got = append(r.got, received{l, time.Now()})
	return notice.Receipt{Request: fmt.Sprint(len(r.got)), Answer: "ok"}, nil
}

// answers sets how letters are answered from now on.
func (r *receiver) answers(f func(context.Context, *notice.Letter) error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.answer = f
}

// always fails every letter alike.
func always(failing notice.Failing, code string, after time.Duration) func(context.Context, *notice.Letter) error {
	return func(context.Context, *notice.Letter) error {
		return &notice.SendError{Failing: failing, Code: code, Detail: "no", After: after}
	}
}

// messages lists what arrived: alerts with their reasons, letter by letter.
func (r *receiver) messages() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	var all []string
	for _, l := range r.got {
		var parts []string
		for _, m := range l.Messages {
			parts = append(parts, m.Alert+" "+string(m.Why))
		}
		all = append(all, strings.Join(parts, ", "))
	}
	return all
}

func (r *receiver) tries() []time.Time {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.tried)
}

// want compares what arrived, letter by letter.
func (r *receiver) want(t *testing.T, what string, letters ...string) {
	t.Helper()
	if got := r.messages(); !slices.Equal(got, letters) {
		t.Errorf("%s: got %q, want %q", what, got, letters)
	}
}

// rig is a worker on a state database of its own.
type rig struct {
	t        *testing.T
	path     string
	state    *store.State
	seq      uint64
	app, sms *receiver
	ops      []delivery.Recipient
	nowhere  roster.OfficerID // has no address
	mu       sync.Mutex
	failed   []string
	refuse   error // of the next step
	prom     *prometheus.Registry
	worker   *delivery.Worker
	stop     func()
}

func newRig(t *testing.T) *rig {
	r := &rig{t: t, path: filepath.Join(t.TempDir(), "state.db"), app: &receiver{}, sms: &receiver{}}
	r.open()
	return r
}

func (r *rig) open() {
	r.t.Helper()
	var err error
	if strings.HasPrefix(r.path, "postgres:") {
		r.state, err = store.OpenPostgres(r.t.Context(), r.path, "")
	} else {
		r.state, err = store.OpenState(r.path)
	}
	if err != nil {
		r.t.Fatal(err)
	}
}

// start runs a worker until stop or the end.
func (r *rig) start() { r.startAs("w1") }

func (r *rig) startAs(name string) {
	r.prom = prometheus.NewRegistry()
	r.worker = delivery.New(delivery.Config{
		Name: name, Queue: r.state, Channels: map[string]delivery.Notifier{"app": r.app, "sms": r.sms},
		Addresses: r, Steps: r, Alarms: r.state, Operators: r.ops, Lang: "zh", Zone: time.UTC,
		Metrics: delivery.NewMetrics(r.prom), Log: slog.New(slog.DiscardHandler),
	})
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := r.worker.Run(ctx); err != nil {
			r.t.Error(err)
		}
	}()
	r.stop = func() { cancel(); <-done }
}

// close ends the worker and the database, before a bubble does.
func (r *rig) close() {
	r.stop()
	if err := r.state.Close(); err != nil {
		r.t.Error(err)
	}
}

// Address knows everybody but one.
func (r *rig) Address(_ context.Context, _ roster.DistrictID, o roster.OfficerID, channel string) (string, error) {
	if o == r.nowhere {
		return "", nil
	}
	return string(o) + "@" + channel, nil
}

// Failed remembers the steps that are to be followed by the next.
func (r *rig) Failed(_ context.Context, _ roster.DistrictID, alert string, step int) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := r.refuse; err != nil {
		r.refuse = nil
		return err
	}
	r.failed = append(r.failed, fmt.Sprintf("%s/%d", alert, step))
	return nil
}

// refuses has the next step fail once.
func (r *rig) refuses(err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.refuse = err
}

// wantSteps tells which steps are to be followed by the next.
func (r *rig) wantSteps(want ...string) {
	r.t.Helper()
	r.mu.Lock()
	defer r.mu.Unlock()
	slices.Sort(r.failed)
	if !slices.Equal(r.failed, want) {
		r.t.Errorf("next steps of %v, want %v", r.failed, want)
	}
}

// asked asks officer F1 through the app to act.
func asked(alert string, step int, why notice.Why) notice.Notice {
	return notice.Notice{
		Alert: alert, District: "D1", Step: step, Why: why, Channel: "app", Officer: "F1", Due: now(),
		Message: notice.Message{Alert: alert, Why: why, Kind: "越界", Severity: "P2", Name: "李*", At: now()},
	}
}

// tell commits notices, opens their alerts, and wakes the worker.
func (r *rig) tell(notices ...notice.Notice) {
	r.t.Helper()
	if err := r.commit(notices...); err != nil {
		r.t.Fatal(err)
	}
	if r.worker != nil {
		r.worker.Wake()
	}
}

func (r *rig) commit(notices ...notice.Notice) error {
	r.seq++
	b := store.Batch{District: "D1", Seq: r.seq, At: now(), Notices: notices}
	for i := range notices {
		id := notices[i].Alert
		_, err := r.state.Alert(context.Background(), id)
		here := func(c store.AlertChange) bool { return c.Alert.Episode.ID == id }
		if !errors.Is(err, database.ErrNotFound) || slices.ContainsFunc(b.Alerts, here) {
			continue
		}
		a, _ := alerts.Observe(nil, rules.Episode{
			ID: id, Kind: "area-exit", Severity: severity(notices[i].Message.Severity), District: "D1", Subject: "S1", Opened: now(),
		}, rules.ByEvent, now())
		b.Alerts = append(b.Alerts, store.AlertChange{Alert: a, What: alerts.WasOpened, At: now()})
	}
	return r.state.Commit(context.Background(), b)
}

// act changes an alert as a person does.
func (r *rig) act(alert string, a alerts.Action) {
	r.t.Helper()
	cur, err := r.state.Alert(context.Background(), alert)
	if err != nil {
		r.t.Fatal(err)
	}
	a.By, a.At = "F1", now()
	next, err := alerts.Act(cur, rules.ByEvent, a)
	if err != nil {
		r.t.Fatal(err)
	}
	r.seq++
	change := store.AlertChange{Alert: next, What: alerts.Difference(&cur, &next), At: a.At}
	if err := r.state.Commit(context.Background(), store.Batch{District: "D1", Seq: r.seq, At: a.At, Alerts: []store.AlertChange{change}}); err != nil {
		r.t.Fatal(err)
	}
}

// notices are those of an alert, as they stand.
func (r *rig) notices(alert string) []notice.Sending {
	r.t.Helper()
	list, err := r.state.NoticesOf(context.Background(), alert)
	if err != nil {
		r.t.Fatal(err)
	}
	return list
}

func (r *rig) wantStates(alert string, want ...notice.State) {
	r.t.Helper()
	var got []notice.State
	for _, n := range r.notices(alert) {
		if n.Why != notice.ToOperate {
			got = append(got, n.State)
		}
	}
	if !slices.Equal(got, want) {
		r.t.Errorf("notices of %s are %v, want %v", alert, got, want)
	}
}

// metric reads a value of the worker.
func (r *rig) metric(name string, labels ...string) float64 {
	r.t.Helper()
	families, err := r.prom.Gather()
	if err != nil {
		r.t.Fatal(err)
	}
	for _, f := range families {
		for _, m := range f.Metric {
			var has []string
			for _, l := range m.Label {
				has = append(has, l.GetValue())
			}
			if f.GetName() == "correctiond_"+name && slices.Equal(has, labels) {
				return m.GetCounter().GetValue() + m.GetGauge().GetValue()
			}
		}
	}
	return 0
}

// severity is what a message is about; P2 where it does not say.
func severity(text string) (s rules.Severity) {
	if s.UnmarshalText([]byte(text)) != nil {
		return rules.P2
	}
	return s
}
