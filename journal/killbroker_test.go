package journal_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"testing"
	"time"

	paho "github.com/eclipse/paho.mqtt.golang"

	"correctiond/journal"
)

const brokerDir = "JOURNAL_TEST_BROKER_DIR"

// brokerVictim serves devices until it is killed; it prints its Login.
func brokerVictim(dir string) int {
	cfg := config(dir)
	cfg.MQTT = broker("127.0.0.1:0")
	s, err := journal.Open(context.Background(), cfg)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	s.AllowDevices(true)
	l := s.Login()
	fmt.Println(l.URL, l.User, l.Password, l.ClientID)
	select {}
}

func TestKilledBrokerKeepsWhatItAcknowledged(t *testing.T) {
	dir := t.TempDir()
	c := exec.Command(os.Args[0])
	c.Env = append(os.Environ(), brokerDir+"="+dir)
	c.Stderr = os.Stderr
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	var login journal.Login
	if _, err := fmt.Fscan(out, &login.URL, &login.User, &login.Password, &login.ClientID); err != nil {
		t.Fatal(err)
	}
	got := make(chan paho.Message, 10_000)
	sub := connect(t, login, got)
	dev := deviceAt(t, login.URL, "d1")
	acked := map[string]bool{}
	for i := range 1000 {
		text := fmt.Sprint(i)
		tok := dev.Publish("jz/v1/d1/status", 1, false, text)
		if i == 300 {
			if err := c.Process.Kill(); err != nil {
				t.Fatal(err)
			}
		}
		if !tok.WaitTimeout(20*time.Second) || tok.Error() != nil {
			break
		}
		acked[text] = true
	}
	dev.Disconnect(0)
	sub.Disconnect(0)
	_ = c.Wait() // killed
	if len(acked) < 300 {
		t.Fatalf("only %d acknowledged", len(acked))
	}

	cfg := config(dir)
	cfg.MQTT = broker("127.0.0.1:0")
	s := open(t, cfg)
	defer s.Close()
	if s.Login().ClientID != login.ClientID {
		t.Fatal("the session was given up")
	}
	again := make(chan paho.Message, 10_000)
	sub = connect(t, s.Login(), again)
	defer sub.Disconnect(100)
	for len(acked) > 0 {
		m := receive(t, again)
		m.Ack()
		delete(acked, string(m.Payload()))
	}
}
