package delivery_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"correctiond/alerts/delivery"
	"correctiond/alerts/notice"
	"correctiond/roster"
	"correctiond/store"
)

// The child of the kill test: its folder, and the receiver of its letters.
const (
	killDir = "DELIVERY_KILL_DIR"
	killURL = "DELIVERY_KILL_URL"
)

// sendUntilKilled commits alerts with notices, says each once it is durable, and
// sends them meanwhile.
func sendUntilKilled(dir, url string) int {
	state, err := store.OpenState(filepath.Join(dir, "state.db"))
	if err != nil {
		return 1
	}
	r := &rig{state: state}
	seq, err := state.Cursor(context.Background(), "D1")
	if err != nil {
		return 1
	}
	r.seq = seq
	w := delivery.New(delivery.Config{
		Name: "child", Queue: state, Channels: map[string]delivery.Notifier{"app": poster(url)}, Addresses: r,
		Metrics: delivery.NewMetrics(prometheus.NewRegistry()), Log: slog.New(slog.DiscardHandler),
	})
	go func() { _ = w.Run(context.Background()) }()
	for {
		ids := []string{fmt.Sprintf("a%d", r.seq), fmt.Sprintf("b%d", r.seq), fmt.Sprintf("c%d", r.seq)}
		if r.commit(anyone(ids[0]), anyone(ids[1]), grouped(ids[2])) != nil {
			return 1
		}
		w.Wake()
		fmt.Println(strings.Join(ids, " "))
	}
}

// anyone asks one of a few officers, so that letters go out side by side.
func anyone(id string) notice.Notice {
	n := asked(id, 0, notice.ToOpen)
	n.Officer = roster.OfficerID(fmt.Sprintf("F%d", len(id)+rand.IntN(5)))
	return n
}

func grouped(id string) notice.Notice {
	n := asked(id, 0, notice.ToOpen)
	n.Grouped = true
	return n
}

// poster posts letters to a URL.
type poster string

func (p poster) Send(ctx context.Context, l notice.Letter) (notice.Receipt, error) {
	l.Zone = nil
	body, err := json.Marshal(l)
	if err != nil {
		return notice.Receipt{}, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, string(p), bytes.NewReader(body))
	if err != nil {
		return notice.Receipt{}, err
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return notice.Receipt{}, &notice.SendError{Code: "unreached", Detail: err.Error()}
	}
	return notice.Receipt{}, res.Body.Close()
}

// letterbox takes letters over HTTP, some of them slowly.
type letterbox struct {
	mu   sync.Mutex
	byID map[string][]string // keys under which an alert arrived
	says map[string]string   // what a key said
	t    *testing.T
}

func (b *letterbox) ServeHTTP(_ http.ResponseWriter, req *http.Request) {
	var l notice.Letter
	if err := json.NewDecoder(req.Body).Decode(&l); err != nil {
		return // the sender died while it wrote
	}
	var ids []string
	for _, m := range l.Messages {
		ids = append(ids, m.Alert)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if said, again := b.says[l.Key]; again && said != strings.Join(ids, " ") {
		b.t.Errorf("%s said %q and %q", l.Key, said, ids)
	}
	b.says[l.Key] = strings.Join(ids, " ")
	for _, id := range ids {
		b.byID[id] = append(b.byID[id], l.Key)
	}
}

// Fault 10: whenever the process is killed, what was committed is sent; what is
// sent twice, because it died before it could write that down, has the same key.
func TestKillLosesNoNotice(t *testing.T) {
	box := &letterbox{byID: map[string][]string{}, says: map[string]string{}, t: t}
	server := httptest.NewServer(box)
	defer server.Close()
	dir := t.TempDir()
	kills := 20
	if testing.Short() {
		kills = 5
	}
	var said []string
	for range kills {
		said = append(said, killAmidst(t, dir, server.URL)...)
	}
	r := &rig{t: t, path: filepath.Join(dir, "state.db")}
	r.open()
	defer r.state.Close()
	drain(t, r, server.URL)
	again := 0
	for _, id := range said {
		arrived := box.byID[id]
		if len(arrived) == 0 {
			t.Errorf("%s is lost", id)
		}
		again += len(arrived) - 1
		if keys := slices.Compact(slices.Clone(arrived)); len(keys) != 1 {
			t.Errorf("%s arrived as %q", id, arrived)
		}
		if n := r.notices(id)[0]; n.State != notice.Sent {
			t.Errorf("%s is %s", id, n.State)
		}
	}
	t.Logf("%d kills, %d notices, %d arrived twice under the same key", kills, len(said), again)
	if len(said) < kills {
		t.Error("the children did nothing")
	}
}

// killAmidst runs the child for a moment, and returns what it said was durable.
func killAmidst(t *testing.T, dir, url string) (said []string) {
	t.Helper()
	child := exec.Command(os.Args[0])
	child.Env = append(os.Environ(), killDir+"="+dir, killURL+"="+url)
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	until := 5 + rand.IntN(40)
	for i := 0; lines.Scan(); i++ {
		said = append(said, strings.Fields(lines.Text())...)
		if i == until {
			_ = child.Process.Kill()
		}
	}
	if err := child.Wait(); err == nil || len(said) == 0 {
		t.Fatal("the child ended by itself")
	}
	return said
}

// drain lets a successor of the same name send what is left.
func drain(t *testing.T, r *rig, url string) {
	t.Helper()
	w := delivery.New(delivery.Config{
		Name: "child", Queue: r.state, Channels: map[string]delivery.Notifier{"app": poster(url)}, Addresses: r,
		Metrics: delivery.NewMetrics(prometheus.NewRegistry()), Log: slog.New(slog.DiscardHandler),
	})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { defer close(done); _ = w.Run(ctx) }()
	eventually(t, "nothing waits", func() bool {
		n, _, err := r.state.NoticesWaiting(t.Context(), now())
		return n == 0 && err == nil
	})
	cancel()
	<-done
	http.DefaultClient.CloseIdleConnections()
}

// eventually polls a condition for half a minute.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	deadline, look := time.NewTimer(30*time.Second), time.NewTicker(10*time.Millisecond)
	defer deadline.Stop()
	defer look.Stop()
	for !holds() {
		select {
		case <-deadline.C:
			t.Fatalf("not within 30 s: %s", what)
		case <-look.C:
		}
	}
}
