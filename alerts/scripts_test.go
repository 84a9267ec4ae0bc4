package alerts_test

import (
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// TestScripts plays testdata/*.txt: as it stands, and with a restart after every
// change. Each case stands under a line "=== name".
func TestScripts(t *testing.T) {
	names, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(names) == 0 {
		t.Fatal("no scripts", err)
	}
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, part := range strings.Split("\n"+string(text), "\n=== ")[1:] {
			title, script, _ := strings.Cut(part, "\n")
			t.Run(strings.TrimSuffix(filepath.Base(name), ".txt")+"/"+title, func(t *testing.T) {
				plain, restart := newPlayer(t), newPlayer(t)
				plain.play(script)
				restart.stored = written(t)
				restart.play(script)
				if !slices.Equal(plain.told, restart.told) {
					t.Errorf("a restart changes what is told:\n%q\n%q", plain.told, restart.told)
				}
			})
		}
	}
}

// What the change feed says of a life.
func TestChangesOfALife(t *testing.T) {
	p := newPlayer(t)
	p.play(`
		08:00 episode a1 P1 no-contact
		08:05 ack a1 by F1
		10:05 want a1 open escalated
		10:06 assign a1 by H1 officer=F2
		10:07 escalate a1 by F2
		10:08 attach a1 by F2 file=0a
		10:09 declare_lost a1 by F2
		10:10 end a1
		10:11 close a1 by F2 outcome=confirmed reason=seen_it
		10:12 reopen a1 by F2 reason=wrong
		11:00 episode a2 P3 area-exit
		11:01 snooze a2 by F1 until=12:00
		12:00 want a2 open`)
	want := []string{
		"a1 opened", "a1 acknowledged", "a1 returned", "a1 assigned", "a1 escalated", "a1 attached", "a1 declared",
		"a1 ended", "a1 closed", "a1 reopened", "a2 opened", "a2 snoozed", "a2 woken",
	}
	if !reflect.DeepEqual(p.told, want) {
		t.Errorf("got %q, want %q", p.told, want)
	}
}
