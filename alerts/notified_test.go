package alerts_test

import (
	"strings"
	"testing"

	"correctiond/alerts"
	"correctiond/alerts/notice"
	"correctiond/roster"
	"correctiond/rules"
)

// sendings are one that arrived at the second try, one given up, one that is being
// sent and one that nobody needs any more.
func sendings() []notice.Sending {
	const s = roster.Second
	of := func(channel string, officer roster.OfficerID, state notice.State, tries ...notice.Attempt) notice.Sending {
		n := notice.Notice{Alert: "a1", Why: notice.ToOpen, Channel: channel, Officer: officer, Due: morning + s}
		return notice.Sending{Notice: n, Created: morning, State: state, Tries: len(tries), Attempts: tries}
	}
	return []notice.Sending{
		of("app", "F1", notice.Sent,
			notice.Attempt{N: 1, At: morning + s, Ended: morning + 2*s, Result: "temporary", Receipt: notice.Receipt{Answer: "HTTP 503"}},
			notice.Attempt{N: 2, At: morning + 5*s, Ended: morning + 5*s + 120, Result: "sent", Receipt: notice.Receipt{Request: "r9"}}),
		of("sms", "F1", notice.Failed, notice.Attempt{N: 1, At: morning + s, Ended: morning + 61*s, Result: "refused"}),
		of("duty", "", notice.Pending, notice.Attempt{N: 1, At: morning + s}),
		of("app", "F2", notice.Cancelled),
	}
}

func TestTheAnswerTellsWhoWasToldAndHow(t *testing.T) {
	a := opened(episode("area-exit", rules.P2), rules.ByEvent)
	d := alerts.Detail(&a, sendings(), rules.Text{}, "en", shanghai)
	const head = `{"at":"2026-03-02T08:00:00+08:00","due":"2026-03-02T08:00:01+08:00","why":"opened","step":0,`
	wantJSON(t, d.Notifications, `[`+strings.Join([]string{
		head + `"to":"F1","channel":"app","state":"sent","tries":2,"attempts":[` +
			`{"at":"2026-03-02T08:00:01+08:00","ended":"2026-03-02T08:00:02+08:00","took_ms":1000,"result":"temporary","answer":"HTTP 503"},` +
			`{"at":"2026-03-02T08:00:05+08:00","ended":"2026-03-02T08:00:05.120+08:00","took_ms":120,"result":"sent","request":"r9"}]}`,
		head + `"to":"F1","channel":"sms","state":"failed","tries":1,"attempts":[` +
			`{"at":"2026-03-02T08:00:01+08:00","ended":"2026-03-02T08:01:01+08:00","took_ms":60000,"result":"refused"}]}`,
		head + `"to":null,"channel":"duty","state":"pending","tries":1,"attempts":[` +
			`{"at":"2026-03-02T08:00:01+08:00","ended":null,"took_ms":null,"result":null}]}`,
		head + `"to":"F2","channel":"app","state":"cancelled","tries":0,"attempts":[]}`,
	}, ",")+`]`)
	var rows []string
	for _, r := range d.Timeline {
		rows = append(rows, strings.TrimSpace((*r.At)[11:19]+" "+r.What+" "+r.Officer+" "+r.Channel+" "+string(r.Why)))
	}
	if got := strings.Join(rows, "\n"); got != "08:00:00 opened\n08:00:05 notified F1 app opened\n08:01:01 not_notified F1 sms opened" {
		t.Errorf("timeline\n%s", got)
	}
}

// Nobody told is said as such; a list says nothing of it.
func TestNobodyTold(t *testing.T) {
	a := opened(episode("area-exit", rules.P2), rules.ByEvent)
	if d := alerts.Detail(&a, nil, rules.Text{}, "en", shanghai); d.Notifications == nil || len(d.Notifications) != 0 {
		t.Errorf("got %v", d.Notifications)
	}
	if d := alerts.View(&a, rules.Text{}, "en", shanghai); d.Notifications != nil {
		t.Errorf("in a list: %v", d.Notifications)
	}
}
