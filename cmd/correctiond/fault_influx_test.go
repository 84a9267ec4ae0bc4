package main

import (
	"context"
	"net/http"
	"testing"
	"time"

	"correctiond/bench/influx18"
)

// influxServer is a real InfluxDB 1.8 that can be killed and started again on its
// files.
type influxServer struct {
	t             *testing.T
	program, conf string
	url           string
	running       *process
}

// newInfluxServer prepares one and makes it the track history of every command of
// the test. It does not start it.
func newInfluxServer(t *testing.T) *influxServer {
	t.Helper()
	program, err := influx18.Find()
	if err != nil {
		program = tool(t, "influxd")
	}
	s := &influxServer{t: t, program: program}
	addr := freeAddr(t)
	s.url = "http://" + addr
	if s.conf, err = (influx18.Setup{Dir: shortDir(t), Addr: addr}).Write(); err != nil {
		t.Fatal(err)
	}
	t.Setenv("CORRECTIOND_STORE_KIND", "influxdb")
	t.Setenv("CORRECTIOND_STORE_INFLUXDB_URL", s.url)
	t.Setenv("CORRECTIOND_STORE_INFLUXDB_BUCKET", "jz/track")
	return s
}

func (s *influxServer) start() {
	s.t.Helper()
	s.running = start(s.t, nil, s.program, "run", "-config", s.conf)
	eventually(s.t, time.Minute, "influxd answers", func() bool {
		if !s.running.running() {
			s.t.Fatalf("influxd ended:\n%s", s.running.log)
		}
		resp, err := http.Get(s.url + "/ping")
		if err == nil {
			resp.Body.Close()
		}
		return err == nil
	})
}

// An InfluxDB that is down at the start, killed in the middle and away while the
// daemon itself is killed delays the track history and nothing else.
func TestFault3InfluxDBDown(t *testing.T) {
	influx := newInfluxServer(t)
	f := newFleet(4, 250)
	witness := person{subject: "S0999", device: "W999"}
	w, _ := behindBroker(t, append(f.people, witness))
	want := f.books()
	d := w.serve()
	w.alarm(witness, "down-at-start", &want)

	influx.start()
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute+lasts(0, time.Hour))
	defer cancel()
	published := make(chan struct{})
	go func() {
		defer close(published)
		f.publish(ctx, t, w, 2*time.Second)
	}()
	eventually(t, 30*time.Second, "InfluxDB is written to", func() bool { return w.metric("correctiond_store_written_total") > 100 })
	influx.running.kill()
	w.alarm(witness, "killed", &want)
	wait(ctx, lasts(time.Second, time.Hour))
	d.kill()
	w.serve()
	w.alarm(witness, "daemon-killed-too", &want)
	<-published
	influx.start()
	back := time.Now()
	w.stores(want, 90*time.Second)
	w.wantBalance()
	t.Logf("%d events stored %v after InfluxDB was back; retries %v", want.size(), time.Since(back).Round(100*time.Millisecond),
		w.metric(`correctiond_store_retry_total{class="network"}`))
}

// alarm opens a strap and waits for its alert, while the daemon calls itself ready.
func (w *world) alarm(p person, id string, all *books) {
	w.t.Helper()
	before := w.straps(p)
	sent := time.Now()
	w.mosquittoPub(p.device, "status", status(id, "strap_open", at(0)))
	eventually(w.t, 5*time.Second, "an alert of "+id, func() bool { return w.straps(p) > before })
	w.t.Logf("%s: alert after %v", id, time.Since(sent).Round(time.Millisecond))
	if code := w.api.status("/readyz"); code != http.StatusOK {
		w.t.Errorf("%s: /readyz answers %d", id, code)
	}
	all.accepted[p.subject] = append(all.accepted[p.subject], id)
}

// straps counts what the alerts say about opened straps of a person.
func (w *world) straps(p person) (n int) {
	w.t.Helper()
	for _, a := range w.api.alerts("kind=strap-tamper&subject=" + p.subject) {
		n += a.Count
	}
	return n
}
