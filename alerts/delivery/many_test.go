package delivery_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"pgregory.net/rapid"

	"correctiond/alerts/delivery"
	"correctiond/alerts/notice"
	"correctiond/bench/postgres15"
	"correctiond/roster"
)

// Two processes on one database: each notice is sent by one of them.
func TestTwoWorkersSendEachNoticeOnce(t *testing.T) {
	sendEachNoticeOnce(t, newRig(t))
}

// Two daemons on one PostgreSQL: each notice is sent by one of them.
func TestTwoDaemonsOnPostgresSendEachNoticeOnce(t *testing.T) {
	server, err := postgres15.Start()
	if errors.Is(err, postgres15.ErrMissing) && os.Getenv("CI") == "" {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := server.Remove(); err != nil {
			t.Error(err)
		}
	}()
	r := &rig{t: t, path: server.URL("postgres"), app: &receiver{}, sms: &receiver{}}
	r.open()
	sendEachNoticeOnce(t, r)
}

func sendEachNoticeOnce(t *testing.T, a *rig) {
	t.Helper()
	b := &rig{t: t, path: a.path, app: a.app, sms: a.sms}
	b.open()
	var want []string
	for i := range 60 {
		n := asked(fmt.Sprintf("a%02d", i), 0, notice.ToOpen)
		n.Officer = roster.OfficerID(fmt.Sprintf("F%d", i%12))
		a.tell(n)
		want = append(want, n.Message.Alert+" opened")
	}
	a.start()
	b.startAs("w2")
	eventually(t, "all is sent", func() bool { return len(a.app.messages()) >= len(want) })
	eventually(t, "all is written down", func() bool {
		n, _, err := a.state.NoticesWaiting(t.Context(), now())
		return n == 0 && err == nil
	})
	a.close()
	b.close()
	got := a.app.messages()
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
}

// memory is a queue in memory that fails now and then, and forgets a worker that
// was killed.
type memory struct {
	mu      sync.Mutex
	all     []notice.Sending
	until   map[int64]roster.Instant // claims
	by      map[int64]string
	unknown map[int64]bool // an attempt has no end
	held    map[roster.OfficerID]roster.Instant
	dead    map[string]bool
	luck    func() bool
}

var _ delivery.Queue = (*memory)(nil)

var errLuck = errors.New("database in use")

func (m *memory) TakeParcel(_ context.Context, c notice.Claim) (notice.Parcel, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	p := notice.Parcel{Channel: "app"}
	if c.Channel == "" || m.dead[c.Worker] {
		return notice.Parcel{}, nil
	}
	if m.luck() {
		return notice.Parcel{}, errLuck
	}
	for _, o := range []roster.OfficerID{"F1", "F2"} {
		hold, held := m.held[o]
		waiting, busy := m.waiting(o, c.At)
		if p.Officer = o; busy || held && hold > c.At {
			continue
		}
		if p.Notices = notice.Together(waiting, c.At, held); len(p.Notices) > 0 {
			m.begin(&p, &c)
			return p, nil
		}
	}
	return notice.Parcel{}, nil
}

func (m *memory) waiting(o roster.OfficerID, at roster.Instant) (list []notice.Sending, busy bool) {
	for _, s := range m.all {
		if s.Officer == o && s.State == notice.Pending {
			list = append(list, s)
			busy = busy || m.until[s.ID] > at
		}
	}
	return list, busy
}

func (m *memory) begin(p *notice.Parcel, c *notice.Claim) {
	for i := range p.Notices {
		n := &p.Notices[i]
		s := &m.all[n.ID]
		m.unknown[s.ID] = m.unknown[s.ID] || s.Begun != 0
		s.Begun, s.Tries = c.At, s.Tries+1
		if s.First == 0 {
			s.First = c.At
		}
		m.until[s.ID], m.by[s.ID] = c.Until, c.Worker
		n.Tries, n.First = s.Tries, s.First
	}
}

func (m *memory) FinishParcel(_ context.Context, p notice.Parcel, e notice.Ending) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.dead[m.by[p.Notices[0].ID]] || m.luck() {
		return errLuck
	}
	for i := range p.Notices {
		s := &m.all[p.Notices[i].ID]
		if f := e.Fates[i]; f.State == notice.Sent || s.Tries == p.Notices[i].Tries {
			s.State, s.Due, s.Begun, m.until[s.ID] = f.State, max(f.Due, s.Due), 0, 0
		}
	}
	if e.Hold > 0 {
		m.held[p.Officer] = e.Hold
	} else if e.Result == notice.DeliveredResult {
		delete(m.held, p.Officer)
	}
	return nil
}

