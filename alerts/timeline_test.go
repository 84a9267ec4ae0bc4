package alerts_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"correctiond/alerts"
	"correctiond/alerts/duty"
	"correctiond/roster"
	"correctiond/rules"
)

// The timeline holds everything that happened, with who and when.
func TestTimelineOfALife(t *testing.T) {
	p := newPlayer(t)
	p.play(`
		08:00 episode a1 P3 area-exit
		08:05 severity a1 P2
		08:10 ack a1 by F1
		08:20 assign a1 by H1 officer=F2 reason=on_leave
		08:30 note a1 by F2 text=called about=contact
		08:40 attach a1 by F2 file=0a
		09:00 end a1
		09:10 declare_absconding a1 by F2 from=2026-03-01
		09:20 close a1 by F2 outcome=confirmed reason=seen_it
		09:30 reopen a1 by H1 reason=wrong
		09:40 ack a1 by F2
		17:40 want a1 open escalated ended sev=P2`)
	want := strings.Join([]string{
		"08:00 system opened P3", "08:05 system severity P2", "08:10 F1 ack", "08:20 H1 assign F2 on leave",
		"08:30 F2 note called contact", "08:40 F2 attach 0a.jpg", "09:00 system ended", "09:10 F2 declare_absconding 2026-03-01",
		"09:20 F2 close confirmed seen it", "09:30 H1 reopen wrong", "09:40 F2 ack", "17:40 system ack_timeout",
	}, "\n")
	if got := rowsOf(alerts.Detail(p.alerts["a1"], nil, rules.Text{}, "en", shanghai)); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if doc := alerts.View(p.alerts["a1"], rules.Text{}, "en", shanghai); doc.Timeline != nil || len(doc.Files) != 1 || *doc.Officer != "F2" {
		t.Errorf("in a list: %+v", doc)
	}
}

func rowsOf(d alerts.Document) string {
	var rows []string
	for _, r := range d.Timeline {
		words := []string{(*r.At)[11:16], r.By, r.What, string(r.Outcome), r.Officer, r.Reason, r.Text, string(r.About)}
		if r.Severity != nil {
			words = append(words, r.Severity.String())
		}
		if r.File != nil {
			words = append(words, r.File.Name)
		}
		if r.From != nil {
			words = append(words, r.From.String())
		}
		words = slices.DeleteFunc(words, func(w string) bool { return w == "" })
		rows = append(rows, strings.Join(words, " "))
	}
	return strings.Join(rows, "\n")
}

func TestARetractedEpisodeSaysSo(t *testing.T) {
	p := newPlayer(t)
	p.play("08:00 episode a1 P2 area-exit\n08:30 retract a1")
	if got := rowsOf(alerts.Detail(p.alerts["a1"], nil, rules.Text{}, "en", shanghai)); got != "08:00 system opened P2\n08:00 system retracted" {
		t.Errorf("got\n%s", got)
	}
}

// An alert stored before logs were kept gets one from its stamps.
func TestBackfill(t *testing.T) {
	a := opened(episode("area-exit", rules.P3), rules.ByEvent)
	a.State, a.Outcome, a.CloseReason = alerts.Closed, alerts.Excused, "就医"
	a.Acknowledged = &duty.Stamp{By: "F1", At: morning + 20}
	a.Closed = &duty.Stamp{By: "F2", At: morning + 30}
	notes := []alerts.Note{{Stamp: duty.Stamp{By: "F1", At: morning + 10}, Text: "x", About: alerts.Contact}}
	a.Backfill(notes)
	a.Backfill(notes) // what has a log stays
	var got []string
	for _, e := range a.Log {
		got = append(got, fmt.Sprint(e.Did, " ", e.By, " ", e.At-morning))
	}
	if want := []string{"note F1 10", "ack F1 20", "close F2 30"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if !a.Did(alerts.Close, "F2", morning+30) || a.Did(alerts.Close, "F1", morning+30) || len(a.Notes()) != 1 {
		t.Errorf("got %+v", a.Log)
	}
}

func TestFilesHaveNamesThatCannotMislead(t *testing.T) {
	a := opened(episode("area-exit", rules.P3), rules.ByEvent)
	for name, legal := range map[string]bool{
		"现场 1.jpg": true, "": false, ".": false, "..": false, "a/b": false, `a\b`: false, "a\x00b": false, "a\nb": false,
		strings.Repeat("长", 255): true, strings.Repeat("长", 256): false, "\xff": false, "a\u202egpj.exe": false,
	} {
		f := photo()
		f.Name = name
		_, err := alerts.Act(a, rules.ByEvent, alerts.Action{Type: alerts.Attach, File: f, At: morning})
		if (err == nil) != legal {
			t.Errorf("%q: %v", name, err)
		}
	}
	for size, legal := range map[int64]bool{0: false, 1: true, alerts.MaxFile: true, alerts.MaxFile + 1: false} {
		f := photo()
		f.Size = size
		_, err := alerts.Act(a, rules.ByEvent, alerts.Action{Type: alerts.Attach, File: f, At: morning})
		if (err == nil) != legal {
			t.Errorf("%d bytes: %v", size, err)
		}
	}
}

// The longest snooze is a day, to the millisecond.
func TestSnoozeEndsWithinADay(t *testing.T) {
	a := opened(episode("area-exit", rules.P4), rules.ByEvent)
	for until, legal := range map[roster.Instant]bool{0: false, 1: true, roster.Day: true, roster.Day + 1: false} {
		_, err := alerts.Act(a, rules.ByEvent, alerts.Action{Type: alerts.PutOff, At: morning, Until: morning + until})
		if (err == nil) != legal {
			t.Errorf("until %d: %v", until, err)
		}
	}
}
