package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	mqtt "github.com/eclipse/paho.mqtt.golang"

	"correctiond/roster"
	"correctiond/rules"
)

// secretFor finds a secret that draws a challenge of the red subject soon.
func secretFor(t *testing.T, subject roster.SubjectID, soon time.Duration) []byte {
	t.Helper()
	cfg := rules.DefaultConfig().Challenge
	cfg.FromHour, cfg.UntilHour = 0, 24
	l := rules.Lottery{Secret: make([]byte, keyBytes), Calendar: roster.NewCalendar(nil), Config: cfg}
	lot, from := []rules.Lot{{Subject: subject, Colour: rules.Red}}, roster.InstantOf(time.Now().Add(soon))
	for n := range uint64(10_000_000) {
		copy(l.Secret, fmt.Sprintf("%032d", n))
		at := l.Draws(lot, l.Calendar.DayStart(from))[0].At
		if at >= from && at < from+3*roster.Second {
			return l.Secret
		}
	}
	t.Fatal("no secret draws now")
	return nil
}

// redWithPhone is a roster whose one subject is red from the start, has no
// roll-call, and may be reached by the phone P1.
func redWithPhone(t *testing.T) string {
	t.Helper()
	var file map[string]any
	if err := json.Unmarshal([]byte(rosterOf(t, person{subject: "S0001", device: "P1", unauthorised: true})), &file); err != nil {
		t.Fatal(err)
	}
	s := file["subjects"].([]any)[0].(map[string]any)
	s["level"], s["facts"] = "strict", doc{"assessment": "high", "warnings": []string{day(-1), day(-1), day(-1)}}
	file["devices"].([]any)[0].(map[string]any)["kind"] = "app"
	b, err := json.Marshal(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// phone listens to the challenges of P1.
func (w *world) phone() (challenges <-chan challengeDoc, hangUp func()) {
	w.t.Helper()
	got := make(chan challengeDoc, 8)
	c := mqtt.NewClient(mqtt.NewClientOptions().AddBroker("tcp://" + w.mqtt).SetUsername("P1").SetPassword(w.passwords["P1"]).
		SetClientID("phone-P1").SetAutoReconnect(false).SetConnectTimeout(5 * time.Second))
	for _, token := range []func() mqtt.Token{c.Connect, func() mqtt.Token {
		return c.Subscribe("jz/v1/P1/challenge", 1, func(_ mqtt.Client, m mqtt.Message) {
			var d challengeDoc
			if err := json.Unmarshal(m.Payload(), &d); err == nil {
				got <- d
			}
		})
	}} {
		if k := token(); !k.WaitTimeout(10*time.Second) || k.Error() != nil {
			w.t.Fatalf("phone: %v", k.Error())
		}
	}
	return got, func() { c.Disconnect(50) }
}

// What the lottery draws reaches the phone, makes its position lawful, is
// answered by a check-in, and is not drawn again after a restart.
func TestLiveChallengeReachesThePhone(t *testing.T) {
	tool(t, "mosquitto_pub")
	w := newWorld(t)
	thresholds := filepath.Join(shortDir(t), "rules.yaml")
	if err := os.WriteFile(thresholds, []byte("challenge: {from_hour: 0, until_hour: 24}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	w.flags = []string{"--rules.file", thresholds}
	if err := os.MkdirAll(w.data, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(w.data, challengeKey), secretFor(t, "S0001", 12*time.Second), 0o600); err != nil {
		t.Fatal(err)
	}
	d := w.serve()
	w.importRoster(redWithPhone(t))
	w.credential("P1")
	challenges, hangUp := w.phone()

	w.mosquittoPub("P1", "location", fix("early", 0, inTown)) // refused: nothing permits it yet
	var asked challengeDoc
	select {
	case asked = <-challenges:
	case <-time.After(40 * time.Second):
		t.Fatalf("no challenge\n%s", d.log)
	}
	if asked.ID == "" || !strings.Contains(asked.Text, "签到") || asked.Issued >= asked.Expires {
		t.Errorf("challenge %+v", asked)
	}
	answer := fmt.Sprintf(`{"id":"c1","time":%q,"method":"app","verify":{"kind":"face","passed":true},"challenge":%q}`, at(0), asked.ID)
	w.mosquittoPub("P1", "checkin", answer)
	w.mosquittoPub("P1", "location", fix("during", 0, inTown))
	eventually(t, 10*time.Second, "the check-in and the position are taken", func() bool {
		got := w.track("S0001")
		return slices.Contains(got, "during") && !slices.Contains(got, "early")
	})
	if text := w.metrics(); !strings.Contains(text, `correctiond_subjects{colour="red"} 1`) {
		t.Error("the metrics do not count one red subject")
	}
	hangUp()

	if code, _ := d.stop(15 * time.Second); code != 0 {
		t.Fatalf("serve ended with %d", code)
	}
	w.serve()
	challenges, hangUp = w.phone()
	defer hangUp()
	w.mosquittoPub("P1", "location", fix("after", 0, inTown)) // the challenge is still known
	eventually(t, 10*time.Second, "positions are lawful after the restart", func() bool {
		return slices.Contains(w.track("S0001"), "after")
	})
	select {
	case again := <-challenges:
		t.Errorf("challenged once more: %+v", again)
	case <-time.After(3 * time.Second):
	}
	if w.api.status("/readyz") != http.StatusOK {
		t.Error("not ready")
	}
}