func (m *memory) ReleaseParcels(_ context.Context, worker string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.dead, worker)
	for id, by := range m.by {
		if by == worker {
			m.until[id] = 0
		}
	}
	return nil
}

func (m *memory) Address(context.Context, roster.DistrictID, roster.OfficerID, string) (string, error) {
	return "x", nil
}

func (m *memory) add(id int, due roster.Instant, o roster.OfficerID, grouped bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	s := notice.Sending{ID: int64(len(m.all)), State: notice.Pending, Notice: asked(fmt.Sprint("a", id), 0, notice.ToOpen)}
	s.Due, s.Officer, s.Grouped = due, o, grouped
	m.all = append(m.all, s)
}

func (m *memory) kill(worker string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.dead[worker] = true
}

// plan is what chance brings: who is asked when, and how the rest goes.
type plan struct {
	seed uint64
	kill bool
	asks []ask
}

type ask struct {
	officer roster.OfficerID
	after   roster.Instant
	grouped bool
}

func drawPlan(t *rapid.T) plan {
	return plan{
		seed: rapid.Uint64().Draw(t, "seed"), kill: rapid.Bool().Draw(t, "kill"),
		asks: rapid.SliceOfN(rapid.Custom(func(t *rapid.T) ask {
			return ask{
				roster.OfficerID(rapid.SampledFrom([]string{"F1", "F2"}).Draw(t, "officer")),
				roster.Instant(rapid.IntRange(0, 9000).Draw(t, "due")), rapid.Bool().Draw(t, "grouped"),
			}
		}), 1, 12).Draw(t, "asks"),
	}
}

// However sends, failures, kills and two workers interleave: every notice
// arrives, none twice without an attempt of unknown end, and a key says one thing.
func TestEveryNoticeArrives(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		p := drawPlan(rt)
		var err error
		synctest.Test(t, func(*testing.T) { err = p.run() })
		if err != nil {
			rt.Fatal(err)
		}
	})
}

func (p *plan) run() error {
	var mu sync.Mutex
	chance := rand.New(rand.NewPCG(p.seed, 0))
	unlucky := func() bool {
		mu.Lock()
		defer mu.Unlock()
		return chance.IntN(6) == 0
	}
	m := &memory{
		until: map[int64]roster.Instant{}, by: map[int64]string{}, unknown: map[int64]bool{},
		held: map[roster.OfficerID]roster.Instant{}, dead: map[string]bool{}, luck: unlucky,
	}
	for i, a := range p.asks {
		m.add(i, now()+a.after, a.officer, a.grouped)
	}
	far := &receiver{}
	far.answers(func(ctx context.Context, _ *notice.Letter) error { return fortune(ctx, unlucky) })
	first, second := m.worker("w1", far), m.worker("w2", far)
	if p.kill {
		<-time.After(3 * time.Second)
		m.kill("w1")
		first()
		first = m.worker("w1", far)
	}
	<-time.After(time.Hour)
	first()
	second()
	return m.arrived(far)
}

// fortune is how a send may end.
func fortune(ctx context.Context, unlucky func() bool) error {
	d := time.Millisecond
	if unlucky() {
		d = 20 * time.Second
	}
	select {
	case <-time.After(d):
	case <-ctx.Done():
		return &notice.SendError{Code: "timeout", Detail: "no answer"}
	}
	switch {
	case unlucky():
		return &notice.SendError{Code: "HTTP 500", Detail: "no"}
	case unlucky():
		return &notice.SendError{Failing: notice.Limited, Code: "HTTP 429", Detail: "no", After: 5 * time.Second}
	}
	return nil
}

// worker starts one; the function it returns ends it.
func (m *memory) worker(name string, to delivery.Notifier) func() {
	w := delivery.New(delivery.Config{
		Name: name, Queue: m, Channels: map[string]delivery.Notifier{"app": to}, Addresses: m,
		Metrics: delivery.NewMetrics(prometheus.NewRegistry()), Log: slog.New(slog.DiscardHandler),
	})
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { defer close(done); _ = w.Run(ctx) }()
	return func() { cancel(); <-done }
}

func (m *memory) arrived(far *receiver) error {
	times, says := map[string]int{}, map[string]string{}
	for _, l := range far.got {
		text := ""
		for _, msg := range l.Messages {
			times[msg.Alert]++
			text += msg.Alert + " "
		}
		if before, again := says[l.Key]; again && before != text {
			return fmt.Errorf("key %s says %s and %s", l.Key, before, text)
		}
		says[l.Key] = text
	}
	for _, s := range m.all {
		if n := times[s.Alert]; n == 0 || s.State != notice.Sent || n > 1 && !m.unknown[s.ID] {
			return fmt.Errorf("%s is %s and arrived %d times", s.Alert, s.State, n)
		}
	}
	return nil
}
