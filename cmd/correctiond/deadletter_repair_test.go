package main

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"correctiond/event"
	"correctiond/store"
)

// The operator knows what datum a vendor's devices use; the positions are shifted
// accordingly, and it is on record who said so.
func TestDeadLetterDatum(t *testing.T) {
	w := newWorld(t)
	lacks := strings.Replace(fix("g1", -50*time.Minute, inTown), `,"datum":"wgs84"`, "", 1)
	wrong := strings.Replace(fix("g2", -48*time.Minute, inTown), `"wgs84"`, `"mars"`, 1)
	w.keepLetters(
		rejected("W1", event.DatumReason, 49*time.Minute, lacks),
		rejected("W1", event.DatumReason, 47*time.Minute, wrong),
		rejected("W1", event.BadField, 46*time.Minute, `{"id":"b1"}`),
		rejected("W1", event.DatumReason, 45*time.Minute, `[1]`),
	)
	d := w.serve()
	w.importRoster(rosterOf(t, person{subject: "S0001", device: "W1"}))
	wantReplay(t, w.run("deadletter", "replay", "1", "2"), 1, "1  still rejected: datum", "2  still rejected: datum")
	wantReplay(t, w.run("deadletter", "replay", "1", "2", "3", "4", "--datum", "gcj02"), 1,
		"1  accepted", "2  accepted", "3  refused: bad_field: --datum repairs only", "4  refused: its payload is not")
	eventually(t, 10*time.Second, "both are in the track", func() bool { return fmt.Sprint(w.track("S0001")) == "[g1 g2]" })
	line := w.command("track", "S0001", "--from", at(-time.Hour), "--until", at(0), "--reason", "test")
	if strings.Count(line, `"lat":31.50196`) != 2 {
		t.Errorf("the position is not shifted: %s", line)
	}
	d.stop(15 * time.Second)
	w.withState(func(st *store.State) {
		said := 0
		for r, err := range st.Audit(t.Context(), 1) {
			if err != nil {
				t.Fatal(err)
			}
			if r.Action == "deadletter.datum" && r.Detail == "gcj02" {
				said++
			}
		}
		if said != 2 {
			t.Errorf("%d audit records of the datum, want 2", said)
		}
	})
}

// A line that InfluxDB refuses for the type of a field is a dead letter, keeps the
// books balanced, and is written when its cause is gone.
func TestDeadLetterOfTheHistory(t *testing.T) {
	influx := newInfluxServer(t)
	influx.start()
	t.Setenv("CORRECTIOND_STORE_INFLUXDB_BUCKET", "jz")
	p := person{subject: "S0001", device: "W1"}
	w, _ := behindBroker(t, []person{p})
	influx.query("CREATE DATABASE jz")
	influx.write("location accuracy_m=\"text\" " + fmt.Sprint(time.Now().UnixNano()))
	w.serve()
	w.mosquittoPub("W1", "location", fix("poison", 0, inTown))
	w.mosquittoPub("W1", "status", status("s1", "heartbeat", at(0)))
	eventually(t, 20*time.Second, "the line is a dead letter", func() bool { return len(w.letters("--reason", "refused_by_store")) == 1 })
	if got := w.command("deadletter", "show", "1"); !strings.Contains(got, "poison") || !strings.Contains(got, "field type conflict") {
		t.Errorf("show: %s", got)
	}
	if got := w.command("check", "--accounting"); !strings.Contains(got, "2 = 1 stored + 0 waiting + 1 dead-lettered") {
		t.Errorf("books: %s", got)
	}
	wantReplay(t, w.run("deadletter", "replay", "1", "--dry-run"), 0, "1  would be written")
	wantReplay(t, w.run("deadletter", "replay", "--reason", "refused_by_store"), 1, "1  still refused again")
	influx.query("DROP MEASUREMENT location")
	wantReplay(t, w.run("deadletter", "replay", "1"), 0, "1  written to the track history")
	if got := w.command("check", "--accounting"); !strings.Contains(got, "2 = 2 stored") {
		t.Errorf("books: %s", got)
	}
}

func (s *influxServer) query(text string) {
	s.t.Helper()
	s.post("/query?db=jz&q="+strings.ReplaceAll(text, " ", "%20"), "")
}

func (s *influxServer) write(line string) { s.t.Helper(); s.post("/write?db=jz", line) }

func (s *influxServer) post(path, body string) {
	s.t.Helper()
	resp, err := http.Post(s.url+path, "", strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode/100 != 2 {
		s.t.Fatalf("%s answered %s", path, resp.Status)
	}
}
