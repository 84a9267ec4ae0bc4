package main

import (
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

// The district compares thresholds over what the running daemon has recorded; the rules
// in force stay.
func TestLiveThresholdsAreCompared(t *testing.T) {
	tool(t, "mosquitto_pub")
	w := newWorld(t)
	w.serve()
	w.importRoster(rosterOf(t, person{subject: "S0001", device: "W1"}))
	w.credential("W1")
	w.signIn("--role", "district", "--name", "D9")
	w.mosquittoPub("W1", "status", status("cut", "strap_open", at(0)))
	w.api.wantAlert("strap-tamper", "S0001", nil)
	form := url.Values{"rules": {"device_offline: {first: 5h}\n"}, "days": {"7"}}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+w.http+"/thresholds", strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+w.api.token)
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	client := http.Client{Timeout: 2 * time.Minute}
	resp, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	page, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("%v %s: %s", err, resp.Status, tail(string(page), 2000))
	}
	for _, part := range []string{"device_offline.first:", "→ 5h", "1 条预警", "现行规则没有改变"} {
		if !strings.Contains(string(page), part) {
			t.Errorf("no %q in %s", part, tail(string(page), 3000))
		}
	}

	ops := w.as("ops")
	ops.http.Timeout = 2 * time.Minute
	_, counts := ops.send("/system?show=thresholds", "/system/thresholds", "rules", "device_offline: {first: 5h}\n", "days", "7", "district", "D1")
	for _, part := range []string{"回测比较", "<td>拆卸/断带</td><td class=\"num\">1</td>"} {
		if !strings.Contains(counts, part) {
			t.Errorf("no %q in %s", part, tail(counts, 3000))
		}
	}
	if strings.Contains(counts, "S0001") || strings.Contains(counts, "W1") {
		t.Error("operations see whom an alert is about")
	}
}
