package main

import (
	"bytes"
	enc "encoding/binary"
	"io/fs"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
	"time"

	"correctiond/store"
)

// Where the person without authority was: digits found nowhere else.
const (
	hiddenLat = 31.4142135
	hiddenLng = 121.5772156
	knownLng  = 121.9172931
)

// What a device may not say is refused with its reason, and what the daemon may
// not know leaves no trace on the disk.
func TestLiveRefusals(t *testing.T) {
	tool(t, "mosquitto_pub")
	w := newWorld(t)
	d := w.serve()
	w.importRoster(rosterOf(t, person{subject: "S0001", device: "W1"}, person{subject: "S0002", device: "W2", unauthorised: true}))
	w.credential("W1")
	w.credential("W2")

	w.mosquittoPub("W1", "location", `{"id":"p1"`, `{"id":"p2","lat":31.5}`, `null`, `{"id":"p3","time":NaN}`)
	w.mosquittoPub("W1", "selfie", `{"id":"p4"}`)
	w.mosquittoPub("W2", "location", fixAt("h1", at(0), hiddenLat, hiddenLng))
	// One that breaks the form, too, must not keep its position for a repair.
	w.mosquittoPub("W2", "location", fixAt("h2", "yesterday", hiddenLat, hiddenLng))
	w.tryPub("W1", w.passwords["W1"], "jz/v1/W2/status", status("x1", "sos", at(0)))
	if got := w.tryPub("W1", "wrong", "status", status("x2", "sos", at(0))); got.code == 0 {
		t.Error("a wrong password was let in")
	}
	if got := w.tryPub("W2", w.passwords["W1"], "status", status("x3", "sos", at(0))); got.code == 0 {
		t.Error("the password of another device was let in")
	}
	w.mosquittoPub("W1", "location", fixAt("ok", at(0), 31.5, knownLng))
	eventually(t, 10*time.Second, "the last message is accepted", func() bool { return w.metric("correctiond_ingest_accepted_total") == 1 })

	want := map[string]int{"bad_json": 1, "bad_field": 2, "bad_topic": 1, "no_basis": 1}
	letters := w.stopAndRead(d)
	t.Log(letters)
	for reason, n := range want {
		if letters[reason] < n {
			t.Errorf("%d dead letters %s, want %d", letters[reason], reason, n)
		}
	}
	if got := slices.Sorted(maps.Values(letters)); sum(got) != 7 {
		t.Errorf("dead letters %v, want 7 in all", letters)
	}
	w.mustHide(d)
}

func sum(list []int) (n int) {
	for _, v := range list {
		n += v
	}
	return n
}

// stopAndRead ends the daemon and counts the dead letters it kept, by reason.
func (w *world) stopAndRead(d *process) map[string]int {
	w.t.Helper()
	d.stop(15 * time.Second)
	st := unlocked(w.t, w.data)
	defer st.Close()
	list, err := st.DeadLetters(w.t.Context(), store.DeadLetterFilter{Limit: 500})
	if err != nil {
		w.t.Fatal(err)
	}
	letters := map[string]int{}
	for _, l := range list {
		letters[string(l.Reason)]++
		if l.Device == "W2" && l.Topic == "jz/v1/W2/status" {
			w.t.Errorf("a device spoke for another: %+v", l)
		}
	}
	return letters
}

// mustHide looks for the unlawful position in every byte that was written; the
// lawful one shows that the search finds what is there.
func (w *world) mustHide(d *process) {
	w.t.Helper()
	found := false
	err := filepath.WalkDir(w.data, func(name string, e fs.DirEntry, err error) error {
		if err != nil || !e.Type().IsRegular() {
			return err
		}
		data, err := os.ReadFile(name)
		found = found || showsDegrees(data, knownLng)
		if showsDegrees(data, hiddenLat) || showsDegrees(data, hiddenLng) {
			w.t.Errorf("%s holds where the person was", name)
		}
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
	if !found {
		w.t.Error("the search does not find the position that is there")
	}
	if log := []byte(d.log.String()); showsDegrees(log, hiddenLat) || showsDegrees(log, hiddenLng) || showsDegrees(log, knownLng) {
		w.t.Error("the log holds positions")
	}
}

// showsDegrees tells whether data has a coordinate as text or as a number.
func showsDegrees(data []byte, degrees float64) bool {
	text := strconv.FormatFloat(degrees, 'f', -1, 64)
	bits := math.Float64bits(degrees)
	return bytes.Contains(data, []byte(text[3:])) ||
		bytes.Contains(data, enc.BigEndian.AppendUint64(nil, bits)) || bytes.Contains(data, enc.LittleEndian.AppendUint64(nil, bits))
}

// Before a roster is known nothing is accepted, and devices have no password.
func TestLiveWithoutRoster(t *testing.T) {
	w := newWorld(t)
	d := w.serve()
	if !bytes.Contains([]byte(d.log.String()), []byte("unknown_device")) {
		t.Errorf("serve does not say that it accepts nothing:\n%s", d.log)
	}
	if got := w.run("device", "credential", "W1"); got.code != 2 {
		t.Errorf("credential of an unknown device: %+v", got)
	}
	w.importRoster(rosterOf(t, person{subject: "S0001", device: "W1"}))
	w.credential("W1")
	if got := w.run("device", "credential", "W1"); got.code != 1 {
		t.Errorf("a second password without --rotate: %+v", got)
	}
}
