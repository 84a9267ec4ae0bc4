package wecom

import (
	"testing"
	"time"

	"correctiond/alerts/notice"
	"correctiond/alerts/post"
)

func (s *service) group(t *testing.T, key string) *Robot {
	t.Helper()
	client := post.NewClient(nil)
	t.Cleanup(client.CloseIdleConnections)
	return NewRobot(Config{URL: s.URL, RobotKey: key}, client)
}

// The key may be the whole address that the group's settings show.
func TestRobotSend(t *testing.T) {
	s := newService(t)
	for _, key := range []string{robotKey, DefaultURL + "/cgi-bin/webhook/send?key=" + robotKey} {
		receipt, err := s.group(t, key).Send(t.Context(), letter(""))
		if err != nil || receipt != (notice.Receipt{Answer: "errcode 0"}) {
			t.Errorf("%+v, %v", receipt, err)
		}
	}
	if s.sent[1]["msgtype"] != "text" || s.sent[1]["text"].(map[string]any)["content"] != "[P1] 越界 · 李*\n编号 a1" {
		t.Errorf("sent %q", s.sent[1])
	}
}

func TestRobotAnswers(t *testing.T) {
	for name, tc := range map[string]struct {
		key, answer string
		want        notice.SendError
	}{
		"limit": {robotKey, `{"errcode":45009}`, notice.SendError{Failing: notice.Limited, After: time.Minute, Code: "errcode 45009"}},
		"key":   {"wrong-wrong", "", notice.SendError{Failing: notice.Refused, Code: "errcode 93000", Detail: "url ***"}},
		"page":  {robotKey, "<html>", notice.SendError{Code: "HTTP 200"}},
	} {
		s := newService(t)
		s.answer = tc.answer
		_, err := s.group(t, tc.key).Send(t.Context(), letter(""))
		wantFailure(t, name, err, tc.want)
	}
}

func TestRobotPaceAndReach(t *testing.T) {
	s := newService(t)
	r := s.group(t, robotKey)
	r.now = func() time.Time { return time.Unix(1772431500, 0) }
	if _, err := r.Try(t.Context()); err != nil || len(s.sent) != 0 {
		t.Errorf("%d sent, %v", len(s.sent), err)
	}
	for range robotMinute {
		if _, err := r.Send(t.Context(), letter("")); err != nil {
			t.Fatal(err)
		}
	}
	_, err := r.Send(t.Context(), letter(""))
	wantFailure(t, "21st", err, notice.SendError{Failing: notice.Limited, After: time.Minute, Code: "pace"})
	s.Close()
	if _, err := r.Try(t.Context()); err == nil {
		t.Error("nobody answers, and it is well")
	}
	_, err = s.group(t, robotKey).Send(t.Context(), letter(""))
	wantFailure(t, "gone", err, notice.SendError{Code: "no answer"})
}

func TestCheck(t *testing.T) {
	app := Config{CorpID: "ww1", AgentID: 7, SecretFile: "f"}
	for name, tc := range map[string]struct {
		cfg  Config
		want string
	}{
		"app":       {app, ""},
		"robot":     {Config{RobotKeyFile: "f"}, ""},
		"both":      {Config{CorpID: "ww1", AgentID: 7, RobotKeyFile: "f"}, "robot_key_file: is for a group's robot, corp_id, agent_id and secret_file for an application; give one or the other"},
		"address":   {Config{URL: "http://h"}, "url: is not https; what is sent could be read on the way"},
		"robot, to": {Config{To: "x"}, "to: a robot writes to its group; remove it"},
		"no corp":   {Config{AgentID: 7}, "corp_id: is empty; the administration shows it under 我的企业"},
		"no agent":  {Config{CorpID: "ww1"}, "agent_id: is not a number above 0; the application's page shows it"},
	} {
		got := ""
		if err := tc.cfg.Check(); err != nil {
			got = err.Error()
		}
		if got != tc.want {
			t.Errorf("%s: %q, want %q", name, got, tc.want)
		}
	}
}

// Only a zero errcode is a success, and never one with an invalid member.
func FuzzAnswer(f *testing.F) {
	for _, seed := range []string{`{"errcode":0,"msgid":"m"}`, `{"errcode":"0","invaliduser":"x"}`, `{"errcode":42001}`, `{"errcode":0,"errcode":1}`, `{`} {
		f.Add(seed)
	}
	a := NewApp(Config{}, nil)
	f.Fuzz(func(t *testing.T, body string) {
		got, failed := read(&post.Answer{Status: 200, Body: []byte(body)}, time.Time{})
		if failed != nil {
			return
		}
		if _, err := a.receipt(got, "token", "zhangsan"); err == nil && (!got.Code.OK() || got.InvalidUser != "" || got.Unlicensed != "") {
			t.Errorf("%q passes for a success", body)
		}
	})
}

func TestComplete(t *testing.T) {
	for want, all := range map[bool][]Config{
		true:  {{RobotKey: robotKey}, {CorpID: "ww1", AgentID: 7, Secret: secret}},
		false: {{}, {Secret: secret}, {CorpID: "ww1", AgentID: 7, RobotKey: robotKey}},
	} {
		for _, c := range all {
			if err := c.Complete(); (err == nil) != want {
				t.Errorf("%+v: %v", c, err)
			}
		}
	}
}
